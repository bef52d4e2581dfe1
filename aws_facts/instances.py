"""EC2 instance types: size, architecture, and how many IP addresses their network interfaces carry.

Sources, read 2026-11-21: EC2 user guide, "Amazon EC2 instance type specifications" (vCPU, memory, network interfaces, IPv4
addresses per interface), checked against awslabs/amazon-eks-ami `nodeadm/internal/kubelet/instance-info.jsonl` and, for the
formula, aws/amazon-vpc-cni-k8s `misc/eni-max-pods.txt`. EC2 instance types, "Amazon EC2 instance type naming conventions" (behind
the generation `g` stands for Graviton, or within `gb200` for Grace; A1, the first of them, has no such letter).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class InstanceType:
    """One instance type. `memory_mib` is what EC2 names as its memory; a node can allocate less."""

    name: str
    arch: str
    vcpus: int
    memory_mib: int
    enis: int
    ipv4_per_eni: int

    def max_pods(self, *, prefix_delegation: bool) -> int:
        """Pods that a node of this type takes.

        EKS user guide, "Choose an optimal Amazon EC2 node instance type": interfaces x (addresses - 1) + 2; with prefix
        delegation each address but the first is a /28 prefix of 16, and EKS caps the result at 110 up to 30 vCPUs, else
        at 250.
        """
        if not prefix_delegation:
            return self.enis * (self.ipv4_per_eni - 1) + 2
        return min(self.enis * (self.ipv4_per_eni - 1) * 16 + 2, 110 if self.vcpus <= 30 else 250)


@dataclass(frozen=True)
class Size:
    """What the types of one size have in common, across families."""

    vcpus: int
    enis: int
    ipv4_per_eni: int


BURSTABLE = {
    "small": Size(2, 3, 4),
    "medium": Size(2, 3, 6),
    "large": Size(2, 3, 12),
    "xlarge": Size(4, 4, 15),
    "2xlarge": Size(8, 4, 15),
}
BURSTABLE_MEMORY_GIB = {"small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}
FIXED = {
    "medium": Size(1, 2, 4),
    "large": Size(2, 3, 10),
    "xlarge": Size(4, 4, 15),
    "2xlarge": Size(8, 4, 15),
    "4xlarge": Size(16, 8, 30),
    "8xlarge": Size(32, 8, 30),
}
EXCEPTIONS = {"t3a.small": Size(2, 2, 4)}
"""Types that depart from their size."""

GIB_PER_VCPU = {"c": 2, "m": 4, "r": 8}

BURSTABLE_FAMILIES = {"t3": "amd64", "t3a": "amd64", "t4g": "arm64"}
FIXED_FAMILIES = {
    **dict.fromkeys(("m5", "m6a", "m6i", "m7a", "m7i", "c6i", "c7i", "r5", "r6i", "r7i"), "amd64"),
    **dict.fromkeys(("m6g", "m7g", "m8g", "c6g", "c7g", "c8g", "r6g", "r7g", "r8g"), "arm64"),
}
WITH_MEDIUM = {"m6g", "m7g", "m8g", "m7a", "c6g", "c7g", "c8g", "r6g", "r7g", "r8g"}


def _table() -> Mapping[str, InstanceType]:
    found: dict[str, InstanceType] = {}
    for family, arch in BURSTABLE_FAMILIES.items():
        for size, usual in BURSTABLE.items():
            name, memory = f"{family}.{size}", BURSTABLE_MEMORY_GIB[size] * 1024
            shape = EXCEPTIONS.get(name, usual)
            found[name] = InstanceType(name, arch, shape.vcpus, memory, shape.enis, shape.ipv4_per_eni)
    for family, arch in FIXED_FAMILIES.items():
        for size, shape in FIXED.items():
            if size == "medium" and family not in WITH_MEDIUM:
                continue
            name, memory = f"{family}.{size}", shape.vcpus * GIB_PER_VCPU[family[0]] * 1024
            found[name] = InstanceType(name, arch, shape.vcpus, memory, shape.enis, shape.ipv4_per_eni)
    return found


INSTANCE_TYPES: Mapping[str, InstanceType] = _table()

FAMILY = re.compile(r"^(?:a1|[a-z]+\d+([a-z]*(?:-\w+)?))\.")


def architecture(name: str) -> str | None:
    """The architecture of an instance type, also of one that is not in the table; None for a name of another form."""
    match = FAMILY.match(name)
    if not match:
        return None
    return "arm64" if name.startswith("a1.") or "g" in match[1] else "amd64"
