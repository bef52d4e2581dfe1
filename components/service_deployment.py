"""The Deployment of a service, however it comes into the cluster."""

from __future__ import annotations

import re
from typing import Any, cast

from pulumi_kubernetes.apps.v1 import DeploymentSpecArgsDict
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from components.service_pod import SERVER, PodSource, server_template
from settings.service import Replicas

HISTORY = 3
ROLLOUT_SECONDS = 600
"""For a rollout to make progress, beyond the start of a pod."""

FREE_KEYS = {"labels", "match_labels", "annotations"}
"""Fields whose keys are names of somebody's choice, no fields of Kubernetes."""


def metadata(source: PodSource, namespace: str) -> ObjectMetaArgsDict:
    return {"name": source.name, "namespace": namespace, "labels": source.labels(SERVER)}


def deployment(source: PodSource) -> DeploymentSpecArgsDict:
    """The spec, without a number of pods where an autoscaler owns it."""
    service = source.service
    startup = service.health.startup_seconds if service.health else 0
    spec: DeploymentSpecArgsDict = {
        "selector": {"match_labels": source.labels(SERVER)},
        "strategy": {
            "type": "RollingUpdate",
            "rolling_update": {"max_surge": "25%", "max_unavailable": 0},
        },
        "revision_history_limit": HISTORY,
        "progress_deadline_seconds": startup + ROLLOUT_SECONDS,
        "template": server_template(source),
    }
    if not isinstance(service.replicas, Replicas):
        spec["replicas"] = service.replicas
    return spec


def manifest(source: PodSource, namespace: str) -> dict[str, Any]:
    """The same as Kubernetes writes it, for what hands it on unread."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": as_written(metadata(source, namespace)),
        "spec": as_written(deployment(source)),
    }


def as_written(said: Any) -> Any:
    """What is said with the names that its fields have in Kubernetes, in place of those that they have in Python."""
    if isinstance(said, dict):
        fields = cast("dict[str, Any]", said)
        return {
            camel_case(key): value if key in FREE_KEYS else as_written(value) for key, value in fields.items()
        }
    return [*map(as_written, cast("list[Any]", said))] if isinstance(said, list) else said


def camel_case(name: str) -> str:
    return re.sub("_([a-z])", lambda found: found[1].upper(), name)
