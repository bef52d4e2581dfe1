"""`two-zones` on plain programs."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.two_zones import MAY_BE_PUBLIC, RULE, SUBNETS
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

SUBNET, GROUP = "aws:ec2/subnet:Subnet", "aws:elasticache/subnetGroup:SubnetGroup"


def subnet(name: str, zone: Any = None, id_: Any = UNKNOWN) -> Resource:
    return resource(SUBNET, name, {"id": id_, "availabilityZone": zone, "availabilityZoneId": UNKNOWN})


a, b, also_a = (
    subnet("a", "ap-northeast-2a"),
    subnet("b", "ap-northeast-2b"),
    subnet("also-a", "ap-northeast-2a"),
)
anywhere = subnet("anywhere", UNKNOWN)


def group(ids: Any, *edges: Resource) -> Resource:
    return resource(GROUP, "data", {"subnetIds": ids}, {"subnetIds": edges})


BLANK = [UNKNOWN, UNKNOWN]
CASES: dict[str, tuple[Resource, Verdict]] = {
    "two zones": (group(BLANK, a, b), Verdict.PASS),
    "two subnets of one zone": (group(BLANK, a, also_a), Verdict.FAIL),
    "one subnet": (group([UNKNOWN], a), Verdict.FAIL),
    "one subnet from elsewhere": (group(["subnet-0else"]), Verdict.FAIL),
    "one subnet of no zone": (group([UNKNOWN], anywhere), Verdict.FAIL),
    "a zone that AWS chooses": (group(BLANK, a, anywhere), Verdict.UNKNOWN),
    "a third zone that AWS chooses": (group([UNKNOWN] * 3, a, b, anywhere), Verdict.PASS),
    "subnets from elsewhere": (group(["subnet-0else", "subnet-0more"]), Verdict.UNKNOWN),
    "a list that is not known": (group(UNKNOWN, a, b), Verdict.PASS),
    "such a list of one zone": (group(UNKNOWN, a, also_a), Verdict.FAIL),
    "a choice": (group([UNKNOWN, UNKNOWN], a, b, also_a), Verdict.UNKNOWN),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_zones_are_counted_as_far_as_they_are_known(case: str) -> None:
    subject, expected = CASES[case]
    assert verdict(RULE, subject, a, b, also_a, anywhere) is expected


def test_the_failure_names_the_zone_and_the_remedy() -> None:
    text = findings(RULE, group(BLANK, a, also_a), a, also_a)["data"].text
    for part in ("'data'", "ap-northeast-2a", "nothing of it is left", "at least two"):
        assert part in text


def test_ids_count_once_they_are_known() -> None:
    known = [subnet(zone, f"ap-northeast-2{zone}", f"subnet-0{zone}") for zone in "ab"]
    assert verdict(RULE, group(["subnet-0a", "subnet-0b"]), *known) is Verdict.PASS
    assert verdict(RULE, group(["subnet-0a", "subnet-0a"]), *known) is Verdict.FAIL


@pytest.mark.parametrize("type_", MAY_BE_PUBLIC)
def test_a_data_store_is_never_public(type_: str) -> None:
    for value, expected in ((True, Verdict.FAIL), (False, Verdict.PASS), (UNKNOWN, Verdict.PASS)):
        assert verdict(RULE, resource(type_, "db", {"publiclyAccessible": value})) is expected
    asked = resource(type_, "db", {"publiclyAccessible": UNKNOWN}, {"publiclyAccessible": [a]})
    assert verdict(RULE, asked, a) is Verdict.UNKNOWN


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    odd = [resource(type_, "odd", {path[0]: nonsense}, {path[0]: [a]}) for type_, path in SUBNETS.items()]
    odd += [resource(type_, "odd", {"publiclyAccessible": nonsense}) for type_ in MAY_BE_PUBLIC]
    odd += [resource(SUBNET, "odd", {"id": nonsense, "availabilityZone": nonsense})]
    assert not [found for found in RULE.check(Graph([*odd, a])) if "itself failed" in found.text]


BASE = """
import json
import pulumi, pulumi_aws as aws, pulumi_eks as eks

vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
names = aws.get_availability_zones(state="available").names

def subnet(name, zone, index):
    return aws.ec2.Subnet(name, vpc_id=vpc.id, availability_zone=zone, cidr_block=f"10.0.{index}.0/24").id

a, b, also_a, chosen = (subnet(name, zone, index) for index, (name, zone) in enumerate(
    {"a": names[0], "b": names[1], "also-a": names[0], "chosen": None}.items()))
role = aws.iam.Role("role", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
"""
WRONG = {
    "database": 'aws.rds.SubnetGroup("database", subnet_ids=[a, also_a])',
    "cache": 'aws.elasticache.SubnetGroup("cache", subnet_ids=[a])',
    "cluster": 'aws.eks.Cluster("cluster", role_arn=role.arn, vpc_config={"subnet_ids": [a, also_a]})',
    "behind-apply": (
        'aws.rds.SubnetGroup("behind-apply", subnet_ids=pulumi.Output.all(a, also_a).apply(lambda ids: sorted(ids)))'
    ),
    "proxy": (
        'aws.rds.Proxy("proxy", engine_family="POSTGRESQL", role_arn=role.arn, vpc_subnet_ids=[a], '
        'auths=[{"auth_scheme": "SECRETS", "secret_arn": role.arn}])'
    ),
    "instance": (
        'aws.rds.Instance("instance", engine="postgres", instance_class="db.r6g.large", publicly_accessible=True)'
    ),
    "member": (
        'aws.rds.ClusterInstance("member", cluster_identifier="elsewhere", engine="aurora-postgresql", '
        'instance_class="db.r6g.large", publicly_accessible=True)'
    ),
}
RIGHT = {
    "two": 'aws.rds.SubnetGroup("two", subnet_ids=[a, b])',
    "three": 'aws.rds.SubnetGroup("three", subnet_ids=[a, b, chosen])',
    "sorted": 'aws.rds.SubnetGroup("sorted", subnet_ids=pulumi.Output.all(a, b).apply(lambda ids: sorted(ids)))',
    "caches": 'aws.elasticache.SubnetGroup("caches", subnet_ids=[also_a, b])',
    "serverless": 'aws.elasticache.ServerlessCache("serverless", engine="valkey", subnet_ids=[a, b])',
    "remote": """
        eks.Cluster("remote", vpc_id=vpc.id, private_subnet_ids=[a, b], skip_default_node_group=True,
                    authentication_mode=eks.AuthenticationMode.API)""",
    "private": 'aws.rds.Instance("private", engine="postgres", instance_class="db.r6g.large")',
    "nodes-of-one-zone": (
        'aws.eks.NodeGroup("nodes-of-one-zone", cluster_name="shop", node_role_arn=role.arn, subnet_ids=[a], '
        'scaling_config={"desired_size": 1, "max_size": 1, "min_size": 1})'
    ),
}
UNKNOWNS = {
    "aws-chooses": 'aws.rds.SubnetGroup("aws-chooses", subnet_ids=[a, chosen])',
    "elsewhere": 'aws.rds.SubnetGroup("elsewhere", subnet_ids=["subnet-0123456789abcdef0", a])',
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
