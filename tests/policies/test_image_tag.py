"""`image-tag` on recorded resources; a preview of it is in `test_workload_rules.py`."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.rule import Verdict
from incidents.rules.image_tag import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.manifests import container, pods
from tests.policies.stacks import findings, verdict

DIGEST = "@sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx", Verdict.FAIL),
        ("nginx:latest", Verdict.FAIL),
        ("example.com:5000/shop", Verdict.FAIL),
        ("example.com/shop:main", Verdict.FAIL),
        ("example.com/shop:staging", Verdict.FAIL),
        ("example.com/shop:feature-login", Verdict.FAIL),
        ("nginx:alpine", Verdict.FAIL),
        ("example.com/shop:latest-2", Verdict.FAIL),
        ("example.com/shop:main-arm64", Verdict.FAIL),
        ("example.com/shop:latest-arm64v8", Verdict.FAIL),
        ("nginx:1.27", Verdict.PASS),
        ("postgres:17-alpine", Verdict.PASS),
        ("example.com:5000/shop:2026.11.21-3", Verdict.PASS),
        ("example.com/shop:main-1f3a9c0", Verdict.PASS),
        ("example.com/shop:abcdefa", Verdict.PASS),
        (f"nginx{DIGEST}", Verdict.PASS),
        (f"nginx:latest{DIGEST}", Verdict.PASS),
        (f"example.com:5000/shop:main{DIGEST}", Verdict.PASS),
        (UNKNOWN, Verdict.UNKNOWN),
    ],
)
def test_names_of_images(image: Any, expected: Verdict) -> None:
    assert verdict(RULE, pods(container(image=image))) is expected


def test_each_container_counts_and_a_mistake_comes_before_an_unknown() -> None:
    job = pods(
        container(image=UNKNOWN), kind="Job", pod={"initContainers": [{"name": "wait", "image": "busybox"}]}
    )
    found = findings(RULE, job)["shop"]
    assert found.verdict is Verdict.FAIL
    assert "container 'wait' runs 'busybox', which has no tag" in found.text
