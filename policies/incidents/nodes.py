"""The labels that a stack's nodes carry: managed node groups, Karpenter's pools, EKS Auto Mode, self-managed groups."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_facts import node_labels as labels
from aws_facts.instances import INSTANCE_TYPES

from incidents.graph import Graph, Resource
from incidents.unknowns import Unknown, holds_unknown

ANYTHING: frozenset[str] | None = None
"""A key that is there with values that are not known before the nodes are."""


@dataclass(frozen=True)
class NodeSource:
    """Nodes of one origin. `offers` maps a label to its possible values, None for any.

    `prefixes` are keys given in a whole family; `open` says that the labels are not all known.
    """

    label: str
    offers: Mapping[str, frozenset[str] | None] = field(default_factory=dict[str, "frozenset[str] | None"])
    prefixes: tuple[str, ...] = ()
    open: bool = False

    def has(self, key: str) -> bool:
        return key in self.offers or self.open or any(key.startswith(prefix) for prefix in self.prefixes)

    def values(self, key: str) -> frozenset[str] | None:
        """The values that `key` may have; None for any."""
        return self.offers.get(key)


def node_sources(graph: Graph) -> list[NodeSource]:
    """All nodes that the stack makes, in the order of their urns."""
    return [
        *map(managed, graph.of_type("aws:eks/nodeGroup:NodeGroup")),
        *auto_mode(graph),
        *karpenter(graph),
        *self_managed(graph),
    ]


def common() -> dict[str, frozenset[str] | None]:
    return {**dict.fromkeys(labels.EVERY_NODE, ANYTHING), labels.OS: frozenset({"linux", "windows"})}


def managed(group: Resource) -> NodeSource:
    """EKS labels the nodes of a managed group in upper case; `capacityType` is ON_DEMAND unless given."""
    offers = {**common(), **dict.fromkeys(labels.MANAGED_NODES, ANYTHING)}
    capacity = group.peek("capacityType")
    if not isinstance(capacity, Unknown):
        offers[labels.MANAGED_CAPACITY] = frozenset({str(capacity or "ON_DEMAND")})
    name = group.peek("nodeGroupName")
    if isinstance(name, str):
        offers[labels.NODE_GROUP] = frozenset({name})
    types = group.peek("instanceTypes")
    if isinstance(types, list) and types and not holds_unknown(types):
        offers[labels.INSTANCE_TYPE] = frozenset(map(str, types))  # pyright: ignore
    offers[labels.ARCH] = architectures(group.peek("amiType"), types)
    own = group.peek("labels")
    known: dict[str, Any] = own if isinstance(own, dict) else {}
    offers |= {key: ANYTHING if isinstance(value, Unknown) else frozenset({str(value)}) for key, value in known.items()}
    return NodeSource(f"node group '{group.name}'", offers, open=isinstance(own, Unknown))


def architectures(ami_type: Any, types: Any) -> frozenset[str] | None:
    """From the image's type (`AL2023_ARM_64_STANDARD`), else from the instance types."""
    if isinstance(ami_type, str):
        return frozenset({"arm64" if "ARM" in ami_type.upper() else "amd64"})
    if isinstance(types, list) and types and all(kind in INSTANCE_TYPES for kind in types):  # pyright: ignore
        return frozenset(INSTANCE_TYPES[str(kind)].arch for kind in types)  # pyright: ignore
    return ANYTHING


def auto_mode(graph: Graph) -> Iterator[NodeSource]:
    for cluster in graph.of_type("aws:eks/cluster:Cluster"):
        compute = cluster.peek("computeConfig")
        enabled = cluster.peek("computeConfig", "enabled")
        if enabled is True or isinstance(compute, Unknown):
            offers = {**common(), labels.KARPENTER_CAPACITY: frozenset(labels.KARPENTER_CAPACITY_VALUES)}
            offers |= {labels.NODE_POOL: ANYTHING, labels.ARCH: frozenset(labels.ARCH_VALUES)}
            yield NodeSource(f"EKS Auto Mode of '{cluster.name}'", offers, ("eks.amazonaws.com/",))


def karpenter(graph: Graph) -> Iterator[NodeSource]:
    """Karpenter NodePools: the template's labels, and what its requirements allow."""
    for pool in graph.resources:
        if not pool.type.startswith("kubernetes:") or pool.peek("kind") != "NodePool":
            continue
        offers = {**common(), labels.KARPENTER_CAPACITY: frozenset(labels.KARPENTER_CAPACITY_VALUES)}
        name = pool.peek("metadata", "name")
        offers[labels.NODE_POOL] = frozenset({name}) if isinstance(name, str) else ANYTHING
        requirements = pool.peek("spec", "template", "spec", "requirements")
        for item in requirements if isinstance(requirements, list) else []:  # pyright: ignore
            if not holds_unknown(item) and item.get("operator") == "In":  # pyright: ignore
                offers[str(item["key"])] = frozenset(map(str, item["values"]))  # pyright: ignore
        own = pool.peek("spec", "template", "metadata", "labels")
        known: dict[str, Any] = own if isinstance(own, dict) else {}
        offers |= {key: frozenset({str(value)}) for key, value in known.items() if not isinstance(value, Unknown)}
        yield NodeSource(f"NodePool '{pool.name}'", offers, ("karpenter.k8s.aws/",), open=isinstance(own, Unknown))


def self_managed(graph: Graph) -> Iterator[NodeSource]:
    """Auto Scaling groups of a cluster: only labels that the kubelet is told, which user data may hide."""
    for group in graph.of_type("aws:autoscaling/group:Group"):
        templates = graph.dependencies(group, "launchTemplate")
        texts = [template.peek("userData") for template in templates]
        offers = common()
        for text in texts:
            for given in re.findall(r"--node-labels[= ]([^\s'\"]+)", text) if isinstance(text, str) else []:
                for pair in given.split(","):
                    key, _, value = pair.partition("=")
                    offers[key] = frozenset({value})
        yield NodeSource(f"self-managed group '{group.name}'", offers, open=bool(texts))
