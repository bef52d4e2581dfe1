"""No shape of a resource crashes a rule: whatever a property is, a rule gives a verdict or says that it cannot."""

from __future__ import annotations

import random
import re
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


@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(TYPES), min_size=1, max_size=4), st.integers(0, 2**32))
def test_no_shape_crashes_a_rule(types: list[str], seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - no cryptography
    urns = [urn(type_, f"r{index}") for index, type_ in enumerate(types)]
    resources: list[Resource] = []
    for index, type_ in enumerate(types):
        props = Whatever(draw, 6)
        if type_.startswith("kubernetes:"):
            props["kind"] = draw.choice(["Deployment", "CronJob", "NodePool", "Service", *ODD, *WORDS])
        edges = {key: (draw.choice(urns),) for key in draw.sample(WORDS, len(WORDS) // 2)}
        resources.append(Resource(urns[index], type_, f"r{index}", props, STACK, edges))
    graph = Graph(resources)
    assert [item.text for rule in RULES for item in judge(rule, graph) if item.is_defect] == []
