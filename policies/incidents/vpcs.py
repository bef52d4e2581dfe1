"""Which VPC a resource stands in, known at preview through the edges of its properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.graph import Graph, Resource
from incidents.references import referred
from incidents.unknowns import UNKNOWN, Undecided, Unknown, as_dict, as_list

VPC_TYPES = ("aws:ec2/vpc:Vpc", "aws:ec2/defaultVpc:DefaultVpc")

BY_SUBNETS = ("subnetIds",)
RULE_PEERS = ("securityGroupId", "referencedSecurityGroupId")
LOAD_BALANCER = ("subnets", "subnetMappings", "securityGroups")

PLACED_BY: Mapping[str, tuple[str, ...]] = {
    "aws:amp/scraper:Scraper": ("source",),
    "aws:apigatewayv2/vpcLink:VpcLink": ("subnetIds", "securityGroupIds"),
    "aws:apprunner/vpcConnector:VpcConnector": ("subnets", "securityGroups"),
    "aws:autoscaling/group:Group": ("vpcZoneIdentifiers", "launchTemplate"),
    "aws:dax/subnetGroup:SubnetGroup": BY_SUBNETS,
    "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup": BY_SUBNETS,
    "aws:docdb/cluster:Cluster": ("dbSubnetGroupName", "vpcSecurityGroupIds"),
    "aws:docdb/subnetGroup:SubnetGroup": BY_SUBNETS,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ("vpcId",),
    "aws:ec2/flowLog:FlowLog": ("vpcId", "subnetId"),
    "aws:ec2/instance:Instance": ("subnetId", "vpcSecurityGroupIds", "networkInterfaces", "launchTemplate"),
    "aws:ec2/internetGateway:InternetGateway": ("vpcId",),
    "aws:ec2/launchTemplate:LaunchTemplate": ("vpcSecurityGroupIds", "networkInterfaces"),
    "aws:ec2/natGateway:NatGateway": ("subnetId",),
    "aws:ec2/networkAcl:NetworkAcl": ("vpcId", "subnetIds"),
    "aws:ec2/networkInterface:NetworkInterface": ("subnetId", "securityGroups"),
    "aws:ec2/routeTable:RouteTable": ("vpcId",),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ("subnetId", "routeTableId"),
    "aws:ec2/securityGroup:SecurityGroup": ("vpcId", "ingress", "egress"),
    "aws:ec2/securityGroupRule:SecurityGroupRule": ("securityGroupId", "sourceSecurityGroupId"),
    "aws:ec2/subnet:Subnet": ("vpcId",),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("vpcId", "subnetIds", "routeTableIds", "securityGroupIds"),
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": ("vpcId",),
    "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation": ("vpcId",),
    "aws:ecs/service:Service": ("networkConfiguration",),
    "aws:efs/mountTarget:MountTarget": ("subnetId", "securityGroups"),
    "aws:eks/cluster:Cluster": ("vpcConfig",),
    "aws:eks/fargateProfile:FargateProfile": ("subnetIds", "clusterName"),
    "aws:eks/nodeGroup:NodeGroup": ("subnetIds", "clusterName", "launchTemplate"),
    "aws:elasticache/cluster:Cluster": ("subnetGroupName", "securityGroupIds"),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("subnetGroupName", "securityGroupIds"),
    "aws:elasticache/serverlessCache:ServerlessCache": ("subnetIds", "securityGroupIds"),
    "aws:elasticache/subnetGroup:SubnetGroup": BY_SUBNETS,
    "aws:elasticsearch/domain:Domain": ("vpcOptions",),
    "aws:lambda/function:Function": ("vpcConfig",),
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": ("targetGroupArn", "targetId"),
    "aws:memorydb/cluster:Cluster": ("subnetGroupName", "securityGroupIds"),
    "aws:memorydb/subnetGroup:SubnetGroup": BY_SUBNETS,
    "aws:mq/broker:Broker": ("subnetIds", "securityGroups"),
    "aws:msk/cluster:Cluster": ("brokerNodeGroupInfo",),
    "aws:msk/serverlessCluster:ServerlessCluster": ("vpcConfigs",),
    "aws:neptune/cluster:Cluster": ("neptuneSubnetGroupName", "vpcSecurityGroupIds"),
    "aws:neptune/subnetGroup:SubnetGroup": BY_SUBNETS,
    "aws:opensearch/domain:Domain": ("vpcOptions",),
    "aws:rds/cluster:Cluster": ("dbSubnetGroupName", "vpcSecurityGroupIds"),
    "aws:rds/instance:Instance": ("dbSubnetGroupName", "vpcSecurityGroupIds"),
    "aws:rds/proxy:Proxy": ("vpcSubnetIds", "vpcSecurityGroupIds"),
    "aws:rds/subnetGroup:SubnetGroup": BY_SUBNETS,
    "aws:redshift/cluster:Cluster": ("clusterSubnetGroupName", "vpcSecurityGroupIds"),
    "aws:redshift/subnetGroup:SubnetGroup": BY_SUBNETS,
    "aws:redshiftserverless/workgroup:Workgroup": ("subnetIds", "securityGroupIds"),
    "aws:route53/resolverEndpoint:ResolverEndpoint": ("ipAddresses", "securityGroupIds"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": RULE_PEERS,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": RULE_PEERS,
    **{f"aws:{module}/loadBalancer:LoadBalancer": LOAD_BALANCER for module in ("alb", "lb")},
    **{f"aws:{module}/targetGroup:TargetGroup": ("vpcId",) for module in ("alb", "lb")},
    "aws:elb/loadBalancer:LoadBalancer": ("subnets", "securityGroups"),
}
"""Which properties place a resource in a VPC: by its id, or by subnets, groups, subnet groups or clusters that have one."""

DEFAULT_WITHOUT: Mapping[str, tuple[str, ...]] = {
    "aws:ec2/instance:Instance": ("subnetId", "networkInterfaces", "launchTemplate"),
    "aws:ec2/securityGroup:SecurityGroup": ("vpcId",),
    "aws:rds/instance:Instance": ("dbSubnetGroupName", "replicateSourceDb"),
    "aws:rds/cluster:Cluster": ("dbSubnetGroupName", "replicationSourceIdentifier"),
    "aws:elasticache/cluster:Cluster": ("subnetGroupName", "replicationGroupId"),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("subnetGroupName", "globalReplicationGroupId"),
    "aws:redshift/cluster:Cluster": ("clusterSubnetGroupName",),
}
"""Types that AWS puts into the region's default VPC when none of these properties is given."""

