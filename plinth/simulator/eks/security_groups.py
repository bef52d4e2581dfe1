"""The two security groups that pulumi-eks makes for the control plane and for self-managed nodes, and their rules.

Nodes of managed groups carry neither of them, but the group that EKS makes itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plinth.simulator.eks.component import Child, Component, together
from plinth.simulator.eks.values import Out, whole

GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
FROM_CONTROL_PLANE = "Allow worker Kubelets and pods to receive communication from the cluster control plane"
TO_EXTENSIONS = (
    "Allow pods running extension API servers on port 443 to receive communication from cluster control plane"
)
TO_API = "Allow pods to communicate with the cluster API Server"
ANYWHERE = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}


@dataclass(frozen=True)
class NodeSecurity:
    """The nodes' group, and the rule that lets them reach the API."""

    node: Child
    ingress_rule: Child


@dataclass(frozen=True)
class SecurityGroups(NodeSecurity):
    """The same with the control plane's group."""

    cluster: Child


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
    made = register_nodes(
        component,
        cluster_group.id_output,
        cluster_name=cluster.output("name"),
        vpc_id=component.arg("vpcId"),
        tags={**component.mapping("nodeSecurityGroupTags"), **component.mapping("tags")},
    )
    return SecurityGroups(made.node, made.ingress_rule, cluster_group)


def register_nodes(
    component: Component,
    cluster_group_id: Out,
    *,
    cluster_name: Out,
    vpc_id: Any,
    tags: Any,
) -> NodeSecurity:
    """The same for the nodes of any component; they are named after it."""
    name = component.name
    group_name = f"{name}-nodeSecurityGroup"
    owned = whole([cluster_name, tags]).map(lambda known: group_tags(group_name, *known))
    node = component.child(
        GROUP,
        group_name,
        {"vpcId": vpc_id, "revokeRulesOnDelete": True, "description": "Managed by Pulumi", "tags": owned},
    )

    def rule(label: str, description: str, inputs: Mapping[str, Any]) -> Child:
        of = {"securityGroupId": node.id_output, "description": description}
        return component.child(RULE, f"{name}-{label}", {**of, **inputs})

    from_cluster = {"protocol": "tcp", "type": "ingress", "sourceSecurityGroupId": cluster_group_id}
    to_cluster = {
        "protocol": "tcp", "type": "ingress", "sourceSecurityGroupId": node.id_output, "securityGroupId": cluster_group_id,
    }  # fmt: skip
    within = {"type": "ingress", "protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}
    ports, api = {"fromPort": 1025, "toPort": 65535}, {"fromPort": 443, "toPort": 443}
    *_, ingress = together(
        lambda: rule("eksNodeIngressRule", "Allow nodes to communicate with each other", within),
        lambda: rule("eksNodeClusterIngressRule", FROM_CONTROL_PLANE, {**from_cluster, **ports}),
        lambda: rule("eksExtApiServerClusterIngressRule", TO_EXTENSIONS, {**from_cluster, **api}),
        lambda: rule("eksNodeInternetEgressRule", "Allow internet access.", {"type": "egress", **ANYWHERE}),
        lambda: rule("eksClusterIngressRule", TO_API, {**to_cluster, **api}),
    )
    return NodeSecurity(node, ingress)


def group_tags(name: str, cluster_name: str, tags: Mapping[str, str] | None) -> dict[str, str]:
    return {f"kubernetes.io/cluster/{cluster_name}": "owned", "Name": name, **(tags or {})}
