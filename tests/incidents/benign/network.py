"""What stands in which VPC and in which zones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.parts import (
    CACHE,
    DATA,
    DATABASE,
    EDGE,
    EKS,
    PRIVATE,
    PUBLIC,
    TAGS,
    VPC,
    endpoint,
    function,
    inline,
    ports,
    proxy,
)
from tests.incidents.benign.variation import Added, Change, Copied, Linked, Place, Removed, Variations
from tests.incidents.flips import GONE, Flip

SECOND_CIDR = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
BALANCER: Place = ("loadBalancer:LoadBalancer", "shop")
DB_SUBNETS: Place = ("rds/subnetGroup:SubnetGroup", "shop")
CACHE_SUBNETS: Place = ("elasticache/subnetGroup:SubnetGroup", "shop")
ROUTES: Place = ("RouteTable", "public")
GATEWAY: Place = ("InternetGateway", "shop")
IN_VPC = [
    *(*PUBLIC, *PRIVATE, *DATA, EDGE, CACHE, DATABASE, GATEWAY, ROUTES),
    *(("RouteTable", "private-0"), ("RouteTable", "private-1"), ("VpcEndpoint", "s3")),
    *(("TargetGroup", "orders"), ("TargetGroup", "chat-websocket")),
]


def vpc_of(places: Iterable[Place], vpc: Place) -> list[Change]:
    return [Linked(place, "vpcId", [vpc]) for place in places]


def copies(places: Iterable[Place], name: str, **said: Any) -> list[Change]:
    """Of each place a resource called `name`, followed by its index where a kind comes twice."""
    return [Copied(place, name, {(prop,): value for prop, value in said.items()}) for place in places]


def subnets(group: Place, *members: Place) -> list[Change]:
    return [Flip(*group, ("subnetIds",), [UNKNOWN] * len(members)), Linked(group, "subnetIds", members)]


def replica_network(region: str) -> list[Change]:
    """A VPC with data subnets in two zones and a group, all in `region`."""
    place, group = ("ec2/vpc:Vpc", region), ("SecurityGroup", region)
    there = [("Subnet", f"{region}a"), ("Subnet", f"{region}c")]
    return [
        *copies([VPC, DB_SUBNETS, DATABASE], region, region=region),
        *(Copied(DATA[0], name, {("region",): region, ("availabilityZone",): name}) for _, name in there),
        *vpc_of([*there, group], place),
        Linked((DB_SUBNETS[0], region), "subnetIds", there),
    ]


def mount_targets(*members: Place) -> list[Change]:
    said = {"subnetId": UNKNOWN, "securityGroups": [UNKNOWN]}
    return [
        Added("aws:efs/mountTarget:MountTarget", name, said, {"subnetId": (kind, name), "securityGroups": CACHE})
        for kind, name in members
    ]  # fmt: skip


VARIATIONS: Variations = {
    "single-vpc": {
        "another VPC with nothing but its own parts": [
            *copies([VPC, PRIVATE[0], ROUTES, GATEWAY], "office"),
            *vpc_of([("Subnet", "office"), ("RouteTable", "office"), ("InternetGateway", "office")], ("ec2/vpc:Vpc", "office")),
        ],
        "a replica's network in another region": replica_network("ap-northeast-1"),
        "subnets of the VPC's second CIDR": [
            Added(SECOND_CIDR, "pods", {"vpcId": UNKNOWN, "cidrBlock": "100.64.0.0/16"}, {"vpcId": VPC}),
            *vpc_of(PRIVATE, ("VpcIpv4CidrBlockAssociation", "pods")),
        ],
        "ids that are known, as of a running stack": [
            Flip(*VPC, ("id",), "vpc-0a1"), *(Flip(*place, ("vpcId",), "vpc-0a1") for place in (*PRIVATE, EDGE, CACHE)),
        ],
        "a VPC made elsewhere, by its id": [Flip(*place, ("vpcId",), "vpc-0f0") for place in IN_VPC],
        "an interface endpoint": endpoint("logs"),
        "a group whose rule within names itself and another": [
            inline(CACHE, ports(6379, 6379, securityGroups=[UNKNOWN] * 2)), Linked(CACHE, "ingress", [CACHE, EKS]),
            Removed(("SecurityGroupIngressRule", "cache")),
        ],
        "the load balancer's subnets as mappings": [
            Flip(*BALANCER, ("subnets",), UNKNOWN), Linked(BALANCER, "subnets", []),
            Flip(*BALANCER, ("subnetMappings",), [{"subnetId": UNKNOWN}] * 2), Linked(BALANCER, "subnetMappings", PUBLIC),
        ],
        "a function in no VPC": function("report"),
        "a function in the private subnets": function("report", *PRIVATE, EDGE),
        "a file system in both zones": mount_targets(*PRIVATE),
        "a peering with another account's VPC": [
            Added("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", "reports",
                  {"vpcId": UNKNOWN, "peerVpcId": "vpc-0b2", "peerOwnerId": "210987654321", "tagsAll": TAGS}, {"vpcId": VPC}),
        ],
        "a rule for a group of a peered account": [
            Copied(("SecurityGroupIngressRule", "pods"), "reports", {("referencedSecurityGroupId",): "210987654321/sg-0c3"}),
            Linked(("SecurityGroupIngressRule", "reports"), "referencedSecurityGroupId", []),
        ],
        "a target group of functions": [
            Copied(("TargetGroup", "orders"), "report", {("targetType",): "lambda", ("vpcId",): GONE}),
            Linked(("TargetGroup", "report"), "vpcId", []),
        ],
    },
    "two-zones": {
        "a third zone": [
            Copied(DATA[0], "data-2", {("availabilityZone",): "ap-northeast-2b"}), *subnets(DB_SUBNETS, *DATA, ("Subnet", "data-2")),
        ],
        "two subnets in one of the zones": [
            Copied(DATA[0], "data-2"), *subnets(CACHE_SUBNETS, *DATA, ("Subnet", "data-2")),
        ],
        "zones by their ids": [
            change for place, zone in zip(DATA, ("apne2-az1", "apne2-az3"), strict=True)
            for change in (Flip(*place, ("availabilityZone",), UNKNOWN), Flip(*place, ("availabilityZoneId",), zone))
        ],
        "a list of subnets that is not known": [Flip(*DB_SUBNETS, ("subnetIds",), UNKNOWN)],
        "subnets by ids that are known": [
            Flip(*DATA[0], ("id",), "subnet-0a1"), Flip(*DATA[1], ("id",), "subnet-0b2"),
            Flip(*DB_SUBNETS, ("subnetIds",), ["subnet-0a1", "subnet-0b2"]),
        ],
        "one subnet by a known id": [
            Flip(*DATA[0], ("id",), "subnet-0a1"), Flip(*DB_SUBNETS, ("subnetIds",), ["subnet-0a1", UNKNOWN]),
        ],
        "another zone of the region": [Flip(*DATA[1], ("availabilityZone",), "ap-northeast-2d")],
        "whether an instance is public, left to AWS": [
            Flip("ClusterInstance", "shop-0", ("publiclyAccessible",), UNKNOWN),
            Flip("ClusterInstance", "shop-1", ("publiclyAccessible",), GONE),
        ],
        "public and private subnets for the control plane": [
            Flip(*EKS, ("vpcConfig", "subnetIds"), [UNKNOWN] * 4), Linked(EKS, "vpcConfig", [*PUBLIC, *PRIVATE]),
        ],
        "MemoryDB's subnet group": [
            Added("aws:memorydb/subnetGroup:SubnetGroup", "sessions", {"tagsAll": TAGS}),
            *subnets(("memorydb/subnetGroup:SubnetGroup", "sessions"), *DATA),
        ],
        "a proxy in both zones": proxy("shop", DATABASE),
        "a replica's zones in another region": replica_network("ap-northeast-1"),
    },
}  # fmt: skip
