"""Who may talk to whom in the services' namespace: nobody, but for what a service declares.

The VPC CNI enforces it (EKS user guide, "Limit pod traffic with Kubernetes network policies"); probes of the kubelet come
from the pod's own node, and always get through (Kubernetes, "Network Policies").
"""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from aws_facts import aurora, elasticache
from components.service_pod import COMPONENT_LABEL, NAME_LABEL, SERVER
from settings.network import NetworkSettings, Tier
from settings.service import Service

POD_IDENTITY_AGENT = "169.254.170.23/32"
"""EKS user guide, "Understand how EKS Pod Identity works": the agent's address on each node, port 80."""

DEFAULT = "namespace.default"
"""With a point, which no service has in its name."""

EVERYWHERE = "0.0.0.0/0"

MONITORING = "monitoring"
"""The namespace whose pods may read metrics: those of a Prometheus that the stack does not bring."""


def close_namespace(name: str, *, namespace: str, opts: pulumi.ResourceOptions) -> None:
    """Nothing in and nothing out of any pod, but questions to the cluster's DNS and TLS to what lies outside."""
    dns = {
        "to": [
            {
                "namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": "kube-system"}},
                "pod_selector": {"match_labels": {"k8s-app": "kube-dns"}},
            }
        ],
        "ports": [port(53, "UDP"), port(53)],
    }
    tls = {"to": [{"ip_block": {"cidr": EVERYWHERE}}], "ports": [port(443)]}
    identity = {"to": [{"ip_block": {"cidr": POD_IDENTITY_AGENT}}], "ports": [port(80)]}
    kubernetes.networking.v1.NetworkPolicy(
        f"{name}-default",
        metadata={"name": DEFAULT, "namespace": namespace},
        spec={
            "pod_selector": {},
            "policy_types": ["Ingress", "Egress"],
            "egress": [dns, tls, identity],  # pyright: ignore
        },
        opts=opts,
    )


def open_service(
    name: str,
    label: str,
    service: Service,
    *,
    namespace: str,
    network: NetworkSettings,
    managed_prometheus: bool,
    opts: pulumi.ResourceOptions,
) -> None:
    """What the service `label` may reach, and who may reach it: its callers, the load balancer, and who reads metrics."""
    ports = [port(number) for number in service.listening]
    callers = {"match_expressions": [{"key": NAME_LABEL, "operator": "In", "values": list(service.callers)}]}
    sources = [*blocks(network, Tier.PUBLIC), *([{"pod_selector": callers}] if service.callers else [])]
    ingress: list[Any] = [{"from_": sources, "ports": ports}] if ports else []
    if service.metrics_port:
        readers = metrics_readers(network, managed_prometheus=managed_prometheus)
        ingress.append({"from_": readers, "ports": [port(service.metrics_port)]})
    own = {"match_labels": {NAME_LABEL: label}}
    kubernetes.networking.v1.NetworkPolicy(
        name,
        metadata={"name": label, "namespace": namespace},
        spec={  # pyright: ignore
            "pod_selector": own,
            "policy_types": ["Ingress", "Egress"],
            "ingress": ingress,
            "egress": to_data(service, network),
        },
        opts=opts,
    )
    if service.callers and ports:
        # The callers' side of it belongs to this service too, so that a new caller changes one service alone.
        servers = {"match_labels": {NAME_LABEL: label, COMPONENT_LABEL: SERVER}}
        kubernetes.networking.v1.NetworkPolicy(
            f"{name}-callers",
            metadata={"name": f"{label}.callers", "namespace": namespace},
            spec={
                "pod_selector": callers,  # pyright: ignore
                "policy_types": ["Egress"],
                "egress": [{"to": [{"pod_selector": servers}], "ports": ports}],  # pyright: ignore
            },
            opts=opts,
        )


def to_data(service: Service, network: NetworkSettings) -> list[Any]:
    """Egress to the database and the cache, as far as the service has them."""
    reached = {
        aurora.DEFAULT_PORT: bool(service.database),
        elasticache.DEFAULT_PORT: "redis" in service.needs,
    }
    stores = blocks(network, Tier.DATA)
    return [{"to": stores, "ports": [port(number)]} for number, needed in reached.items() if needed]


def metrics_readers(network: NetworkSettings, *, managed_prometheus: bool) -> list[Any]:
    """A Prometheus of the stack's users, and the collector of Amazon Managed Service for Prometheus if there is one.

    The collector has addresses of the private subnets, as pods have. Those of the services' namespace do not get here all
    the same, as nothing lets them out.
    """
    own = {"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": MONITORING}}}
    return [own, *(blocks(network, Tier.PRIVATE) if managed_prometheus else [])]


def blocks(network: NetworkSettings, tier: Tier) -> list[Any]:
    """The subnets of `tier`, as a policy's peers."""
    return [
        {"ip_block": {"cidr": str(planned.cidr)}} for planned in network.plan.subnets if planned.tier is tier
    ]


def port(number: int, protocol: str = "TCP") -> dict[str, Any]:
    return {"port": number, "protocol": protocol}
