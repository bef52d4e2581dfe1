"""`websocket-stickiness` on plain programs: target groups, Ingresses, and the pods behind them."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.websocket_stickiness import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

COOKIE = {"type": "lb_cookie", "enabled": True, "cookieDuration": 3600.0}
balancer = resource("aws:lb/loadBalancer:LoadBalancer", "lb", {"arn": "arn:lb", "idleTimeout": 120.0})
hasty = resource("aws:lb/loadBalancer:LoadBalancer", "lb", {"arn": "arn:lb"})
listener = resource(
    "aws:lb/listener:Listener",
    "listener",
    {"loadBalancerArn": "arn:lb", "defaultActions": [{"type": "forward", "targetGroupArn": "arn:group"}]},
)


def group(stickiness: Any = COOKIE, **props: Any) -> Resource:
    said = {
        "arn": "arn:group",
        "protocol": "HTTP",
        "name": "chat-websocket",
        "stickiness": stickiness,
        **props,
    }
    return resource("aws:lb/targetGroup:TargetGroup", "it", said)


def pods(**variables: Any) -> list[Resource]:
    """A binding of the group, its service, and the deployment that the service selects."""
    env = [{"name": name, "value": value} for name, value in variables.items()]
    template = {
        "metadata": {"labels": {"app": "chat"}},
        "spec": {"containers": [{"name": "app", "env": env}]},
    }
    binding = {
        "kind": "TargetGroupBinding",
        "spec": {"serviceRef": {"name": "chat"}, "targetGroupARN": "arn:group"},
    }
    service = {"kind": "Service", "metadata": {"name": "chat"}, "spec": {"selector": {"app": "chat"}}}
    return [
        resource("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", "binding", binding),
        resource("kubernetes:core/v1:Service", "service", service),
        resource(
            "kubernetes:apps/v1:Deployment", "pods", {"kind": "Deployment", "spec": {"template": template}}
        ),
    ]


@pytest.mark.parametrize(
    ("subject", "others", "expected"),
    [
        (group(), [], Verdict.PASS),
        (group({"type": "app_cookie", "cookieName": "sid"}), [], Verdict.PASS),
        (group(None), [], Verdict.FAIL),
        (group({**COOKIE, "enabled": False}), [], Verdict.FAIL),
        (group({**COOKIE, "cookieDuration": 600.0}), [], Verdict.FAIL),
        (group({"type": "source_ip", "enabled": True}), [], Verdict.FAIL),
        (group({**COOKIE, "cookieDuration": UNKNOWN}), [], Verdict.UNKNOWN),
        (group(None, name="api"), [], Verdict.NOT_APPLICABLE),
        (group(None, name="api", tags={"kind": "websocket"}), [], Verdict.FAIL),
        (group(None, protocol="TCP"), [], Verdict.NOT_APPLICABLE),
        (group(None, name="api"), pods(WEBSOCKET_PING_INTERVAL_SECONDS="30"), Verdict.FAIL),
        (group(), [*pods(WEBSOCKET_PING_INTERVAL_SECONDS="90"), balancer, listener], Verdict.PASS),
        (group(), [*pods(WEBSOCKET_PING_INTERVAL_SECONDS="90"), hasty, listener], Verdict.FAIL),
        (group(), [*pods(WS_PING_INTERVAL_MS="90000"), hasty, listener], Verdict.FAIL),
        (group(), [*pods(WS_PING_INTERVAL_MS="25000"), hasty, listener], Verdict.PASS),
        (group(), [*pods(WEBSOCKET_PING_INTERVAL_SECONDS=UNKNOWN), hasty, listener], Verdict.UNKNOWN),
    ],
)
def test_target_groups(subject: Resource, others: list[Resource], expected: Verdict) -> None:
    assert verdict(RULE, subject, *others) is expected


def ingress(target: Any = "", balancing: str = "", name: str = "chat-websocket") -> Resource:
    annotations = {
        "alb.ingress.kubernetes.io/target-group-attributes": target,
        "alb.ingress.kubernetes.io/load-balancer-attributes": balancing,
    }
    paths = [{"backend": {"service": {"name": "chat"}}}]
    props = {
        "metadata": {"name": name, "annotations": annotations},
        "spec": {"rules": [{"http": {"paths": paths}}]},
    }
    return resource("kubernetes:networking.k8s.io/v1:Ingress", "it", props)


STICKY = "stickiness.enabled=true,stickiness.lb_cookie.duration_seconds=3600"


@pytest.mark.parametrize(
    ("subject", "others", "expected"),
    [
        (ingress(STICKY), [], Verdict.PASS),
        (ingress("deregistration_delay.timeout_seconds=30, stickiness.enabled=true"), [], Verdict.PASS),
        (ingress(), [], Verdict.FAIL),
        (ingress("stickiness.enabled=false"), [], Verdict.FAIL),
        (ingress("stickiness.enabled=true,stickiness.lb_cookie.duration_seconds=60"), [], Verdict.FAIL),
        (ingress(UNKNOWN), [], Verdict.UNKNOWN),
        (ingress(name="api"), [], Verdict.NOT_APPLICABLE),
        (ingress(name="api"), pods(PORT="80"), Verdict.NOT_APPLICABLE),
        (ingress(name="api"), pods(WEBSOCKET_PATH="/ws"), Verdict.FAIL),
        (ingress(STICKY), pods(WEBSOCKET_PING_INTERVAL_SECONDS="90"), Verdict.FAIL),
        (
            ingress(STICKY, "idle_timeout.timeout_seconds=120"),
            pods(WEBSOCKET_PING_INTERVAL_SECONDS="90"),
            Verdict.PASS,
        ),
    ],
)
def test_ingresses(subject: Resource, others: list[Resource], expected: Verdict) -> None:
    assert verdict(RULE, subject, *others) is expected


def test_it_says_what_breaks() -> None:
    text = findings(RULE, group(), *pods(WEBSOCKET_PING_INTERVAL_SECONDS="90"), hasty, listener)["it"].text
    for part in ("pinged every 90 seconds", "cuts after 60", "idle_timeout"):
        assert part in text
    assert "no cookie stickiness" in findings(RULE, group(None))["it"].text


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    odd = resource("kubernetes:networking.k8s.io/v1:Ingress", "odd", {"metadata": nonsense, "spec": nonsense})
    rule = resource(
        "aws:lb/listener:Listener", "l", {"loadBalancerArn": nonsense, "defaultActions": nonsense}
    )
    cases = ([group(nonsense)], [group(tags=nonsense, name=nonsense)], [ingress(nonsense)], [odd], [group(), rule, *pods(WEBSOCKET_PING=nonsense)])  # fmt: skip
    for case in cases:
        assert not [found for found in RULE.check(Graph(case)) if "itself failed" in found.text]


BASE = """
import pulumi, pulumi_aws as aws, pulumi_kubernetes as kubernetes

