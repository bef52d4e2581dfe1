"""Who may reach what from where."""

from __future__ import annotations

from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.parts import (
    AURORA,
    CACHE,
    DATABASE,
    EDGE,
    EKS,
    PRIVATE,
    REDIS,
    TAGS,
    VPC,
    between,
    endpoint,
    function,
    inline,
    old_rule,
    ports,
    proxy,
)
from tests.incidents.benign.variation import Added, Change, Copied, Linked, Place, Removed, Variations
from tests.incidents.flips import GONE, Flip

WORLD = ["0.0.0.0/0"]
WEB: Place = ("SecurityGroupIngressRule", "edge-443")
TO_DATABASE: Place = ("SecurityGroupIngressRule", "database")
TO_CACHE: Place = ("SecurityGroupIngressRule", "cache")
NODES: Place = ("NodeGroup", "general")
INGRESS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {
        "name": "shop",
        "namespace": "shop",
        "annotations": {
            "alb.ingress.kubernetes.io/security-groups": UNKNOWN,
            "alb.ingress.kubernetes.io/healthcheck-path": "/ready",
            "alb.ingress.kubernetes.io/target-group-attributes": "deregistration_delay.timeout_seconds=30",
        },
    },
    "spec": {
        "ingressClassName": "alb",
        "defaultBackend": {"service": {"name": "orders", "port": {"number": 80}}},
    },
}


def web(name: str, **said: Any) -> Copied:
    """A rule like that for 443 of the load balancer, but for `said`."""
    return Copied(WEB, name, {(prop,): value for prop, value in said.items()})


def own(name: str) -> Place:
    return ("SecurityGroup", name)


def to_database(name: str) -> list[Change]:
    """A security group called `name`, and a rule that lets it reach the database."""
    return [
        Copied(EDGE, name),
        Copied(TO_DATABASE, name),
        Linked(("SecurityGroupIngressRule", name), "referencedSecurityGroupId", [own(name)]),
    ]


def carrier(type_: str, name: str, prop: str, **said: Any) -> list[Change]:
    """Something of `type_` that carries a group of its own by `prop`, and may reach the database."""
    return [*to_database(name), Added(type_, name, {**said, "tagsAll": TAGS}, {prop: own(name)})]


def custom(kind: str, api: str, name: str, spec: dict[str, Any]) -> Added:
    props = {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec}
    return Added(f"kubernetes:{api}:{kind}", name, props, {"spec": own(name)})


def node_class(name: str, term: dict[str, Any]) -> list[Change]:
    """A group for Karpenter's nodes that may reach the database, and a node class that selects it by `term`."""
    subnets = [{"tags": {"karpenter.sh/discovery": "shop"}}]
    spec = {"role": "nodes", "securityGroupSelectorTerms": [term], "subnetSelectorTerms": subnets}
    return [*to_database(name), custom("EC2NodeClass", "karpenter.k8s.aws/v1", name, spec)]


def by_group(port: int) -> dict[str, Any]:
    return ports(port, port, securityGroups=[UNKNOWN])


