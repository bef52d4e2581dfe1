"""Which VPC a resource stands in, known at preview through the edges of its properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.graph import Graph, Resource
from incidents.unknowns import Undecided, Unknown

VPC_TYPES = ("aws:ec2/vpc:Vpc", "aws:ec2/defaultVpc:DefaultVpc")

BY_SUBNETS = ("subnetIds",)
RULE_PEERS = ("securityGroupId", "sourceSecurityGroupId", "referencedSecurityGroupId")
LOAD_BALANCER = ("subnets", "subnetMappings", "securityGroups")

PLACED_BY: Mapping[str, tuple[str, ...]] = {
    "aws:autoscaling/group:Group": ("vpcZoneIdentifiers", "launchTemplate"),
    "aws:dax/subnetGroup:SubnetGroup": BY_SUBNETS,
    "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup": BY_SUBNETS,
    "aws:docdb/subnetGroup:SubnetGroup": BY_SUBNETS,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ("vpcId",),
    "aws:ec2/instance:Instance": ("subnetId", "vpcSecurityGroupIds", "networkInterfaces", "launchTemplate"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("vpcSecurityGroupIds", "networkInterfaces"),
    "aws:ec2/natGateway:NatGateway": ("subnetId",),
    "aws:ec2/networkAcl:NetworkAcl": ("vpcId", "subnetIds"),
    "aws:ec2/networkInterface:NetworkInterface": ("subnetId", "securityGroups"),
    "aws:ec2/routeTable:RouteTable": ("vpcId",),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ("subnetId", "routeTableId"),
    "aws:ec2/securityGroup:SecurityGroup": ("vpcId", "ingress", "egress"),
    "aws:ec2/securityGroupRule:SecurityGroupRule": RULE_PEERS,
    "aws:ec2/subnet:Subnet": ("vpcId",),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("vpcId", "subnetIds", "routeTableIds", "securityGroupIds"),
    "aws:ecs/service:Service": ("networkConfiguration",),
    "aws:efs/mountTarget:MountTarget": ("subnetId", "securityGroups"),
    "aws:eks/cluster:Cluster": ("vpcConfig",),
    "aws:eks/fargateProfile:FargateProfile": ("subnetIds", "clusterName"),
    "aws:eks/nodeGroup:NodeGroup": ("subnetIds", "clusterName", "launchTemplate"),
    "aws:elasticache/cluster:Cluster": ("subnetGroupName", "securityGroupIds"),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("subnetGroupName", "securityGroupIds"),
    "aws:elasticache/serverlessCache:ServerlessCache": ("subnetIds", "securityGroupIds"),
    "aws:elasticache/subnetGroup:SubnetGroup": BY_SUBNETS,
    "aws:lambda/function:Function": ("vpcConfig",),
    "aws:memorydb/cluster:Cluster": ("subnetGroupName", "securityGroupIds"),
    "aws:memorydb/subnetGroup:SubnetGroup": BY_SUBNETS,
    "aws:mq/broker:Broker": ("subnetIds", "securityGroups"),
    "aws:msk/cluster:Cluster": ("brokerNodeGroupInfo",),
    "aws:neptune/subnetGroup:SubnetGroup": BY_SUBNETS,
    "aws:opensearch/domain:Domain": ("vpcOptions",),
    "aws:rds/cluster:Cluster": ("dbSubnetGroupName", "vpcSecurityGroupIds"),
    "aws:rds/instance:Instance": ("dbSubnetGroupName", "vpcSecurityGroupIds"),
    "aws:rds/proxy:Proxy": ("vpcSubnetIds", "vpcSecurityGroupIds"),
    "aws:rds/subnetGroup:SubnetGroup": BY_SUBNETS,
    "aws:redshift/subnetGroup:SubnetGroup": BY_SUBNETS,
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
    "aws:elasticache/replicationGroup:ReplicationGroup": ("subnetGroupName", "globalReplicationGroupId"),
}
"""Types that AWS puts into the region's default VPC when none of these properties is given."""


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

        Raises `Undecided` when no property that places it can be followed.
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
        found: set[Vpc] = set()
        open_questions: list[str] = []
        for prop in PLACED_BY.get(resource.type, ()):
            try:
                found |= self._through(resource, prop)
            except Undecided as undecided:
                open_questions.append(str(undecided))
        absent = DEFAULT_WITHOUT.get(resource.type)
        if absent and all(resource.peek(prop) is None for prop in absent):
            found.add(DEFAULT_VPC)
        if not found and open_questions:
            raise Undecided("; ".join(open_questions))
        return frozenset(found)

    def _through(self, resource: Resource, prop: str) -> frozenset[Vpc]:
        """The VPCs that one property leads to."""
        targets = self._graph.dependencies(resource, prop)
        vpcs = [target for target in targets if target.type in VPC_TYPES]
        if prop == "vpcId" and vpcs:
            return frozenset[Vpc]().union(*(self.of(vpc) for vpc in vpcs))
        bound = [target for target in targets if target.type in PLACED_BY]
        literal = self._literals(resource, prop)
        if bound or vpcs:
            return literal.union(*(self.of(target) for target in bound or vpcs))
        if not literal and is_open(resource.peek(prop)):
            raise Undecided(f"{prop} of {resource} is not known at preview, and no edge says where it comes from")
        return literal

    def _literals(self, resource: Resource, prop: str) -> frozenset[Vpc]:
        """The VPCs of ids that are written out in a property."""
        found: set[Vpc] = set()
        strangers: list[str] = []
        for id_ in ids_in(resource.peek(prop)):
            target = self._graph.with_id(id_)
            if target:
                found |= self.of(target)
            elif id_.startswith("vpc-"):
                found.add(Vpc(id_, f"VPC {id_} (not of this stack)"))
            else:
                strangers.append(id_)
        if strangers and not found and not self._graph.dependencies(resource, prop):
            raise Undecided(f"{prop} of {resource} names {', '.join(strangers)}, which is not in this stack")
        return frozenset(found)


def ids_in(value: Any) -> Iterable[str]:
    """Ids of VPCs, subnets and security groups anywhere in a value."""
    match value:
        case str() if value.startswith(("vpc-", "subnet-", "sg-")):
            yield value
        case dict():
            for inner in value.values():  # pyright: ignore
                yield from ids_in(inner)
        case list():
            for inner in value:  # pyright: ignore
                yield from ids_in(inner)
        case _:
            return


def is_open(value: Any) -> bool:
    """Whether a value is unknown, or a list or object with nothing but unknowns to go by."""
    match value:
        case Unknown():
            return True
        case dict():
            return any(map(is_open, value.values()))  # pyright: ignore
        case list():
            return any(map(is_open, value))  # pyright: ignore
        case _:
            return False
