"""`tags` on plain programs: tags of the resource, of its provider, of both; types that take none."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.tags import RULE
from incidents.taggable import takes_tags
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

THREE = {"Owner": "me", "environment": "prod", "SERVICE": "shop"}


def queue(**props: Any) -> Resource:
    return resource("aws:sqs/queue:Queue", "queue", props)


def provider(tags: Any, name: str = "default") -> Resource:
    return resource("pulumi:providers:aws", name, {"defaultTags": tags})


@pytest.mark.parametrize(
    ("subject", "others", "expected"),
    [
        (queue(tags=THREE), [], Verdict.PASS),
        (queue(tags={"owner": "me"}, tagsAll=THREE), [], Verdict.PASS),
        (queue(tags={**THREE, "Owner": UNKNOWN}), [], Verdict.PASS),
        (queue(), [], Verdict.FAIL),
        (queue(tags={"owner": "me"}), [], Verdict.FAIL),
        (queue(tags={"owner": "me"}, tagsAll={"owner": "me"}), [], Verdict.FAIL),
        (queue(tagsAll=UNKNOWN), [provider({"tags": THREE})], Verdict.PASS),
        (queue(), [provider('{"tags": {"owner": "a", "environment": "b", "service": "c"}}')], Verdict.PASS),
        (
            queue(tags={"service": "shop"}),
            [provider({"tags": {"owner": "a", "environment": "b"}})],
            Verdict.PASS,
        ),
        (queue(tagsAll=UNKNOWN), [], Verdict.FAIL),
        (queue(tagsAll=UNKNOWN), [provider({"tags": THREE}), provider(None, "other")], Verdict.UNKNOWN),
        (queue(), [provider(UNKNOWN)], Verdict.UNKNOWN),
        (queue(tags=UNKNOWN), [], Verdict.UNKNOWN),
    ],
)
def test_all_three_are_asked_for(subject: Resource, others: list[Resource], expected: Verdict) -> None:
    assert verdict(RULE, subject, *others) is expected


def test_it_names_those_that_are_missing() -> None:
    text = findings(RULE, queue(tags={"owner": "me"}))["queue"].text
    for part in ("'queue'", "no tag environment, service:", "default_tags"):
        assert part in text


def test_an_auto_scaling_group_has_a_list_of_tags_and_no_default_ones() -> None:
    tags = [{"key": key, "value": "x", "propagateAtLaunch": True} for key in THREE]
    group = "aws:autoscaling/group:Group"
    assert verdict(RULE, resource(group, "g", {"tags": tags})) is Verdict.PASS
    assert verdict(RULE, resource(group, "g", {"tags": tags[:1]}), provider({"tags": THREE})) is Verdict.FAIL


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("aws:ec2/vpc:Vpc", True),
        ("aws:ec2/flowLog:FlowLog", True),
        ("aws:lambda/function:Function", True),
        ("aws:appsync/graphQLApi:GraphQLApi", True),
        ("aws:s3/bucketV2:BucketV2", True),
        ("aws:ec2/routeTableAssociation:RouteTableAssociation", False),
        ("aws:s3/bucketPolicy:BucketPolicy", False),
        ("aws:kms/alias:Alias", False),
        ("aws:nonsense/thing:Thing", False),
        ("aws:odd", False),
    ],
)
def test_the_sdk_tells_which_types_take_tags(type_: str, expected: bool) -> None:
    assert takes_tags(type_) is expected


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    for case in ([queue(tags=nonsense, tagsAll=nonsense)], [queue(), provider(nonsense)], [queue(), provider({"tags": nonsense})]):  # fmt: skip
        assert not [found for found in RULE.check(Graph(case)) if "itself failed" in found.text]


BASE = """
import pulumi, pulumi_aws as aws, pulumi_eks as eks

THREE = {"owner": "me", "Environment": "prod", "SERVICE": "shop"}
tagged = aws.Provider("tagged", region="eu-west-1", default_tags={"tags": THREE})
partly = aws.Provider("partly", region="eu-west-1", default_tags={"tags": {"owner": "me"}})
by_tagged, by_partly = pulumi.ResourceOptions(provider=tagged), pulumi.ResourceOptions(provider=partly)
"""
WRONG = {
    "bare": 'aws.sqs.Queue("bare")',
    "partial": 'aws.sqs.Queue("partial", tags={"owner": "me", "service": "shop"})',
    "half": 'aws.sqs.Queue("half", tags={"environment": "prod"}, opts=by_partly)',
}
RIGHT = {
    "own": 'aws.sqs.Queue("own", tags=THREE)',
    "default": 'aws.sqs.Queue("default", opts=by_tagged)',
    "both": 'aws.sqs.Queue("both", tags={"environment": "prod", "service": "shop"}, opts=by_partly)',
    "made": 'aws.sqs.Queue("made", tags={**THREE, "queue": aws.sqs.Queue("own2", tags=THREE).arn})',
    "untaggable": 'aws.sqs.QueuePolicy("untaggable", queue_url="https://example.com/q", policy="{}")',
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set()
