"""`two-zones`: the data tier outlives a zone, and the internet never sees it.

At TEA, and on the DOA market, one zone down would have taken the data tier down. Judged are the subnets of databases,
caches and EKS clusters, and what makes a data store public.

A subnet's zone is the one that it says. A list of subnets that a preview does not know is taken to hold all the subnets that
it depends on directly; what a component hands out stays undecided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from incidents.graph import Graph, Resource
from incidents.references import is_said, values_at
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, Unknown

SUBNET = "aws:ec2/subnet:Subnet"

SUBNETS: Mapping[str, tuple[str, ...]] = {
    "aws:dax/subnetGroup:SubnetGroup": ("subnetIds",),
    "aws:docdb/subnetGroup:SubnetGroup": ("subnetIds",),
    "aws:eks/cluster:Cluster": ("vpcConfig", "subnetIds"),
    "aws:elasticache/serverlessCache:ServerlessCache": ("subnetIds",),
    "aws:elasticache/subnetGroup:SubnetGroup": ("subnetIds",),
    "aws:memorydb/subnetGroup:SubnetGroup": ("subnetIds",),
    "aws:neptune/subnetGroup:SubnetGroup": ("subnetIds",),
    "aws:rds/proxy:Proxy": ("vpcSubnetIds",),
    "aws:rds/subnetGroup:SubnetGroup": ("subnetIds",),
    "aws:redshift/subnetGroup:SubnetGroup": ("subnetIds",),
    "aws:redshiftserverless/workgroup:Workgroup": ("subnetIds",),
}
"""Where each lists its subnets."""

PUBLIC = "publiclyAccessible"
MAY_BE_PUBLIC = (
    "aws:neptune/clusterInstance:ClusterInstance",
    "aws:rds/cluster:Cluster",
    "aws:rds/clusterInstance:ClusterInstance",
    "aws:rds/instance:Instance",
    "aws:redshift/cluster:Cluster",
    "aws:redshiftserverless/workgroup:Workgroup",
)

REMEDY = "give it subnets of at least two Availability Zones"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each list of subnets, and for each data store that may be public."""
    yield from each(RULE.id, graph.of_type(*SUBNETS), lambda resource: judge_zones(graph, resource))
    yield from each(RULE.id, graph.of_type(*MAY_BE_PUBLIC), judge_public)


def judge_zones(graph: Graph, resource: Resource) -> Finding:
    path = SUBNETS[resource.type]
    slots = list(values_at(resource.props, path)) if is_said(resource, path[0]) else []
    if not slots:
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    is_whole = isinstance(resource.peek(*path), list)
    subnets, questions = subnets_of(graph, resource, slots, is_whole=is_whole)
    zones = sorted({zone for subnet in subnets if (zone := zone_of(subnet))})
    if len(zones) >= 2:
        return Finding(Verdict.PASS, resource.urn)
    questions += [f"{subnet} says no availability_zone" for subnet in subnets if not zone_of(subnet)]
    is_single = is_whole and len(slots) == 1
    if questions and not is_single:
        raise Undecided(questions[0])
    there = f" in {zones[0]}" if zones else ""
    what = f"it has a single subnet{there}" if is_single else f"all its subnets are{there}"
    text = f"{resource}: {what}. With that Availability Zone down nothing of it is left. Remedy: {REMEDY}."
    return Finding(Verdict.FAIL, resource.urn, text)


def subnets_of(
    graph: Graph, resource: Resource, slots: list[Any], *, is_whole: bool
) -> tuple[list[Resource], list[str]]:
    """The subnets that certainly fill `slots`, and what is not known about the others."""
    prop = SUBNETS[resource.type][0]
    found: dict[str, Resource] = {}
    questions: list[str] = []
    for id_ in (slot for slot in slots if isinstance(slot, str)):
        subnet = graph.with_id(id_)
        if subnet:
            found[subnet.urn] = subnet
        else:
            questions.append(f"the zone of {id_}, which is not in this stack, is not known")
    blanks = sum(isinstance(slot, Unknown) for slot in slots)
    targets = {target.urn: target for target in graph.dependencies(resource, prop) if target.type == SUBNET}
    direct = {
        urn: targets[urn] for urn in resource.edges.get(prop, ()) if urn in targets and urn not in found
    }
    if blanks and direct and (not is_whole or len(direct) <= blanks):
        found |= direct
    elif blanks:
        questions.append(f"which subnets {prop} of {resource} names is not known at preview")
    return list(found.values()), questions


def judge_public(resource: Resource) -> Finding:
    public = resource.get(PUBLIC) if is_said(resource, PUBLIC) else False
    if not public:
        return Finding(Verdict.PASS, resource.urn)
    text = (
        f"{resource} is publicly_accessible: its name resolves to a public address, and only a security group keeps the internet "
        "from its passwords. Remedy: leave publicly_accessible out, and reach it from inside the VPC."
    )
    return Finding(Verdict.FAIL, resource.urn, text)


def zone_of(subnet: Resource) -> str | None:
    for prop in ("availabilityZone", "availabilityZoneId"):
        zone = subnet.peek(prop)
        if isinstance(zone, str):
            return zone
    return None


RULE = Rule(
    id="two-zones",
    why="Databases, caches or the cluster in one zone, or in reach of the internet.",
    remedy=REMEDY,
    check=check,
    bad="""
        aws.rds.SubnetGroup("orders", subnet_ids=[subnet_a.id])
    """,
    good="""
        aws.rds.SubnetGroup("orders", subnet_ids=[subnet_a.id, subnet_b.id])  # of two Availability Zones
    """,
)
