"""From resources to a picture: what is where, who reaches whom, what moved."""

from __future__ import annotations

from dataclasses import replace

from plinth.pictures.model import INTERNET, Link
from plinth.pictures.nodes import ACL, ACL_ASSOCIATION, DISTRIBUTION, NODE_GROUP, RECORD
from plinth.pictures.nodes import CLUSTER as EKS
from plinth.pictures.reading import read
from tests.pictures.program import (
    BALANCER,
    BUCKET,
    DATABASE,
    GATEWAY,
    INSTANCE,
    KEY,
    ROUTE,
    SUBNET,
    TABLE,
    VPC,
    resource,
    shop,
    urn,
)


def test_a_plain_program_has_its_network_drawn() -> None:
    (network,) = read(shop()).networks
    assert (network.name, network.cidr, network.zones) == (
        "main",
        "10.0.0.0/16",
        ("eu-west-1a", "eu-west-1b"),
    )
    shown = {
        tier.name: ([item.name for item in tier.subnets], [node.title for node in tier.nodes])
        for tier in network.tiers
    }
    assert shown == {
        "public": (["public-a", "public-b"], ["Application load balancer", "NAT gateway"]),
        "private": (["private-a"], ["EC2 instance"]),
        "isolated": (["data-a", "data-b"], ["RDS postgres"]),
    }


def test_routes_within_a_table_count_too() -> None:
    within = {"vpcId": [urn(VPC, "main")], "routes": [urn(GATEWAY, "gateway")]}
    inline = [item for item in shop() if item.urn not in (urn(ROUTE, "out"), urn(TABLE, "public"))]
    (network,) = read([*inline, resource(TABLE, "public", within)]).networks
    assert [tier.name for tier in network.tiers] == ["public", "private", "isolated"]
    (without,) = read(inline).networks
    assert [tier.name for tier in without.tiers] == ["private", "isolated"]


def test_links_are_the_security_groups_rules() -> None:
    web, app, db = urn(BALANCER, "web"), urn(INSTANCE, "app"), urn(DATABASE, "db")
    assert read(shop()).links == (
        Link(INTERNET, web, "443"),
        Link(app, db, "5432"),
        Link(web, app, "8080-8090"),
    )


def test_what_is_let_in_by_address_is_said_on_the_node() -> None:
    details = {node.key: node.detail for node in read(shop()).nodes()}
    assert details[urn(DATABASE, "db")] == "db, db.t4g.micro, all ports open to 192.0.2.0/24"


def test_regional_services_are_counted() -> None:
    picture = read(shop())
    assert [(node.title, node.detail) for node in picture.services] == [("KMS", "2 keys"), ("S3", "1 bucket")]
    assert picture.edge == ()


def test_the_edge_is_what_stands_before_the_network() -> None:
    """A bucket behind a CDN stands there; a firewall that an association puts before a balancer is said on it."""
    cdn, acl, bucket = urn(DISTRIBUTION, "cdn"), urn(ACL, "waf"), urn(BUCKET, "assets")
    edge = [
        resource(DISTRIBUTION, "cdn", {"origins": [bucket], "webAclId": [acl]}, aliases=["cdn.example.com"]),
        resource(ACL, "waf", rules=[{}, {}]),
        resource(ACL, "regional"),
        resource(ACL_ASSOCIATION, "web", {"webAclArn": [urn(ACL, "regional")], "resourceArn": [urn(BALANCER, "web")]}),
        resource(RECORD, "cdn", {"aliases": [cdn]}, name="cdn.example.com"),
    ]  # fmt: skip
    picture = read([*shop(), *edge])
    assert [(node.kind, node.detail) for node in picture.edge] == [
        ("dns", "cdn.example.com"),
        ("firewall", "waf, 2 rules"),
        ("cdn", "cdn, cdn.example.com"),
        ("bucket", "assets"),
    ]
    assert picture.links[-4:] == (
        Link(INTERNET, RECORD),
        Link(RECORD, cdn, "alias"),
        Link(cdn, bucket, "origin"),
        Link(acl, cdn, "guards"),
    )
    assert {node.key: node.detail for node in picture.nodes()}[
        urn(BALANCER, "web")
    ] == "web, behind WAF regional"


def test_a_clusters_workloads_are_in_it_and_jobs_are_counted() -> None:
    cluster = resource(EKS, "main", {"vpcConfig": [urn(SUBNET, "private-a")]}, version="1.35")
    work = [
        resource(NODE_GROUP, "spot", {"clusterName": [cluster.urn]}, capacityType="SPOT", instanceTypes=["m7g.large"],
                 scalingConfig={"minSize": 1, "maxSize": 3}),
        *(resource("kubernetes:apps/v1:Deployment", name, metadata={"name": name}) for name in ("a", "b")),
        *(resource("kubernetes:batch/v1:Job", f"job-{index}") for index in range(3)),
    ]  # fmt: skip
    found = next(node for node in read([*shop(), cluster, *work]).nodes() if node.key == cluster.urn)
    assert (found.title, [(part.title, part.detail) for part in found.parts]) == (
        "EKS 1.35",
        [("1-3 x m7g.large spot", "spot"), ("Deployment", "a"), ("Deployment", "b"), ("3 jobs", "")],
    )


def test_what_moved_is_marked() -> None:
    before = shop()
    after = [
        replace(item, inputs={**item.inputs, "instanceClass": "db.r7g.large"}) if item.type == DATABASE else item
        for item in before
        if item.type != INSTANCE
    ] + [resource(KEY, "three")]  # fmt: skip
    marks = {node.key: node.change for node in read(after, before).nodes() if node.change}
    assert marks == {urn(DATABASE, "db"): "changed", urn(INSTANCE, "app"): "removed", KEY: "changed"}
    assert not any(node.change for node in read(before, before).nodes())


def test_order_does_not_depend_on_the_programs() -> None:
    assert read(shop()) == read(reversed(shop()))


def test_there_may_be_nothing_to_draw() -> None:
    empty = read([])
    assert (empty.networks, empty.edge, empty.services, empty.links) == ((), (), (), ())
    (network,) = read([resource(VPC, "bare", cidrBlock="10.0.0.0/16")]).networks
    assert (network.zones, network.tiers) == ((), ())
