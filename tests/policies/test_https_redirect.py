"""`https-redirect` on plain programs: listeners, their rules, and distributions."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.https_redirect import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

LISTENER = "aws:lb/listener:Listener"
balancer = resource("aws:lb/loadBalancer:LoadBalancer", "lb", {"arn": "arn:lb", "internal": False})
internal = resource("aws:lb/loadBalancer:LoadBalancer", "lb", {"arn": "arn:lb", "internal": True})


def listener(**props: Any) -> Resource:
    return resource(LISTENER, "listener", {"loadBalancerArn": "arn:lb", "arn": "arn:listener", **props})


def redirect(**to: Any) -> Resource:
    said = {"protocol": "HTTPS", "port": "443", **to}
    return listener(protocol="HTTP", port=80.0, defaultActions=[{"type": "redirect", "redirect": said}])


def distribution(policy: Any, *ordered: Any) -> Resource:
    props = {
        "defaultCacheBehavior": {"viewerProtocolPolicy": policy},
        "orderedCacheBehaviors": [{"pathPattern": "/a", "viewerProtocolPolicy": item} for item in ordered],
    }
    return resource("aws:cloudfront/distribution:Distribution", "listener", props)


def secure(**props: Any) -> Resource:
    said = {"certificateArn": "arn:cert", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06", **props}
    return listener(protocol="HTTPS", port=443.0, **said)


FORWARD = {"type": "forward", "targetGroupArn": "arn:group"}


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        (redirect(protocol=None), "protocol #{protocol}: a browser would go in circles"),
        (redirect(protocol="HTTP"), "protocol HTTP"),
        (redirect(port=None), "port #{port}"),
        (listener(protocol="HTTP", port=80.0, defaultActions=[FORWARD]), "action forward"),
        (secure(certificateArn=None), "no certificate_arn"),
        (secure(sslPolicy=None), "ELBSecurityPolicy-2016-08"),
        (secure(sslPolicy="ELBSecurityPolicy-TLS13-1-0-2021-06"), "TLS 1.0 or 1.1"),
        (secure(sslPolicy="ELBSecurityPolicy-FS-2018-06"), "TLS 1.0 or 1.1"),
        (distribution("allow-all"), "viewer_protocol_policy allow-all for the default"),
        (distribution("https-only", "redirect-to-https", "allow-all"), "allow-all for /a"),
    ],
)
def test_plain_text_old_tls_and_circles_are_found(subject: Resource, said: str) -> None:
    found = findings(RULE, subject, balancer)["listener"]
    assert found.verdict is Verdict.FAIL
    assert said in found.text


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (redirect(), Verdict.PASS),
        (secure(), Verdict.PASS),
        (secure(sslPolicy="ELBSecurityPolicy-TLS-1-2-2017-01"), Verdict.PASS),
        (secure(sslPolicy="ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"), Verdict.PASS),
        (distribution("redirect-to-https", "https-only"), Verdict.PASS),
        (distribution(UNKNOWN), Verdict.UNKNOWN),
        (redirect(protocol=UNKNOWN), Verdict.UNKNOWN),
        (listener(protocol="TCP", port=80.0), Verdict.NOT_APPLICABLE),
        (listener(protocol="HTTP", port=8080.0, defaultActions=[FORWARD]), Verdict.NOT_APPLICABLE),
    ],
)
def test_others_are_told_apart(subject: Resource, expected: Verdict) -> None:
    assert verdict(RULE, subject, balancer) is expected


def test_rules_of_port_80_only_redirect_too_and_internal_ones_may_forward() -> None:
    rule = resource(
        "aws:lb/listenerRule:ListenerRule", "rule", {"listenerArn": "arn:listener", "actions": [FORWARD]}
    )
    assert verdict(RULE, redirect(), balancer, rule) is Verdict.FAIL
    assert verdict(RULE, redirect(), internal, rule) is Verdict.NOT_APPLICABLE
    stray = resource("aws:lb/listenerRule:ListenerRule", "rule", {"listenerArn": UNKNOWN, "actions": [FORWARD]})  # fmt: skip
    assert verdict(RULE, redirect(), balancer, stray) is Verdict.UNKNOWN


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    odd = [
        listener(protocol="HTTP", port=80.0, defaultActions=nonsense, loadBalancerArn=nonsense),
        secure(sslPolicy=nonsense, certificateArn=nonsense),
        distribution(nonsense, nonsense),
    ]
    for case in odd:
        found = RULE.check(Graph([case]))
        assert not [finding for finding in found if "itself failed" in finding.text]


BASE = """
import pulumi, pulumi_aws as aws

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
subnets = [aws.ec2.Subnet(f"s{i}", vpc_id=vpc.id, cidr_block=f"10.0.{i}.0/24", availability_zone=f"us-east-1{zone}")
           for i, zone in enumerate("ab")]
group = aws.lb.TargetGroup("group", port=8080, protocol="HTTP", vpc_id=vpc.id, target_type="ip", deregistration_delay=30)
balancer = aws.lb.LoadBalancer("lb", subnets=[subnet.id for subnet in subnets])
inside = aws.lb.LoadBalancer("inside", internal=True, subnets=[subnet.id for subnet in subnets])
FORWARD = {"type": "forward", "target_group_arn": group.arn}
HTTPS = {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}

def http(name, action, of=balancer, port=80):
    return aws.lb.Listener(name, load_balancer_arn=of.arn, port=port, protocol="HTTP", default_actions=[action])

def https(name, **said):
    return aws.lb.Listener(name, load_balancer_arn=balancer.arn, port=443, protocol="HTTPS", certificate_arn=CERTIFICATE,
                           default_actions=[FORWARD], **said)
"""
WRONG = {
    "forward": 'http("forward", FORWARD)',
    "circle": 'http("circle", {"type": "redirect", "redirect": {"status_code": "HTTP_301"}})',
    "port": 'http("port", {"type": "redirect", "redirect": {"protocol": "HTTPS", "status_code": "HTTP_301"}})',
    "default-policy": 'https("default-policy")',
    "old-policy": 'https("old-policy", ssl_policy="ELBSecurityPolicy-TLS13-1-1-2021-06")',
    "by-rule": """
        ruled = http("by-rule", {"type": "redirect", "redirect": HTTPS})
        aws.lb.ListenerRule("rule", listener_arn=ruled.arn, actions=[FORWARD],
                            conditions=[{"path_pattern": {"values": ["/old/*"]}}])""",
}
RIGHT = {
    "redirect": 'http("redirect", {"type": "redirect", "redirect": HTTPS})',
    "internal": 'http("internal", FORWARD, inside)',
    "modern": 'https("modern", ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06")',
}
UNKNOWNS = {"late": 'https("late", ssl_policy=vpc.id.apply(lambda _: "ELBSecurityPolicy-TLS13-1-3-2021-06"))'}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
