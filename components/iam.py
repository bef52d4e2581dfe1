"""Roles that an AWS service or a pod assumes, written once."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

POD_IDENTITY = "pods.eks.amazonaws.com"
"""Who assumes a pod's role (EKS user guide, "Create IAM role with trust policy required by EKS Pod Identity")."""


def service_role(
    name: str,
    *,
    service: str,
    description: str,
    managed_policies: Sequence[str] = (),
    opts: pulumi.ResourceOptions,
) -> tuple[aws.iam.Role, list[aws.iam.RolePolicyAttachment]]:
    """A role that `service` may assume, with AWS-managed policies by name (`AmazonEKSWorkerNodePolicy`).

    Returns the role and its attachments: what needs the permissions depends on these.
    """
    actions = ["sts:AssumeRole", "sts:TagSession"] if service == POD_IDENTITY else ["sts:AssumeRole"]
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions}
    role = aws.iam.Role(
        name,
        description=description,
        assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        opts=opts,
    )
    attachments = [
        aws.iam.RolePolicyAttachment(
            f"{name}-{policy.rpartition('/')[2]}",
            role=role.name,
            policy_arn=f"arn:aws:iam::aws:policy/{policy}",
            opts=opts,
        )
        for policy in managed_policies
    ]
    return role, attachments
