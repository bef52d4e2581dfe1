"""Access entries: who may use the Kubernetes API, and with which policies."""

from __future__ import annotations

from typing import Any

from plinth.simulator.eks.component import Child, Component


def register_access(component: Component, cluster: Child) -> list[str]:
    """Register the entries of `access_entries` with their policies; their urns."""
    urns: list[str] = []
    for key, entry in component.mapping("accessEntries").items():
        name = f"{component.name}-{key}"
        registered = component.child(
            "aws:eks/accessEntry:AccessEntry",
            name,
            {
                "clusterName": cluster.output("name"),
                "principalArn": entry["principalArn"],
                "kubernetesGroups": entry.get("kubernetesGroups"),
                "type": entry.get("type"),
                "userName": entry.get("username"),
                "tags": entry.get("tags"),
            },
        )
        urns.append(registered.urn)
        policies: dict[str, Any] = entry.get("accessPolicies") or {}
        for policy_key, policy in policies.items():
            association = component.child(
                "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
                f"{name}-{policy_key}",
                {
                    "clusterName": cluster.output("name"),
                    "principalArn": entry["principalArn"],
                    "policyArn": policy["policyArn"],
                    "accessScope": policy["accessScope"],
                },
                parent=registered.urn,
                after=[registered.urn],
            )
            urns.append(association.urn)
    return urns
