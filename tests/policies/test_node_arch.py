"""`node-arch` on recorded resources; a preview of it is in `test_workload_rules.py`."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from incidents.rule import Verdict
from incidents.rules.node_arch import ANNOTATION, RULE
from incidents.unknowns import UNKNOWN
from tests.policies.manifests import container, manifest, pods
from tests.policies.stacks import findings, resource, verdict


def group(ami: Any, *types: str, name: str = "nodes", **more: Any) -> Any:
    return resource(
        "aws:eks/nodeGroup:NodeGroup", name, {"amiType": ami, "instanceTypes": list(types), **more}
    )


AMD = group("AL2023_x86_64_STANDARD", "m6i.large", name="amd")
ARM = group("AL2023_ARM_64_STANDARD", "m7g.large", name="arm")
TAINTED = group(
    "AL2023_ARM_64_STANDARD",
    "m7g.large",
    name="arm",
    taints=[{"key": "arch", "value": "arm", "effect": "NO_SCHEDULE"}],
)
POOL = manifest("NodePool", "pool")
AUTO = resource("aws:eks/cluster:Cluster", "auto", {"computeConfig": {"enabled": True}})
ANY_ARCH = {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64", "arm64"]}
BOTH = manifest("NodePool", "both", spec={"template": {"spec": {"requirements": [ANY_ARCH]}}})


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (AMD, Verdict.PASS),
        (ARM, Verdict.PASS),
        (group("AL2023_x86_64_STANDARD", "m6i.large", "m7g.large"), Verdict.FAIL),
        (group("AL2023_ARM_64_STANDARD", "t3.medium"), Verdict.FAIL),
        (group("BOTTLEROCKET_ARM_64", "t4g.medium"), Verdict.PASS),
        (group("AL2023_x86_64_STANDARD", "u-6tb1.metal"), Verdict.UNKNOWN),
        (group("CUSTOM", "m7g.large"), Verdict.NOT_APPLICABLE),
        (group(UNKNOWN, "m7g.large"), Verdict.NOT_APPLICABLE),
    ],
)
def test_groups(subject: Any, expected: Verdict) -> None:
    assert verdict(RULE, subject) is expected


def made_for(platforms: Any, **pod: Any) -> Any:
    return pods(metadata={"annotations": {ANNOTATION: platforms}}, pod=pod)


SELECT_ARM = {"nodeSelector": {"kubernetes.io/arch": "arm64"}}
TOLERATE = {"tolerations": [{"key": "arch", "operator": "Exists"}]}


@pytest.mark.parametrize(
    ("subject", "nodes", "expected"),
    [
        (made_for("linux/arm64"), [AMD], Verdict.FAIL),
        (made_for("linux/arm64"), [ARM], Verdict.PASS),
        (made_for("linux/arm64/v8"), [ARM], Verdict.PASS),
        (made_for("linux/arm64"), [AMD, ARM], Verdict.FAIL),
        (made_for("linux/arm64", **SELECT_ARM), [AMD, ARM], Verdict.PASS),
        (made_for("linux/amd64", **SELECT_ARM), [AMD, ARM], Verdict.FAIL),
        (made_for("linux/amd64,linux/arm64"), [AMD, ARM], Verdict.PASS),
        (made_for("linux/amd64"), [AMD, TAINTED], Verdict.PASS),
        (made_for("linux/amd64", **TOLERATE), [AMD, TAINTED], Verdict.FAIL),
        (made_for("linux/arm64"), [], Verdict.NOT_APPLICABLE),
        (made_for("linux/amd64"), [POOL], Verdict.UNKNOWN),
        (made_for("linux/amd64"), [AUTO], Verdict.UNKNOWN),
        (made_for("linux/amd64,linux/arm64"), [AUTO], Verdict.PASS),
        (pods(), [AUTO], Verdict.NOT_APPLICABLE),
        (made_for("linux/arm64"), [BOTH], Verdict.FAIL),
        (made_for("linux/arm64", **SELECT_ARM), [BOTH], Verdict.PASS),
        (made_for("linux/arm64", **SELECT_ARM), [POOL], Verdict.PASS),
        (made_for("linux/amd64", nodeSelector=UNKNOWN), [AMD, ARM], Verdict.UNKNOWN),
        (pods(container(image="arm64v8/nginx:1.27")), [AMD], Verdict.FAIL),
        (pods(container(image="example.com/shop:1.2-amd64")), [AMD], Verdict.PASS),
        (pods(), [AMD], Verdict.NOT_APPLICABLE),
        (pods(), [AMD, ARM], Verdict.UNKNOWN),
        (pods(pod=SELECT_ARM), [AMD, ARM], Verdict.NOT_APPLICABLE),
        (pods(pod={"os": {"name": "windows"}}), [AMD, ARM], Verdict.NOT_APPLICABLE),
    ],
)  # fmt: skip
def test_images(subject: Any, nodes: list[Any], expected: Verdict) -> None:
    assert verdict(RULE, subject, *nodes) is expected


@pytest.mark.parametrize(
    ("type_", "props", "expected"),
    [
        ("docker-build:index:Image", {"platforms": ["linux/arm64"]}, Verdict.FAIL),
        ("docker-build:index:Image", {"platforms": ["linux/amd64"]}, Verdict.PASS),
        ("docker:index/image:Image", {"build": {"platform": "linux/arm64"}}, Verdict.FAIL),
        ("docker-build:index:Image", {"platforms": UNKNOWN}, Verdict.NOT_APPLICABLE),
    ],
)
def test_images_that_the_stack_builds(type_: str, props: Any, expected: Verdict) -> None:
    build = resource(type_, "build", props)
    subject = dataclasses.replace(pods(container(image=UNKNOWN)), edges={"spec": (build.urn,)})
    assert verdict(RULE, subject, build, AMD) is expected


def test_the_text_says_who_lands_where() -> None:
    text = findings(RULE, made_for("linux/arm64"), AMD)["shop"].text
    assert "container 'app' is made for arm64" in text
    assert "may land on amd64 nodes (node group 'amd')" in text