VARIATIONS: Variations = {
    "admin-ports-closed": {
        "a path through the network's own addresses": [
            Flip("SecurityGroupIngressRule", "edge-80", ("cidrIpv4",), "10.0.0.0/8")
        ],
        "IPv6 beside IPv4": [web("ipv6", cidrIpv4=GONE, cidrIpv6="::/0")],
        "ICMP for path MTU discovery from everywhere": [web("mtu", ipProtocol="icmp", fromPort=3, toPort=4)],
        "the kubelet's port between nodes": between("kubelet", EKS, EKS, fromPort=10250, toPort=10250),
        "SSH from the group of an Instance Connect endpoint": [
            Copied(EDGE, "connect"), *between("connect", EKS, own("connect"), fromPort=22, toPort=22),
        ],
        "web ports within the group": [
            inline(EDGE, ports(80, 80, cidrBlocks=WORLD), ports(443, 443, cidrBlocks=WORLD, ipv6CidrBlocks=["::/0"])),
        ],
        "web ports by the older resource": [Removed(WEB), old_rule("web", EDGE, ports(443, 443, cidrBlocks=WORLD))],
        "everything let out by the older resource": [
            old_rule("out", EDGE, {**ports(0, 0, "-1", cidrBlocks=WORLD), "type": "egress"}),
        ],
        "all protocols between members of the group": [
            inline(EDGE, ports(0, 0, "-1", self=True), ports(443, 443, cidrBlocks=WORLD)),
        ],
        "all protocols from a group": between("nodes", EKS, EKS, ipProtocol="-1", fromPort=GONE, toPort=GONE),
        "an endpoint open to the VPC's CIDR": [
            *endpoint("logs"), web("logs", cidrIpv4=UNKNOWN),
            Linked(("SecurityGroupIngressRule", "logs"), "securityGroupId", [own("logs")]),
            Linked(("SecurityGroupIngressRule", "logs"), "cidrIpv4", [VPC]),
        ],
        "an endpoint open to the VPC's CIDR within its group": [
            *endpoint("logs"), inline(own("logs"), ports(443, 443, cidrBlocks=[UNKNOWN])), Linked(own("logs"), "ingress", [VPC]),
        ],
        "only CloudFront's addresses": [web("cloudfront", cidrIpv4=GONE, prefixListId="pl-22a6434b"), Removed(WEB)],
        "a partner's network": [web("partner", cidrIpv4="198.51.100.0/24", fromPort=8443, toPort=8443)],
        "name servers for the network, over UDP": [
            web("dns", ipProtocol="udp", fromPort=53, toPort=53, cidrIpv4="10.30.0.0/16"),
        ],
        "a load balancer that the controller makes with a group of the stack": [
            Copied(EDGE, "ingress"), web("ingress"),
            Linked(("SecurityGroupIngressRule", "ingress"), "securityGroupId", [own("ingress")]),
            Added("kubernetes:networking.k8s.io/v1:Ingress", "shop", INGRESS, {"metadata": own("ingress")}),
        ],
        "the default group, emptied": [
            Added("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "default",
                  {"vpcId": UNKNOWN, "ingress": [], "egress": [], "tagsAll": TAGS}, {"vpcId": VPC}),
        ],
    },
    "data-port-source": {
        "the pods' rule by the older resource": [Removed(TO_DATABASE), old_rule("database", DATABASE, ports(5432, 5432), EKS)],
        "the pods' rule within the group": [Removed(TO_CACHE), inline(CACHE, by_group(6379)), Linked(CACHE, "ingress", [EKS])],
        "a function that reports": [*to_database("report"), *function("report", *PRIVATE, own("report"))],
        "a proxy between the pods and the database": [
            *to_database("proxy"), *proxy("proxy", own("proxy")), *between("to-proxy", own("proxy"), EKS, fromPort=5432, toPort=5432),
        ],
        "members of the group among themselves": [*between("members", DATABASE, DATABASE, fromPort=5432, toPort=5432)],
        "members of the group, said within it": [inline(DATABASE, ports(5432, 5432, self=True))],
        "everything from members, said within the group": [inline(DATABASE, ports(0, 0, "-1", self=True))],
        "an instance for administrators, reached by Session Manager": carrier(
            "aws:ec2/instance:Instance", "admin", "vpcSecurityGroupIds", subnetId=UNKNOWN, vpcSecurityGroupIds=[UNKNOWN]),
        "pods with a group of their own": [
            *to_database("orders"),
            custom("SecurityGroupPolicy", "vpcresources.k8s.aws/v1beta1", "orders",
                   {"podSelector": {"matchLabels": {"app": "orders"}}, "securityGroups": {"groupIds": [UNKNOWN]}}),
        ],
        "pods in subnets of their own": [
            *to_database("zone-a"),
            custom("ENIConfig", "crd.k8s.amazonaws.com/v1alpha1", "zone-a", {"subnet": "subnet-0d4", "securityGroups": [UNKNOWN]}),
        ],
        "Karpenter's nodes by the group's id": node_class("karpenter", {"id": UNKNOWN}),
        "Karpenter's nodes by the group's tags": [
            *node_class("karpenter", {"tags": {"karpenter.sh/discovery": "shop"}}),
            Flip(*own("karpenter"), ("tagsAll",), {**TAGS, "karpenter.sh/discovery": "shop"}),
        ],
        "nodes of a launch template": [
            *carrier("aws:ec2/launchTemplate:LaunchTemplate", "nodes", "vpcSecurityGroupIds", vpcSecurityGroupIds=[UNKNOWN] * 2),
            Linked(("LaunchTemplate", "nodes"), "vpcSecurityGroupIds", [own("nodes"), EKS]),
            Flip(*NODES, ("launchTemplate",), {"id": UNKNOWN, "version": UNKNOWN}),
            Linked(NODES, "launchTemplate", [("LaunchTemplate", "nodes")]),
        ],
        "the group's id known, as of a running stack": [
            Flip(*EKS, ("vpcConfig", "clusterSecurityGroupId"), "sg-0e5"), Flip(*TO_DATABASE, ("referencedSecurityGroupId",), "sg-0e5"),
        ],
        "a port of its own": [
            Flip(*AURORA, ("port",), 5433), Flip(*TO_DATABASE, ("fromPort",), 5433), Flip(*TO_DATABASE, ("toPort",), 5433),
        ],
        "the protocol by its number": [Flip(*TO_DATABASE, ("ipProtocol",), "6")],
        "the readers' port as well": [Flip(*TO_CACHE, ("toPort",), 6380)],
        "replies let out to the whole world": [old_rule("out", DATABASE, {**ports(0, 0, "-1", cidrBlocks=WORLD), "type": "egress"})],
        "ephemeral ports from the load balancer to the nodes": between("ephemeral", EKS, EDGE, fromPort=1025, toPort=65535),
        "a second group that lets nothing in": [
            Copied(DATABASE, "audit"), Flip(*REDIS, ("securityGroupIds",), [UNKNOWN] * 2),
            Linked(REDIS, "securityGroupIds", [CACHE, own("audit")]),
        ],
    },
}  # fmt: skip
