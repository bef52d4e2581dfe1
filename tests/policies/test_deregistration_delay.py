"""`deregistration-delay` on plain programs: target groups, Ingresses, and the pods behind them."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.deregistration_delay import ANNOTATION, RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict


def group(**props: Any) -> Resource:
    return resource("aws:lb/targetGroup:TargetGroup", "group", {"arn": "arn:group", **props})


def workload(grace: Any = 60.0, hook: Any = None) -> list[Resource]:
    """A binding of the group, its service and the pods that the service selects."""
    container = {"name": "app", "lifecycle": {"preStop": hook or {"sleep": {"seconds": 5.0}}}}
    spec: dict[str, Any] = {"containers": [container], "terminationGracePeriodSeconds": grace}
    template = {"metadata": {"labels": {"app": "shop", "tier": "web"}}, "spec": spec}
    binding = {"kind": "TargetGroupBinding", "spec": {"serviceRef": {"name": "shop"}, "targetGroupARN": "arn:group"}}  # fmt: skip
    service = {"kind": "Service", "metadata": {"name": "shop"}, "spec": {"selector": {"app": "shop"}}}
    return [
        resource("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", "binding", binding),
        resource("kubernetes:core/v1:Service", "service", service),
        resource("kubernetes:apps/v1:Deployment", "pods", {"kind": "Deployment", "spec": {"template": template}}),
    ]  # fmt: skip


def ingress(value: Any) -> Resource:
    annotations = {"alb.ingress.kubernetes.io/scheme": "internet-facing", ANNOTATION: value}
    said = {key: item for key, item in annotations.items() if item is not None}
    return resource("kubernetes:networking.k8s.io/v1:Ingress", "group", {"metadata": {"annotations": said}})


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (group(deregistrationDelay=30.0), Verdict.PASS),
        (group(deregistrationDelay="60"), Verdict.PASS),
        (group(deregistrationDelay=0.0), Verdict.PASS),
        (group(deregistrationDelay=61.0), Verdict.FAIL),
        (group(), Verdict.FAIL),
        (group(deregistrationDelay=UNKNOWN), Verdict.FAIL),
        (group(targetType="lambda"), Verdict.NOT_APPLICABLE),
        (ingress("stickiness.enabled=true,deregistration_delay.timeout_seconds=30"), Verdict.PASS),
        (ingress("deregistration_delay.timeout_seconds=120"), Verdict.FAIL),
        (ingress(None), Verdict.FAIL),
        (ingress(UNKNOWN), Verdict.UNKNOWN),
    ],
)
def test_a_target_is_given_up_within_a_minute(subject: Resource, expected: Verdict) -> None:
    found = findings(RULE, subject)["group"]
    assert found.verdict is expected
    if expected is Verdict.FAIL:
        assert "deregistration_delay" in found.text.partition("Remedy")[0]


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        (workload(), Verdict.PASS),
        (workload(hook={"exec": {"command": ["sh", "-c", "sleep 10"]}}), Verdict.PASS),
        (workload(grace=30.0), Verdict.FAIL),
        (workload(grace=None), Verdict.FAIL),
        (workload(hook={"sleep": {"seconds": 4.0}}), Verdict.FAIL),
        (workload(hook={"httpGet": {"port": 80}}), Verdict.FAIL),
        (workload(grace=UNKNOWN), Verdict.UNKNOWN),
        (workload(hook=UNKNOWN), Verdict.UNKNOWN),
    ],
)
def test_pods_outlive_the_delay(pods: list[Resource], expected: Verdict) -> None:
    assert verdict(RULE, group(deregistrationDelay=30.0), *pods) is expected


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    for case in ([group(deregistrationDelay=nonsense)], [ingress(nonsense)],
                 [group(deregistrationDelay=30.0), *workload(nonsense, nonsense)]):  # fmt: skip
        found = RULE.check(Graph(case))
        assert not [finding for finding in found if "itself failed" in finding.text]


BASE = """
import pulumi, pulumi_aws as aws

vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")

def group(name, **said):
    aws.lb.TargetGroup(name, port=8080, protocol="HTTP", vpc_id=vpc.id, target_type="ip", **said)
"""
WRONG = {
    "default": 'group("default")',
    "long": 'group("long", deregistration_delay=120)',
}
RIGHT = {
    "short": 'group("short", deregistration_delay=30)',
    "function": 'aws.lb.TargetGroup("function", target_type="lambda")',
}
UNKNOWNS = {"late": 'group("late", deregistration_delay=vpc.id.apply(lambda _: 30))'}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
