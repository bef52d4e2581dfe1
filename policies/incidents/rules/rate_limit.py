"""`rate-limit`: one address cannot send requests without end, and fewer still where passwords are tried.

In SWO's order service there was one limit for everything: a log-in could be tried a thousand times. A public Application
Load Balancer has a web ACL with a rate rule for all requests, and a lower one for some (a scope-down statement: the log-in's
paths). What a scope-down only excepts (`not_statement`: the office, a health check) leaves a limit one for all others. A
distribution needs the second one only if some behavior of it passes POST on. A rule that only counts limits nothing.

Sources: AWS WAF developer guide, "Using rate-based rule statements" and "Rate-based rule high-level settings" (a limit is that
of an evaluation window, 300 seconds unless said); pulumi-aws, `wafv2.WebAclAssociation` (load balancers)
and `cloudfront.Distribution.web_acl_id`. What rule groups hold is not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from incidents.edges import DISTRIBUTION, LOAD_BALANCERS, attached, attached_to, named
from incidents.graph import Graph, Resource
from incidents.references import is_said
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, Unknown, as_dict, as_list

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
DEFAULT_WINDOW = 300
GROUPS = ("ruleGroupReferenceStatement",)

REMEDY = (
    "an aws.wafv2.WebAcl with a rate_based_statement for everything and one of a lower limit with a scope_down_statement "
    "for the log-in's paths, both blocking"
)


@dataclass(frozen=True)
class Limit:
    """A rate rule that keeps requests away: so many in so many seconds, `UNKNOWN` where that is not known."""

    requests: Any
    seconds: Any
    is_scoped: bool

    @property
    def is_known(self) -> bool:
        return isinstance(self.requests, int | float) and isinstance(self.seconds, int | float)

    @property
    def pace(self) -> float:
        return self.requests / self.seconds


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each load balancer and each distribution."""
    yield from each(RULE.id, graph.of_type(*LOAD_BALANCERS), lambda resource: judge_balancer(graph, resource))
    yield from each(
        RULE.id, graph.of_type(DISTRIBUTION), lambda resource: judge_distribution(graph, resource)
    )


def judge_balancer(graph: Graph, balancer: Resource) -> Finding:
    type_ = balancer.get("loadBalancerType") if is_said(balancer, "loadBalancerType") else "application"
    internal = is_said(balancer, "internal") and balancer.get("internal") is True
    if type_ != "application" or internal:
        return Finding(Verdict.NOT_APPLICABLE, balancer.urn)
    found = attached_to(balancer, attached(graph, (ASSOCIATION,), "resourceArn", LOAD_BALANCERS))
    acl = named(graph, found[0], "webAclArn", (WEB_ACL,)) if found else None
    return judge(balancer, acl, has_forms=True)


def judge_distribution(graph: Graph, distribution: Resource) -> Finding:
    acl = named(graph, distribution, "webAclId", (WEB_ACL,))
    said = [distribution.peek("defaultCacheBehavior"), *as_list(distribution.peek("orderedCacheBehaviors"))]
    methods = [method for item in said for method in as_list(as_dict(item).get("allowedMethods"))]
    return judge(distribution, acl, has_forms="POST" in methods)


def judge(resource: Resource, acl: Resource | str | None, *, has_forms: bool) -> Finding:
    """The verdict on what is public, given its web ACL. Raises `Undecided`."""
    if acl is None:
        return failure(resource, "has no web ACL: one address can send as many requests as it likes")
    if isinstance(acl, str):
        raise Undecided(f"its web ACL '{acl}' is not in this stack")
    if is_said(acl, "ruleJson") or isinstance(acl.peek("rules"), Unknown):
        raise Undecided(f"the rules of {acl} are not read")
    rules = [as_dict(item) for item in as_list(acl.peek("rules"))]
    limits = [limit for rule in rules if (limit := limit_of(rule))]
    missing = lacking(limits, has_forms=has_forms)
    if missing and any(is_open(rule) for rule in rules):
        raise Undecided(f"not all rules of {acl} are known, and the others have {missing}")
    if missing:
        return failure(resource, f"has {acl}, which has {missing}")
    return Finding(Verdict.PASS, resource.urn)


def lacking(limits: list[Limit], *, has_forms: bool) -> str:
    """What the limits leave open, and what follows; empty for nothing. Raises `Undecided`."""
    general = [limit for limit in limits if not limit.is_scoped]
    if not general:
        return "no rate rule for all requests: one address can send as many as it likes"
    if not has_forms:
        return ""
    scoped = [limit for limit in limits if limit.is_scoped]
    if not scoped:
        return "one rate rule for everything: passwords can be tried at the pace of page views"
    if not all(limit.is_known for limit in limits):
        raise Undecided("the limit of a rate rule is not known at preview")
    if min(limit.pace for limit in scoped) >= min(limit.pace for limit in general):
        return "no rate rule with a scope-down that is stricter than the one for everything"
    return ""


def limit_of(rule: dict[str, Any]) -> Limit | None:
    """The limit that a rule enforces, if it is a rate rule."""
    said = as_dict(as_dict(rule.get("statement")).get("rateBasedStatement"))
    if not said or as_dict(rule.get("action")).get("count") is not None:
        return None
    scope = said.get("scopeDownStatement")
    is_scoped = bool(scope) and not as_dict(scope).get("notStatement")
    return Limit(said.get("limit"), said.get("evaluationWindowSec") or DEFAULT_WINDOW, is_scoped)


def is_open(rule: dict[str, Any]) -> bool:
    """Whether the rule may hold rate rules that are not seen here."""
    statement = rule.get("statement")
    return isinstance(statement, Unknown) or any(as_dict(statement).get(group) for group in GROUPS)


def failure(resource: Resource, text: str) -> Finding:
    return Finding(Verdict.FAIL, resource.urn, f"{resource} {text}. Remedy: {REMEDY}.")


RULE = Rule(
    id="rate-limit",
    why="No limit, or one for everything: log-ins can be tried by brute force.",
    remedy=REMEDY,
    check=check,
    bad="""
        aws.lb.LoadBalancer("public", load_balancer_type="application", subnets=subnets)
    """,
    good="""
        aws.wafv2.WebAclAssociation("public", resource_arn=alb.arn, web_acl_arn=acl.arn)
        # and the web ACL has rate_based_statement rules: one for all requests, a stricter one for sign-in
    """,
)
