"""The formula against AWS's own list, and the table against what nodeadm knows of each type."""

from __future__ import annotations

import pytest

from aws_facts.instances import INSTANCE_TYPES, architecture

# aws/amazon-vpc-cni-k8s, misc/eni-max-pods.txt; without prefix delegation.
MAX_PODS = {
    "t3.small": 11, "t3a.small": 8, "t4g.small": 11, "t3.medium": 17, "t4g.medium": 17, "t3.large": 35, "t3a.xlarge": 58,
    "m5.large": 29, "m6i.large": 29, "m6g.medium": 8, "m7a.medium": 8, "m7g.xlarge": 58, "c6i.2xlarge": 58,
    "c7g.4xlarge": 234, "c7i.8xlarge": 234, "r5.large": 29, "r6g.medium": 8, "r7i.4xlarge": 234, "r8g.2xlarge": 58,
}  # fmt: skip

# awslabs/amazon-eks-ami, nodeadm/internal/kubelet/instance-info.jsonl: interfaces, addresses of each.
INTERFACES = {"t3a.small": (2, 4), "t3.medium": (3, 6), "c7g.medium": (2, 4), "m7i.large": (3, 10)}


@pytest.mark.parametrize("name", MAX_PODS)
def test_pods_are_counted_as_aws_does(name: str) -> None:
    assert INSTANCE_TYPES[name].max_pods(prefix_delegation=False) == MAX_PODS[name]


@pytest.mark.parametrize("name", INTERFACES)
def test_interfaces_are_as_aws_says(name: str) -> None:
    kind = INSTANCE_TYPES[name]
    assert (kind.enis, kind.ipv4_per_eni) == INTERFACES[name]


@pytest.mark.parametrize(
    ("name", "pods"), [("t3.medium", 110), ("t3.small", 110), ("m6g.medium", 98), ("m6i.8xlarge", 250)]
)
def test_prefix_delegation_is_capped(name: str, pods: int) -> None:
    assert INSTANCE_TYPES[name].max_pods(prefix_delegation=True) == pods


@pytest.mark.parametrize(
    ("name", "vcpus", "gib", "arch"),
    [
        ("t3.medium", 2, 4, "amd64"),
        ("t4g.large", 2, 8, "arm64"),
        ("m6g.medium", 1, 4, "arm64"),
        ("c7i.xlarge", 4, 8, "amd64"),
        ("r7g.2xlarge", 8, 64, "arm64"),
        ("m5.4xlarge", 16, 64, "amd64"),
    ],
)
def test_sizes(name: str, vcpus: int, gib: int, arch: str) -> None:
    kind = INSTANCE_TYPES[name]
    assert (kind.vcpus, kind.memory_mib, kind.arch) == (vcpus, gib * 1024, arch)


def test_graviton_families_are_arm64() -> None:
    for name, kind in INSTANCE_TYPES.items():
        family = name.split(".", maxsplit=1)[0]
        assert (kind.arch == "arm64") == ("g" in family[1:]), name


def test_the_architecture_is_in_the_name() -> None:
    assert all(architecture(name) == kind.arch for name, kind in INSTANCE_TYPES.items())
    others = {
        "a1.large": "arm64",
        "im4gn.large": "arm64",
        "g5g.xlarge": "arm64",
        "p6e-gb200.36xlarge": "arm64",
    }
    others |= dict.fromkeys(
        ("g5.xlarge", "g4dn.xlarge", "m4.large", "c7i-flex.large", "p6-b200.48xlarge"), "amd64"
    )
    assert {name: architecture(name) for name in others} == others
    assert architecture("u-6tb1.metal") is None
