"""What pods want of nodes, and what the nodes of a stack offer: managed groups, and nodes as the API server lists them.

Sources: `aws_facts/node_capacity.py`; EKS user guide, "Create a managed node group" (t3.medium unless said) and "Customize managed
nodes with launch templates" (the instance type stands in one or the other); Kubernetes documentation, "Resource Management for Pods
and Containers", "Init Containers" (of each resource a pod takes what its containers take together, or the largest of its init
containers), "Node" (`status.allocatable`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_facts import node_labels as labels
from aws_facts.instances import INSTANCE_TYPES
from aws_facts.node_capacity import (
    ADDON_PER_CLUSTER,
    ADDON_PER_NODE,
    SELF_MANAGED_ADDONS,
    Load,
    allocatable,
    least,
    total,
)
from aws_facts.quantities import mebibytes, millicores, parse_quantity
from incidents.graph import Graph, Resource
from incidents.node_pools import Bounds, all_bounds
from incidents.nodes import NODE
from incidents.placing import NODE_GROUP
from incidents.pods import RELEASE
from incidents.references import is_said
from incidents.unknowns import Undecided, as_dict, as_list, holds_unknown
from incidents.workloads import Workload, workloads

LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ADDON = "aws:eks/addon:Addon"
DEFAULT_TYPE = "t3.medium"
AUTOSCALER = "cluster-autoscaler"


@dataclass(frozen=True)
class Cluster:
    """What holds for all nodes: the add-ons, whether prefixes are delegated (None: not known), whether groups grow; by urn, what
    bounds each of Karpenter's pools, and the instance type in each group's launch template.
    """

    addons: frozenset[str]
    prefix_delegation: bool | None
    grows: bool
    pools: Mapping[str, Bounds]
    templates: Mapping[str, str]

    @property
    def per_node(self) -> Load:
        return total(load for name, load in ADDON_PER_NODE.items() if name in self.addons)

    @property
    def system(self) -> Load:
        return total(load for name, load in ADDON_PER_CLUSTER.items() if name in self.addons)


def cluster_of(graph: Graph) -> Cluster:
    addons = {str(found.peek("addonName")): found for found in graph.of_type(ADDON)}
    grows = any(AUTOSCALER in str(found.peek("chart")) for found in graph.of_type(RELEASE)) or any(
        AUTOSCALER in str(found.peek("metadata", "name")) for found in workloads(graph)
    )
    cni = addons.get("vpc-cni")
    return Cluster(
        frozenset({*addons, *SELF_MANAGED_ADDONS}),
        delegates_prefixes(cni) if cni else False,
        grows,
        all_bounds(graph),
        template_types(graph),
    )


def template_types(graph: Graph) -> Mapping[str, str]:
    """The instance types that launch templates of the stack give to managed groups."""
    return {
        group.urn: kind
        for group in graph.of_type(NODE_GROUP)
        for template in graph.dependencies(group, "launchTemplate")
        if template.type == LAUNCH_TEMPLATE and isinstance(kind := template.peek("instanceType"), str)
    }


def delegates_prefixes(cni: Resource) -> bool | None:
    if not is_said(cni, "configurationValues"):
        return False
    text = cni.peek("configurationValues")
    try:
        said: Any = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return "ENABLE_PREFIX_DELEGATION" in str(text) or None
    if said is None:
        return None
    return str(as_dict(as_dict(said).get("env")).get("ENABLE_PREFIX_DELEGATION")).lower() == "true"


def pod_load(found: Workload) -> Load:
    """What one pod requests; a container that requests nothing counts as nothing. Raises `Undecided`."""
    running = total(container_load(item) for item in found.containers)
    starting = [container_load(item) for item in found.init_containers]
    return Load(
        1,
        max(running.cpu, *(load.cpu for load in starting), 0),
        max(running.memory, *(load.memory for load in starting), 0),
    )


def container_load(container: Mapping[str, Any]) -> Load:
    said = container.get("resources")
    if holds_unknown(said):
        raise Undecided("its requests are not known at preview")
    asked = as_dict(as_dict(said).get("limits")) | as_dict(as_dict(said).get("requests"))
    return Load(cpu=millicores(str(asked.get("cpu", 0))), memory=mebibytes(str(asked.get("memory", 0))))


def offered(resource: Resource, cluster: Cluster, *, prefix_delegation: bool) -> Load:
    """What one node of a managed group, or a node, offers to all pods, whichever of its types it is. Raises `Undecided`."""
    said = as_dict(resource.peek("status", "allocatable"))
    if said:
        pods, cpu, memory = (str(said.get(key)) for key in ("pods", "cpu", "memory"))
        if not all(parse_quantity(text) for text in (pods, cpu, memory)):
            raise Undecided(f"what {resource} has for pods is not a count, a CPU and a memory quantity")
        return Load(int(parse_quantity(pods) or 0), millicores(cpu), mebibytes(memory))
    types = list(types_of(resource, cluster))
    foreign = [kind for kind in types if kind not in INSTANCE_TYPES]
    if foreign:
        raise Undecided(f"what a {foreign[0]} offers is not known to this pack")
    return least(allocatable(INSTANCE_TYPES[kind], prefix_delegation=prefix_delegation) for kind in types)


def types_of(resource: Resource, cluster: Cluster) -> Sequence[str]:
    """The instance types of nodes. Raises `Undecided`."""
    if resource.type == NODE:
        return [
            str(
                as_dict(resource.peek("metadata", "labels")).get(labels.INSTANCE_TYPE, "type without a label")
            )
        ]
    if is_said(resource, "launchTemplate") and not is_said(resource, "instanceTypes"):
        if resource.urn in cluster.templates:
            return [cluster.templates[resource.urn]]
        raise Undecided(
            f"the instance type of {resource} is in its launch template, which is not in this stack"
        )
    types: Any = resource.get("instanceTypes") if is_said(resource, "instanceTypes") else []
    return [str(kind) for kind in as_list(types)] or [DEFAULT_TYPE]


def node_count(resource: Resource, *, grows: bool) -> int:
    """How many nodes there are: what the group wants, or its most where an autoscaler asks for more. Raises `Undecided`."""
    if resource.type == NODE:
        return 1
    scaling = as_dict(resource.get("scalingConfig"))
    said = [scaling.get(key) for key in (("maxSize",) if grows else ("desiredSize", "minSize"))]
    counts = [count for count in said if isinstance(count, int | float)]
    if not counts:
        raise Undecided(f"how many nodes {resource} has is not known")
    return int(max(counts))


def shown_nodes(resource: Resource, cluster: Cluster) -> str:
    if resource.type == NODE:
        return f"node '{resource.name}'"
    if pool := cluster.pools.get(resource.urn):
        return f"{resource.name} ({pool})"
    count = node_count(resource, grows=cluster.grows)
    return f"{resource.name} ({count} x {' or '.join(types_of(resource, cluster))})"


def short(demand: Load, supply: Load) -> Iterator[str]:
    """What is short, with the scheduler's words for it (recorded on kube-scheduler 1.34)."""
    for wanted, there, unit, words in (
        (demand.pods, supply.pods, " pods", "Too many pods"),
        (demand.cpu, supply.cpu, "m CPU", "Insufficient cpu"),
        (demand.memory, supply.memory, "Mi memory", "Insufficient memory"),
    ):
        if wanted > there:
            yield f"{wanted}{unit} wanted, {max(there, 0)}{unit} there (`{words}`)"
