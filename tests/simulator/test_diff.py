"""What changes, and what replaces."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinth.simulator import diff, replacements
from plinth.simulator.diff import Change, changes, steps_of
from plinth.simulator.values import UNKNOWN, Secret

keys = st.text('abc.[]"', min_size=1, max_size=4)
values = st.recursive(
    st.one_of(st.integers(), st.text(max_size=3), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=8,
)
objects = st.dictionaries(keys, values, max_size=4)


@given(objects)
def test_nothing_differs_from_itself(inputs: dict[str, Any]) -> None:
    assert changes(inputs, inputs, (), ()) == []


@given(objects, objects)
def test_what_is_added_one_way_is_deleted_the_other(old: dict[str, Any], new: dict[str, Any]) -> None:
    there, back = changes(old, new, (), ()), changes(new, old, (), ())
    mirrored = {"add": "delete", "delete": "add", "update": "update"}
    assert [(change.path, mirrored[change.kind]) for change in there] == [
        (change.path, change.kind) for change in back
    ]


@given(objects, objects)
def test_what_is_ignored_is_not_reported(old: dict[str, Any], new: dict[str, Any]) -> None:
    ignored = [diff.join("", key) for key in {**old, **new}]
    assert changes(old, new, (), ignored) == []


def test_kinds_and_paths() -> None:
    old = {"a": 1, "b": [1, 2], "c": {"x": 1}, "same": "s"}
    new = {"b": [1, 3], "c": {"x": 1, "kubernetes.io/role": "1"}, "d": True, "same": "s"}
    assert changes(old, new, (), ()) == [
        Change("a", "delete"),
        Change("b[1]", "update"),
        Change('c["kubernetes.io/role"]', "add"),
        Change("d", "add"),
    ]


def test_an_unknown_value_may_be_another_one() -> None:
    assert changes({"vpcId": "vpc-1"}, {"vpcId": UNKNOWN}, ("vpcId",), ()) == [
        Change("vpcId", "update", replaces=True)
    ]


def test_a_value_that_only_becomes_secret_does_not_change() -> None:
    assert changes({"a": "x"}, {"a": Secret("x")}, (), ()) == []


def test_empty_and_missing_are_the_same_to_the_provider() -> None:
    assert changes({"a": []}, {"b": ""}, (), ()) == []


def test_nested_replacing_path() -> None:
    found = changes(
        {"config": {"family": "ipv4", "mode": "a"}},
        {"config": {"family": "ipv6", "mode": "b"}},
        ("config.family",),
        (),
    )
    assert found == [Change("config.family", "update", replaces=True), Change("config.mode", "update")]


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("a", ["a"]),
        ("a[0].b", ["a", "b"]),
        ('a["x.y/z"].b', ["a", "x.y/z", "b"]),
        ("a.b[3][4].c", ["a", "b", "c"]),
    ],
)
def test_steps_of_a_path(path: str, steps: list[str]) -> None:
    assert steps_of(path) == steps


@pytest.mark.parametrize(
    ("token", "path", "replaces"),
    [
        ("aws:ec2/vpc:Vpc", "cidrBlock", True),
        ("aws:ec2/vpc:Vpc", "enableDnsHostnames", False),
        ("aws:ec2/vpc:Vpc", "region", True),
        ("aws:ec2/subnet:Subnet", "availabilityZone", True),
        ("aws:eks/cluster:Cluster", "version", False),
        ("aws:eks/cluster:Cluster", "roleArn", True),
        ("aws:eks/nodeGroup:NodeGroup", "instanceTypes", True),
        ("aws:eks/nodeGroup:NodeGroup", "scalingConfig", False),
        ("aws:rds/cluster:Cluster", "masterUsername", True),
        ("aws:rds/cluster:Cluster", "engineVersion", False),
        ("aws:rds/clusterParameterGroup:ClusterParameterGroup", "family", True),
        ("aws:rds/clusterParameterGroup:ClusterParameterGroup", "parameters", False),
        ("kubernetes:batch/v1:Job", "spec.template", True),
        ("kubernetes:apps/v1:Deployment", "spec.template", False),
        ("kubernetes:apps/v1:Deployment", "spec.selector.matchLabels", True),
        ("kubernetes:core/v1:ConfigMap", "data", True),
        ("kubernetes:core/v1:Namespace", "metadata.name", True),
        ("random:index/randomPassword:RandomPassword", "length", True),
    ],
)
def test_what_replaces(token: str, path: str, replaces: bool) -> None:
    assert diff.matches(path, replacements.replacing(token)) is replaces


def test_the_answer_names_top_level_properties_and_detailed_paths() -> None:
    answer = diff.response(
        [Change("a[0].b", "update", replaces=True), Change("c", "add")], deleted_first=True
    )
    assert list(answer.diffs) == ["a", "c"]
    assert list(answer.replaces) == ["a"]
    assert answer.deleteBeforeReplace
    assert set(answer.detailedDiff) == {"a[0].b", "c"}


def test_an_update_deletes_nothing_first() -> None:
    assert not diff.response([Change("c", "add")], deleted_first=True).deleteBeforeReplace
