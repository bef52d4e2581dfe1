"""How large Karpenter's NodePools may become: what a pool says of its instance types and limits, and its node class of pods.

Sources: Karpenter, "NodePools" (`spec.limits`, requirements), "NodeClasses" (`spec.kubelet.maxPods`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aws_facts import node_labels as labels
from aws_facts.instances import INSTANCE_TYPES, InstanceType
from aws_facts.node_capacity import Load, Supply, pool_supply
from aws_facts.quantities import mebibytes, millicores, parse_quantity
from incidents.graph import Graph, Resource
from incidents.unknowns import as_dict, as_list

NODE_CLASS_GROUP = "karpenter.k8s.aws"
"""Of EC2NodeClass. EKS Auto Mode has another, whose nodes reserve what is not known here."""


def node_pools(graph: Graph) -> Iterator[Resource]:
    return filter(is_pool, graph.resources)


def is_pool(resource: Resource) -> bool:
    return is_object(resource, "NodePool")


def is_object(resource: Resource, kind: str) -> bool:
    return resource.type.startswith("kubernetes:") and resource.peek("kind") == kind


@dataclass(frozen=True)
class Bounds:
    """The instance types of a pool, its limits, and the most pods of a node; None where Karpenter counts addresses."""

    kinds: Sequence[InstanceType]
    vcpus: int
    memory_mib: int
    max_pods: int | None

    def supply(self, agents: Load) -> Supply:
        return pool_supply(
            self.kinds,
            vcpus=self.vcpus,
            memory_mib=self.memory_mib,
            max_pods=self.max_pods,
            agents=agents,
        )

    def __str__(self) -> str:
        kinds = " or ".join(kind.name for kind in self.kinds)
        return f"up to {self.vcpus} vCPU and {self.memory_mib // 1024} GiB of {kinds}"


def all_bounds(graph: Graph) -> Mapping[str, Bounds]:
    """What bounds each pool, by its urn."""
    found = {pool.urn: bounds(graph, pool) for pool in node_pools(graph)}
    return {urn: bound for urn, bound in found.items() if bound}


def bounds(graph: Graph, pool: Resource) -> Bounds | None:
    """What bounds a pool; None where its limits, its types or its node class do not say it."""
    limits = as_dict(pool.peek("spec", "limits"))
    cpu, memory = str(limits.get("cpu")), str(limits.get("memory"))
    kinds = types_of(pool)
    node_class = class_of(graph, pool)
    if not node_class or not all(kind in INSTANCE_TYPES for kind in kinds) or not kinds:
        return None
    if parse_quantity(cpu) is None or parse_quantity(memory) is None:
        return None
    most = node_class.peek("spec", "kubelet", "maxPods")
    return Bounds(
        [INSTANCE_TYPES[kind] for kind in kinds],
        millicores(cpu) // 1000,
        mebibytes(memory),
        int(most) if isinstance(most, int | float) else None,
    )


def types_of(pool: Resource) -> list[str]:
    """The instance types that the pool names; none where it chooses by family or size."""
    for item in map(as_dict, as_list(pool.peek("spec", "template", "spec", "requirements"))):
        if item.get("key") == labels.INSTANCE_TYPE and item.get("operator") == "In":
            return [str(value) for value in as_list(item.get("values"))]
    return []


def class_of(graph: Graph, pool: Resource) -> Resource | None:
    said = as_dict(pool.peek("spec", "template", "spec", "nodeClassRef"))
    if said.get("group") != NODE_CLASS_GROUP:
        return None
    for resource in graph.resources:
        if is_object(resource, "EC2NodeClass") and resource.peek("metadata", "name") == said.get("name"):
            return resource
    return None
