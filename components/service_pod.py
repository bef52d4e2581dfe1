"""The pod of a service: what its Deployment, its migration and its scheduled commands have in common, and the probes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    EnvVarArgsDict,
    NodeAffinityArgsDict,
    PodTemplateSpecArgsDict,
    ProbeArgsDict,
    TopologySpreadConstraintArgsDict,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from aws_facts import node_labels
from components.restricted_pod import container_security, pod_security
from settings.drain import drain
from settings.environment import ROOT_CERTIFICATE, Environment, FromSecret, FromStack, Value
from settings.health import Health
from settings.service import Service

NAME_LABEL = "app.kubernetes.io/name"
COMPONENT_LABEL = "app.kubernetes.io/component"
"""Kubernetes, "Recommended Labels". Only the pods of the Deployment are `server`: jobs get no requests."""

SERVER = "server"
USER = 65532

PROBE_SECONDS = 5
PROBE_TIMEOUT_SECONDS = 3

TMP = "/tmp"  # noqa: S108 - a volume of the pod's own


@dataclass(frozen=True)
class PodSource:
    """What all pods of the service called `name` are made of.

    `secret` is the Secret with its variables, `nodes` are sets of labels, one of which a node must have, `facts` are what only the deployed stack knows, and `certificates` is the
    ConfigMap with the certificate of the database's authority.
    """

    name: str
    service: Service
    variables: Environment
    secret: str
    nodes: Sequence[Mapping[str, str]]
    facts: Mapping[str, pulumi.Input[str]]
    certificates: str

    @property
    def has_database(self) -> bool:
        return bool(self.service.database)

    def labels(self, component: str) -> dict[str, str]:
        return {NAME_LABEL: self.name, COMPONENT_LABEL: component}


def server_template(source: PodSource) -> PodTemplateSpecArgsDict:
    """The pods of the Deployment. They go on serving while the load balancer drains them, and then end."""
    service = source.service
    container = main_container(source)
    if service.command:
        container["command"] = list(service.command)
    if service.health:
        container |= probes(service.health, service.port)
    ports = {*service.listening, *filter(None, [service.metrics_port])}
    container["ports"] = [{"container_port": port} for port in sorted(ports)]
    times = drain(service.drain_seconds)
    # The process is told to end only when its requests are through (incident `deregistration-delay`).
    container["lifecycle"] = {"pre_stop": {"sleep": {"seconds": times.pre_stop_sleep}}}
    template = pod(source, SERVER, container)
    template["spec"] |= {  # pyright: ignore
        "termination_grace_period_seconds": times.grace_period,
        "topology_spread_constraints": spread(source),
    }
    return template


def job_template(source: PodSource, component: str, command: Sequence[str]) -> PodTemplateSpecArgsDict:
    """Pods that run `command` in the service's image, with its variables, and end."""
    container = main_container(source)
    container["command"] = list(command)
    template = pod(source, component, container)
    template["spec"] |= {"restart_policy": "Never"}  # pyright: ignore
    return template


def pod(source: PodSource, component: str, container: ContainerArgsDict) -> PodTemplateSpecArgsDict:
    metadata: ObjectMetaArgsDict = {"labels": source.labels(component)}
    if said := pod_annotations(source.service, component):
        metadata["annotations"] = said
    return {
        "metadata": metadata,
        "spec": {
            "service_account_name": source.name,
            "automount_service_account_token": False,
            "enable_service_links": False,
            "security_context": pod_security(USER),
            "affinity": {"node_affinity": affinity(source.nodes)},
            "containers": [container],
            "volumes": volumes(source),
        },
    }


def pod_annotations(service: Service, component: str) -> dict[str, str]:
    """What policies and Prometheus read (prometheus-community/helm-charts, `prometheus`: how it finds pods by itself)."""
    found: dict[str, str] = {}
    if service.migrate == "none":
        found["plinth.dev/schema-migration"] = "none"
    if component == SERVER and service.metrics:
        found["prometheus.io/scrape"] = "true"
        found["prometheus.io/path"] = service.metrics.path
        found["prometheus.io/port"] = str(service.metrics_port)
    return found


def main_container(source: PodSource) -> ContainerArgsDict:
    service = source.service
    mounts: list[Any] = [
        {"name": volume_name(index), "mount_path": path} for index, path in enumerate(writable(service))
    ]
    if source.has_database:
        folder = ROOT_CERTIFICATE.rpartition("/")[0]
        mounts.append({"name": "certificates", "mount_path": folder, "read_only": True})
    return {
        "name": source.name,
        "image": service.image or "",
        "env": [variable(source, name, value) for name, value in source.variables.items()],
        "security_context": container_security(),
        "resources": {
            "requests": {"cpu": service.requests.cpu, "memory": service.requests.memory},
            "limits": {"memory": service.limits.memory if service.limits else service.requests.memory},
        },
        "volume_mounts": mounts,
    }


def variable(source: PodSource, name: str, value: Value) -> EnvVarArgsDict:
    match value:
        case FromStack(fact):
            return {"name": name, "value": source.facts[fact]}
        case FromSecret():
            return {"name": name, "value_from": {"secret_key_ref": {"name": source.secret, "key": name}}}
        case text:
            return {"name": name, "value": text}


def writable(service: Service) -> list[str]:
    return [TMP, *service.writable_paths]


def volume_name(index: int) -> str:
    return f"writable-{index}"


def volumes(source: PodSource) -> list[Any]:
    found: list[Any] = [
        {"name": volume_name(index), "empty_dir": {}} for index in range(len(writable(source.service)))
    ]
    if source.has_database:
        found.append({"name": "certificates", "config_map": {"name": source.certificates}})
    return found


def probes(health: Health, port: int | None) -> ContainerArgsDict:
    """The kubelet's questions. Who is not live is restarted, who is not ready gets no requests (incident `probe-path`)."""

    def ask(path: str, failures: int) -> ProbeArgsDict:
        return {
            "http_get": {"path": path, "port": health.port or port or 0},
            "period_seconds": PROBE_SECONDS,
            "timeout_seconds": PROBE_TIMEOUT_SECONDS,
            "failure_threshold": failures,
        }

    return {  # pyright: ignore
        "startup_probe": ask(health.live, -(-health.startup_seconds // PROBE_SECONDS)),
        "readiness_probe": ask(health.ready, 2),
        "liveness_probe": ask(health.live, 6),
    }


def affinity(nodes: Sequence[Mapping[str, str]]) -> NodeAffinityArgsDict:
    """The nodes that its image runs on, of the capacity that it takes (incidents `node-label` and `node-arch`)."""
    terms: list[Any] = [
        {
            "match_expressions": [
                {"key": key, "operator": "In", "values": [value]} for key, value in labels.items()
            ]
        }
        for labels in nodes
    ]
    return {"required_during_scheduling_ignored_during_execution": {"node_selector_terms": terms}}


def spread(source: PodSource) -> list[TopologySpreadConstraintArgsDict]:
    """Zones first, then nodes, as far as there is room."""
    return [
        {
            "max_skew": 1,
            "topology_key": key,
            "when_unsatisfiable": "ScheduleAnyway",
            "label_selector": {"match_labels": source.labels(SERVER)},
            "match_label_keys": ["pod-template-hash"],
        }
        for key in (node_labels.ZONE, node_labels.HOSTNAME)
    ]