in_cluster = pulumi.ResourceOptions(provider=kubernetes.Provider("k", kubeconfig="{}"))
vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
subnets = [aws.ec2.Subnet(f"s{i}", vpc_id=vpc.id, cidr_block=f"10.0.{i}.0/24", availability_zone=f"us-east-1{zone}")
           for i, zone in enumerate("ab")]
COOKIE = {"type": "lb_cookie", "enabled": True, "cookie_duration": 3600}
STICKY = "stickiness.enabled=true,stickiness.lb_cookie.duration_seconds=3600"

def group(name, stickiness=None, ping="30", idle=60):
    made = aws.lb.TargetGroup(name, port=8080, protocol="HTTP", vpc_id=vpc.id, target_type="ip", stickiness=stickiness)
    balancer = aws.lb.LoadBalancer(name, subnets=[subnet.id for subnet in subnets], idle_timeout=idle)
    aws.lb.Listener(name, load_balancer_arn=balancer.arn, port=443, protocol="HTTPS", certificate_arn="arn:aws:acm:x",
                    default_actions=[{"type": "forward", "target_group_arn": made.arn}])
    labels = {"app": name}
    env = [{"name": "WEBSOCKET_PING_INTERVAL_SECONDS", "value": ping}] if ping else []
    container = {"name": "app", "image": "registry.example.com/app:1.0.0", "env": env}
    kubernetes.apps.v1.Deployment(name, metadata={"name": name}, opts=in_cluster, spec={
        "selector": {"match_labels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}})
    kubernetes.core.v1.Service(name, metadata={"name": name}, opts=in_cluster, spec={"selector": labels, "ports": [{"port": 80}]})
    kubernetes.apiextensions.CustomResource(
        name, api_version="elbv2.k8s.aws/v1beta1", kind="TargetGroupBinding", metadata={"name": name}, opts=in_cluster,
        spec={"serviceRef": {"name": name, "port": 80}, "targetGroupARN": made.arn, "targetType": "ip"})

def ingress(name, attributes):
    backend = {"service": {"name": name, "port": {"number": 80}}}
    kubernetes.networking.v1.Ingress(
        name, opts=in_cluster, spec={"ingress_class_name": "alb", "default_backend": backend},
        metadata={"name": name, "annotations": {"alb.ingress.kubernetes.io/target-group-attributes": attributes}})
"""
WRONG = {
    "chat": 'group("chat")',
    "cut": 'group("cut", COOKIE, ping="90")',
    "websocket-in": 'ingress("websocket-in", "deregistration_delay.timeout_seconds=30")',
}
RIGHT = {
    "sticky": 'group("sticky", COOKIE, ping="90", idle=120)',
    "plain": 'group("plain", ping=None)',
    "websocket-ok": 'ingress("websocket-ok", STICKY)',
}
UNKNOWNS = {
    "late": 'group("late", COOKIE, ping=aws.ssm.Parameter("ping", type="String", value="9").insecure_value)'
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
