"""Who may talk to whom on which port, as the security groups say.

A rule names groups, by edges: what the picture shows are the resources in these groups. Sources: pulumi-aws,
`vpc.SecurityGroupIngressRule`, `ec2.SecurityGroupRule`, `ec2.SecurityGroup` (inline `ingress`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from plinth.pictures.graph import Graph
from plinth.preview import Resource

GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE, OLD_RULE = (
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:ec2/securityGroupRule:SecurityGroupRule",
)
EKS_CLUSTER = "aws:eks/cluster:Cluster"
"""Names the security group that EKS makes for its pods when a rule refers to it."""
EVERYWHERE = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True)
class Allowed:
    """One rule: `sources` are urns of groups or clusters, `ranges` CIDRs; `target` is the urn of the group let into."""

    target: str
    port: str
    sources: tuple[str, ...]
    ranges: tuple[str, ...]


def allowed(graph: Graph) -> Iterator[Allowed]:
    for rule in graph.of_type(RULE):
        for target in graph.targets(rule, "securityGroupId", GROUP, EKS_CLUSTER):
            ranges = texts(rule.known("cidrIpv4"), rule.known("cidrIpv6"))
            yield Allowed(
                target.urn, port(rule.inputs), sources(graph, rule, "referencedSecurityGroupId"), ranges
            )
    for rule in graph.of_type(OLD_RULE):
        for target in graph.targets(rule, "securityGroupId", GROUP, EKS_CLUSTER):
            if rule.known("type") == "ingress":
                yield Allowed(
                    target.urn,
                    port(rule.inputs),
                    sources(graph, rule, "sourceSecurityGroupId"),
                    texts(*(rule.known("cidrBlocks") or [])),
                )
    for group in graph.of_type(GROUP):
        yield from inline(graph, group)


def inline(graph: Graph, group: Resource) -> Iterator[Allowed]:
    """The rules within a group. Their edges are those of all together: each rule that names groups may name any of them."""
    rules = cast("list[Mapping[str, Any]]", group.known("ingress") or [])
    named = sources(graph, group, "ingress")
    for rule in rules:
        yield Allowed(
            group.urn,
            port(rule),
            named if rule.get("securityGroups") else (),
            texts(*(rule.get("cidrBlocks") or [])),
        )


def sources(graph: Graph, rule: Resource, prop: str) -> tuple[str, ...]:
    return tuple(item.urn for item in graph.targets(rule, prop, GROUP, EKS_CLUSTER))


def texts(*values: Any) -> tuple[str, ...]:
    return tuple(value for value in values if isinstance(value, str))


def port(rule: Mapping[str, Any]) -> str:
    """`5432`, `30000-32767` or `all ports`."""
    first, last = rule.get("fromPort"), rule.get("toPort")
    if first is None or str(rule.get("ipProtocol", rule.get("protocol"))) == "-1":
        return "all ports"
    return f"{whole(first)}" if first == last else f"{whole(first)}-{whole(last)}"


def whole(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) else str(value)


def groups_of(resource: Resource) -> list[str]:
    """The urns of the groups that a resource is in; its own too, by which rules name the group of an EKS cluster."""
    found = [
        urn
        for prop, urns in sorted(resource.edges.items())
        if prop.lower().endswith(("securitygroups", "securitygroupids"))
        for urn in urns
    ]
    return [resource.urn, *found]


def members(shown: Mapping[str, Sequence[Resource]]) -> Mapping[str, list[str]]:
    """The keys of the shown nodes by the urn of each group that a resource of theirs is in."""
    found: dict[str, dict[str, None]] = {}
    for key, resources in shown.items():
        for resource in resources:
            for group in groups_of(resource):
                found.setdefault(group, {})[key] = None
    return {group: list(keys) for group, keys in found.items()}
