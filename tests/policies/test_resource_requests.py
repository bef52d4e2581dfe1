"""`resource-requests` on recorded resources; a preview of it is in `test_workload_rules.py`."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.rule import Verdict
from incidents.rules.resource_requests import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.manifests import budget, container, manifest, pods
from tests.policies.stacks import findings, verdict


def resources(limits: Any = None, **requests: Any) -> dict[str, Any]:
    return container(resources={"requests": requests, "limits": limits or {"memory": "1Gi"}})


@pytest.fixture(autouse=True)
def _production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_STACK", "prod")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (container(), Verdict.PASS),
        (container(resources=None), Verdict.FAIL),
        (resources(cpu="1"), Verdict.PASS),
        (resources(memory="1Gi"), Verdict.FAIL),
        (resources({"cpu": "1"}, cpu="1", memory="1Gi"), Verdict.FAIL),
        (resources({"cpu": "1", "memory": "1Gi"}), Verdict.PASS),
        (container(resources=UNKNOWN), Verdict.UNKNOWN),
        (container(resources={"requests": {"cpu": UNKNOWN}}), Verdict.UNKNOWN),
    ],
)
def test_what_a_container_says(said: Any, expected: Verdict) -> None:
    assert verdict(RULE, pods(said), budget()) is expected


def test_what_pod_and_namespace_say_for_it() -> None:
    bare = container(resources=None)
    whole = {"resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "2Gi"}}}
    assert verdict(RULE, pods(bare, pod=whole), budget()) is Verdict.PASS
    item = {"type": "Container", "default": {"memory": "1Gi"}, "defaultRequest": {"cpu": "100m"}}
    limits = manifest("LimitRange", "limits", spec={"limits": [item]})
    assert verdict(RULE, pods(bare), limits, budget()) is Verdict.PASS
    elsewhere = manifest("LimitRange", "limits", {"namespace": "other"}, spec={"limits": [item]})
    assert verdict(RULE, pods(bare), elsewhere, budget()) is Verdict.FAIL


def test_init_containers_take_what_the_pod_has_and_sidecars_do_not() -> None:
    init = {"name": "wait", "image": "busybox:1.37"}
    assert verdict(RULE, pods(pod={"initContainers": [init]}), budget()) is Verdict.PASS
    sidecar = {**init, "restartPolicy": "Always"}
    assert verdict(RULE, pods(pod={"initContainers": [sidecar]}), budget()) is Verdict.FAIL


SCALER = {"scaleTargetRef": {"kind": "Deployment", "name": "shop"}, "maxReplicas": 9.0}


@pytest.mark.parametrize(
    ("workload", "others", "expected"),
    [
        (pods(), [budget()], Verdict.PASS),
        (pods(), [], Verdict.FAIL),
        (pods(), [manifest("PodDisruptionBudget", "b", spec={"selector": {"matchLabels": {"app": "x"}}})], Verdict.FAIL),
        (pods(), [manifest("PodDisruptionBudget", "b", spec={"selector": {}})], Verdict.PASS),
        (pods(), [manifest("PodDisruptionBudget", "b", spec=UNKNOWN)], Verdict.PASS),
        (pods(spec={"replicas": 1.0}), [budget()], Verdict.FAIL),
        (pods(spec={"replicas": None}), [budget()], Verdict.FAIL),
        (pods(spec={"replicas": UNKNOWN}), [budget()], Verdict.UNKNOWN),
        (pods(spec={"replicas": 0.0}), [], Verdict.NOT_APPLICABLE),
        (pods(spec={"replicas": 1.0, "strategy": {"type": "Recreate"}}), [], Verdict.PASS),
        (pods(spec={"replicas": None}), [budget(), manifest("HorizontalPodAutoscaler", "h", spec={**SCALER, "minReplicas": 2.0})], Verdict.PASS),
        (pods(spec={"replicas": 5.0}), [budget(), manifest("HorizontalPodAutoscaler", "h", spec=SCALER)], Verdict.FAIL),
        (pods(kind="Job"), [], Verdict.PASS),
        (pods(kind="DaemonSet"), [], Verdict.PASS),
    ],
)  # fmt: skip
def test_what_stays_in_production(workload: Any, others: list[Any], expected: Verdict) -> None:
    assert verdict(RULE, workload, *others) is expected


def test_other_stages_may_run_one_replica(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_STACK", "dev")
    assert verdict(RULE, pods(spec={"replicas": 1.0})) is Verdict.PASS


def test_the_text_names_all_that_is_missing() -> None:
    text = findings(RULE, pods(container(resources=None), spec={"replicas": 1.0}))["shop"].text
    for part in ("requests.cpu, requests.memory, limits.memory", "one replica", "no PodDisruptionBudget"):
        assert part in text
