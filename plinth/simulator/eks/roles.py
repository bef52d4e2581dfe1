"""IAM roles as pulumi-eks makes them: a `ServiceRole` component with a role and an attachment a policy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from plinth.simulator.eks.component import Child, Component, policy_suffix

POLICY = "arn:aws:iam::aws:policy/"


@dataclass(frozen=True)
class ServiceRole:
    """A role and the urns of its attachments."""

    role: Child
    attachments: list[str]


def service_role(
    component: Component, name: str, service: str, description: str, policies: Sequence[str]
) -> ServiceRole:
    """Register role `name` for `service` with AWS-managed `policies`."""
    group = component.child_component("eks:index:ServiceRole", name)
    actions = ["sts:AssumeRole", "sts:TagSession"] if service.startswith("eks.") else ["sts:AssumeRole"]
    trust = {"Effect": "Allow", "Principal": {"Service": [service]}, "Action": actions}
    role = group.child(
        "aws:iam/role:Role",
        f"{name}-role",
        {
            "assumeRolePolicy": json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
            "description": description,
            "tags": component.arg("tags"),
        },
    )
    attachments = [
        group.child(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            f"{name}-{policy_suffix(POLICY + policy)}",
            {"role": role.id_output, "policyArn": POLICY + policy},
        ).urn
        for policy in policies
    ]
    group.register_outputs({"directRole": role.reference, "resolvedRole": role.reference})
    return ServiceRole(role, attachments)
