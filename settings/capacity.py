"""The capacity budget: do the services fit the node groups that they may run on, with a node lost and a rollout under way?

On the DOA market 38 pods met 3 nodes: `Too many pods`, and services were scaled to zero so that a job could run (incident
`pod-capacity`). Here it is arithmetic on the stack file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from aws_facts.instances import InstanceType
from settings.cluster import ClusterSettings, NodeGroup
from settings.service import Service
from settings.types import Arch, Capacity, mebibytes, millicores

EVICTION_MIB = 100
KERNEL_SHARE = 0.06
"""What firmware and kernel keep of a machine's memory: recorded on a t3.medium, of whose 4096 MiB Linux sees 3851."""


@dataclass(frozen=True)
class Load:
    """Pods and what they request: CPU in millicores, memory in MiB."""

    pods: int = 0
    cpu: int = 0
    memory: int = 0

    def __add__(self, other: Load) -> Load:
        return Load(self.pods + other.pods, self.cpu + other.cpu, self.memory + other.memory)

    def __sub__(self, other: Load) -> Load:
        return Load(self.pods - other.pods, self.cpu - other.cpu, self.memory - other.memory)

    def times(self, count: int) -> Load:
        return Load(self.pods * count, self.cpu * count, self.memory * count)


EVERY_NODE = Load(pods=4, cpu=50 + 100 + 10 + 30, memory=128 + 64 + 32 + 120)
"""DaemonSets: aws-node, kube-proxy, eks-pod-identity-agent, ebs-csi-node. CPU as their add-ons' manifests request it;
memory as they use it, where they request none."""

SYSTEM_PODS = Load(pods=6, cpu=2 * (100 + 100 + 60), memory=2 * (70 + 200 + 240))
"""Two replicas each of coredns, metrics-server and ebs-csi-controller."""

JOB_SLOT = Load(pods=1, cpu=100, memory=128)
"""Room for one job (a database bootstrap, a migration) beside everything else."""


@dataclass(frozen=True)
class Pool:
    """Nodes that are alike to the scheduler: one capacity, one architecture."""

    capacity: Capacity
    arch: Arch

    def __str__(self) -> str:
        return f"{self.capacity.value} {self.arch}"


@dataclass(frozen=True)
class Budget:
    """What must fit where: `demand` of the services that can run on `pools` and nowhere else, against their `supply`."""

    pools: tuple[Pool, ...]
    services: tuple[str, ...]
    demand: Load
    supply: Load

    @property
    def fits(self) -> bool:
        free = self.supply - self.demand
        return free.pods >= 0 and free.cpu >= 0 and free.memory >= 0


def budgets(cluster: ClusterSettings, services: Mapping[str, Service]) -> list[Budget]:
    """A budget for each set of pools that some services are bound to, narrow ones first; the last is for all nodes.

    Demand fits if and only if it fits for every union of what services are bound to (Hall's condition): services bound
    to spot must fit spot nodes, and all services together must fit all nodes.
    """
    groups: dict[Pool, list[NodeGroup]] = {}
    for group in cluster.node_groups.values():
        groups.setdefault(Pool(group.capacity, group.arch), []).append(group)
    everywhere = frozenset(groups)
    allowed = {name: frozenset(pool for pool in groups if accepts(pool, service)) for name, service in services.items()}
    choices = {pools for pools in allowed.values() if pools} | {everywhere}
    unions = {frozenset().union(*some) for count in (1, 2) for some in combinations(sorted(choices, key=str), count)}
    return [
        budget(cluster, {name: services[name] for name in services if allowed[name] and allowed[name] <= pools}, groups, pools, everywhere)
        for pools in sorted(unions, key=lambda pools: (len(pools), sorted(map(str, pools))))
    ]


def accepts(pool: Pool, service: Service) -> bool:
    return pool.arch == service.arch and service.capacity in (None, pool.capacity)


