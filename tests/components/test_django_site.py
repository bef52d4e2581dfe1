"""`examples/django_site`: another company's stack file, on the real engine with the policy pack in strict mode."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from tests.components.conftest import change, changed, copy_project, replaced, strict_pack
from tests.conftest import ROOT, Rehearsal, Result

pytestmark = pytest.mark.engine

GROUP = "aws:lb/targetGroup:TargetGroup"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    rehearsal = copy_project(tmp_path_factory.mktemp("site"))
    shutil.copy(ROOT / "examples" / "django_site" / "Pulumi.prod.yaml", rehearsal.folder)
    return rehearsal


def in_state(site: Rehearsal, type_: str) -> dict[str, Any]:
    (item,) = [item for item in site.state("prod") if item["type"] == type_]
    return item["inputs"]


def drained(inputs: dict[str, Any]) -> tuple[int, int]:
    pod = inputs["spec"]["template"]["spec"]
    return pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"], pod[
        "terminationGracePeriodSeconds"
    ]


def test_it_lives_and_dies(site: Rehearsal):
    assert site("preview", *strict_pack(site), stack="prod").violations == []
    site("up", stack="prod")
    site("preview", "--expect-no-changes", stack="prod")

    group, deployment = in_state(site, GROUP), in_state(site, DEPLOYMENT)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert group["stickiness"]["enabled"] is True, "sockets stay on their pod"
    assert group["healthCheck"]["path"] == container["readinessProbe"]["httpGet"]["path"] == "/healthz/ready"
    assert (group["deregistrationDelay"], *drained(deployment)) == (45, 55, 70)
    assert container["command"][0] == "daphne"
    for url, last in (
        ("http://example.com/chat", "301 to https://example.com/chat"),
        ("https://www.example.com/", "200"),
        ("https://media.example.com/a.png", "200"),
    ):
        assert site("get", url, stack="prod").output.rstrip().rpartition("\n")[2] == last

    result = drain_of(site, 30)
    assert changed(result, "update") == {"plinth-prod-web"}
    assert replaced(result) == set()
    assert (in_state(site, GROUP)["deregistrationDelay"], *drained(in_state(site, DEPLOYMENT))) == (
        30,
        40,
        55,
    )
    site("destroy", stack="prod")
    assert site.state("prod") == []


def drain_of(site: Rehearsal, seconds: int) -> Result:
    change(
        site,
        "prod",
        lambda config: config["plinth:services"]["web"].update(drain_seconds=seconds),
    )
    return site("up", stack="prod")
