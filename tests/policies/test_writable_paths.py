"""`writable-paths` on recorded resources; a preview of it is in `test_workload_rules.py`."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.rule import Verdict
from incidents.rules.writable_paths import ANNOTATION, RULE
from incidents.unknowns import UNKNOWN
from tests.policies.manifests import container, env, pods
from tests.policies.stacks import findings, verdict

READ_ONLY = {"readOnlyRootFilesystem": True}


def mounts(*paths: str, volume: str = "tmp", **more: Any) -> list[dict[str, Any]]:
    return [{"name": volume, "mountPath": path, **more} for path in paths]


def mounted(*paths: str, declared: Any = None, pod: Any = None, kind: str = "Deployment", **more: Any) -> Any:
    metadata = {"annotations": {ANNOTATION: declared}} if declared else {}
    return pods(container(volumeMounts=mounts(*paths, **more)), metadata=metadata, pod=pod, kind=kind)


CONFIG = {"volumes": [{"name": "config", "configMap": {"name": "c"}}]}
BOTH = {"volumes": [{"name": "tmp", "emptyDir": {}}, *CONFIG["volumes"]]}


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (mounted("/tmp"), Verdict.PASS),
        (mounted(), Verdict.FAIL),
        (mounted("/tmpfs"), Verdict.FAIL),
        (mounted("/tmp", readOnly=True), Verdict.FAIL),
        (mounted("/tmp", volume="config", pod=CONFIG), Verdict.FAIL),
        (mounted("/tmp", volume="data", kind="StatefulSet"), Verdict.PASS),
        (mounted("/tmp/"), Verdict.PASS),
        (mounted("/tmp", declared="/app/logs"), Verdict.FAIL),
        (mounted("/tmp", "/app/logs", declared="/app/logs"), Verdict.PASS),
        (mounted("/tmp", "/app", declared="/app/logs, /app/cache/"), Verdict.PASS),
        (mounted(declared="none"), Verdict.PASS),
        (mounted("/tmp", declared=UNKNOWN), Verdict.UNKNOWN),
        (pods(container(volumeMounts=[*mounts("/tmp", "/app"), *mounts("/app/logs", volume="config")]),
              metadata={"annotations": {ANNOTATION: "/app/logs"}}, pod=BOTH), Verdict.FAIL),
        (pods(container(env=env(LOG_DIR="/app/logs"))), Verdict.FAIL),
        (pods(container(env=env(LOG_DIR="/tmp/logs", TMPDIR="/tmp", CACHE_DIR="relative"))), Verdict.PASS),
        (pods(container(volumeMounts=UNKNOWN)), Verdict.UNKNOWN),
        (pods(pod={"volumes": UNKNOWN}), Verdict.UNKNOWN),
        (pods(container(securityContext={"readOnlyRootFilesystem": False})), Verdict.FAIL),
        (pods(container(securityContext={})), Verdict.UNKNOWN),
        (pods(container(securityContext={}), pod={"os": {"name": "windows"}}), Verdict.NOT_APPLICABLE),
        (pods(container(image="fluent-bit:3", securityContext=None), kind="DaemonSet"), Verdict.NOT_APPLICABLE),
        (pods(container(image="quay.io/jetstack/cert-manager-webhook:v1.18", volumeMounts=None)), Verdict.PASS),
        (pods(pod={"initContainers": [{"name": "wait", "securityContext": READ_ONLY}]}), Verdict.PASS),
        (pods(pod={"initContainers": [{"name": "mesh", "securityContext": READ_ONLY, "restartPolicy": "Always"}]}), Verdict.FAIL),
    ],
)  # fmt: skip
def test_volumes(subject: Any, expected: Verdict) -> None:
    assert verdict(RULE, subject) is expected


def test_the_text_names_container_and_path() -> None:
    text = findings(RULE, mounted("/tmp", declared="/app/logs"))["shop"].text
    assert "container 'app' has no writable volume at /app/logs" in text
    assert "EROFS" in text
