"""EKS: Kubernetes versions, pinned add-on versions and node images.

Sources, read 2026-11-21: EKS user guide, "Understand the Kubernetes version lifecycle on EKS" (versions) and "AWS add-ons"
(names); add-on and image versions as `aws eks describe-addon-versions` and the amazon-eks-ami releases gave them to public
configurations of late 2025. They are pins, not the newest: raise them in the stack file.
"""

from __future__ import annotations

from collections.abc import Mapping

KUBERNETES_VERSIONS = ("1.32", "1.33", "1.34", "1.35")

ADDONS = (
    "vpc-cni",
    "kube-proxy",
    "coredns",
    "eks-pod-identity-agent",
    "aws-ebs-csi-driver",
    "metrics-server",
)

ADDON_VERSIONS: Mapping[str, Mapping[str, str]] = {
    "1.33": {
        "vpc-cni": "v1.20.2-eksbuild.1",
        "kube-proxy": "v1.33.3-eksbuild.6",
        "coredns": "v1.12.4-eksbuild.1",
        "eks-pod-identity-agent": "v1.3.8-eksbuild.2",
        "aws-ebs-csi-driver": "v1.50.1-eksbuild.1",
        "metrics-server": "v0.8.0-eksbuild.2",
    },
    "1.34": {
        "vpc-cni": "v1.20.4-eksbuild.2",
        "kube-proxy": "v1.34.0-eksbuild.2",
        "coredns": "v1.12.3-eksbuild.1",
        "eks-pod-identity-agent": "v1.3.10-eksbuild.2",
        "aws-ebs-csi-driver": "v1.54.0-eksbuild.1",
        "metrics-server": "v0.8.0-eksbuild.2",
    },
}
"""By Kubernetes version; for the others a stack file names its own."""

NODE_RELEASES: Mapping[str, str] = {"1.33": "1.33.5-20251120", "1.34": "1.34.2-20251120"}
"""Release versions of the EKS-optimized Amazon Linux 2023 image (amazon-eks-ami release notes)."""
