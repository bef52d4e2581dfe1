"""`probe-path` on recorded resources; a preview of it is in `test_workload_rules.py`."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.rule import Verdict
from incidents.rules.probe_path import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.manifests import container, manifest, pods, service
from tests.policies.stacks import findings, resource, verdict


def http(path: Any = "/ready", port: Any = 8080.0, **more: Any) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": port, **more}}


def ready(probe: Any, **more: Any) -> Any:
    return pods(container(readinessProbe=probe, **more))


SAME = {"exec": {"command": ["pg_isready"]}}
TCP, GRPC = {"tcpSocket": {"port": 8080.0}}, {"grpc": {"port": 8080.0}}
NO_PROBES: dict[str, Any] = {"readinessProbe": None, "livenessProbe": None}


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (pods(), Verdict.PASS),
        (pods(container(**NO_PROBES)), Verdict.NOT_APPLICABLE),
        (ready(http(port=3000.0)), Verdict.FAIL),
        (ready(http(port="web")), Verdict.FAIL),
        (ready({"tcpSocket": {"port": 3000.0}}), Verdict.FAIL),
        (ready({"grpc": {"port": 3000.0}}), Verdict.FAIL),
        (ready(http(port="8080")), Verdict.PASS),
        (ready(http(port=3000.0), ports=None), Verdict.PASS),
        (ready(http(port=3000.0, host="example.com")), Verdict.PASS),
        (ready(http("/live")), Verdict.FAIL),
        (ready(http("/live", 9090.0), ports=[{"containerPort": 8080.0}, {"containerPort": 9090.0}]), Verdict.PASS),
        (pods(container(readinessProbe=SAME, livenessProbe=SAME)), Verdict.PASS),
        (pods(container(readinessProbe=TCP, livenessProbe=TCP)), Verdict.PASS),
        (pods(container(readinessProbe=GRPC, livenessProbe=GRPC)), Verdict.PASS),
        (pods(container(startupProbe=http("/live"))), Verdict.PASS),
        (pods(container(), {"name": "proxy", "ports": [{"containerPort": 9.0}], "readinessProbe": TCP}), Verdict.PASS),
        (ready(UNKNOWN), Verdict.UNKNOWN),
        (ready(http(UNKNOWN)), Verdict.UNKNOWN),
    ],
)  # fmt: skip
def test_probes(subject: Any, expected: Verdict) -> None:
    assert verdict(RULE, subject) is expected


def group(**check: Any) -> Any:
    said = {"targetType": "ip", "protocol": "HTTP", "arn": "arn:shop", "healthCheck": check or None}
    return resource("aws:lb/targetGroup:TargetGroup", "group", said)


BINDING = manifest(
    "TargetGroupBinding", "binding", spec={"targetGroupARN": "arn:shop", "serviceRef": {"name": "shop"}}
)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (group(path="/ready"), Verdict.PASS),
        (group(path="/ready", port="traffic-port"), Verdict.PASS),
        (group(path="/ready", port="8080"), Verdict.PASS),
        (group(path="/health"), Verdict.FAIL),
        (group(), Verdict.FAIL),
        (group(path="/ready", port="9090"), Verdict.FAIL),
        (group(protocol="TCP"), Verdict.PASS),
        (group(path=UNKNOWN), Verdict.UNKNOWN),
    ],
)
def test_target_groups(target: Any, expected: Verdict) -> None:
    assert verdict(RULE, pods(), target, BINDING, service()) is expected


def ingress(**annotations: Any) -> Any:
    said = {f"alb.ingress.kubernetes.io/{key.replace('_', '-')}": value for key, value in annotations.items()}
    path = {"path": "/", "backend": {"service": {"name": "shop", "port": {"number": 80.0}}}}
    return manifest("Ingress", "edge", {"annotations": said}, spec={"rules": [{"http": {"paths": [path]}}]})


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        (ingress(), Verdict.PASS),
        (ingress(scheme="internal"), Verdict.FAIL),
        (ingress(healthcheck_path="/ready"), Verdict.PASS),
        (ingress(healthcheck_path="/health"), Verdict.FAIL),
        (ingress(healthcheck_path="/ready", healthcheck_port="9090", target_type="ip"), Verdict.FAIL),
        (ingress(healthcheck_path="/ready", healthcheck_port="30080"), Verdict.PASS),
        (ingress(healthcheck_path=UNKNOWN), Verdict.UNKNOWN),
    ],
)
def test_ingresses_of_a_load_balancer(edge: Any, expected: Verdict) -> None:
    assert verdict(RULE, pods(), edge, service()) is expected


def test_the_text_says_both_places() -> None:
    text = findings(RULE, pods(), group(path="/health"), BINDING, service())["shop"].text
    assert "asks /health, and readiness is at /ready" in text
