"""The labels that a stack's nodes carry: managed node groups, Karpenter's pools, EKS Auto Mode, self-managed groups.

Sources: `aws_facts/node_labels.py`; Node Feature Discovery, "Feature labels" and NVIDIA GPU Feature Discovery, "Labels": the prefixes
are remembered, not read again.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from aws_facts import node_labels as labels
from aws_facts.instances import architecture
from incidents.backends import programs
from incidents.graph import Graph, Resource
from incidents.node_pools import node_pools
from incidents.unknowns import Unknown, as_dict, as_list, holds_unknown

ANYTHING: frozenset[str] | None = None
"""The values of a key that each node has in its own way, such as its zone."""

Offers = dict[str, frozenset[str] | None]

DISCOVERS = re.compile(r"node-feature-discovery|gpu-feature-discovery|gpu-operator|nvidia-device-plugin")
DISCOVERED = ("feature.node.kubernetes.io/", "nvidia.com/")

NODE = "kubernetes:core/v1:Node"


@dataclass(frozen=True)
class NodeSource:
    """Nodes of one origin. `offers` maps a label to its possible values, None for any.

    `prefixes` are keys given in a whole family; of `hidden` keys the values are not known, and `open` says that there may
    be more labels than are known. Of `endless` nodes as many are made as pods need.
    """

    label: str
    offers: Mapping[str, frozenset[str] | None] = field(default_factory=Offers)
    prefixes: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    open: bool = False
    endless: bool = False

    def has(self, key: str) -> bool | None:
        """Whether the nodes carry the label; None if that is not known."""
        family = key.startswith(self.prefixes) and key not in labels.MANAGED_NODES if self.prefixes else False
        return True if key in self.offers or key in self.hidden or family else None if self.open else False


def node_sources(graph: Graph) -> list[NodeSource]:
    """All nodes that the stack makes, in the order of their urns."""
    found = [
        *map(managed, graph.of_type("aws:eks/nodeGroup:NodeGroup")),
        *map(registered, graph.of_type(NODE)),
        *auto_mode(graph),
        *map(pooled, node_pools(graph)),
        *self_managed(graph),
    ]
    return [inspected(graph, nodes) for nodes in found]


def inspected(graph: Graph, nodes: NodeSource) -> NodeSource:
    """`nodes` with the labels that a program of the stack gives each for what it finds there."""
    return replace(nodes, prefixes=(*nodes.prefixes, *DISCOVERED)) if discovers(graph) else nodes


@lru_cache(maxsize=1)
def discovers(graph: Graph) -> bool:
    return any(map(DISCOVERS.search, programs(graph)))


def common() -> Offers:
    return {**dict.fromkeys(labels.EVERY_NODE, ANYTHING), labels.OS: frozenset({"linux", "windows"})}


def source(
    label: str, offers: Offers, own: Any, prefixes: tuple[str, ...] = (), hidden: tuple[str, ...] = ()
) -> NodeSource:
    """Nodes that carry `offers` and the labels `own` that the program gives them, which may be unknown."""
    told = as_dict(own)
    offers = offers | {
        key: frozenset({str(value)}) for key, value in told.items() if not isinstance(value, Unknown)
    }
    untold = {key for key, value in told.items() if isinstance(value, Unknown)} | set(hidden)
    known = {key: values for key, values in offers.items() if key not in untold}
    return NodeSource(label, known, prefixes, frozenset(untold), open=isinstance(own, Unknown))


def managed(group: Resource) -> NodeSource:
    """EKS labels the nodes of a managed group in upper case; `capacityType` is ON_DEMAND unless given."""
    offers = {**common(), **dict.fromkeys(labels.MANAGED_NODES, ANYTHING)}
    hidden: list[str] = []
    capacity = group.peek("capacityType")
    if isinstance(capacity, Unknown) and group.edges.get("capacityType"):
        hidden.append(labels.MANAGED_CAPACITY)
    # An unknown without an edge is what AWS fills in.
    offers[labels.MANAGED_CAPACITY] = frozenset({capacity if isinstance(capacity, str) else "ON_DEMAND"})
    name = group.peek("nodeGroupName")
    if isinstance(name, str):
        offers[labels.NODE_GROUP] = frozenset({name})
    types = group.peek("instanceTypes")
    if as_list(types) and not holds_unknown(types):
        offers[labels.INSTANCE_TYPE] = frozenset(map(str, as_list(types)))
    archs = architectures(group)
    if archs is None:
        hidden.append(labels.ARCH)
    offers[labels.ARCH] = archs
    return source(f"node group '{group.name}'", offers, group.peek("labels"), hidden=tuple(hidden))


def registered(node: Resource) -> NodeSource:
    """A node as the API server has it, with all its labels."""
    offers = {key: frozenset({str(value)}) for key, value in as_dict(node.peek("metadata", "labels")).items()}
    return NodeSource(f"node '{node.name}'", {**common(), **offers})


def architectures(group: Resource) -> frozenset[str] | None:
    """From the image's type (`AL2023_ARM_64_STANDARD`), else from the instance types; None when neither tells."""
    ami_type = group.peek("amiType")
    types = [str(kind) for kind in as_list(group.peek("instanceTypes"))]
    if isinstance(ami_type, str) and ami_type != "CUSTOM":
        return frozenset({"arm64" if "ARM" in ami_type.upper() else "amd64"})
    archs = frozenset(map(architecture, types))
    return frozenset(filter(None, archs)) if archs and None not in archs else None


