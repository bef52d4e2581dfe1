"""A target group, its binding and the pods behind it: what a change of the service does to them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.components.conftest import changed, replaced
from tests.components.small_program import PREAMBLE
from tests.conftest import ROOT, Rehearsal

PROGRAM = """
import pulumi_kubernetes as kubernetes
from components.network import Network
from components.service import Endpoint
from components.target_group import make_target_group
from components.target_group_bindings import TargetGroupBindings
from settings.drain import drain
from settings.network import NetworkSettings
from settings.service import Service

zones = ["ap-northeast-2a", "ap-northeast-2c"]
settings = NetworkSettings.model_validate({"cidr": "10.0.0.0/16", "zones": zones, "nat": "single"})
network = Network("case", settings, region="ap-northeast-2")
requests = {"cpu": "50m", "memory": "64Mi"}
health = {"live": "/livez", "ready": "/readyz", "port": 9000}
said = {"replicas": 1, "requests": requests, "health": health, "port": PORT, "drain_seconds": DRAIN, "websocket": True}
service = Service.model_validate(said)
group = make_target_group("shop-with-a-name-of-forty-characters-1234", service, vpc_id=network.vpc_id, opts=None)
times = drain(service.drain_seconds)
labels = {"app": "chat"}
container = {
    "name": "chat",
    "image": "chat@sha256:" + "0" * 64,
    "lifecycle": {"pre_stop": {"sleep": {"seconds": times.pre_stop_sleep}}},
}
pods = kubernetes.apps.v1.Deployment(
    "chat",
    spec={
        "selector": {"match_labels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"termination_grace_period_seconds": times.grace_period, "containers": [container]},
        },
    },
)
inside = kubernetes.core.v1.Service("chat", metadata={"name": "chat"}, spec={"selector": labels, "ports": [{"port": PORT}]})
endpoint = Endpoint("chat", "default", PORT, service.health)
TargetGroupBindings("case", {"chat": group.arn}, endpoints={"chat": endpoint}, network=network, after=[inside])
"""
GROUP, BINDING = "shop-with-a-name-of-forty-characters-1234", "case-chat"


def program(port: int = 8080, drain: int = 20) -> str:
    return PREAMBLE + PROGRAM.replace("PORT", str(port)).replace("DRAIN", str(drain))


@pytest.mark.engine
def test_changes_of_a_service_behind_the_load_balancer(make_rehearsal: Callable[..., Rehearsal]):
    rehearsal = make_rehearsal("")
    rehearsal.write(program())
    rehearsal("up")
    state = {item["urn"].rpartition("::")[2]: item for item in rehearsal.state()}
    group, binding = state[GROUP], state[BINDING]
    assert len(group["inputs"]["name"]) == 32
    assert group["inputs"]["stickiness"] == {"type": "lb_cookie", "enabled": True, "cookieDuration": 86400}
    assert (group["inputs"]["healthCheck"]["path"], group["inputs"]["healthCheck"]["port"]) == (
        "/readyz",
        "9000",
    )
    assert binding["inputs"]["spec"] == {
        "targetGroupARN": group["outputs"]["arn"],
        "targetType": "ip",
        "ipAddressType": "ipv4",
        "vpcID": group["inputs"]["vpcId"],
        "serviceRef": {"name": "chat", "port": 8080},
    }

    rehearsal.write(program(drain=45))
    result = rehearsal("preview", "--diff", "--policy-pack", str(ROOT / "policies"), expect_exit=None)
    assert (changed(result, "update"), replaced(result)) == ({GROUP, "chat"}, set())
    for place, before, after in (
        ("deregistrationDelay", 20, 45), ("seconds", 30, 55), ("terminationGracePeriodSeconds", 45, 70),
    ):  # fmt: skip
        assert any(place in line and f"{before} => {after}" in line for line in result.output.splitlines()), (
            place
        )
    assert not [item for item in result.violations if item["policyName"] == "deregistration-delay"]

    rehearsal.write(program(port=8081))
    result = rehearsal("up")
    assert replaced(result) == {GROUP, BINDING}
    rehearsal("preview", "--expect-no-changes")
    again = {item["urn"].rpartition("::")[2]: item for item in rehearsal.state()}
    assert again[BINDING]["inputs"]["spec"]["targetGroupARN"] == again[GROUP]["outputs"]["arn"]
    assert json.dumps(group["outputs"]["arn"]) not in json.dumps(list(again.values()))
