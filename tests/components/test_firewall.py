"""Web ACLs on the real engine: what they match, where they are, what they write down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.components.small_program import Program, bring_up, live_and_die
from tests.conftest import Rehearsal

pytestmark = pytest.mark.engine

PROGRAM = """
settings = FirewallSettings.model_validate({"body_limit": "64Ki", "rate_limit": 1000, "auth_rate_limit": 20})
counting = FirewallSettings(mode="count")
paths = {"auth_paths": ["/Auth/login", "/auth/register"], "upload_paths": ["/files"], "upload_limit": 10 * 2**20}
shop = Firewall("shop", settings, scope="REGIONAL", **paths)
Firewall("counting", counting, scope="REGIONAL", **paths)
Firewall("plain", settings, scope="REGIONAL")
Firewall("content", settings, scope="CLOUDFRONT")
pulumi.export("shop", shop.web_acl_arn)
"""

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
REPUTATION = "AWSManagedRulesAmazonIpReputationList"
MANAGED = ["AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"]


@pytest.fixture(scope="module")
def program(make_rehearsal: Callable[..., Rehearsal]) -> Program:
    return bring_up(make_rehearsal, PROGRAM)


def rules(program: Program, name: str) -> dict[str, dict[str, Any]]:
    """The rules of a web ACL by name, in the order of their priorities."""
    found = sorted(program.of_type(WEB_ACL)[name]["inputs"]["rules"], key=lambda rule: rule["priority"])
    return {rule["name"]: rule for rule in found}


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("shop", ["rate-limit", "auth-rate-limit", "upload-limit", "body-limit"]),
        ("counting", ["rate-limit", "auth-rate-limit", "upload-limit", "body-limit"]),
        ("plain", ["rate-limit", "body-limit"]),
        ("content", ["rate-limit"]),
    ],
)
def test_each_has_its_rules_in_order(program: Program, name: str, own: list[str]):
    assert list(rules(program, name)) == [REPUTATION, *own, *MANAGED]
    assert program.of_type(WEB_ACL)[name]["inputs"]["defaultAction"] == {"allow": {}}


def test_requests_are_limited_and_log_ins_more_strictly(program: Program):
    found = rules(program, "shop")
    everything = found["rate-limit"]["statement"]["rateBasedStatement"]
    assert (everything["limit"], everything["aggregateKeyType"]) == (1000, "IP")
    assert "scopeDownStatement" not in everything
    logins = found["auth-rate-limit"]["statement"]["rateBasedStatement"]
    assert logins["limit"] == 20
    match = logins["scopeDownStatement"]["regexMatchStatement"]
    assert match["fieldToMatch"] == {"uriPath": {}}
    assert match["regexString"] == "^(?:/auth/login|/auth/register)(?:/|$)"
    assert [item["type"] for item in match["textTransformations"]] == [
        "URL_DECODE",
        "NORMALIZE_PATH",
        "LOWERCASE",
    ]
    assert rules(program, "content")["rate-limit"]["statement"]["rateBasedStatement"]["limit"] == 20_000


def test_uploads_may_be_larger_on_their_paths_only(program: Program):
    found = rules(program, "shop")
    uploading, too_large = found["upload-limit"]["statement"]["andStatement"]["statements"]
    assert uploading["regexMatchStatement"]["regexString"] == "^(?:/files)(?:/|$)"
    assert too_large["regexMatchStatement"]["fieldToMatch"] == {"singleHeader": {"name": "content-length"}}
    other, large = found["body-limit"]["statement"]["andStatement"]["statements"]
    assert other["notStatement"]["statement"] == uploading
    assert large["regexMatchStatement"]["regexString"] != too_large["regexMatchStatement"]["regexString"]
    assert rules(program, "plain")["body-limit"]["statement"] == large


def test_what_is_blocked_is_told_why_and_counting_blocks_nothing(program: Program):
    for rule in rules(program, "shop").values():
        if "managedRuleGroupStatement" in rule["statement"]:
            assert rule["overrideAction"] == {"none": {}}
        else:
            status = rule["action"]["block"]["customResponse"]["responseCode"]
            assert status == (429 if "rate" in rule["name"] else 413)
    for rule in rules(program, "counting").values():
        assert rule.get("action", rule.get("overrideAction")) == {"count": {}}


def test_the_managed_limit_of_8_kb_is_counted(program: Program):
    group = rules(program, "shop")["AWSManagedRulesCommonRuleSet"]["statement"]["managedRuleGroupStatement"]
    assert group["ruleActionOverrides"] == [{"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}]


def test_each_logs_where_it_is_without_secrets(program: Program):
    groups = program.of_type("aws:cloudwatch/logGroup:LogGroup")
    logging = program.of_type("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration")
    for name, acl in program.of_type(WEB_ACL).items():
        region = "us-east-1" if name == "content" else "ap-northeast-2"
        assert acl["outputs"]["region"] == groups[name]["outputs"]["region"] == region
        assert logging[name]["outputs"]["region"] == region
        assert acl["inputs"]["scope"] == ("CLOUDFRONT" if name == "content" else "REGIONAL")
        assert groups[name]["inputs"]["name"].startswith("aws-waf-logs-")
        assert groups[name]["inputs"]["retentionInDays"] == 90
        config = logging[name]["inputs"]
        assert config["logDestinationConfigs"] == [groups[name]["outputs"]["arn"]]
        assert config["resourceArn"] == acl["outputs"]["arn"]
        redacted = {field["singleHeader"]["name"] for field in config["redactedFields"]}
        assert redacted == {"authorization", "cookie"}


def test_it_lives_and_dies(program: Program):
    live_and_die(program)
