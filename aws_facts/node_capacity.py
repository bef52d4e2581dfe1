"""What nodes on EKS offer to pods, and what EKS's add-ons take of it.

Sources: awslabs/amazon-eks-ami, `nodeadm/internal/kubelet/config.go` (reserved resources); the add-ons' manifests (requests);
aws-observability/helm-charts, `charts/amazon-cloudwatch-observability/values.yaml` of 6.2.0 (CloudWatch agent, Fluent Bit);
Karpenter 1.14, "NodePools" (`spec.limits`) and `pkg/providers/instancetype/types.go` (what it expects of a node).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aws_facts.eks import CONTAINER_INSIGHTS
from aws_facts.instances import InstanceType

EVICTION_MIB = 100
KERNEL_SHARE = 0.06
"""What firmware and kernel keep of a machine's memory: recorded on a t3.medium, of whose 4096 MiB Linux sees 3851."""

KARPENTER_KERNEL_SHARE = 0.075
"""What Karpenter supposes of it before it starts a node (the chart's `vmMemoryOverheadPercent`)."""


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

    def fits(self, room: Load) -> bool:
        return self.pods <= room.pods and self.cpu <= room.cpu and self.memory <= room.memory


ADDON_PER_NODE: Mapping[str, Load] = {
    "vpc-cni": Load(1, 50, 128),
    "kube-proxy": Load(1, 100, 64),
    "eks-pod-identity-agent": Load(1, 10, 32),
    "aws-ebs-csi-driver": Load(1, 30, 120),
    CONTAINER_INSIGHTS: Load(2, 250 + 50, 128 + 25),
}
"""DaemonSets of add-ons: CPU as their manifests request it; memory as they use it, where they request none."""

ADDON_PER_CLUSTER: Mapping[str, Load] = {
    "coredns": Load(2, 2 * 100, 2 * 70),
    "metrics-server": Load(2, 2 * 100, 2 * 200),
    "aws-ebs-csi-driver": Load(2, 2 * 60, 2 * 240),
    CONTAINER_INSIGHTS: Load(1, 100, 64),
}
"""Two replicas of each, and one of the operator of CloudWatch's agents."""

SELF_MANAGED_ADDONS = ("vpc-cni", "kube-proxy", "coredns")
"""What EKS puts into a cluster by itself (EKS user guide, "Amazon EKS add-ons")."""


def allocatable(kind: InstanceType, *, prefix_delegation: bool) -> Load:
    """What kubelet offers to pods on a node of this type. Prefix delegation costs memory: 110 possible pods reserve 1 GiB
    more than 17.
    """
    return offered(kind, kind.max_pods(prefix_delegation=prefix_delegation), KERNEL_SHARE)


def offered(kind: InstanceType, pods: int, kernel_share: float) -> Load:
    """What kubelet offers to at most `pods` pods.

    CPU: less 6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of the rest. Memory: less what the
    kernel keeps, 255 MiB + 11 MiB for each pod that the node could take, and the eviction threshold.
    """
    reserved = sum((60, 10, 5, 5)[core] if core < 4 else 2.5 for core in range(kind.vcpus))
    memory = int(kind.memory_mib * (1 - kernel_share)) - (255 + 11 * pods) - EVICTION_MIB
    return Load(pods, kind.vcpus * 1000 - int(reserved), memory)


@dataclass(frozen=True)
class Supply:
    """What nodes leave to pods: `total` on all of them, `empty` on one, for each size that it may have."""

    total: Load
    empty: tuple[Load, ...]


def pool_supply(
    kinds: Iterable[InstanceType], *, vcpus: int, memory_mib: int, max_pods: int | None, agents: Load
) -> Supply:
    """What a NodePool of Karpenter's leaves to pods beside `agents` on each node, started as far as its limits let it.

    Limits count what EC2 names as a type's size. Of several types the one counts that leaves least, as if all nodes were of
    it; one that is above the limits is never started. `max_pods` is the node class's `kubelet.maxPods`; without it Karpenter
    counts addresses, none of them a prefix.
    """
    counts = {kind: min(vcpus // kind.vcpus, memory_mib // kind.memory_mib) for kind in kinds}
    nodes = [
        (
            offered(kind, max_pods or kind.max_pods(prefix_delegation=False), KARPENTER_KERNEL_SHARE)
            - agents,
            count,
        )
        for kind, count in counts.items()
        if count
    ]
    if not nodes:
        return Supply(Load(), ())
    return Supply(least(node.times(count) for node, count in nodes), tuple(node for node, _ in nodes))


def total(loads: Iterable[Load]) -> Load:
    return sum(loads, Load())


def least(loads: Iterable[Load]) -> Load:
    """Of each part, what all of `loads` have."""
    found = list(loads)
    return Load(*(min(getattr(load, part) for load in found) for part in ("pods", "cpu", "memory")))


def most(loads: Iterable[Load]) -> Load:
    """Of each part, what the largest of `loads` has; nothing where there are none."""
    found = [*loads, Load()]
    return Load(*(max(getattr(load, part) for load in found) for part in ("pods", "cpu", "memory")))
