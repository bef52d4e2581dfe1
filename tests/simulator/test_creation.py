"""Computed values: their shapes, unknown at preview, the same for the same resource."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinth.simulator import packages
from plinth.simulator.creation import Creation
from plinth.simulator.values import UNKNOWN, Secret


def creation(token: str, **inputs: Any) -> Creation:
    return Creation(f"urn:pulumi:prod::market::{token}::main", token, inputs, region="ap-northeast-2")


def made(token: str, **inputs: Any) -> dict[str, Any]:
    new = creation(token, **inputs)
    return packages.blueprint(token).outputs(new, packages.new_id(new))


@pytest.mark.parametrize(
    ("token", "inputs", "pattern"),
    [
        ("aws:ec2/vpc:Vpc", {}, r"vpc-0[0-9a-f]{16}"),
        ("aws:ec2/subnet:Subnet", {}, r"subnet-0[0-9a-f]{16}"),
        ("aws:ec2/securityGroup:SecurityGroup", {}, r"sg-0[0-9a-f]{16}"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {}, r"sgr-0[0-9a-f]{16}"),
        ("aws:ec2/routeTable:RouteTable", {}, r"rtb-0[0-9a-f]{16}"),
        ("aws:ec2/eip:Eip", {}, r"eipalloc-0[0-9a-f]{16}"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {}, r"vpce-0[0-9a-f]{16}"),
        ("aws:ec2/flowLog:FlowLog", {}, r"fl-0[0-9a-f]{16}"),
        ("aws:ec2/launchTemplate:LaunchTemplate", {}, r"lt-0[0-9a-f]{16}"),
        ("aws:eks/cluster:Cluster", {"name": "market"}, r"market"),
        ("aws:cloudwatch/eventRule:EventRule", {"name": "health"}, r"health"),
        ("aws:eks/addon:Addon", {"clusterName": "market", "addonName": "coredns"}, r"market:coredns"),
        ("aws:iam/role:Role", {"name": "app"}, r"app"),
        ("aws:iam/policy:Policy", {"name": "app"}, r"arn:aws:iam::123456789012:policy/app"),
        ("aws:kms/key:Key", {}, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        (
            "aws:lb/loadBalancer:LoadBalancer",
            {"name": "edge"},
            r"arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/app/edge/[0-9a-f]{16}",
        ),
        ("kubernetes:core/v1:ConfigMap", {"metadata": {"name": "a", "namespace": "b"}}, r"b/a"),
        ("kubernetes:core/v1:ConfigMap", {"metadata": {"name": "a"}}, r"default/a"),
        ("kubernetes:core/v1:Namespace", {"metadata": {"name": "a"}}, r"a"),
        ("random:index/randomPet:RandomPet", {"length": 2}, r"[a-z]+-[a-z]+"),
        ("random:index/randomPassword:RandomPassword", {"length": 9}, r"none"),
        ("other:index:Thing", {}, r"main-[0-9a-f]{7}"),
    ],
)
def test_ids(token: str, inputs: dict[str, Any], pattern: str) -> None:
    assert re.fullmatch(pattern, packages.new_id(creation(token, **inputs)))


def test_a_vpc() -> None:
    vpc = made("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16", tags={"a": "b"})
    assert vpc["arn"] == f"arn:aws:ec2:ap-northeast-2:123456789012:vpc/{vpc['id']}"
    assert vpc["ownerId"] == "123456789012"
    assert vpc["region"] == "ap-northeast-2"
    assert vpc["tagsAll"] == {"a": "b"}
    assert re.fullmatch(r"sg-0[0-9a-f]{16}", vpc["defaultSecurityGroupId"])
    assert vpc["enableDnsSupport"] is True


def test_a_cluster() -> None:
    cluster = made(
        "aws:eks/cluster:Cluster", name="market", roleArn="r", vpcConfig={"subnetIds": ["subnet-1"]}
    )
    key = re.fullmatch(
        r"https://([0-9A-F]{32})\.gr7\.ap-northeast-2\.eks\.amazonaws\.com", cluster["endpoint"]
    )
    assert key
    issuer = cluster["identities"][0]["oidcs"][0]["issuer"]
    assert issuer == f"https://oidc.eks.ap-northeast-2.amazonaws.com/id/{key[1]}"
    assert cluster["vpcConfig"]["subnetIds"] == ["subnet-1"]
    assert cluster["vpcConfig"]["clusterSecurityGroupId"].startswith("sg-0")


def test_every_output_of_a_type_has_a_value_of_its_type() -> None:
    python: dict[str, type | tuple[type, ...]] = {
        "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "map": dict,
    }  # fmt: skip
    token = "aws:dynamodb/table:Table"
    blueprint = packages.blueprint(token)
    assert blueprint.schema
    outputs = made(token, name="orders", hashKey="id")
    for name, declared in blueprint.schema.outputs.items():
        if declared.required and declared.type.kind in python:
            assert isinstance(outputs[name], python[declared.type.kind]), name


def test_preview_knows_what_is_given_and_nothing_that_aws_computes() -> None:
    token = "aws:eks/cluster:Cluster"
    planned = packages.blueprint(token).planned(
        creation(token, name="market", roleArn=UNKNOWN, vpcConfig={"subnetIds": ["subnet-1"]})
    )
    assert planned["name"] == "market"
    assert planned["roleArn"] is UNKNOWN
    assert planned["vpcConfig"]["subnetIds"] == ["subnet-1"]
    assert planned["vpcConfig"]["clusterSecurityGroupId"] is UNKNOWN
    assert all(planned[name] is UNKNOWN for name in ("id", "arn", "endpoint", "tagsAll", "version"))
    assert planned["certificateAuthority"]["data"] is UNKNOWN


@pytest.mark.parametrize("token", ["aws:ec2/vpc:Vpc", "aws:rds/cluster:Cluster", "aws:s3/bucket:Bucket"])
def test_preview_and_update_have_the_same_outputs(token: str) -> None:
    new = creation(token)
    blueprint = packages.blueprint(token)
    assert blueprint.planned(new).keys() == blueprint.outputs(new, packages.new_id(new)).keys()


def test_an_update_keeps_what_was_computed() -> None:
    token = "aws:eks/cluster:Cluster"
    blueprint = packages.blueprint(token)
    old = made(token, name="market", roleArn="r", vpcConfig={"subnetIds": ["subnet-1"]})
    changed = creation(token, name="market", roleArn="r", vpcConfig={"subnetIds": ["subnet-2"]}).with_id(
        old["id"]
    )
    updated = blueprint.updated(changed, old)
    assert updated.pop("vpcConfig") == {**old.pop("vpcConfig"), "subnetIds": ["subnet-2"]}
    assert updated == old


def test_a_property_that_is_no_longer_given_goes_back_to_its_default() -> None:
    token = "aws:ec2/vpc:Vpc"
    old = made(token, cidrBlock="10.0.0.0/16", enableDnsHostnames=True, tags={"a": "b"})
    updated = packages.blueprint(token).updated(
        creation(token, cidrBlock="10.0.0.0/16").with_id(old["id"]), old
    )
    assert updated["enableDnsHostnames"] is False
    assert "tags" not in updated


@given(st.integers(0, 50), st.integers(0, 50), st.text(min_size=1), st.text(min_size=1))
def test_hex_follows_from_urn_serial_and_purpose(one: int, two: int, first: str, second: str) -> None:
    base = creation("aws:ec2/vpc:Vpc")
    same = (one, first) == (two, second)
    assert (replace(base, serial=one).hex(16, first) == replace(base, serial=two).hex(16, second)) is same


@given(st.integers(4, 64), st.sampled_from(["lower", "upper", "numeric", "special"]))
def test_a_random_string_has_the_length_and_characters_asked_for(length: int, without: str) -> None:
    result = made("random:index/randomString:RandomString", length=length, **{without: False})["result"]
    tests = {"lower": str.islower, "upper": str.isupper, "numeric": str.isdigit}
    assert len(result) == length
    for name, test in tests.items():
        assert any(map(test, result)) is (name != without)
    assert all(character.isalnum() for character in result) is (without == "special")


def test_a_changed_keeper_makes_another_password_and_passwords_are_secret() -> None:
    token = "random:index/randomPassword:RandomPassword"
    one, two = (made(token, length=20, keepers={"v": version})["result"] for version in "12")
    assert isinstance(one, Secret)
    assert one != two


def test_the_contents_of_a_kubernetes_secret_are_secret() -> None:
    secret = made("kubernetes:core/v1:Secret", metadata={"name": "a"}, stringData={"token": "hunter2"})
    assert secret["stringData"] == Secret({"token": "hunter2"})


def test_the_forms_of_a_random_id_agree() -> None:
    id_ = made("random:index/randomId:RandomId", byteLength=4)
    assert int(id_["hex"], 16) == int(id_["dec"])
