"""`admin-ports-closed`: the world reaches load balancers on 80 and 443, and nothing else.

On TEA's site a CI runner's address stayed in a security group for months, for SSH. Fails: a rule for the whole world, but for
80 and 443 of a group that a load balancer carries; a rule for one single address (`/32`, `/128`), which belongs to somebody
else by tomorrow; and SSH, RDP, the kubelet's or Docker's port for any CIDR. ICMP is not judged.

A CIDR that is not known yet is no finding where its edges lead to a VPC or a subnet.

Source: EKS and EC2 user guides, "Security group rules"; Session Manager needs no port (AWS Systems Manager user guide).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_network

from incidents.edges import LOAD_BALANCERS
from incidents.graph import Graph, Resource
from incidents.ingress_rules import GROUP_TYPES, Ingress, ingress_rules
from incidents.references import is_said, values_at
from incidents.rule import Finding, Rule, Verdict, each
from incidents.security_groups import SecurityGroups
from incidents.unknowns import Undecided, Unknown

PORTS = {22: "SSH", 2375: "Docker", 2376: "Docker", 3389: "RDP", 10250: "the kubelet"}
WEB = {80, 443}
ALL_PORTS = range(65536)
BALANCERS = (*LOAD_BALANCERS, "aws:elb/loadBalancer:LoadBalancer")
INGRESSES = ("kubernetes:networking.k8s.io/v1:Ingress", "kubernetes:core/v1:Service")
"""Their annotations may give the load balancer that AWS's controller makes a group of the stack."""

PLACES = ("aws:ec2/vpc:Vpc", "aws:ec2/defaultVpc:DefaultVpc", "aws:ec2/subnet:Subnet", "aws:ec2/defaultSubnet:DefaultSubnet")  # fmt: skip
CIDR_PROPS = ("cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks", "ingress")

REMEDY = "Session Manager instead of SSH and RDP; a security group as the source; for the world a load balancer on 80 and 443"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that holds ingress rules."""
    groups = SecurityGroups(graph)
    by_resource: dict[str, list[Ingress]] = {}
    for rule in ingress_rules(graph):
        by_resource.setdefault(rule.resource.urn, []).append(rule)

    def judge_rules(resource: Resource) -> Finding:
        questions: list[Undecided] = []
        for rule in by_resource[resource.urn]:
            try:
                wrong = mistake(graph, groups, rule)
            except Undecided as undecided:
                questions.append(undecided)
                continue
            if wrong:
                return Finding(Verdict.FAIL, resource.urn, f"{resource} {wrong}. Remedy: {REMEDY}.")
        if questions:
            raise questions[0]
        return Finding(Verdict.PASS, resource.urn)

    yield from each(RULE.id, [rules[0].resource for rules in by_resource.values()], judge_rules)


def mistake(graph: Graph, groups: SecurityGroups, rule: Ingress) -> str:
    """What a rule lets in that it must not, and what follows; empty for nothing. Raises `Undecided`."""
    cidrs = [str(cidr) for cidr in rule.cidrs if not isinstance(cidr, Unknown)]
    single = [cidr for cidr in cidrs if hosts(cidr) == 1]
    if single:
        return f"lets in the single address {single[0]}: whose it will be next month nobody knows"
    if not rule.cidrs or str(rule.protocol).lower() in ("icmp", "icmpv6", "1", "58"):
        if rule.prefix_lists and admin(rule):
            raise Undecided(f"the addresses of prefix list {rule.prefix_lists[0]} are not known")
        return ""
    opened = admin(rule)
    if opened:
        shown = ", ".join(cidrs) or "a CIDR"
        return f"opens {opened} to {shown}: whatever gets an address there can try passwords and keys"
    world = [cidr for cidr in cidrs if cidr.endswith("/0")]
    if world and not (set(ports(rule)) <= WEB):
        return f"opens {shown_ports(rule)} to the whole world ({world[0]}): whatever listens there is attacked within minutes"
    if world:
        return behind_no_balancer(graph, groups, rule, world[0])
    if len(cidrs) < len(rule.cidrs) and not is_of_network(graph, rule):
        raise Undecided("the CIDR that it lets in is not known at preview")
    return ""


def hosts(cidr: str) -> int:
    """How many addresses a CIDR has. Raises `Undecided` for a text that is none."""
    try:
        return ip_network(cidr, strict=False).num_addresses
    except ValueError:
        raise Undecided(f"'{cidr}' is no CIDR") from None


def ports(rule: Ingress) -> range:
    """The ports of TCP and UDP that are open. Raises `Undecided`."""
    if rule.protocol in ("-1", "all", -1):
        return ALL_PORTS
    if not isinstance(rule.from_port, int | float) or not isinstance(rule.to_port, int | float):
        raise Undecided(f"the ports of {rule.resource} are not known at preview")
    return range(int(rule.from_port), int(rule.to_port) + 1)


def shown_ports(rule: Ingress) -> str:
    opened = ports(rule)
    if opened == ALL_PORTS:
        return "all ports"
    return f"port {opened.start}" if len(opened) == 1 else f"ports {opened.start}-{opened.stop - 1}"


def admin(rule: Ingress) -> str:
    """The administrators' ports that a rule opens, as a person would say it. Raises `Undecided`."""
    opened = ports(rule)
    found = [f"{name} ({port})" for port, name in PORTS.items() if port in opened]
    return f"all ports, {found[0]} among them" if opened == ALL_PORTS else ", ".join(found)


