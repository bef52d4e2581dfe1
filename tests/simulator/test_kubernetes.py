"""What the simulated API server refuses, in the words of a recorded one; and Helm releases."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from plinth.simulator.kubernetes_rules import rules_of
from plinth.simulator.values import UNKNOWN
from tests.conftest import Rehearsal

LABELS = {"app": "orders"}
DEPLOYMENT: dict[str, Any] = {
    "metadata": {"name": "orders"},
    "spec": {
        "selector": {"matchLabels": LABELS},
        "template": {
            "metadata": {"labels": LABELS},
            "spec": {"containers": [{"name": "orders", "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}}}]},
        },
    },
}  # fmt: skip


def with_(path: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(DEPLOYMENT)
    *above, last = path.split(".")
    place: Any = changed
    for step in above:
        place = place[int(step) if step.isdecimal() else step]
    place[last] = value
    return changed


RESOURCES = "spec.template.spec.containers.0.resources"


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        (
            "apps/v1:Deployment",
            with_("spec.template.metadata.labels", {"app": "order"}),
            "is invalid: spec.template.metadata.labels: Invalid value: {\"app\":\"order\"}: `selector` does not match template",
        ),
        (
            "apps/v1:Deployment",
            with_(f"{RESOURCES}.requests", {"cpu": "50 m"}),
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        (
            "apps/v1:Deployment",
            with_(RESOURCES, {"requests": {"memory": "1Gi"}, "limits": {"memory": "512Mi"}}),
            'requests: Invalid value: "1Gi": must be less than or equal to memory limit of 512Mi',
        ),
        ("apps/v1:Deployment", with_("metadata.name", "Orders"), "a lowercase RFC 1123 subdomain must consist of"),
        ("core/v1:Service", {"metadata": {"name": "x" * 64}}, "must be no more than 63 characters"),
        ("batch/v1:CronJob", {"metadata": {"name": "x" * 53}}, "must be no more than 52 characters"),
    ],
)  # fmt: skip
def test_what_is_refused(kind: str, values: dict[str, Any], said: str) -> None:
    (failure,) = rules_of(f"kubernetes:{kind}").arguments(values)
    assert said in failure.reason


@pytest.mark.parametrize(
    "values",
    [
        DEPLOYMENT,
        with_("spec.template.metadata.labels", {"app": "orders", "tier": "web"}),
        with_("spec.template.metadata.labels", {"app": UNKNOWN}),
        with_("spec.template", UNKNOWN),
        with_(RESOURCES, {"requests": {"memory": "512Mi"}, "limits": {"memory": "0.5Gi"}}),
        with_("metadata.name", UNKNOWN),
    ],
)
def test_what_is_good(values: dict[str, Any]) -> None:
    assert not list(rules_of("kubernetes:apps/v1:Deployment").arguments(values))


PROGRAM = """
    import pulumi_kubernetes as kubernetes

    kubernetes.helm.v3.Release(
        "operator", chart="operator", version="1.0.0", namespace="one",
        repository_opts={"repo": "https://charts.example.com"}, values={"replicas": 2},
    )
    kubernetes.apiextensions.CustomResource(
        "store", api_version="example.com/v1", kind="Store", metadata={"name": "store"}, spec={"size": 1}
    )
"""


@pytest.mark.engine
def test_a_release_is_updated_and_moves_with_its_namespace(make_rehearsal: Callable[..., Rehearsal]) -> None:
    rehearsal = make_rehearsal(PROGRAM)
    rehearsal("up")
    made = {item["type"]: item for item in rehearsal.state()}
    release = made["kubernetes:helm.sh/v3:Release"]
    assert release["id"].startswith("one/operator-")
    assert release["outputs"]["status"]["status"] == "deployed"
    assert made["kubernetes:example.com/v1:Store"]["id"] == "default/store"
    rehearsal("preview", "--expect-no-changes")
    assert rehearsal("refresh").changes == {"same": 3}
    program = (rehearsal.folder / "__main__.py").read_text()
    rehearsal.write(program.replace("1.0.0", "1.1.0"))
    assert rehearsal("preview").changes == {"same": 2, "update": 1}
    rehearsal.write(program.replace('namespace="one"', 'namespace="two"'))
    assert "replace" in rehearsal("preview").changes
    rehearsal("destroy")