def auto_mode(graph: Graph) -> Iterator[NodeSource]:
    for cluster in graph.of_type("aws:eks/cluster:Cluster"):
        compute = cluster.peek("computeConfig")
        given = isinstance(compute, Unknown) and bool(cluster.edges.get("computeConfig"))
        if given or cluster.peek("computeConfig", "enabled") is True:
            offers = {**common(), labels.KARPENTER_CAPACITY: frozenset(labels.KARPENTER_CAPACITY_VALUES)}
            offers |= {labels.NODE_POOL: ANYTHING, labels.ARCH: frozenset(labels.ARCH_VALUES)}
            label = f"EKS Auto Mode of '{cluster.name}'"
            yield NodeSource(label, offers, ("eks.amazonaws.com/",), endless=not given)


def pooled(pool: Resource) -> NodeSource:
    """A NodePool of Karpenter's: the template's labels, and what its requirements allow.

    Karpenter, "NodePools": a requirement on a custom label with `In` or `Exists` puts the label onto the nodes.
    """
    offers = {**common(), labels.KARPENTER_CAPACITY: frozenset(labels.KARPENTER_CAPACITY_VALUES)}
    name = pool.peek("metadata", "name")
    offers[labels.NODE_POOL] = frozenset({name}) if isinstance(name, str) else ANYTHING
    hidden: list[str] = []
    for item in map(as_dict, as_list(pool.peek("spec", "template", "spec", "requirements"))):
        key, values = item.get("key"), item.get("values")
        match item.get("operator"):
            case "In" if isinstance(key, str) and not holds_unknown(values):
                offers[key] = frozenset(map(str, as_list(values)))
            case "In" if isinstance(key, str):
                hidden.append(key)
            case "Exists" if isinstance(key, str):
                offers.setdefault(key, ANYTHING)
            case _:
                pass
    own = pool.peek("spec", "template", "metadata", "labels")
    found = source(f"NodePool '{pool.name}'", offers, own, families(pool), tuple(hidden))
    return replace(found, endless=pool.peek("spec", "limits") in (None, {}))


def families(pool: Resource) -> tuple[str, ...]:
    """Keys that come with the pool's node class: EKS Auto Mode has its own, Karpenter on its own another."""
    group = pool.peek("spec", "template", "spec", "nodeClassRef", "group")
    known = {"eks.amazonaws.com": ("eks.amazonaws.com/",), "karpenter.k8s.aws": ("karpenter.k8s.aws/",)}
    return known.get(str(group), ("eks.amazonaws.com/", "karpenter.k8s.aws/"))


def self_managed(graph: Graph) -> Iterator[NodeSource]:
    """Auto Scaling groups of a cluster: only labels that the kubelet is told in user data."""
    for group in graph.of_type("aws:autoscaling/group:Group"):
        tags = group.peek("tags")
        keys = [str(as_dict(tag).get("key")) for tag in as_list(tags)]
        if not isinstance(tags, Unknown) and not any(
            key.startswith("kubernetes.io/cluster/") for key in keys
        ):
            continue
        offers = common()
        scripts = [script_of(template) for template in graph.dependencies(group, "launchTemplate")]
        given = [
            found
            for script in scripts
            if script
            for found in re.findall(r"--node-labels[= ]([^\s'\"]+)", script)
        ]
        for key, _, value in (pair.partition("=") for text in given for pair in text.split(",")):
            offers[key] = frozenset({value})
        yield NodeSource(
            f"self-managed group '{group.name}'", offers, open=not any(scripts) or None in scripts
        )


def script_of(template: Resource) -> str | None:
    """A launch template's user data as text, which EC2 takes in base64; None where it is not known."""
    text = template.peek("userData")
    if not isinstance(text, str):
        return None
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text