def behind_no_balancer(graph: Graph, groups: SecurityGroups, rule: Ingress, cidr: str) -> str:
    """What is wrong with a web port for the world: that no load balancer stands there. Raises `Undecided`."""
    slots = groups.guarded_by(rule)
    guarded = {group.key for slot in slots for group in slot}
    if guarded & carried_by_balancers(graph):
        return ""
    if not slots or any(group.is_foreign for slot in slots for group in slot):
        raise Undecided("who carries its security group is not known")
    text = f"opens {shown_ports(rule)} to the whole world ({cidr}) on a security group that no load balancer carries"
    return f"{text}: what stands there has no firewall and no certificate of AWS's before it"


@lru_cache(maxsize=1)
def carried_by_balancers(graph: Graph) -> frozenset[str]:
    """The urns and ids of the groups that load balancers carry."""
    found: set[str] = set()
    for prop, types in (("securityGroups", BALANCERS), ("metadata", INGRESSES)):
        for resource in graph.of_type(*types):
            behind = graph.dependencies(resource, prop)
            found |= {target.urn for target in behind if target.type in GROUP_TYPES}
            found |= {
                identity(graph, id_) for id_ in values_at(resource.props, (prop,)) if isinstance(id_, str)
            }
    return frozenset(found)


def identity(graph: Graph, id_: str) -> str:
    target = graph.with_id(id_)
    return target.urn if target else id_


def is_of_network(graph: Graph, rule: Ingress) -> bool:
    """Whether the CIDRs are made from those of the stack's own VPCs and subnets."""
    found = [
        target
        for prop in CIDR_PROPS
        if is_said(rule.resource, prop)
        for target in graph.dependencies(rule.resource, prop)
        if target.type not in GROUP_TYPES
    ]
    return bool(found) and all(target.type in PLACES for target in found)


RULE = Rule(
    id="admin-ports-closed",
    why="A port for administrators, or a single stranger's address, stays open in a security group.",
    remedy=REMEDY,
    check=check,
    bad="""
        aws.vpc.SecurityGroupIngressRule(
            "ssh", security_group_id=group.id, ip_protocol="tcp", from_port=22, to_port=22, cidr_ipv4="203.0.113.7/32")
    """,
    good="""
        aws.iam.RolePolicyAttachment(
            "session-manager", role=role.name, policy_arn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
    """,
)
