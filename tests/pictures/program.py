"""A plain program, as its resources would be read: no components, names that try to break out of a picture."""

from __future__ import annotations

from typing import Any

from plinth.preview import UNKNOWN, Resource

HOSTILE = '"]; click x "javascript:alert(1)" <script>alert(1)</script> & --> `x` #quot; %%{init}%%'


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:prod::shop::{type_}::{name}"


def resource(type_: str, name: str, /, edges: dict[str, list[str]] | None = None, **inputs: Any) -> Resource:
    return Resource(urn(type_, name), type_, inputs | dict.fromkeys(edges or {}, UNKNOWN), edges or {})


VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
TABLE, ROUTE = "aws:ec2/routeTable:RouteTable", "aws:ec2/route:Route"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
GATEWAY, NAT = "aws:ec2/internetGateway:InternetGateway", "aws:ec2/natGateway:NatGateway"
GROUP, RULE = (
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
)
OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
BALANCER, DATABASE = "aws:lb/loadBalancer:LoadBalancer", "aws:rds/instance:Instance"
INSTANCE, SUBNETS = "aws:ec2/instance:Instance", "aws:rds/subnetGroup:SubnetGroup"
KEY, BUCKET = "aws:kms/key:Key", "aws:s3/bucket:Bucket"


def subnet(name: str, zone: str, cidr: str) -> list[Resource]:
    """A subnet and its association with the route table of its kind: `public-a` with `public`."""
    kind = name.partition("-")[0]
    edges = {"subnetId": [urn(SUBNET, name)], "routeTableId": [urn(TABLE, kind)]}
    return [
        resource(SUBNET, name, {"vpcId": [urn(VPC, "main")]}, availabilityZone=zone, cidrBlock=cidr),
        resource(ASSOCIATION, name, edges),
    ]


def shop() -> list[Resource]:
    """Balancer -> instance -> database, each let in by another kind of rule."""
    return [
        resource(VPC, "main", cidrBlock="10.0.0.0/16"),
        *subnet("public-a", "eu-west-1a", "10.0.0.0/24"),
        *subnet("public-b", "eu-west-1b", "10.0.1.0/24"),
        *subnet("private-a", "eu-west-1a", "10.0.2.0/24"),
        *subnet("data-a", "eu-west-1a", "10.0.3.0/24"),
        *subnet("data-b", "eu-west-1b", "10.0.4.0/24"),
        resource(ROUTE, "out", {"routeTableId": [urn(TABLE, "public")], "gatewayId": [urn(GATEWAY, "gateway")]}),
        resource(ROUTE, "nat", {"routeTableId": [urn(TABLE, "private")], "natGatewayId": [urn(NAT, "nat")]}),
        resource(GATEWAY, "gateway", {"vpcId": [urn(VPC, "main")]}),
        *(resource(TABLE, name, {"vpcId": [urn(VPC, "main")]}) for name in ("public", "private", "data")),
        resource(NAT, "nat", {"subnetId": [urn(SUBNET, "public-a")]}),
        resource(
            BALANCER,
            "web",
            {
                "subnets": [urn(SUBNET, "public-a"), urn(SUBNET, "public-b")],
                "securityGroups": [urn(GROUP, "web")],
            },
        ),
        resource(
            INSTANCE,
            "app",
            {"subnetId": [urn(SUBNET, "private-a")], "vpcSecurityGroupIds": [urn(GROUP, "app")]},
            instanceType="m7g.large",
            tags={"Name": HOSTILE},
        ),
        resource(SUBNETS, "data", {"subnetIds": [urn(SUBNET, "data-a"), urn(SUBNET, "data-b")]}),
        resource(
            DATABASE,
            "db",
            {"dbSubnetGroupName": [urn(SUBNETS, "data")], "vpcSecurityGroupIds": [urn(GROUP, "db")]},
            engine="postgres",
            instanceClass="db.t4g.micro",
        ),
        resource(GROUP, "web", ingress=[{"fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}]),
        resource(GROUP, "app"),
        resource(
            OLD_RULE,
            "app",
            {"securityGroupId": [urn(GROUP, "app")], "sourceSecurityGroupId": [urn(GROUP, "web")]},
            type="ingress",
            fromPort=8080.0,
            toPort=8090.0,
        ),
        resource(GROUP, "db"),
        resource(
            RULE,
            "db",
            {"securityGroupId": [urn(GROUP, "db")], "referencedSecurityGroupId": [urn(GROUP, "app")]},
            fromPort=5432,
            toPort=5432,
        ),
        resource(
            RULE, "office", {"securityGroupId": [urn(GROUP, "db")]}, cidrIpv4="192.0.2.0/24", ipProtocol="-1"
        ),
        resource(KEY, "one"),
        resource(KEY, "two"),
        resource(BUCKET, "assets"),
    ]  # fmt: skip
