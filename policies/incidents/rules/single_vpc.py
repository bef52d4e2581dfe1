"""`single-vpc`: everything that stands in a VPC stands in one.

On the DOA market database and cache were made in another VPC than EKS. Nothing failed until the services ran: then every
connection timed out, and all of it had to be rebuilt.

A second VPC alone is no finding, nor are its subnets, route tables and gateways: they do no harm until something is put
into them. One finding names everything in a foreign VPC, as it has one cause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from incidents.graph import Graph, Resource
from incidents.rule import Finding, Rule, Verdict
from incidents.unknowns import Undecided
from incidents.vpcs import PLACED_BY, Vpc, Vpcs

PLUMBING = {
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/networkAcl:NetworkAcl",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ec2/subnet:Subnet",
}
"""What a VPC is made of."""

CLUSTER = "aws:eks/cluster:Cluster"
SHOWN = 8

REMEDY = "give them subnets, security groups and subnet groups of the stack's VPC"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that something places in a VPC."""
    vpcs = Vpcs(graph)
    placed: dict[str, frozenset[Vpc]] = {}
    for resource in graph.of_type(*sorted(PLACED_BY)):
        try:
            found = vpcs.of(resource)
        except Undecided as undecided:
            yield Finding(Verdict.UNKNOWN, resource.urn, undecided_text(resource, undecided))
        else:
            placed[resource.urn] = found
    resources = {resource.urn: resource for resource in graph.resources}
    home = home_of(placed, resources)
    strangers: dict[Vpc, list[Resource]] = {}
    for urn, found in placed.items():
        foreign = found - {home} if home else frozenset[Vpc]()
        resource = resources[urn]
        if not foreign or (resource.type in PLUMBING and len(found) == 1):
            yield Finding(Verdict.PASS if found else Verdict.NOT_APPLICABLE, urn)
        for vpc in foreign if resource.type not in PLUMBING or len(found) > 1 else ():
            strangers.setdefault(vpc, []).append(resource)
    for vpc, offenders in sorted(strangers.items()):
        assert home  # noqa: S101 - a stranger is one only beside a home
        yield Finding(Verdict.FAIL, offenders[0].urn, text(home, vpc, offenders))


def home_of(placed: dict[str, frozenset[Vpc]], resources: dict[str, Resource]) -> Vpc | None:
    """The stack's VPC: its EKS cluster's; else the one with the most in it."""
    counts = Counter(vpc for found in placed.values() for vpc in found)
    clusters = [found for urn, found in placed.items() if resources[urn].type == CLUSTER and len(found) == 1]
    candidates = [vpc for found in clusters for vpc in found] or list(counts)
    # Of equals, a VPC of the stack comes before one outside it, then the first by name: the same at every run.
    return min(candidates, key=lambda vpc: (-counts[vpc], not vpc.key.startswith("urn:"), vpc.key), default=None)


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
)
