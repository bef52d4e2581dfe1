"""No shape of a resource crashes a rule: whatever a property is, a rule gives a verdict or says that it cannot."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.graph import Graph, Resource
from incidents.judgement import judge
from incidents.rules import RULES
from incidents.unknowns import UNKNOWN
from tests.conftest import ROOT
from tests.policies.stacks import STACK, urn

SOURCE = "\n".join(
    path.read_text(encoding="utf-8") for path in sorted((ROOT / "policies" / "incidents").rglob("*.py"))
)
TYPES = sorted(set(re.findall(r'"((?:aws|kubernetes|eks):[\w.]+(?:/\w+)+:\w+)"', SOURCE)))
"""The resource types that rules name."""

WORDS = sorted(set(re.findall(r'"(\w{2,40})"', SOURCE)))
"""What rules compare with: names of properties, kinds, values."""

ODD: list[Any] = [
    None, UNKNOWN, True, False, 0, -1, 1, 443, 5432, 1e9, 0.5, "", "*", "x", "-1", "5432", "17", "80", "tcp",
    "0.0.0.0/0", "10.0.0.0/33", "sg-1", "subnet-1", "vpc-1", "arn:aws:s3:::b", "default.postgres17", "aurora-postgresql17",
    "{", "[]", '{"Statement": 1}', '{"Statement": [{"Principal": [1], "Action": {}, "Condition": []}]}', "{{", "%s", "\0",
    "postgres://a:b@[c/d?e=%", "postgres://a:p@h:x/d", "redis://x", "rediss://[", "25%", "999999999999999999999999",
]  # fmt: skip
KEYS = ["r0", "r1", "r2", *WORDS]


class Whatever(dict[str, Any]):
    """A mapping that has whatever it is asked for: so a rule meets a surprise at each of its reads."""

    def __init__(self, draw: random.Random, depth: int) -> None:
        super().__init__()
        self._draw, self._depth = draw, depth
        for _ in range(draw.randrange(3)):
            self.get(draw.choice(WORDS))

    def get(self, key: str, default: Any = None) -> Any:
        if key not in self:
            self[key] = shape(self._draw, self._depth - 1)
        return self[key]

    def __missing__(self, key: str) -> Any:
        return self.get(key)


def shape(draw: random.Random, depth: int) -> Any:
    kind = draw.random()
    if depth and kind < 0.45:
        return Whatever(draw, depth)
    if depth and kind < 0.7:
        return [shape(draw, depth - 1) for _ in range(draw.randrange(3))]
    return draw.choice(ODD) if kind < 0.9 else draw.choice(KEYS)


def stack_of(types: Sequence[str], seed: int) -> list[Resource]:
    """Resources of `types` that are whatever rules ask for, with edges to one another."""
    draw = random.Random(seed)  # noqa: S311 - no cryptography
    urns = [urn(type_, f"r{index}") for index, type_ in enumerate(types)]
    resources: list[Resource] = []
    for index, type_ in enumerate(types):
        props = Whatever(draw, 6)
        if type_.startswith("kubernetes:"):
            props["kind"] = draw.choice(["Deployment", "CronJob", "NodePool", "Service", *ODD, *WORDS])
        edges = {key: (draw.choice(urns),) for key in draw.sample(WORDS, len(WORDS) // 2)}
        resources.append(Resource(urns[index], type_, f"r{index}", props, STACK, edges))
    return resources


@settings(max_examples=4 * settings.default.max_examples, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(TYPES), min_size=1, max_size=4), st.integers(0, 2**32))
def test_no_shape_crashes_a_rule(types: list[str], seed: int) -> None:
    graph = Graph(stack_of(types, seed))
    assert [item.text for rule in RULES for item in judge(rule, graph) if item.is_defect] == []


SAY_ALL = """
from tests.policies.test_fuzz import *
for seed in range(25):
    for rule in RULES:
        print(rule.id, judge(rule, Graph(stack_of(random.Random(seed).sample(TYPES, 12), seed))))
"""


def test_findings_are_the_same_on_every_run() -> None:
    """Python shuffles its sets anew in each process; no text of a finding may show it."""
    said = [
        subprocess.run(
            [sys.executable, "-c", SAY_ALL],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'policies'}",
                "PYTHONHASHSEED": seed,
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for seed in ("1", "2")
    ]
    assert [pair for pair in zip(*said, strict=True) if pair[0] != pair[1]] == []
    assert any("Verdict.FAIL" in line for line in said[0])
