"""EKS: Kubernetes versions, pinned add-on versions and node images.

Sources, read 2026-11-21: EKS user guide, "Understand the Kubernetes version lifecycle on EKS" (versions), "AWS add-ons"
(names) and each add-on's own page; node images from the CHANGELOG of awslabs/amazon-eks-ami, release v20260714; builds of
add-ons as `aws eks describe-addon-versions` gave them to public configurations of July 2026; that of CloudWatch's add-on from
the CloudWatch user guide, "Install the CloudWatch agent with the Amazon CloudWatch Observability EKS add-on or the Helm chart".
They are pins, not the newest: the stack file may name others.
"""

from __future__ import annotations

from collections.abc import Mapping

KUBERNETES_VERSIONS = ("1.32", "1.33", "1.34", "1.35", "1.36")
"""In standard or extended support beyond November 2026; the standard support of 1.34 ends on 2026-12-02."""

CONTAINER_INSIGHTS = "amazon-cloudwatch-observability"

ADDONS = (
    "vpc-cni",
    "kube-proxy",
    "coredns",
    "eks-pod-identity-agent",
    "aws-ebs-csi-driver",
    "metrics-server",
    CONTAINER_INSIGHTS,
)

ADDON_VERSIONS: Mapping[str, Mapping[str, str]] = {
    "1.33": {
        "vpc-cni": "v1.22.4-eksbuild.3",
        "kube-proxy": "v1.33.10-eksbuild.18",
        "coredns": "v1.12.4-eksbuild.18",
        "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
        "aws-ebs-csi-driver": "v1.60.1-eksbuild.1",
        "metrics-server": "v0.8.1-eksbuild.10",
        CONTAINER_INSIGHTS: "v6.2.0-eksbuild.1",
    },
    "1.34": {
        "vpc-cni": "v1.22.4-eksbuild.3",
        "kube-proxy": "v1.34.6-eksbuild.18",
        "coredns": "v1.13.2-eksbuild.11",
        "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
        "aws-ebs-csi-driver": "v1.63.0-eksbuild.1",
        "metrics-server": "v0.9.0-eksbuild.5",
        CONTAINER_INSIGHTS: "v6.2.0-eksbuild.1",
    },
    "1.35": {
        "vpc-cni": "v1.22.4-eksbuild.3",
        "kube-proxy": "v1.35.3-eksbuild.18",
        "coredns": "v1.13.2-eksbuild.11",
        "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
        "aws-ebs-csi-driver": "v1.63.0-eksbuild.1",
        "metrics-server": "v0.9.0-eksbuild.5",
        CONTAINER_INSIGHTS: "v6.2.0-eksbuild.1",
    },
}
"""By Kubernetes version; for the others a stack file names its own."""

NODE_RELEASES: Mapping[str, str] = {
    "1.32": "1.32.13-20260714",
    "1.33": "1.33.13-20260714",
    "1.34": "1.34.9-20260714",
    "1.35": "1.35.6-20260714",
    "1.36": "1.36.2-20260714",
}
"""Release versions of the EKS-optimized Amazon Linux 2023 image, by Kubernetes version."""
