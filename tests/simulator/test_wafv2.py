"""AWS WAF: web ACLs, their scope, capacity and logs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from plinth.simulator.aws.wafv2_capacity import capacity
from plinth.simulator.values import UNKNOWN
from tests.simulator.account import Account, Refusal

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
IP_SET = "aws:wafv2/ipSet:IpSet"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
GLOBAL = {"scope": "CLOUDFRONT", "region": "us-east-1"}
Inputs = dict[str, Any]


def managed(name: str) -> Inputs:
    return {"managedRuleGroupStatement": {"vendorName": "AWS", "name": name}}


def regex(*transformations: str) -> Inputs:
    return {
        "regexMatchStatement": {
            "regexString": "^/login",
            "fieldToMatch": {"uriPath": {}},
            "textTransformations": [{"priority": 0, "type": name} for name in transformations],
        }
    }


@pytest.mark.parametrize(
    ("statement", "units"),
    [
        (managed("AWSManagedRulesCommonRuleSet"), 700),
        (managed("AWSManagedRulesAmazonIpReputationList"), 25),
        (managed("SomebodysRules"), 0),
        (regex("NONE"), 3),
        (regex("LOWERCASE", "URL_DECODE"), 23),
        ({"rateBasedStatement": {"limit": 1000}}, 2),
        ({"rateBasedStatement": {"limit": 1000, "scopeDownStatement": regex("NONE")}}, 5),
        ({"rateBasedStatement": {"limit": 1000, "customKeys": [{"header": {}}, {"ip": {}}]}}, 62),
        ({"byteMatchStatement": {"positionalConstraint": "STARTS_WITH"}}, 2),
        ({"byteMatchStatement": {"positionalConstraint": "CONTAINS"}}, 10),
        ({"notStatement": {"statement": {"geoMatchStatement": {"countryCodes": ["KR"]}}}}, 1),
        ({"andStatement": {"statements": [regex("NONE"), {"xssMatchStatement": {}}]}}, 43),
    ],
)
def test_what_a_rule_costs(statement: Inputs, units: int) -> None:
    assert capacity([{"statement": statement}, {"statement": UNKNOWN}, UNKNOWN]) == units


def test_a_web_acl(aws: Account) -> None:
    rule = {"name": "common", "priority": 0, "statement": managed("AWSManagedRulesCommonRuleSet")}
    made = aws.create(WEB_ACL, name="shop", scope="REGIONAL", rules=[rule])
    assert re.fullmatch(
        rf"arn:aws:wafv2:ap-northeast-2:123456789012:regional/webacl/shop/{made['id']}", made["arn"]
    )
    assert made["capacity"] == 700
    assert aws.update(WEB_ACL, name="shop", scope="REGIONAL", rules=[])["capacity"] == 0
    content = aws.create(WEB_ACL, "content", name="content", **GLOBAL)
    assert content["arn"] == f"arn:aws:wafv2:us-east-1:123456789012:global/webacl/content/{content['id']}"


@pytest.mark.parametrize("type_", [WEB_ACL, IP_SET])
def test_a_scope_and_its_region(aws: Account, type_: str) -> None:
    words = "WAFInvalidParameterException: Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT"
    with pytest.raises(Refusal, match=words):
        aws.create(type_, name="content", scope="CLOUDFRONT")
    assert aws.create(type_, name="content", **GLOBAL)
    assert aws.create(type_, "here", name="content", scope="REGIONAL", region="us-east-1")
    assert aws.create(type_, "there", name="content", scope="REGIONAL")
    with pytest.raises(Refusal, match="WAFDuplicateItemException"):
        aws.create(type_, "second", name="content", **GLOBAL)


def test_a_web_acl_has_room_for_5000_units(aws: Account) -> None:
    rules = [
        {"name": f"{i}", "priority": i, "statement": managed("AWSManagedRulesCommonRuleSet")}
        for i in range(8)
    ]
    with pytest.raises(Refusal, match="WAFLimitsExceededException"):
        aws.create(WEB_ACL, name="shop", scope="REGIONAL", rules=rules)
    assert aws.create(WEB_ACL, name="shop", scope="REGIONAL", rules=rules[:7])["capacity"] == 4900


@pytest.mark.parametrize(
    ("destination", "valid"),
    [
        ("arn:aws:logs:ap-northeast-2:123456789012:log-group:aws-waf-logs-shop", True),
        ("arn:aws:logs:ap-northeast-2:123456789012:log-group:aws-waf-logs-shop:*", True),
        ("arn:aws:s3:::aws-waf-logs-shop", True),
        ("arn:aws:firehose:ap-northeast-2:123456789012:deliverystream/aws-waf-logs-shop", True),
        ("arn:aws:logs:ap-northeast-2:123456789012:log-group:shop", False),
        ("arn:aws:logs:ap-northeast-2:123456789012:log-group:/aws-waf-logs-shop", False),
        ("arn:aws:s3:::shop-aws-waf-logs-", False),
    ],
)
def test_logs_go_where_the_name_says_so(aws: Account, destination: str, valid: bool) -> None:
    arn = aws.create(WEB_ACL, name="shop", scope="REGIONAL")["arn"]
    inputs = {"resourceArn": arn, "logDestinationConfigs": [destination]}
    if valid:
        assert aws.create(LOGGING, **inputs)["id"] == arn
        return
    with pytest.raises(
        Refusal, match=f"The ARN isn't valid.*field: LOG_DESTINATION, parameter: {destination}"
    ):
        aws.create(LOGGING, **inputs)


def test_logs_are_where_their_web_acl_is(aws: Account) -> None:
    arn = aws.create(WEB_ACL, name="content", **GLOBAL)["arn"]
    logs = ["arn:aws:logs:us-east-1:123456789012:log-group:aws-waf-logs-content"]
    with pytest.raises(Refusal, match=f"The ARN isn't valid.*field: RESOURCE_ARN, parameter: {arn}"):
        aws.create(LOGGING, resourceArn=arn, logDestinationConfigs=logs)
    assert aws.create(LOGGING, resourceArn=arn, logDestinationConfigs=logs, region="us-east-1")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scope": "GLOBAL"}, 'expected scope to be one of ["CLOUDFRONT" "REGIONAL"], got GLOBAL'),
        ({"name": "the shop"}, "must contain only alphanumeric hyphen and underscore characters"),
        ({"namePrefix": "x"}, '"name": conflicts with name_prefix'),
    ],
)
def test_what_the_provider_refuses(aws: Account, change: Inputs, words: str) -> None:
    inputs = {"name": "shop", "scope": "REGIONAL", "defaultAction": {}, "visibilityConfig": VISIBLE, **change}
    assert any(words in reason for reason in aws.check(WEB_ACL, **inputs))


VISIBLE = {"cloudwatchMetricsEnabled": True, "metricName": "shop", "sampledRequestsEnabled": True}


@pytest.mark.parametrize(
    ("type_", "change", "replaces"),
    [
        (WEB_ACL, {"rules": [{"name": "x"}]}, False),
        (WEB_ACL, {"scope": "REGIONAL"}, True),
        (IP_SET, {"addresses": ["x"]}, False),
        (IP_SET, {"ipAddressVersion": "IPV6"}, True),
        (LOGGING, {"logDestinationConfigs": ["x"]}, False),
        (LOGGING, {"resourceArn": "x"}, True),
        ("aws:wafv2/webAclAssociation:WebAclAssociation", {"resourceArn": "x"}, True),
    ],
)
def test_what_replaces(aws: Account, type_: str, change: Inputs, replaces: bool) -> None:
    assert bool(aws.replaced_by(type_, {}, change)) is replaces
