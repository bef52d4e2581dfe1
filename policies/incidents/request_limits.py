"""Whether a web ACL lets a request of some size through.

Statements of a web ACL are followed for a request with a body of so many bytes, once as if it went to the paths that the
statements name, once as if to any other.

Sources: AWS WAF developer guide, "Size constraint rule statement", "Core rule set (CRS) managed rule group"
(`SizeRestrictions_BODY`: over 8,192 bytes), "Regex match rule statement"; pulumi-aws, `wafv2.WebAcl`.
"""

from __future__ import annotations

import re
from typing import Any

from incidents.graph import Resource
from incidents.unknowns import Undecided, Unknown, as_dict, as_list, holds_unknown, is_number

COMMON_RULES = "AWSManagedRulesCommonRuleSet"
COMMON_BODY_RULE, COMMON_BODY_LIMIT = "SizeRestrictions_BODY", 8192
NESTING = {"andStatement", "orStatement", "notStatement"}
OF_SENDER = {"ipSetReferenceStatement", "rateBasedStatement"}
"""Who sends, and how often: the ARN of an IP set of the stack is not known at preview, and need not be."""
COMPARE = {
    "GT": int.__gt__, "GE": int.__ge__, "LT": int.__lt__, "LE": int.__le__, "EQ": int.__eq__, "NE": int.__ne__,
}  # fmt: skip


def blocks(acl: Resource, size: int, *, named_path: bool) -> str:
    """The name of a rule that keeps a request with a body of `size` bytes away; empty if none does. Raises `Undecided`."""
    rules = acl.peek("rules")
    if acl.peek("ruleJson") or isinstance(rules, Unknown):
        raise Undecided(f"the rules of {acl} are not read")
    for rule in map(as_dict, as_list(rules)):
        if is_blocking(rule) and holds(as_dict(rule.get("statement")), size, named_path=named_path):
            return str(rule.get("name"))
    return ""


def is_blocking(rule: dict[str, Any]) -> bool:
    """A managed group blocks by itself unless it is overridden; other rules say so."""
    action, override = as_dict(rule.get("action")), as_dict(rule.get("overrideAction"))
    return action.get("block") is not None or ("action" not in rule and override.get("count") is None)


def holds(statement: dict[str, Any], size: int, *, named_path: bool) -> bool:
    """Whether a statement is true of the request. What has nothing to do with size or path is taken for not true."""
    if any(is_open(kind, said) for kind, said in statement.items()):
        raise Undecided("a statement of the web ACL is not known at preview")
    for kind, said in ((kind, as_dict(said)) for kind, said in statement.items() if said):
        parts = [as_dict(part) for part in as_list(said.get("statements"))]
        match kind:
            case "andStatement":
                return all(holds(part, size, named_path=named_path) for part in parts)
            case "orStatement":
                return any(holds(part, size, named_path=named_path) for part in parts)
            case "notStatement":
                inner = as_dict(said.get("statement")) or (parts[0] if parts else {})
                return not holds(inner, size, named_path=named_path)
            case "managedRuleGroupStatement":
                return enforces_body_limit(said) and size > COMMON_BODY_LIMIT
            case _:
                return of_request(kind, said, size, named_path=named_path)
    return False


def is_open(kind: str, given: Any) -> bool:
    """Whether what a statement says of the request is not known; the parts of a nested one are asked by themselves."""
    if kind in OF_SENDER:
        return False
    if kind not in NESTING:
        return holds_unknown(given)
    said = as_dict(given)
    parts = [given, said.get("statement"), said.get("statements"), *as_list(said.get("statements"))]
    return any(isinstance(part, Unknown) for part in parts)


def of_request(kind: str, said: dict[str, Any], size: int, *, named_path: bool) -> bool:
    """Whether a statement about one part of the request is true of it."""
    part = as_dict(said.get("fieldToMatch"))
    if "uriPath" in part:
        return named_path
    if kind == "sizeConstraintStatement" and "body" in part:
        operator = str(said.get("comparisonOperator"))
        limit: Any = said.get("size")
        if operator not in COMPARE or not is_number(limit):
            raise Undecided(f"a size constraint of the web ACL says '{operator} {limit}'")
        return COMPARE[operator](size, int(limit))
    header = as_dict(part.get("singleHeader")).get("name")
    if kind == "regexMatchStatement" and str(header).lower() == "content-length":
        return found_in(str(size), str(said.get("regexString")))
    return False


def found_in(text: str, regex: str) -> bool:
    """Whether AWS WAF would find `regex`, a PCRE. Raises `Undecided` for what Python's expressions have not."""
    try:
        return re.search(regex, text) is not None
    except re.error as error:
        raise Undecided(f"the expression {regex} of the web ACL is not read ({error})") from None


def enforces_body_limit(said: dict[str, Any]) -> bool:
    """Whether AWS's common rules keep large bodies away, rather than count them."""
    overrides = [as_dict(item) for item in as_list(said.get("ruleActionOverrides"))]
    counted = {
        item.get("name") for item in overrides if as_dict(item.get("actionToUse")).get("block") is None
    }
    return said.get("name") == COMMON_RULES and COMMON_BODY_RULE not in counted
