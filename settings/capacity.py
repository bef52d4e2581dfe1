"""The capacity budget: do the services fit the nodes that they may run on, with a node lost and a rollout under way?

On the DOA market 38 pods met 3 nodes: `Too many pods`, and services were scaled to zero so that a job could run (incident
`pod-capacity`). Here it is arithmetic on the stack file. It compares sums, so it refuses what certainly does not fit; how
the scheduler packs what does is not foreseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aws_facts.node_capacity import (
    ADDON_PER_CLUSTER,
    ADDON_PER_NODE,
    Load,
    Supply,
    allocatable,
    least,
    most,
    pool_supply,
    total,
)
from aws_facts.quantities import mebibytes, millicores
from settings.cluster import ClusterSettings, NodeGroup
from settings.karpenter import CONTROLLERS, NodePool
from settings.problems import Finding
from settings.service import Service

OPERATOR_PODS = Load(pods=3, cpu=3 * 10, memory=3 * 64) + Load(pods=2, cpu=2 * 100, memory=2 * 128)
"""External Secrets Operator, its webhook and its certificate controller, and two of the load balancer controller, as
`components/external_secrets.py` and `components/load_balancer_controller.py` request."""

ARGOCD_PODS = (
    Load(pods=1, cpu=250, memory=512)
    + Load(pods=1, cpu=100, memory=256)
    + Load(pods=2, cpu=2 * 50, memory=2 * 128)
)
"""Controller, repository server, API server and Redis of Argo CD, as `components/argocd.py` requests."""

KARPENTER_PODS = Load(pods=1, cpu=500, memory=1024).times(CONTROLLERS)
"""Karpenter's controllers, as `components/karpenter.py` requests."""

JOB_SLOT = Load(pods=1, cpu=100, memory=128)
"""Room for one job (a database bootstrap, a migration) beside everything else."""


@dataclass(frozen=True)
class CapacityBudget:
    """What must fit where: `demand` of what can run on `node_groups` (or pools) and nowhere else, against `supply`."""

    node_groups: tuple[str, ...]
    services: tuple[str, ...]
    demand: Load
    supply: Load

    @property
    def fits(self) -> bool:
        return self.demand.fits(self.supply)


def budgets(
    cluster: ClusterSettings, services: Mapping[str, Service], *, argocd: bool = False
) -> list[CapacityBudget]:
    """A budget for each set of nodes that something is bound to, narrow ones first; the last is for all nodes.

    A set's budget holds the services bound to it or to a part of it: those bound to spot nodes must fit these, and
    together with all others they must fit the whole cluster beside the system's own pods, and Argo CD's with `argocd`.
    The system's must fit the managed groups, because Karpenter starts no node before they run.
    """
    open_nodes = cluster.open_nodes
    bound = {name: nodes for name, service in services.items() if (nodes := nodes_for(service, open_nodes))}
    managed, everywhere = frozenset(cluster.open_node_groups), frozenset(open_nodes)
    system = system_pods(cluster)
    operators = (
        operator_pods(argocd=argocd) if any(service.image for service in services.values()) else Load()
    )
    found: list[CapacityBudget] = []
    for nodes in sorted(
        {*bound.values(), managed, everywhere}, key=lambda nodes: (len(nodes), sorted(nodes))
    ):
        names = tuple(name for name, own in bound.items() if own <= nodes)
        demand = total(service_demand(services[name]) for name in names)
        if managed <= nodes:
            demand += system
        if nodes == everywhere:
            demand += operators + JOB_SLOT
        found.append(
            CapacityBudget(
                node_groups=tuple(name for name in open_nodes if name in nodes),
                services=names,
                demand=demand,
                supply=supply_of(cluster, [open_nodes[name] for name in nodes]),
            )
        )
    return found


def operator_pods(*, argocd: bool) -> Load:
    """What runs in the cluster for services that have an image, `argocd` if it delivers them."""
    return OPERATOR_PODS + ARGOCD_PODS if argocd else OPERATOR_PODS


def nodes_for(service: Service, nodes: Mapping[str, NodeGroup | NodePool]) -> frozenset[str]:
    """The groups and pools whose architecture and capacity a service takes."""
    return frozenset(
        name
        for name, there in nodes.items()
        if there.arch == service.arch and (service.capacity is None or service.capacity in there.capacities)
    )


