"""Names that providers make up, and what that means for replacements."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime.proto import provider_pb2 as proto

from plinth.simulator import packages
from plinth.simulator import schema as schemas
from plinth.simulator.autonaming import deleted_first, with_name, with_object_name
from plinth.simulator.errors import Refused
from plinth.simulator.values import Secret

ROLE = "aws:iam/role:Role"


def request(name: str = "app", type_: str = ROLE, seed: bytes = b"seed", **more: Any) -> proto.CheckRequest:
    return proto.CheckRequest(
        urn=f"urn:pulumi:p::m::{type_}::{name}", name=name, type=type_, randomSeed=seed, **more
    )


@given(st.binary(min_size=1), st.from_regex(r"[a-z][a-z0-9-]{0,80}", fullmatch=True))
def test_a_name_is_the_logical_one_and_seven_digits_of_the_seed(seed: bytes, name: str) -> None:
    named = with_name(request(name, seed=seed), {}, {}, "name")
    assert named == with_name(request(name, seed=seed), {}, {}, "name")
    assert named["name"].startswith(name[:56])
    assert len(named["name"]) == min(len(name), 56) + 8
    assert named["__defaults"] == ["name"]


def test_a_made_up_name_stays_as_it_was() -> None:
    old = with_name(request(seed=b"1"), {}, {}, "name")
    assert with_name(request(seed=b"2"), {}, old, "name") == old


def test_a_name_that_the_program_no_longer_gives_is_made_up() -> None:
    assert with_name(request(), {}, {"name": "fixed", "__defaults": []}, "name")["name"] != "fixed"


def test_given_names_and_prefixes_stay() -> None:
    assert with_name(request(), {"name": "fixed"}, {}, "name")["name"] == "fixed"
    assert "name" not in with_name(request(), {"namePrefix": "app-"}, {}, "name")


def test_buckets_have_no_capital_letters() -> None:
    assert with_name(request("MyBucket", "aws:s3/bucket:Bucket"), {}, {}, "bucket")["bucket"].startswith(
        "mybucket-"
    )


@pytest.mark.parametrize(
    ("token", "key"),
    [
        ("aws:iam/role:Role", "name"),
        ("aws:eks/nodeGroup:NodeGroup", "nodeGroupName"),
        ("aws:rds/cluster:Cluster", None),
        ("aws:rds/instance:Instance", "identifier"),
        ("aws:s3/bucket:Bucket", "bucket"),
        ("aws:ec2/vpc:Vpc", None),
        ("aws:ssm/parameter:Parameter", "name"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", None),
    ],
)
def test_the_property_that_is_named(token: str, key: str | None) -> None:
    assert packages.autoname(token, schemas.resource(token)) == key


def test_the_project_s_own_pattern() -> None:
    options = proto.CheckRequest.AutonamingOptions
    enforced = options(proposed_name="app-prod", mode=options.ENFORCE)
    assert with_name(request(autonaming=enforced), {}, {}, "name")["name"] == "app-prod"
    with pytest.raises(Refused, match="automatic naming is disabled"):
        with_name(request(autonaming=options(mode=options.DISABLE)), {}, {}, "name")


def test_a_kubernetes_object_is_marked_and_keeps_its_secrets() -> None:
    given_metadata = {"annotations": {"token": Secret("hunter2")}}
    metadata = with_object_name(request(), {"metadata": given_metadata}, {})["metadata"]
    assert metadata["name"].startswith("app-")
    assert metadata["annotations"] == {"token": Secret("hunter2"), "pulumi.com/autonamed": "true"}
    again = with_object_name(request(seed=b"other"), {}, {"metadata": metadata})["metadata"]
    assert again["name"] == metadata["name"]


def test_only_a_name_of_the_program_s_own_makes_the_old_one_go_first() -> None:
    made_up = {"name": "app-1234567", "__defaults": ["name"]}
    fixed = {"name": "app", "__defaults": []}
    assert not deleted_first("name", made_up, made_up)
    assert deleted_first("name", fixed, fixed)
    assert not deleted_first("name", {}, {"namePrefix": "app-", "__defaults": []})


def test_a_kubernetes_object_of_another_name_or_namespace_may_stand_beside_it() -> None:
    here, there = {"metadata": {"name": "a", "namespace": "x"}}, {"metadata": {"name": "a", "namespace": "y"}}
    marked = {"metadata": {"name": "a", "annotations": {"pulumi.com/autonamed": "true"}}}
    assert deleted_first(None, here, here)
    assert not deleted_first(None, here, there)
    assert not deleted_first(None, marked, marked)