def budget(
    cluster: ClusterSettings,
    services: Mapping[str, Service],
    groups: Mapping[Pool, list[NodeGroup]],
    pools: frozenset[Pool],
    everywhere: frozenset[Pool],
) -> Budget:
    demand = total(service_demand(service) for service in services.values())
    if pools == everywhere:
        demand = demand + SYSTEM_PODS + JOB_SLOT
    nodes = [
        (node_supply(kind_of(group), prefix_delegation=cluster.prefix_delegation), group.max)
        for pool in sorted(pools, key=str)
        for group in groups[pool]
    ]
    largest = Load(*(max(getattr(node, part) for node, _ in nodes) for part in ("pods", "cpu", "memory")))
    supply = total(node.times(count) for node, count in nodes) - largest
    return Budget(tuple(sorted(pools, key=str)), tuple(services), demand, supply)


def service_demand(service: Service) -> Load:
    """All replicas, and those that a rolling update adds: 25 %, rounded up (Kubernetes, Deployment `maxSurge`)."""
    replicas = service.max_replicas
    surge = -(-replicas // 4)
    each = Load(1, millicores(service.requests.cpu), mebibytes(service.requests.memory))
    return each.times(replicas + surge)


def kind_of(group: NodeGroup) -> InstanceType:
    """The smallest of a group's types: with spot, any of them may come."""
    return min(group.types, key=lambda kind: (kind.memory_mib, kind.vcpus, kind.name))


def node_supply(kind: InstanceType, *, prefix_delegation: bool) -> Load:
    """What one node leaves to the pods of services."""
    pods = kind.max_pods(prefix_delegation=prefix_delegation)
    return Load(pods, allocatable_cpu(kind), allocatable_memory(kind, pods)) - EVERY_NODE


def allocatable_cpu(kind: InstanceType) -> int:
    """Millicores: the whole less what the kubelet keeps, 6 % of the first core, 1 % of the second, 0.5 % of the next two
    and 0.25 % of the rest (awslabs/amazon-eks-ami, nodeadm's kubelet configuration)."""
    reserved = sum((60, 10, 5, 5)[core] if core < 4 else 2.5 for core in range(kind.vcpus))
    return kind.vcpus * 1000 - int(reserved)


def allocatable_memory(kind: InstanceType, max_pods: int) -> int:
    """MiB: the whole less 255 MiB + 11 MiB a pod for the kubelet (nodeadm), the eviction threshold and the kernel."""
    return int(kind.memory_mib * (1 - KERNEL_SHARE)) - (255 + 11 * max_pods) - EVICTION_MIB


def total(loads: Iterable[Load]) -> Load:
    return sum(loads, Load())


def capacity_problems(cluster: ClusterSettings, services: Mapping[str, Service]) -> list[str]:
    """What does not fit, in words (incident `pod-capacity`)."""
    found = [
        f"plinth:services.{name}: no node group is {service.capacity.value + ' ' if service.capacity else ''}{service.arch}, so "
        "its pods would stay Pending (incident node-label). Add such a group, or change the service."
        for name, service in services.items()
        if not any(accepts(Pool(group.capacity, group.arch), service) for group in cluster.node_groups.values())
    ]
    for item in budgets(cluster, services):
        if not item.fits:
            found.append(overrun(cluster, item))
    return found


def overrun(cluster: ClusterSettings, item: Budget) -> str:
    short = [
        f"{wanted} {unit} wanted, {max(there, 0)} there"
        for wanted, there, unit in (
            (item.demand.pods, item.supply.pods, "pods"),
            (item.demand.cpu, item.supply.cpu, "m CPU"),
            (item.demand.memory, item.supply.memory, "MiB memory"),
        )
        if wanted > there
    ]
    groups = [
        f"{name} ({group.max} x {kind_of(group).name})"
        for name, group in cluster.node_groups.items()
        if Pool(group.capacity, group.arch) in item.pools
    ]
    return (
        f"plinth:cluster.node_groups: {', '.join(groups)} cannot hold the services bound to them with one node lost and a "
        f"rollout under way: {'; '.join(short)} (incident pod-capacity). Pods would stay Pending. "
        "Raise `max`, take larger instance types, or lower replicas or requests."
    )