NAMES: Mapping[str, tuple[str, ...]] = {
    "clusterName": ("aws:eks/cluster:Cluster",),
    "clusterSubnetGroupName": ("aws:redshift/subnetGroup:SubnetGroup",),
    "dbSubnetGroupName": ("aws:rds/subnetGroup:SubnetGroup", "aws:docdb/subnetGroup:SubnetGroup"),
    "neptuneSubnetGroupName": ("aws:neptune/subnetGroup:SubnetGroup",),
    "subnetGroupName": (
        "aws:elasticache/subnetGroup:SubnetGroup",
        "aws:memorydb/subnetGroup:SubnetGroup",
        "aws:dax/subnetGroup:SubnetGroup",
    ),
}
"""Properties that name a subnet group or a cluster rather than hold an id, and what they name."""

NO_CLAIM = (
    *("vpcId", "clusterSecurityGroupId"),
    *("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "publicAccessCidrs"),
)
"""Keys inside an object that AWS fills in (EKS `vpcConfig`, Lambda, OpenSearch), and keys of addresses."""


@dataclass(frozen=True, order=True)
class Vpc:
    """A VPC's identity: the urn of the resource, the literal id of one outside the stack, or the default VPC."""

    key: str
    label: str

    def __str__(self) -> str:
        return self.label


DEFAULT_VPC = Vpc("default", "the region's default VPC")


class Vpcs:
    """Answers `of(resource)` for one graph, each resource once."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._known: dict[str, frozenset[Vpc] | Undecided] = {}

    def of(self, resource: Resource) -> frozenset[Vpc]:
        """The VPCs that the resource's properties lead to: one, or several by mistake; none if it is in no VPC.

        Raises `Undecided` when no property that places it can be followed, or one that the program fills in cannot.
        """
        if resource.urn not in self._known:
            self._known[resource.urn] = frozenset()  # a cycle (two groups that name each other) adds nothing
            try:
                self._known[resource.urn] = self._find(resource)
            except Undecided as undecided:
                self._known[resource.urn] = undecided
        answer = self._known[resource.urn]
        if isinstance(answer, Undecided):
            raise answer
        return answer

    def _find(self, resource: Resource) -> frozenset[Vpc]:
        if resource.type in VPC_TYPES:
            return frozenset({Vpc(resource.urn, f"VPC '{resource.name}'")})
        absent = DEFAULT_WITHOUT.get(resource.type)
        if absent and not any(self._is_given(resource, prop) for prop in absent):
            return frozenset({DEFAULT_VPC})
        found: set[Vpc] = set()
        questions: dict[str, str] = {}
        for prop in PLACED_BY.get(resource.type, ()):
            try:
                found |= self._through(resource, prop)
            except Undecided as undecided:
                questions[prop] = str(undecided)
        # What AWS fills in looks like an unknown or like an id from elsewhere, but only what the program fills in has edges.
        if questions and (not found or any(resource.edges.get(prop) for prop in questions)):
            raise Undecided("; ".join(questions.values()))
        return frozenset(found)

    def _is_given(self, resource: Resource, prop: str) -> bool:
        """Whether the program says anything for `prop`.

        At preview a property that AWS fills in is unknown and has no edge. What a program passes has one, except below a
        component whose provider runs elsewhere (pulumi-eks), which may have lost it.
        """
        value = resource.peek(prop)
        if resource.edges.get(prop):
            return True
        if isinstance(value, Unknown):
            return self._graph.is_in_component(resource)
        return value not in (None, "default", [], {}, "")

    def _through(self, resource: Resource, prop: str) -> frozenset[Vpc]:
        """The VPCs that one property leads to: by its ids where they are known, else by its edges."""
        slots = list(slots_in(resource.peek(prop)))
        literal, strangers = self._literals(resource, prop, slots)
        if literal and not strangers and UNKNOWN not in slots:
            return literal
        targets = self._targets(resource, prop)
        found = literal.union(*map(self.of, targets))
        if len(found) > max(1, len(slots)):
            names = " and ".join(map(str, sorted(found)))
            raise Undecided(
                f"{prop} of {resource} depends on {names}, and which of them it uses is not known at preview"
            )
        if not found and strangers:
            raise Undecided(f"{prop} of {resource} names {', '.join(strangers)}, which is not in this stack")
        if not targets and UNKNOWN in slots:
            raise Undecided(
                f"{prop} of {resource} is not known at preview, and no edge leads from it to a VPC"
            )
        return found

    def _targets(self, resource: Resource, prop: str) -> list[Resource]:
        """What the property's edges lead to. A VPC beside what stands in it says no more, except for `vpcId`."""
        targets = self._graph.dependencies(resource, prop)
        vpcs = [target for target in targets if target.type in VPC_TYPES]
        bound = [target for target in targets if target.type in PLACED_BY]
        return (vpcs or bound) if prop == "vpcId" else (bound or vpcs)

    def _literals(self, resource: Resource, prop: str, slots: list[Any]) -> tuple[frozenset[Vpc], list[str]]:
        """The VPCs of what is written out in a property, and the ids and names in it that the stack does not have."""
        found: set[Vpc] = set()
        strangers: list[str] = []
        for text in [slot for slot in slots if isinstance(slot, str)]:
            target = self._graph.with_id(text)
            if target:
                found |= self.of(target)
            elif text.startswith("vpc-"):
                found.add(Vpc(text, f"VPC {text} (not of this stack)"))
            else:
                strangers.append(text)
        if prop in NAMES and isinstance(resource.peek(prop), str):
            named = referred(self._graph, resource, prop, NAMES[prop])
            if isinstance(named, Resource):
                found |= self.of(named)
            elif named:
                strangers.append(named)
        return frozenset(found), strangers


def slots_in(value: Any) -> Iterable[Any]:
    """The places of a value that may hold the id of a VPC, a subnet or a security group: such an id, or `UNKNOWN`."""
    match value:
        case Unknown():
            yield value
        case str() if value.startswith(("vpc-", "subnet-", "sg-")):
            yield value
        case dict():
            for key in sorted(as_dict(value).keys() - set(NO_CLAIM)):
                yield from slots_in(value[key])
        case list():
            for inner in as_list(value):
                yield from slots_in(inner)
        case _:
            return