def service_demand(service: Service) -> Load:
    """All replicas, those that a rolling update adds (25 %, rounded up: Kubernetes, Deployment `maxSurge`), and one pod for
    each command on a schedule.
    """
    replicas = service.max_replicas
    return pod_demand(service).times(replicas + -(-replicas // 4) + len(service.cron))


def pod_demand(service: Service) -> Load:
    return Load(1, millicores(service.requests.cpu), mebibytes(service.requests.memory))


def supply_of(cluster: ClusterSettings, nodes: Iterable[NodeGroup | NodePool]) -> Load:
    """What groups and pools hold with one node lost or being replaced, the one that hurts most."""
    found = [supply(cluster, there) for there in nodes]
    return total(there.total for there in found) - most(node for there in found for node in there.empty)


def supply(cluster: ClusterSettings, nodes: NodeGroup | NodePool) -> Supply:
    """What is left to services. Of a group, whichever of its types a node turns out to be: what runs by itself, `min`, as
    nothing raises it. Of a pool: what Karpenter starts within the limits.
    """
    if isinstance(nodes, NodePool):
        return pool_supply(
            nodes.types,
            vcpus=nodes.cpu_limit,
            memory_mib=nodes.memory_limit_gib * 1024,
            max_pods=nodes.max_pods(prefix_delegation=cluster.prefix_delegation),
            agents=agents(cluster),
        )
    kinds = [allocatable(kind, prefix_delegation=cluster.prefix_delegation) for kind in nodes.types]
    node = least(kinds) - agents(cluster)
    return Supply(node.times(nodes.desired), (node,))


def agents(cluster: ClusterSettings) -> Load:
    """The DaemonSets of the cluster's add-ons, on every node."""
    return total(load for addon, load in ADDON_PER_NODE.items() if addon in cluster.addon_names)


def system_pods(cluster: ClusterSettings) -> Load:
    """The Deployments of the cluster's add-ons, and Karpenter."""
    addons = total(load for addon, load in ADDON_PER_CLUSTER.items() if addon in cluster.addon_names)
    return addons + KARPENTER_PODS if cluster.karpenter else addons


def capacity_problems(
    cluster: ClusterSettings, services: Mapping[str, Service], *, argocd: bool = False
) -> Iterator[Finding]:
    """What finds no node, and what does not fit (incidents `node-label` and `pod-capacity`)."""
    open_nodes = cluster.open_nodes
    for name, service in services.items():
        nodes = nodes_for(service, open_nodes)
        wanted = f"{service.capacity.value} {service.arch}" if service.capacity else service.arch
        if not nodes:
            yield Finding(
                f"services.{name}",
                f"runs on {wanted} nodes, and no node group or pool without a taint has them, so its pods would stay Pending "
                "(incident node-label). Add such nodes, or change capacity or arch.",
            )
        elif not any(
            pod_demand(service).fits(empty)
            for node in nodes
            for empty in supply(cluster, open_nodes[node]).empty
        ):
            yield Finding(
                f"services.{name}.requests",
                f"{service.requests.cpu} CPU and {service.requests.memory} memory are more than one empty {wanted} node "
                "leaves, so its pods would stay Pending (incident pod-capacity). Lower them, or take larger instance types.",
            )
    yield from (
        overrun(cluster, budget) for budget in budgets(cluster, services, argocd=argocd) if not budget.fits
    )


def overrun(cluster: ClusterSettings, budget: CapacityBudget) -> Finding:
    """What is short, in the words of the incident."""
    demand, there = budget.demand, budget.supply
    short = [
        f"{wanted}{unit} wanted, {max(offered, 0)}{unit} there"
        for wanted, offered, unit in (
            (demand.pods, there.pods, " pods"),
            (demand.cpu, there.cpu, "m CPU"),
            (demand.memory, there.memory, "Mi memory"),
        )
        if wanted > offered
    ]
    nodes = {name: cluster.open_nodes[name] for name in budget.node_groups}
    pooled = any(isinstance(found, NodePool) for found in nodes.values())
    shown = ", ".join(f"{name} ({described(found)})" for name, found in nodes.items())
    return Finding(
        "cluster.karpenter.node_pools" if pooled else "cluster.node_groups",
        f"{shown or 'no group without a taint'} cannot hold the {len(budget.services)} services that run there with one node "
        f"lost and a rollout under way: {'; '.join(short)} (incident pod-capacity). Pods would stay Pending. "
        f"Raise {'the limits' if pooled else '`min`'}, take larger instance types, or lower replicas or requests.",
    )


def described(nodes: NodeGroup | NodePool) -> str:
    kinds = " or ".join(nodes.instance_types)
    if isinstance(nodes, NodePool):
        return f"up to {nodes.cpu_limit} vCPU and {nodes.memory_limit_gib} GiB of {kinds}"
    return f"{nodes.desired} x {kinds}"
