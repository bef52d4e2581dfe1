"""Labels that nodes on EKS carry.

Sources, read 2026-11-21: Kubernetes, "Well-Known Labels, Annotations and Taints"; EKS user guide, "Managed node groups"
(capacityType) and "Create a managed node group"; Karpenter, "Well-Known Labels"; EKS user guide, "Create a Node Pool for EKS
Auto Mode" (eks.amazonaws.com/*).
"""

from __future__ import annotations

MANAGED_CAPACITY = "eks.amazonaws.com/capacityType"
MANAGED_CAPACITY_VALUES = ("ON_DEMAND", "SPOT")
"""Managed node groups write the value in upper case. `CAPACITY_BLOCK` exists too, for reserved accelerators."""

KARPENTER_CAPACITY = "karpenter.sh/capacity-type"
KARPENTER_CAPACITY_VALUES = ("on-demand", "spot", "reserved")
"""Karpenter and EKS Auto Mode write it in lower case."""

NODE_GROUP = "eks.amazonaws.com/nodegroup"
NODE_POOL = "karpenter.sh/nodepool"

ARCH = "kubernetes.io/arch"
ARCH_VALUES = ("amd64", "arm64")
OS = "kubernetes.io/os"
INSTANCE_TYPE = "node.kubernetes.io/instance-type"
ZONE = "topology.kubernetes.io/zone"
REGION = "topology.kubernetes.io/region"
HOSTNAME = "kubernetes.io/hostname"

EVERY_NODE = frozenset(
    {
        ARCH, OS, INSTANCE_TYPE, ZONE, REGION, HOSTNAME, "topology.k8s.aws/zone-id", "topology.ebs.csi.aws.com/zone",
        "beta.kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/instance-type",
        "failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region",
    }
)  # fmt: skip
"""Keys on each node, whoever made it."""

MANAGED_NODES = frozenset(
    {
        MANAGED_CAPACITY, NODE_GROUP, "eks.amazonaws.com/nodegroup-image",
        "eks.amazonaws.com/sourceLaunchTemplateId", "eks.amazonaws.com/sourceLaunchTemplateVersion",
    }
)  # fmt: skip
"""Keys that EKS puts onto nodes of managed node groups."""

KARPENTER_NODES = frozenset({KARPENTER_CAPACITY, NODE_POOL})
KARPENTER_PREFIXES = ("karpenter.k8s.aws/", "karpenter.sh/", "eks.amazonaws.com/")
"""Keys that Karpenter, and EKS Auto Mode under its own prefix, put onto their nodes (`instance-family`, `compute-type`...)."""
