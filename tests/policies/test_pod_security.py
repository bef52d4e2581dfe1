"""`pod-security` on recorded resources; a preview of it is in `test_workload_rules.py`."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.rule import Verdict
from incidents.rules.pod_security import ENFORCE, RULE
from incidents.unknowns import UNKNOWN
from tests.policies.manifests import container, manifest, pods
from tests.policies.stacks import findings, verdict


def secured(**context: Any) -> dict[str, Any]:
    return container(securityContext=context)


def mounting(path: str, image: str = "example.com/shop:1", kind: str = "Deployment", **mount: Any) -> Any:
    said = container(image=image, volumeMounts=[{"name": "host", "mountPath": "/host", **mount}])
    return pods(said, kind=kind, pod={"volumes": [{"name": "host", "hostPath": {"path": path}}]})


WRONG = {
    "docker socket": (mounting("/var/run/docker.sock"), "mounts the socket /var/run/docker.sock"),
    "agent that may write it": (mounting("/var/run/docker.sock", "fluent-bit:3", "DaemonSet"), "mounts the socket"),
    "socket that is not mounted yet": (
        pods(pod={"volumes": [{"name": "d", "hostPath": {"path": "/run/docker.sock"}}]}), "volume 'd' is the node's /run/docker.sock"),
    "files of the node": (mounting("/var/log"), "volume 'host' is the node's /var/log"),
    "agent that is none": (mounting("/var/log", "fluent-bit:3"), "hostPath"),
    "another's agent": (mounting("/", "example.com/agent:1", "DaemonSet"), "hostPath"),
    "privileged": (pods(secured(privileged=True)), "is privileged"),
    "root": (pods(secured(runAsUser=0.0)), "runs as root"),
    "root by the pod": (pods(secured(), pod={"securityContext": {"runAsUser": 0.0}}), "runs as root"),
    "maybe root": (pods(secured(runAsNonRoot=False)), "may run as root"),
    "network of the node": (pods(pod={"hostNetwork": True}), "hostNetwork is true"),
    "processes of the node": (pods(pod={"hostPID": True}, kind="CronJob"), "hostPID is true"),
    "capability": (pods(secured(runAsNonRoot=True, capabilities={"add": ["NET_ADMIN"]})), "adds capabilities NET_ADMIN"),
    "port of the node": (pods(container(ports=[{"containerPort": 80.0, "hostPort": 80.0}])), "takes port 80"),
    "init container": (pods(pod={"initContainers": [{"name": "i", "securityContext": {"privileged": True}}]}), "container 'i' is privileged"),
    "mistake beside an unknown": (pods(secured(privileged=True), secured(privileged=UNKNOWN)), "is privileged"),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(WRONG))
def test_what_takes_a_node_fails(case: str) -> None:
    subject, text = WRONG[case]
    found = findings(RULE, subject)["shop"]
    assert found.verdict is Verdict.FAIL
    assert text in found.text


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (pods(), Verdict.PASS),
        (pods(secured(runAsUser=1000.0)), Verdict.PASS),
        (pods(secured(), pod={"securityContext": {"runAsNonRoot": True}}), Verdict.PASS),
        (pods(secured(runAsUser=1000.0), pod={"securityContext": {"runAsUser": 0.0}}), Verdict.PASS),
        (pods(secured(runAsNonRoot=True, capabilities={"add": ["NET_BIND_SERVICE"]})), Verdict.PASS),
        (pods(kind="DaemonSet"), Verdict.PASS),
        (mounting("/var/log", "public.ecr.aws/aws-observability/aws-for-fluent-bit:2.34", "DaemonSet"), Verdict.PASS),
        (mounting("/", "quay.io/prometheus/node-exporter:v1.9", "DaemonSet"), Verdict.PASS),
        (mounting("/var/run/docker.sock", "gcr.io/datadoghq/agent:7", "DaemonSet", readOnly=True), Verdict.PASS),
        (pods(container(image="602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.22", securityContext=None),
              kind="DaemonSet", pod={"hostNetwork": True}), Verdict.PASS),
        (pods(secured(), pod={"os": {"name": "windows"}}), Verdict.NOT_APPLICABLE),
        (pods(secured(), pod={"nodeSelector": {"kubernetes.io/os": "windows"}}), Verdict.NOT_APPLICABLE),
        (pods(secured()), Verdict.UNKNOWN),
        (pods(container(securityContext=UNKNOWN)), Verdict.UNKNOWN),
        (pods(pod={"volumes": UNKNOWN}), Verdict.UNKNOWN),
        (pods(pod={"containers": UNKNOWN}), Verdict.UNKNOWN),
    ],
)  # fmt: skip
def test_other_pods(subject: Any, expected: Verdict) -> None:
    assert verdict(RULE, subject) is expected


def test_a_namespace_that_enforces_restricted() -> None:
    namespace = manifest("Namespace", "shops", {"labels": {ENFORCE: "restricted"}})
    inside = {"metadata": {"namespace": "shops"}}
    text = findings(RULE, pods(secured(runAsUser=1000.0), **inside), namespace)["shop"].text
    assert (
        'would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "app" must set '
        'securityContext.allowPrivilegeEscalation=false), runAsNonRoot != true (pod or container "app" must set '
        "securityContext.runAsNonRoot=true), seccompProfile"
    ) in text
    assert (
        'unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"])'
        in text
    )
    assert verdict(RULE, pods(**inside), namespace) is Verdict.PASS
    root = pods(**inside, pod={"securityContext": {"runAsNonRoot": False}})
    assert (
        "pod must not set securityContext.runAsNonRoot=false" in findings(RULE, root, namespace)["shop"].text
    )
    assert verdict(RULE, pods(secured(runAsUser=1000.0)), namespace) is Verdict.PASS
