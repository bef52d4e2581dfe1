"""`https-redirect`: nothing is served in plain text, and nobody is sent in circles.

On TEA's site the redirect to HTTPS was made twice, and the second one never ended. Port 80 of a public load balancer only
redirects to HTTPS on 443 (a redirect that keeps the protocol leads to itself), an encrypted listener has a certificate and a
policy of TLS 1.2 or later, and a distribution serves HTTPS only or redirects. Whether the program behind trusts
`X-Forwarded-Proto` is not seen here. Internal load balancers are not judged.

Sources: Application Load Balancer user guide, "Security policies" (made by an API call, a listener has
`ELBSecurityPolicy-2016-08`, which takes TLS 1.0); pulumi-aws, `lb.Listener` (a redirect keeps protocol and port unless said).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from incidents.edges import DISTRIBUTION, LOAD_BALANCERS, attached, attached_to, named
from incidents.graph import Graph, Resource
from incidents.references import is_said
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, Unknown, as_dict, as_list

LISTENERS = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
LISTENER_RULES = ("aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule")

ENCRYPTED = {"HTTPS", "TLS"}
DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"
MODERN = re.compile(r"^ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)-")
VIEWER = {"redirect-to-https", "https-only"}

REDIRECT = (
    'default_actions=[{"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", '
    '"status_code": "HTTP_301"}}]'
)
TLS = 'a certificate_arn and ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06"'


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each listener and each distribution."""
    yield from each(RULE.id, graph.of_type(*LISTENERS), lambda resource: judge_listener(graph, resource))
    yield from each(RULE.id, graph.of_type(DISTRIBUTION), judge_distribution)


def judge_listener(graph: Graph, listener: Resource) -> Finding:
    protocol = listener.get("protocol") if is_said(listener, "protocol") else "HTTP"
    if str(protocol) in ENCRYPTED:
        return judge_encrypted(listener)
    if protocol != "HTTP" or listener.get("port") != 80 or is_internal(graph, listener):
        return Finding(Verdict.NOT_APPLICABLE, listener.urn)
    rules = attached(graph, LISTENER_RULES, "listenerArn", LISTENERS)
    for resource, prop in [
        (listener, "defaultActions"),
        *((rule, "actions") for rule in rules.get(listener.urn, [])),
    ]:
        for action in actions(resource, prop):
            wrong = mistake(action)
            if wrong:
                text = f"port 80 {wrong} ({prop} of {resource}). Remedy: {REDIRECT}."
                return Finding(Verdict.FAIL, listener.urn, f"{listener}: {text}")
    attached_to(listener, rules)
    return Finding(Verdict.PASS, listener.urn)


def actions(resource: Resource, prop: str) -> list[dict[str, Any]]:
    """Raises `Undecided`."""
    said = resource.peek(prop)
    if isinstance(said, Unknown):
        raise Undecided(f"{prop} of {resource} is not known at preview")
    return [as_dict(item) for item in as_list(said)]


def mistake(action: dict[str, Any]) -> str:
    """What is wrong with one action of port 80, and what follows; empty for nothing. Raises `Undecided`."""
    if isinstance(action.get("type"), Unknown):
        raise Undecided("the type of an action is not known at preview")
    if action.get("type") != "redirect":
        return f"answers itself (action {action.get('type')}): passwords and cookies would pass in plain text"
    redirect = as_dict(action.get("redirect"))
    protocol, port = redirect.get("protocol"), redirect.get("port")
    if isinstance(protocol, Unknown) or isinstance(port, Unknown):
        raise Undecided("where its redirect leads is not known at preview")
    if protocol != "HTTPS":
        return f"redirects to protocol {protocol or '#{protocol}'}: a browser would go in circles"
    if str(port) != "443":
        return f"redirects to port {port or '#{port}'}, where no HTTPS is: no page would open"
    return ""


def is_internal(graph: Graph, listener: Resource) -> bool:
    """Raises `Undecided`."""
    balancer = named(graph, listener, "loadBalancerArn", LOAD_BALANCERS)
    if isinstance(balancer, Resource):
        return is_said(balancer, "internal") and balancer.get("internal") is True
    return False


def judge_encrypted(listener: Resource) -> Finding:
    if not is_said(listener, "certificateArn"):
        text = f"{listener} has no certificate_arn: AWS refuses it. Remedy: {TLS}."
        return Finding(Verdict.FAIL, listener.urn, text)
    policy = listener.get("sslPolicy") if is_said(listener, "sslPolicy") else DEFAULT_POLICY
    if MODERN.match(str(policy)):
        return Finding(Verdict.PASS, listener.urn)
    text = f"{listener} has ssl_policy {policy}, which takes TLS 1.0 or 1.1: old clients' traffic can be read. Remedy: {TLS}."
    return Finding(Verdict.FAIL, listener.urn, text)


def judge_distribution(distribution: Resource) -> Finding:
    said = distribution.peek("orderedCacheBehaviors")
    behaviors = [distribution.peek("defaultCacheBehavior"), *(as_list(said) or [said])]
    questions: list[str] = []
    for behavior in behaviors:
        policy = as_dict(behavior).get("viewerProtocolPolicy")
        if isinstance(behavior, Unknown) or isinstance(policy, Unknown):
            questions.append(f"viewerProtocolPolicy of {distribution} is not known at preview")
        elif behavior and str(policy) not in VIEWER:
            where = as_dict(behavior).get("pathPattern") or "the default"
            text = (
                f"{distribution} has viewer_protocol_policy {policy} for {where}: cookies and content would pass in plain "
                'text. Remedy: viewer_protocol_policy="redirect-to-https".'
            )
            return Finding(Verdict.FAIL, distribution.urn, text)
    if questions:
        raise Undecided(questions[0])
    return Finding(Verdict.PASS, distribution.urn)


RULE = Rule(
    id="https-redirect",
    why="Something is served in plain text, over old TLS, or redirected to itself.",
    remedy=f"port 80: {REDIRECT}; port 443: {TLS}; CloudFront: redirect-to-https",
    check=check,
    bad="""
        aws.lb.Listener(
            "http", load_balancer_arn=alb.arn, port=80, default_actions=[{"type": "forward", "target_group_arn": web.arn}])
    """,
    good="""
        aws.lb.Listener("http", load_balancer_arn=alb.arn, port=80, default_actions=[
            {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}}])
    """,
)
