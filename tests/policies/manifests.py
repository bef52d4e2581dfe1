"""Manifests for tests of the rules of workloads: a pod that nothing is wrong with, and one thing changed at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incidents.graph import Resource
from tests.policies.stacks import resource

GROUPS = {
    "CronJob": "batch/v1", "Job": "batch/v1", "Pod": "core/v1", "Service": "core/v1", "ConfigMap": "core/v1", "Secret": "core/v1",
    "Namespace": "core/v1", "Node": "core/v1", "LimitRange": "core/v1", "PodDisruptionBudget": "policy/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2", "Ingress": "networking.k8s.io/v1",
    "TargetGroupBinding": "elbv2.k8s.aws/v1beta1", "NodePool": "karpenter.sh/v1",
}  # fmt: skip
LABELS = {"app": "shop"}

GOOD = {
    "name": "app",
    "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1f3a9c0",
    "ports": [{"name": "http", "containerPort": 8080.0}],
    "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
    "livenessProbe": {"httpGet": {"path": "/live", "port": 8080.0}},
    "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
    "securityContext": {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
}


def manifest(kind: str, name: str, metadata: Mapping[str, Any] | None = None, **parts: Any) -> Resource:
    """A resource as pulumi-kubernetes registers it."""
    props = {"kind": kind, "metadata": {"name": name, **(metadata or {})}, **parts}
    return resource(f"kubernetes:{GROUPS.get(kind, 'apps/v1')}:{kind}", name, props)


def container(**changes: Any) -> dict[str, Any]:
    """The good container with `changes`; None takes a part away."""
    return {key: value for key, value in {**GOOD, **changes}.items() if value is not None}


def env(**variables: Any) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in variables.items()]


def pods(
    *said: Any,
    kind: str = "Deployment",
    name: str = "shop",
    metadata: Mapping[str, Any] | None = None,
    pod: Any = None,
    spec: Any = None,
) -> Resource:
    """A workload of good pods with `said` containers (the good one where none is said), and `pod` beside them."""
    inner = {
        "containers": list(said) or [container()],
        "volumes": [{"name": "tmp", "emptyDir": {}}],
        **(pod or {}),
    }
    template = {"metadata": {"labels": LABELS}, "spec": inner}
    if kind == "Pod":
        return manifest(kind, name, {"labels": LABELS, **(metadata or {})}, spec=inner)
    body = {"jobTemplate": {"spec": {"template": template}}} if kind == "CronJob" else {"template": template}
    usual = {"replicas": 2.0, "selector": {"matchLabels": LABELS}}
    return manifest(kind, name, metadata, spec={**usual, **body, **(spec or {})})


def service(name: str = "shop", **spec: Any) -> Resource:
    return manifest("Service", name, spec={"selector": LABELS, **spec})


def budget() -> Resource:
    return manifest("PodDisruptionBudget", "shop", spec={"selector": {"matchLabels": LABELS}})
