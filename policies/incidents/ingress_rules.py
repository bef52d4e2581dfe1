"""What a stack's security groups let in, whichever way a rule is written.

Source: pulumi-aws, `SecurityGroup.ingress`, `ec2.SecurityGroupRule` and `vpc.SecurityGroupIngressRule`. A rule of a group's
own members (`self`) lets in nobody else, and has neither CIDRs nor peers here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from incidents.graph import Graph, Resource
from incidents.references import is_said, values_at
from incidents.unknowns import UNKNOWN, Undecided, Unknown, as_dict, as_list

GROUP_TYPES = (
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
)
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


@dataclass(frozen=True)
class Ingress:
    """What one rule lets in. Values are the program's own and may be unknown; `prop` is where its peers' edges are."""

    resource: Resource
    prop: str
    protocol: Any
    from_port: Any
    to_port: Any
    cidrs: tuple[Any, ...] = ()
    prefix_lists: tuple[Any, ...] = ()
    peers: tuple[Any, ...] = ()

    @property
    def ports(self) -> range | None:
        """The TCP ports that are open, None for all. Raises `Undecided`."""
        if self.protocol in ("-1", "all", -1):
            return None
        if not isinstance(self.protocol, Unknown) and str(self.protocol).lower() not in ("tcp", "6"):
            return range(0)
        if not isinstance(self.from_port, int | float) or not isinstance(self.to_port, int | float):
            raise Undecided(f"the ports of {self.resource} are not known at preview")
        return range(int(self.from_port), int(self.to_port) + 1)


def ingress_rules(graph: Graph) -> Iterator[Ingress]:
    """All of them: by spelling, then in the order of their urns."""
    for group in graph.of_type(*GROUP_TYPES):
        yield from inline(group)
    for rule in graph.of_type(RULE):
        if rule.peek("type") != "egress":
            yield separate(rule)
    yield from map(ingress_rule, graph.of_type(INGRESS_RULE))


def inline(group: Resource) -> Iterator[Ingress]:
    """The rules within a group. Those of the same ports count as one, as their edges cannot be told apart."""
    said = group.peek("ingress")
    if isinstance(said, Unknown):
        if is_said(group, "ingress"):
            yield Ingress(group, "ingress", UNKNOWN, UNKNOWN, UNKNOWN, peers=(UNKNOWN,))
        return
    by_ports: dict[str, list[dict[str, Any]]] = {}
    for rule in map(as_dict, as_list(said)):
        ports = [rule.get(key) for key in ("protocol", "fromPort", "toPort")]
        by_ports.setdefault(repr(ports), []).append(rule)
    for rules in by_ports.values():
        yield Ingress(
            group,
            "ingress",
            rules[0].get("protocol"),
            rules[0].get("fromPort"),
            rules[0].get("toPort"),
            cidrs=many(rules, "cidrBlocks", "ipv6CidrBlocks"),
            prefix_lists=many(rules, "prefixListIds"),
            peers=many(rules, "securityGroups"),
        )


def separate(rule: Resource) -> Ingress:
    props = rule.props
    return Ingress(
        rule,
        "sourceSecurityGroupId",
        props.get("protocol"),
        props.get("fromPort"),
        props.get("toPort"),
        cidrs=many([props], "cidrBlocks", "ipv6CidrBlocks"),
        prefix_lists=many([props], "prefixListIds"),
        peers=one(rule, "sourceSecurityGroupId"),
    )


def ingress_rule(rule: Resource) -> Ingress:
    props = rule.props
    return Ingress(
        rule,
        "referencedSecurityGroupId",
        props.get("ipProtocol"),
        props.get("fromPort"),
        props.get("toPort"),
        cidrs=(*one(rule, "cidrIpv4"), *one(rule, "cidrIpv6")),
        prefix_lists=one(rule, "prefixListId"),
        peers=one(rule, "referencedSecurityGroupId"),
    )


def one(rule: Resource, prop: str) -> tuple[Any, ...]:
    return (rule.peek(prop),) if is_said(rule, prop) else ()


def many(rules: Sequence[Mapping[str, Any]], *keys: str) -> tuple[Any, ...]:
    return tuple(value for rule in rules for key in keys for value in values_at(rule, (key,)))
