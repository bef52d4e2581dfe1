"""From resources to a picture: what is in which subnet, what stands at the edge, who reaches whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from plinth.pictures import nodes
from plinth.pictures.graph import Graph
from plinth.pictures.model import INTERNET, Link, Network, Node, Picture, Subnet, Tier
from plinth.pictures.traffic import EVERYWHERE, allowed, members
from plinth.preview import Resource

VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
ASSOCIATION, ROUTE = "aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:ec2/route:Route"
GATEWAY, NAT = "aws:ec2/internetGateway:InternetGateway", "aws:ec2/natGateway:NatGateway"
SUBNET_GROUPS = ("aws:rds/subnetGroup:SubnetGroup", "aws:elasticache/subnetGroup:SubnetGroup")
SUBNET_PROPS = (
    "subnetId",
    "subnetIds",
    "subnets",
    "vpcConfig",
    "dbSubnetGroupName",
    "subnetGroupName",
    "vpcSubnetIds",
)

TIERS = ("public", "private", "isolated")
"""Subnets with a route to an internet gateway, to a NAT gateway, or to neither in this stack."""


def read(resources: Iterable[Resource], before: Iterable[Resource] | None = None) -> Picture:
    """The picture of a stack. With `before`, what moved is marked, and what goes is in it too."""
    graph = Graph(resources, before)
    drawn = nodes.Drawn(graph)
    networks = tuple(network(graph, vpc, drawn) for vpc in graph.of_type(VPC))
    edge = tuple(drawn.edge())
    return Picture(edge, networks, tuple(drawn.services()), tuple(links(graph, drawn)))


def network(graph: Graph, vpc: Resource, drawn: nodes.Drawn) -> Network:
    subnets = [item for item in graph.of_type(SUBNET) if vpc in graph.targets(item, "vpcId", VPC)]
    reach = {item.urn: reach_of(graph, item) for item in subnets}
    placed = place(graph, drawn, reach)
    tiers = tuple(
        Tier(
            name,
            tuple(subnet(graph, item) for item in subnets if reach[item.urn] == name),
            tuple(node for node, tier in placed if tier == name),
        )
        for name in TIERS
        if name in reach.values()
    )
    zones = tuple(sorted({item.zone for tier in tiers for item in tier.subnets}))
    cidr = str(vpc.known("cidrBlock") or "")
    return Network(vpc.urn, nodes.title(vpc), cidr, zones, tiers, graph.change(vpc))


def subnet(graph: Graph, item: Resource) -> Subnet:
    zone = str(item.known("availabilityZone") or item.known("availabilityZoneId") or "any zone")
    return Subnet(item.urn, nodes.title(item), str(item.known("cidrBlock") or ""), zone, graph.change(item))


def reach_of(graph: Graph, item: Resource) -> str:
    """How a subnet reaches the internet, by the routes of the tables that are associated with it, in them or beside them."""
    tables = [
        table
        for association in graph.of_type(ASSOCIATION)
        if item in graph.targets(association, "subnetId")
        for table in graph.targets(association, "routeTableId")
    ]
    ways = [way.type for table in tables for way in graph.targets(table, "routes", GATEWAY, NAT)]
    for route in graph.of_type(ROUTE):
        if any(table in tables for table in graph.targets(route, "routeTableId")):
            ways += [way.type for prop in ("gatewayId", "natGatewayId") for way in graph.targets(route, prop)]
    return "public" if GATEWAY in ways else "private" if NAT in ways else "isolated"


def place(graph: Graph, drawn: nodes.Drawn, reach: Mapping[str, str]) -> list[tuple[Node, str]]:
    """Each node of a VPC with the tier that most of its subnets are in."""
    found: list[tuple[Node, str]] = []
    for node, resources in drawn.in_networks():
        tiers = [reach[urn] for item in resources for urn in subnets_of(graph, item) if urn in reach]
        if tiers:
            found.append((node, max(TIERS, key=tiers.count)))
    return found


def subnets_of(graph: Graph, item: Resource) -> Sequence[str]:
    """The urns of the subnets that a resource is in, named by itself or by its subnet group."""
    found: list[str] = []
    for prop in SUBNET_PROPS:
        found += [target.urn for target in graph.targets(item, prop, SUBNET)]
        for group in graph.targets(item, prop, *SUBNET_GROUPS):
            found += [target.urn for target in graph.targets(group, "subnetIds", SUBNET)]
    return found


def links(graph: Graph, drawn: nodes.Drawn) -> list[Link]:
    """By security groups; then what the edge hands on. Sorted, each pair once, with all its ports."""
    ports: dict[tuple[str, str], set[str]] = {}
    inside = members(drawn.shown)
    for rule in allowed(graph):
        for target in inside.get(rule.target, []):
            origins = [key for urn in rule.sources for key in inside.get(urn, [])]
            if any(cidr in EVERYWHERE for cidr in rule.ranges):
                origins.append(INTERNET)
            for origin in origins:
                if origin != target:
                    ports.setdefault((origin, target), set()).add(rule.port)
    found = [
        Link(*pair, ", ".join(sorted(labels, key=lambda port: (len(port), port))))
        for pair, labels in sorted(ports.items())
    ]
    return found + drawn.edge_links()
