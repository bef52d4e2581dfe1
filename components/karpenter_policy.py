"""What Karpenter's controller may do: start and end nodes of its own cluster, and read what it chooses from.

Source of the calls and of the tags that it sets: Karpenter 1.14, "CloudFormation" and the reference template. Left out is
what this stack does not let it do: make instance profiles (the node classes name one), follow zonal shifts, and use capacity
reservations and placement groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pulumi

from components.bucket import Statement

POOL_TAG = "karpenter.sh/nodepool"
CLUSTER_TAG = "eks:eks-cluster-name"

STARTED = ("fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request")
"""What a new node consists of; all of it is tagged as it is made."""

READ = (
    "ec2:DescribeCapacityReservations", "ec2:DescribeImages", "ec2:DescribeInstances", "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypeOfferings", "ec2:DescribeInstanceTypes", "ec2:DescribeLaunchTemplates",
    "ec2:DescribePlacementGroups", "ec2:DescribeSecurityGroups", "ec2:DescribeSpotPriceHistory", "ec2:DescribeSubnets",
)  # fmt: skip
"""What has no resource to be limited to."""


def controller_statements(
    *,
    cluster_name: str,
    region: str,
    account_id: pulumi.Input[str],
    node_role_arn: pulumi.Input[str],
    queue_arn: pulumi.Input[str],
) -> Iterator[Statement]:
    """The statements of the controller's policy, for the nodes of one cluster."""
    yield from node_statements(cluster_name, region)
    yield {
        "Sid": "ReadEc2",
        "Effect": "Allow",
        "Action": list(READ),
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": region}},
    }
    yield {"Sid": "ReadPrices", "Effect": "Allow", "Action": "pricing:GetProducts", "Resource": "*"}
    yield {
        "Sid": "ReadImages",
        "Effect": "Allow",
        "Action": "ssm:GetParameter",
        "Resource": f"arn:aws:ssm:{region}::parameter/aws/service/*",
    }
    yield {
        "Sid": "ReadInstanceProfiles",
        "Effect": "Allow",
        "Action": ["iam:GetInstanceProfile", "iam:ListInstanceProfiles"],
        "Resource": pulumi.Output.concat("arn:aws:iam::", account_id, ":instance-profile/*"),
    }
    yield {
        "Sid": "PassNodeRole",
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": node_role_arn,
        "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    }
    yield {
        "Sid": "FindCluster",
        "Effect": "Allow",
        "Action": "eks:DescribeCluster",
        "Resource": pulumi.Output.concat(f"arn:aws:eks:{region}:", account_id, f":cluster/{cluster_name}"),
    }
    yield {
        "Sid": "ReadInterruptions",
        "Effect": "Allow",
        "Action": ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
        "Resource": queue_arn,
    }


def node_statements(cluster_name: str, region: str) -> Iterator[Statement]:
    """Nodes are made with the cluster's tags, and only what has these is tagged further or deleted."""
    owner = f"kubernetes.io/cluster/{cluster_name}"
    starting: dict[str, Any] = {
        "StringEquals": {
            f"aws:RequestTag/{owner}": "owned",
            f"aws:RequestTag/{CLUSTER_TAG}": cluster_name,
        },
        "StringLike": {f"aws:RequestTag/{POOL_TAG}": "*"},
    }
    owned: dict[str, Any] = {
        "StringEquals": {f"aws:ResourceTag/{owner}": "owned"},
        "StringLike": {f"aws:ResourceTag/{POOL_TAG}": "*"},
    }
    launch = ["ec2:RunInstances", "ec2:CreateFleet"]
    instances = f"arn:aws:ec2:{region}:*:instance/*"
    templates = f"arn:aws:ec2:{region}:*:launch-template/*"
    started = [f"arn:aws:ec2:{region}:*:{kind}/*" for kind in STARTED]
    yield {
        "Sid": "StartFrom",
        "Effect": "Allow",
        "Action": launch,
        "Resource": [
            *(f"arn:aws:ec2:{region}::{kind}/*" for kind in ("image", "snapshot")),
            *(f"arn:aws:ec2:{region}:*:{kind}/*" for kind in ("security-group", "subnet")),
        ],
    }
    yield {
        "Sid": "StartFromTemplate",
        "Effect": "Allow",
        "Action": launch,
        "Resource": templates,
        "Condition": owned,
    }
    yield {
        "Sid": "Start",
        "Effect": "Allow",
        "Action": [*launch, "ec2:CreateLaunchTemplate"],
        "Resource": started,
        "Condition": starting,
    }
    by = {"ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"]}
    yield {
        "Sid": "TagWhatStarts",
        "Effect": "Allow",
        "Action": "ec2:CreateTags",
        "Resource": started,
        "Condition": {**starting, "StringEquals": {**starting["StringEquals"], **by}},
    }
    yield {
        "Sid": "TagNodes",
        "Effect": "Allow",
        "Action": "ec2:CreateTags",
        "Resource": instances,
        "Condition": {
            **owned,
            "StringEqualsIfExists": {f"aws:RequestTag/{CLUSTER_TAG}": cluster_name},
            "ForAllValues:StringEquals": {"aws:TagKeys": [CLUSTER_TAG, "karpenter.sh/nodeclaim", "Name"]},
        },
    }
    yield {
        "Sid": "Delete",
        "Effect": "Allow",
        "Action": ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
        "Resource": [instances, templates],
        "Condition": owned,
    }
