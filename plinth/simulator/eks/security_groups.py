"""The two security groups that pulumi-eks makes for the control plane and for self-managed nodes, and their rules.

Nodes of managed groups carry neither of them, but the group that EKS makes itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plinth.simulator.eks.component import Child, Component
from plinth.simulator.eks.values import Out

GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
ANYWHERE = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}


@dataclass(frozen=True)
class SecurityGroups:
    """Both groups, and the rule that lets nodes reach the API."""

    cluster: Child
    node: Child
    ingress_rule: Child


def register_cluster_group(component: Component) -> Child:
    """The control plane's group with its way out."""
    name = f"{component.name}-eksClusterSecurityGroup"
    group = component.child(
        GROUP,
        name,
        {
            "vpcId": component.arg("vpcId"),
            "revokeRulesOnDelete": True,
            "description": "Managed by Pulumi",
            "tags": {
                "Name": name,
                **component.mapping("clusterSecurityGroupTags"),
                **component.mapping("tags"),
            },
        },
    )
    component.child(
        RULE,
        f"{component.name}-eksClusterInternetEgressRule",
        {
            "description": "Allow internet access.",
            "type": "egress",
            **ANYWHERE,
            "securityGroupId": group.id_output,
        },
    )
    return group


def register_node_group_rules(component: Component, cluster_group: Child, cluster: Child) -> SecurityGroups:
    """The group of self-managed nodes below the component, and all rules between the two."""
    return register_nodes(
        component,
        cluster_group,
        cluster_name=cluster.output("name"),
        vpc_id=component.arg("vpcId"),
        tags={**component.mapping("nodeSecurityGroupTags"), **component.mapping("tags")},
    )


def register_nodes(
    component: Component,
    cluster_group: Child,
    *,
    cluster_name: Out,
    vpc_id: Any,
    tags: Mapping[str, Any],
) -> SecurityGroups:
    """The same for the nodes of any component; they are named after it."""
    name = component.name
    group_name = f"{name}-nodeSecurityGroup"
    owned = cluster_name.map(
        lambda known: {f"kubernetes.io/cluster/{known}": "owned", "Name": group_name, **tags}
    )
    node = component.child(
        GROUP,
        group_name,
        {"vpcId": vpc_id, "revokeRulesOnDelete": True, "description": "Managed by Pulumi", "tags": owned},
    )

    def rule(label: str, of: Child, inputs: Mapping[str, Any]) -> Child:
        return component.child(RULE, f"{name}-{label}", {**inputs, "securityGroupId": of.id_output})

    from_cluster = {"protocol": "tcp", "type": "ingress", "sourceSecurityGroupId": cluster_group.id_output}
    rule(
        "eksNodeIngressRule",
        node,
        {"type": "ingress", "protocol": "-1", "fromPort": 0, "toPort": 0, "self": True},
    )
    rule("eksNodeClusterIngressRule", node, {**from_cluster, "fromPort": 1025, "toPort": 65535})
    rule("eksExtApiServerClusterIngressRule", node, {**from_cluster, "fromPort": 443, "toPort": 443})
    rule("eksNodeInternetEgressRule", node, {"type": "egress", **ANYWHERE})
    ingress = rule(
        "eksClusterIngressRule",
        cluster_group,
        {
            "type": "ingress", "protocol": "tcp", "fromPort": 443, "toPort": 443, "sourceSecurityGroupId": node.id_output,
        },
    )  # fmt: skip
    return SecurityGroups(cluster_group, node, ingress)
