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
    allocatable,
    least,
    most,
    total,
)
from aws_facts.quantities import mebibytes, millicores
from settings.cluster import ClusterSettings, NodeGroup
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

JOB_SLOT = Load(pods=1, cpu=100, memory=128)
"""Room for one job (a database bootstrap, a migration) beside everything else."""


@dataclass(frozen=True)
class CapacityBudget:
    """What must fit where: `demand` of the services that can run on `node_groups` and nowhere else, against `supply`."""

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
    """A budget for each set of node groups that some service is bound to, narrow ones first; the last is for all nodes.

    A set's budget holds the services bound to it or to a part of it: those bound to spot nodes must fit these, and
    together with all others they must fit the whole cluster beside the system's own pods, and Argo CD's with `argocd`.
    """
    open_groups = cluster.open_node_groups
    bound = {name: nodes for name, service in services.items() if (nodes := nodes_for(service, open_groups))}
    everywhere = frozenset(open_groups)
    operators = (
        operator_pods(argocd=argocd) if any(service.image for service in services.values()) else Load()
    )
    found: list[CapacityBudget] = []
    for nodes in sorted({*bound.values(), everywhere}, key=lambda nodes: (len(nodes), sorted(nodes))):
        names = tuple(name for name, own in bound.items() if own <= nodes)
        demand = total(service_demand(services[name]) for name in names)
        found.append(
            CapacityBudget(
                node_groups=tuple(name for name in open_groups if name in nodes),
                services=names,
                demand=demand + system_pods(cluster) + operators + JOB_SLOT
                if nodes == everywhere
                else demand,
                supply=supply_of(cluster, [open_groups[name] for name in nodes]),
            )
        )
    return found


def operator_pods(*, argocd: bool) -> Load:
    """What runs in the cluster for services that have an image, `argocd` if it delivers them."""
    return OPERATOR_PODS + ARGOCD_PODS if argocd else OPERATOR_PODS


def nodes_for(service: Service, groups: Mapping[str, NodeGroup]) -> frozenset[str]:
    """The node groups whose architecture and capacity a service takes."""
    return frozenset(
        name
        for name, group in groups.items()
        if group.arch == service.arch and service.capacity in (None, group.capacity)
    )


def service_demand(service: Service) -> Load:
    """All replicas, those that a rolling update adds (25 %, rounded up: Kubernetes, Deployment `maxSurge`), and one pod for
    each command on a schedule.
    """
    replicas = service.max_replicas
    return pod_demand(service).times(replicas + -(-replicas // 4) + len(service.cron))


def pod_demand(service: Service) -> Load:
    return Load(1, millicores(service.requests.cpu), mebibytes(service.requests.memory))


def supply_of(cluster: ClusterSettings, groups: Iterable[NodeGroup]) -> Load:
    """What the groups hold with one node lost, the one that hurts most.

    Counted is what runs by itself, `min`: the stack starts no autoscaler that would raise it.
    """
    nodes = [(node_supply(cluster, group), group.desired) for group in groups]
    lost = most(node for node, _ in nodes)
    return total(node.times(count) for node, count in nodes) - lost


def node_supply(cluster: ClusterSettings, group: NodeGroup) -> Load:
    """What one node leaves to services, whichever of the group's types it turns out to be."""
    kinds = [allocatable(kind, prefix_delegation=cluster.prefix_delegation) for kind in group.types]
    return least(kinds) - agents(cluster)


def agents(cluster: ClusterSettings) -> Load:
    """The DaemonSets of the cluster's add-ons, on every node."""
    return total(load for addon, load in ADDON_PER_NODE.items() if addon in cluster.addon_names)


def system_pods(cluster: ClusterSettings) -> Load:
    """The Deployments of the cluster's add-ons."""
    return total(load for addon, load in ADDON_PER_CLUSTER.items() if addon in cluster.addon_names)


def capacity_problems(
    cluster: ClusterSettings, services: Mapping[str, Service], *, argocd: bool = False
) -> Iterator[Finding]:
    """What finds no node, and what does not fit (incidents `node-label` and `pod-capacity`)."""
    open_groups = cluster.open_node_groups
    for name, service in services.items():
        nodes = nodes_for(service, open_groups)
        wanted = f"{service.capacity.value} {service.arch}" if service.capacity else service.arch
        if not nodes:
            yield Finding(
                f"services.{name}",
                f"runs on {wanted} nodes, and no node group without a taint has them, so its pods would stay Pending "
                "(incident node-label). Add such a group, or change capacity or arch.",
            )
        elif not any(pod_demand(service).fits(node_supply(cluster, open_groups[node])) for node in nodes):
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
    demand, supply = budget.demand, budget.supply
    short = [
        f"{wanted}{unit} wanted, {max(there, 0)}{unit} there"
        for wanted, there, unit in (
            (demand.pods, supply.pods, " pods"),
            (demand.cpu, supply.cpu, "m CPU"),
            (demand.memory, supply.memory, "Mi memory"),
        )
        if wanted > there
    ]
    groups = ((name, cluster.node_groups[name]) for name in budget.node_groups)
    nodes = ", ".join(
        f"{name} ({group.desired} x {' or '.join(group.instance_types)})" for name, group in groups
    )
    return Finding(
        "cluster.node_groups",
        f"{nodes or 'no group without a taint'} cannot hold the {len(budget.services)} services that run there with one node "
        f"lost and a rollout under way: {'; '.join(short)} (incident pod-capacity). Pods would stay Pending. "
        "Raise `min`, take larger instance types, or lower replicas or requests.",
    )
