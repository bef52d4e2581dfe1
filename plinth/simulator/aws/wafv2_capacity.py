"""Web ACL capacity units (WCU): what the rules of a web ACL cost of its limit.

Source: AWS WAF developer guide, "Web ACL capacity units (WCUs)", "Rule statement basics" (a page each), and "AWS Managed
Rules rule groups list". Groups of other vendors and of the user's own, and what a request's parts add, count nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plinth.simulator.aws.blocks import Block, block, blocks

MOST = 5000
"""Of one web ACL (AWS WAF developer guide, "AWS WAF quotas")."""

MANAGED_GROUPS: Mapping[str, int] = {
    "AWSManagedRulesACFPRuleSet": 50,
    "AWSManagedRulesATPRuleSet": 50,
    "AWSManagedRulesAdminProtectionRuleSet": 100,
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesAnonymousIpList": 50,
    "AWSManagedRulesAntiDDoSRuleSet": 50,
    "AWSManagedRulesBotControlRuleSet": 50,
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesLinuxRuleSet": 200,
    "AWSManagedRulesPHPRuleSet": 100,
    "AWSManagedRulesSQLiRuleSet": 200,
    "AWSManagedRulesUnixRuleSet": 100,
    "AWSManagedRulesWindowsRuleSet": 200,
    "AWSManagedRulesWordPressRuleSet": 100,
}
STATEMENTS: Mapping[str, int] = {
    "byteMatchStatement": 2,
    "geoMatchStatement": 1,
    "ipSetReferenceStatement": 1,
    "labelMatchStatement": 1,
    "rateBasedStatement": 2,
    "regexMatchStatement": 3,
    "regexPatternSetReferenceStatement": 25,
    "sizeConstraintStatement": 1,
    "sqliMatchStatement": 20,
    "xssMatchStatement": 40,
}
SEARCHES = {"CONTAINS", "CONTAINS_WORD"}
SEARCH = 10
"""Of a byte match that looks anywhere; 2 for one of the beginning, the end or all."""

TRANSFORMATION = 10
CUSTOM_KEY = 30
"""Of each key that a rate-based statement counts by besides the address."""


def capacity(rules: Any) -> int:
    """The units of a web ACL's rules; what is not known at preview counts nothing."""
    return sum(statement(rule.get("statement")) for rule in blocks(rules))


def statement(of: Any) -> int:
    """The units of a statement with all that it holds."""
    return sum(own(kind, block(body)) + nested(block(body)) for kind, body in block(of).items())


def own(kind: str, body: Block) -> int:
    if kind == "managedRuleGroupStatement":
        return MANAGED_GROUPS.get(str(body.get("name")), 0)
    base = SEARCH if body.get("positionalConstraint") in SEARCHES else STATEMENTS.get(kind, 0)
    transformations = [item for item in blocks(body.get("textTransformations")) if item.get("type") != "NONE"]
    return base + TRANSFORMATION * len(transformations) + CUSTOM_KEY * len(blocks(body.get("customKeys")))


def nested(body: Block) -> int:
    inner = [*blocks(body.get("statements")), body.get("statement"), body.get("scopeDownStatement")]
    return sum(statement(item) for item in inner)
