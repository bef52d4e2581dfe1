"""`single-vpc`: everything of a region that stands in a VPC stands in one.

On the DOA market database and cache were made in another VPC than EKS. Nothing failed until the services ran: then every
connection timed out, and all of it had to be rebuilt.

A second VPC alone is no finding, nor are its subnets, route tables and gateways: they do no harm until something is put
into them. Neither is what stands in another region, where it cannot share a VPC. One finding names everything in a foreign
VPC, as it has one cause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from incidents.graph import Graph, Resource
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided
from incidents.vpcs import PLACED_BY, Vpc, Vpcs

PLUMBING = {
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/flowLog:FlowLog",
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/networkAcl:NetworkAcl",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
    "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation",
}
"""What a VPC is made of. Subnets of a further CIDR take the VPC's id from its association, to wait for it."""

CLUSTER = "aws:eks/cluster:Cluster"
SHOWN = 8

REMEDY = "give them subnets, security groups and subnet groups of the stack's VPC"

Places = Mapping[str, frozenset[Vpc]]
"""The VPCs of each resource, by urn."""


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that something places in a VPC."""
    vpcs = Vpcs(graph)
    subjects = graph.of_type(*sorted(PLACED_BY))
    places: dict[str, frozenset[Vpc]] = {}

    def locate(resource: Resource) -> Finding:
        try:
            places[resource.urn] = vpcs.of(resource)
        except Undecided as undecided:
            return Finding(Verdict.UNKNOWN, resource.urn, undecided_text(resource, undecided))
        return Finding(Verdict.PASS if places[resource.urn] else Verdict.NOT_APPLICABLE, resource.urn)

    located = list(each(RULE.id, subjects, locate))
    lost: set[str] = set()
    for region in sorted({region_of(resource) for resource in subjects}):
        there = [resource for resource in subjects if region_of(resource) == region]
        home = home_of(places, there)
        foreign = strangers(home, places, there) if home else {}
        for vpc, resources in sorted(foreign.items()):
            assert home  # noqa: S101 - a stranger is one only beside a home
            lost |= {resource.urn for resource in resources}
            yield Finding(Verdict.FAIL, resources[0].urn, text(home, vpc, resources))
    yield from (finding for finding in located if finding.urn not in lost)


def region_of(resource: Resource) -> str:
    """The region that a resource says, its provider's included (pulumi-aws 7, `region`)."""
    region = resource.peek("region")
    return region if isinstance(region, str) else ""


def is_plumbing(resource: Resource, found: frozenset[Vpc]) -> bool:
    """Whether the resource is only a part of its own VPC; a route table with subnets of two VPCs is not."""
    return resource.type in PLUMBING and len(found) == 1


def home_of(places: Places, subjects: list[Resource]) -> Vpc | None:
    """The stack's VPC: its EKS cluster's; else the one with the most in it, its own parts not counted."""
    inhabitants = [
        resource for resource in subjects if not is_plumbing(resource, places.get(resource.urn, frozenset()))
    ]
    counts = Counter(vpc for resource in inhabitants for vpc in places.get(resource.urn, ()))
    clusters = [
        places.get(resource.urn, frozenset[Vpc]()) for resource in subjects if resource.type == CLUSTER
    ]
    candidates = [vpc for found in clusters if len(found) == 1 for vpc in found] or list(counts)
    # Of equals, a VPC of the stack comes before one outside it, then the first by name: the same at every run.
    return min(
        candidates, key=lambda vpc: (-counts[vpc], not vpc.key.startswith("urn:"), vpc.key), default=None
    )


def strangers(home: Vpc, places: Places, subjects: list[Resource]) -> dict[Vpc, list[Resource]]:
    """What stands in each other VPC: first what is only there, then what reaches into it from elsewhere."""
    found: dict[Vpc, list[Resource]] = {}
    for resource in sorted(subjects, key=lambda resource: (len(places.get(resource.urn, ())), resource.urn)):
        for vpc in places.get(resource.urn, frozenset()) - {home}:
            if not is_plumbing(resource, places[resource.urn]):
                found.setdefault(vpc, []).append(resource)
    return found


def text(home: Vpc, foreign: Vpc, offenders: list[Resource]) -> str:
    shown = ", ".join(map(str, offenders[:SHOWN]))
    more = f" and {len(offenders) - SHOWN} more" if len(offenders) > SHOWN else ""
    return (
        f"{shown}{more}: in {foreign}, while the stack's VPC is {home}. No route leads from one to the other, so every "
        f"connection would time out, and moving a resource to another VPC means rebuilding it. Remedy: {REMEDY} ({home})."
    )


def undecided_text(resource: Resource, undecided: Undecided) -> str:
    hint = ""
    if resource.type == "aws:eks/nodeGroup:NodeGroup":
        hint = (
            " pulumi-eks hides both at a first preview: give the node group cluster_name=cluster.eks_cluster.name and "
            "subnet_ids=[ids of subnets] yourself."
        )
    return f"the VPC of {resource} could not be decided: {undecided}.{hint}"


RULE = Rule(
    id="single-vpc",
    why="Database, cache and services in different VPCs: every connection times out, and all has to be rebuilt.",
    remedy=REMEDY,
    check=check,
    bad="""
        other = aws.ec2.Vpc("data", cidr_block="10.1.0.0/16")
        aws.ec2.SecurityGroup("database", vpc_id=other.id)  # the EKS cluster is in `vpc`
    """,
    good="""
        aws.ec2.SecurityGroup("database", vpc_id=vpc.id)
    """,
)
