"""`admin-ports-closed` on plain programs: who is let in by address, in every spelling."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.admin_ports_closed import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
group = resource(GROUP, "group", {"id": UNKNOWN})
vpc = resource("aws:ec2/vpc:Vpc", "vpc")
address = resource("aws:ec2/eip:Eip", "address")
balancer = resource("aws:lb/loadBalancer:LoadBalancer", "lb", {"securityGroups": [UNKNOWN]}, {"securityGroups": [group]})  # fmt: skip


def rule(cidr: Any, first: Any, last: Any = None, protocol: Any = "tcp", **edges: Any) -> Resource:
    props = {
        "cidrIpv4": cidr,
        "ipProtocol": protocol,
        "fromPort": first,
        "toPort": first if last is None else last,
        "securityGroupId": UNKNOWN,
    }
    return resource(INGRESS_RULE, "rule", props, {"securityGroupId": [group], **edges})


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        (rule("0.0.0.0/0", 22.0), "SSH (22) to 0.0.0.0/0"),
        (rule("10.0.0.0/16", 3389.0), "RDP (3389)"),
        (rule("10.0.0.0/16", 10250.0), "the kubelet (10250)"),
        (rule("10.0.0.0/16", 2000.0, 3000.0), "Docker (2375)"),
        (rule("10.0.0.0/16", None, None, "-1"), "all ports"),
        (rule(UNKNOWN, 22.0, cidrIpv4=[vpc]), "SSH (22) to a CIDR"),
        (rule("203.0.113.7/32", 443.0), "the single address 203.0.113.7/32"),
        (rule("0.0.0.0/0", 8080.0), "port 8080 to the whole world"),
        (rule("0.0.0.0/0", 80.0, 443.0), "ports 80-443 to the whole world"),
        (rule("0.0.0.0/0", 53.0, 53.0, "udp"), "port 53 to the whole world"),
    ],
)
def test_each_open_door_is_found(subject: Resource, said: str) -> None:
    found = findings(RULE, subject, group, vpc, balancer)["rule"]
    assert found.verdict is Verdict.FAIL
    assert said in found.text
    assert "Session Manager" in found.text


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (rule("0.0.0.0/0", 443.0), Verdict.PASS),
        (rule("0.0.0.0/0", 80.0), Verdict.PASS),
        (rule("10.0.0.0/16", 443.0), Verdict.PASS),
        (rule(UNKNOWN, 5432.0, cidrIpv4=[vpc]), Verdict.PASS),
        (rule("0.0.0.0/0", -1.0, -1.0, "icmp"), Verdict.PASS),
        (rule(UNKNOWN, 5432.0, cidrIpv4=[address]), Verdict.UNKNOWN),
        (rule("0.0.0.0/0", UNKNOWN), Verdict.UNKNOWN),
    ],
)
def test_others_are_told_apart(subject: Resource, expected: Verdict) -> None:
    assert verdict(RULE, subject, group, vpc, address, balancer) is expected


def test_the_web_reaches_load_balancers_only() -> None:
    assert verdict(RULE, rule("0.0.0.0/0", 443.0), group) is Verdict.FAIL
    ingress = resource("kubernetes:networking.k8s.io/v1:Ingress", "ingress", {}, {"metadata": [group]})
    assert verdict(RULE, rule("0.0.0.0/0", 443.0), group, ingress) is Verdict.PASS


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    for case in (rule(nonsense, nonsense), rule("0.0.0.0/0", nonsense, None, nonsense), rule(nonsense, 443.0)):  # fmt: skip
        found = RULE.check(Graph([case, group]))
        assert not [finding for finding in found if "itself failed" in finding.text]


BASE = """
import pulumi, pulumi_aws as aws

vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
subnets = [aws.ec2.Subnet(f"s{i}", vpc_id=vpc.id, cidr_block=f"10.0.{i}.0/24", availability_zone=f"us-east-1{zone}")
           for i, zone in enumerate("ab")]
edge = aws.ec2.SecurityGroup("edge", vpc_id=vpc.id)
aws.lb.LoadBalancer("lb", subnets=[subnet.id for subnet in subnets], security_groups=[edge.id])
nodes = aws.ec2.SecurityGroup("nodes", vpc_id=vpc.id)

def rule(name, cidr, first, last=None, of=nodes):
    aws.vpc.SecurityGroupIngressRule(name, security_group_id=of.id, cidr_ipv4=cidr, ip_protocol="tcp",
                                     from_port=first, to_port=last or first)

def classic(name, **said):
    aws.ec2.SecurityGroupRule(name, type="ingress", security_group_id=nodes.id, **said)

def inline(name, **said):
    aws.ec2.SecurityGroup(name, vpc_id=vpc.id, ingress=[said])
"""
WRONG = {
    "ssh": 'rule("ssh", "0.0.0.0/0", 22)',
    "runner": 'rule("runner", "203.0.113.7/32", 443, of=edge)',
    "node": 'rule("node", "0.0.0.0/0", 443)',
    "high": 'rule("high", vpc.cidr_block, 1025, 65535)',
    "classic": 'classic("classic", protocol="tcp", from_port=22, to_port=22, cidr_blocks=["10.0.0.0/8"])',
    "six": 'classic("six", protocol="-1", from_port=0, to_port=0, ipv6_cidr_blocks=["::/0"])',
    "inline": 'inline("inline", protocol="tcp", from_port=3389, to_port=3389, cidr_blocks=["192.0.2.0/24"])',
}
RIGHT = {
    "https": 'rule("https", "0.0.0.0/0", 443, of=edge)',
    "http": 'rule("http", "0.0.0.0/0", 80, of=edge)',
    "near": 'rule("near", vpc.cidr_block, 443)',
    "subnet": 'rule("subnet", subnets[0].id.apply(lambda _: "10.0.0.0/24"), 8443)',
    "from-edge": 'classic("from-edge", protocol="tcp", from_port=0, to_port=65535, source_security_group_id=edge.id)',
    "self": 'inline("self", protocol="-1", from_port=0, to_port=0, self=True)',
}
UNKNOWNS = {"nat": 'rule("nat", aws.ec2.Eip("nat").public_ip.apply(lambda ip: f"{ip}/32"), 443)'}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
