"""Access entries: who may use the Kubernetes API, and with which policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plinth.simulator.eks.component import Child, Component


def register_access(component: Component, cluster: Child) -> list[str]:
    """Register the entries of `access_entries` with their policies; the entries' urns."""
    given = component.mapping("accessEntries")
    entries = {key: register_entry(component, cluster, key, entry) for key, entry in given.items()}
    for key, entry in entries.items():
        policies: dict[str, Any] = given[key].get("accessPolicies") or {}
        for policy_key, policy in policies.items():
            component.child(
                "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
                f"{component.name}-{key}-{policy_key}",
                {
                    "clusterName": cluster.output("name"),
                    "principalArn": given[key]["principalArn"],
                    "policyArn": policy["policyArn"],
                    "accessScope": policy["accessScope"],
                },
                parent=entry.urn,
                after=[entry.urn],
            )
    return [entry.urn for entry in entries.values()]


def register_entry(component: Component, cluster: Child, key: str, entry: Mapping[str, Any]) -> Child:
    return component.child(
        "aws:eks/accessEntry:AccessEntry",
        f"{component.name}-{key}",
        {
            "clusterName": cluster.output("name"),
            "principalArn": entry["principalArn"],
            "kubernetesGroups": entry.get("kubernetesGroups"),
            "type": entry.get("type"),
            "userName": entry.get("username"),
            "tags": entry.get("tags"),
        },
    )
