"""`rate-limit` on plain programs: web ACLs before load balancers and distributions."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.rate_limit import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

balancer = resource("aws:lb/loadBalancer:LoadBalancer", "lb", {"arn": "arn:lb"})


def rule(limit: Any = 2000.0, scope: Any = None, action: str = "block") -> dict[str, Any]:
    statement = {"limit": limit, **({"scopeDownStatement": scope} if scope else {})}
    return {"statement": {"rateBasedStatement": statement}, "action": {action: {}}}


LOGIN = {"byteMatchStatement": {"searchString": "/login"}}
REFERENCE = {"statement": {"ruleGroupReferenceStatement": {"arn": "arn:group"}}}


def acl(*rules: Any) -> Resource:
    return resource("aws:wafv2/webAcl:WebAcl", "acl", {"arn": "arn:acl", "rules": list(rules)})


def association(**props: Any) -> Resource:
    said = {"resourceArn": "arn:lb", "webAclArn": "arn:acl", **props}
    return resource("aws:wafv2/webAclAssociation:WebAclAssociation", "association", said)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule(), rule(100.0, LOGIN)], Verdict.PASS),
        ([rule(), rule(100.0, LOGIN, "captcha")], Verdict.PASS),
        ([], Verdict.FAIL),
        ([rule()], Verdict.FAIL),
        ([rule(100.0, LOGIN)], Verdict.FAIL),
        ([rule(), rule(3000.0, LOGIN)], Verdict.FAIL),
        ([rule(), rule(100.0, LOGIN, "count")], Verdict.FAIL),
        ([rule(2000.0, None, "count"), rule(100.0, LOGIN)], Verdict.FAIL),
        ([rule(), REFERENCE], Verdict.UNKNOWN),
        ([rule(UNKNOWN), rule(100.0, LOGIN)], Verdict.UNKNOWN),
    ],
)
def test_a_load_balancer_has_a_limit_for_all_and_a_stricter_one(rules: list[Any], expected: Verdict) -> None:
    assert verdict(RULE, balancer, association(), acl(*rules)) is expected


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], Verdict.FAIL),
        ([association(webAclArn="arn:other")], Verdict.UNKNOWN),
        ([association(resourceArn=UNKNOWN)], Verdict.UNKNOWN),
        ([association(resourceArn="arn:other")], Verdict.FAIL),
    ],
)
def test_the_web_acl_must_be_there(others: list[Resource], expected: Verdict) -> None:
    assert verdict(RULE, balancer, *others) is expected


@pytest.mark.parametrize(
    ("methods", "rules", "expected"),
    [
        (["GET", "HEAD"], [rule()], Verdict.PASS),
        (["GET", "HEAD", "POST"], [rule()], Verdict.FAIL),
        (["GET", "HEAD", "POST"], [rule(), rule(10.0, LOGIN)], Verdict.PASS),
        (["GET", "HEAD"], [], Verdict.FAIL),
    ],
)
def test_a_distribution_needs_the_stricter_one_for_posts(
    methods: list[str], rules: list[Any], expected: Verdict
) -> None:
    said = {"webAclId": "arn:acl", "defaultCacheBehavior": {"allowedMethods": methods}}
    cdn = resource("aws:cloudfront/distribution:Distribution", "cdn", said)
    assert verdict(RULE, cdn, acl(*rules)) is expected


@pytest.mark.parametrize("props", [{"internal": True}, {"loadBalancerType": "network"}])
def test_what_has_no_web_acl_is_not_judged(props: dict[str, Any]) -> None:
    other = resource("aws:lb/loadBalancer:LoadBalancer", "lb", props)
    assert verdict(RULE, other) is Verdict.NOT_APPLICABLE


def test_it_says_what_is_missing_of_which_web_acl() -> None:
    text = findings(RULE, balancer, association(), acl(rule()))["lb"].text
    for part in ("'lb'", "'acl'", "one rate rule for everything", "scope_down_statement"):
        assert part in text


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    for case in ([association(), acl(nonsense)], [association(webAclArn=nonsense)], [association(), acl(rule(), {"statement": nonsense})]):  # fmt: skip
        found = RULE.check(Graph([balancer, *case]))
        assert not [finding for finding in found if "itself failed" in finding.text]


BASE = """
import pulumi, pulumi_aws as aws

vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
subnets = [aws.ec2.Subnet(f"s{i}", vpc_id=vpc.id, cidr_block=f"10.0.{i}.0/24", availability_zone=f"us-east-1{zone}")
           for i, zone in enumerate("ab")]
SEEN = {"cloudwatch_metrics_enabled": True, "sampled_requests_enabled": True}
LOGIN = {"byte_match_statement": {
    "search_string": "/login", "positional_constraint": "STARTS_WITH", "field_to_match": {"uri_path": {}},
    "text_transformations": [{"priority": 0, "type": "LOWERCASE"}]}}

def limit(name, requests, scope=None, action="block"):
    statement = {"aggregate_key_type": "IP", "limit": requests, "scope_down_statement": scope}
    return {"name": name, "priority": requests, "action": {action: {}},
            "statement": {"rate_based_statement": statement}, "visibility_config": {**SEEN, "metric_name": name}}

def web_acl(name, *rules):
    return aws.wafv2.WebAcl(name, scope="REGIONAL", default_action={"allow": {}}, rules=list(rules),
                            visibility_config={**SEEN, "metric_name": name})

def balancer(name, *rules, **said):
    made = aws.lb.LoadBalancer(name, subnets=[subnet.id for subnet in subnets], **said)
    if rules:
        aws.wafv2.WebAclAssociation(name, resource_arn=made.arn, web_acl_arn=web_acl(name, *rules).arn)
    return made
"""
WRONG = {
    "bare": 'balancer("bare")',
    "one": 'balancer("one", limit("all", 2000))',
    "lax": 'balancer("lax", limit("all", 2000), limit("login", 3000, LOGIN))',
    "counted": 'balancer("counted", limit("all", 2000, action="count"), limit("login", 100, LOGIN))',
}
RIGHT = {
    "both": 'balancer("both", limit("all", 2000), limit("login", 100, LOGIN))',
    "inside": 'balancer("inside", internal=True)',
}
UNKNOWNS = {
    "foreign": """
        elsewhere = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shared/12345678-1234-1234-1234-123456789012"
        aws.wafv2.WebAclAssociation("foreign", resource_arn=balancer("foreign").arn, web_acl_arn=elsewhere)"""
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
