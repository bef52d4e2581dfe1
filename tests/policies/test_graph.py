"""The graph, and what a rule may not do with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_policy.proxy import unknown_checking_proxy

from incidents.graph import Graph, Resource
from incidents.judgement import judge
from incidents.pods import alternatives, wishes
from incidents.rule import Rule, Verdict
from incidents.rules import RULES
from incidents.unknowns import SENTINELS, UNKNOWN, Undecided, plain
from incidents.vpcs import PLACED_BY

STACK = "urn:pulumi:test::case::pulumi:pulumi:Stack::case-test"


def resource(type_: str, name: str, props: dict | None = None, **edges: tuple[str, ...]) -> Resource:
    return Resource(f"urn:pulumi:test::case::{type_}::{name}", type_, name, props or {}, STACK, edges)


def test_reading_an_unknown_is_impossible():
    vpc = resource("aws:ec2/vpc:Vpc", "vpc", {"cidrBlock": UNKNOWN, "tags": {"a": [UNKNOWN]}, "known": 1})
    for path in (("cidrBlock",), ("tags",), ("tags", "a"), ("cidrBlock", "below")):
        with pytest.raises(Undecided, match="not known at preview"):
            vpc.get(*path)
    assert vpc.get("known") == 1
    assert vpc.get("absent", "below", default="x") == "x"


@pytest.mark.parametrize("sentinel", sorted(SENTINELS))
def test_each_of_pulumis_unknowns_is_recognised_inside_its_wrappers(sentinel):
    wrapped = unknown_checking_proxy({"a": {"b": [1, sentinel]}, "c": sentinel, "d": "known"})
    assert plain(wrapped) == {"a": {"b": [1, UNKNOWN]}, "c": UNKNOWN, "d": "known"}


def test_an_error_in_a_rule_is_a_failure_that_names_it():
    def broken(_graph):
        raise KeyError("vpcId")

    (finding,) = judge(Rule("some-rule", "", "", broken), Graph([]))
    assert finding.verdict is Verdict.FAIL
    assert "some-rule" in finding.text
    assert "not judged" in finding.text


def test_findings_come_in_the_same_order_whatever_the_order_of_resources():
    resources = [
        resource("aws:ec2/vpc:Vpc", "home"), resource("aws:ec2/vpc:Vpc", "other"),
        *(resource("aws:ec2/securityGroup:SecurityGroup", name, vpcId=(f"urn:pulumi:test::case::aws:ec2/vpc:Vpc::{vpc}",))
          for name, vpc in (("a", "home"), ("b", "home"), ("c", "other"), ("d", "other"), ("e", "home"))),
    ]  # fmt: skip
    expected = [judge(rule, Graph(resources)) for rule in RULES]
    assert [judge(rule, Graph(reversed(resources))) for rule in RULES] == expected
    assert any(finding.verdict is Verdict.FAIL for findings in expected for finding in findings)


SHAPES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(UNKNOWN)
    | st.sampled_from(["", "vpc-1", "subnet-1", "sg-1", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.sampled_from(sorted(PLACED_BY)), SHAPES), max_size=5))
def test_no_shape_of_a_vpc_bound_resource_breaks_a_rule(drawn):
    resources = [
        resource(type_, f"r{index}", dict.fromkeys(PLACED_BY[type_], value))
        for index, (type_, value) in enumerate(drawn)
    ]
    for rule in RULES:
        assert not any("rule itself failed" in finding.text for finding in judge(rule, Graph(resources)))


@given(SHAPES)
def test_no_shape_of_a_pod_breaks_a_rule(spec):
    pods = [
        resource("kubernetes:core/v1:Pod", "pod", {"spec": spec}),
        resource("kubernetes:core/v1:Pod", "selector", {"spec": {"nodeSelector": spec}}),
        resource(
            "kubernetes:core/v1:Pod",
            "affinity",
            {"spec": {"affinity": spec, "topologySpreadConstraints": spec}},
        ),
        resource(
            "aws:eks/nodeGroup:NodeGroup", "nodes", {"labels": spec, "instanceTypes": spec, "amiType": spec}
        ),
    ]
    for rule in RULES:
        assert not any("rule itself failed" in finding.text for finding in judge(rule, Graph(pods)))


def test_everything_that_a_pod_can_ask_is_read():
    term = [{"key": "k", "operator": "In", "values": ["v"]}]
    spec = {
        "nodeSelector": {"a": "b"},
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{"matchExpressions": term}]
                },
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"preference": {"matchExpressions": term}}
                ],
            },
            "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "c"}]},
            "podAntiAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [{"podAffinityTerm": {"topologyKey": "d"}}]
            },
        },
        "topologySpreadConstraints": [{"topologyKey": "e", "whenUnsatisfiable": "DoNotSchedule"}],
    }
    assert [term.key for wish in wishes(spec) for term in wish.terms] == ["a", "k", "e", "c", "d"]
    assert [term.key for wish in alternatives(spec) for term in wish.terms] == ["k"]
