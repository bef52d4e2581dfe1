"""No rule is against what is right: ten variations of each rule's subject, judged by all rules."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from typing import Any

import pytest

from incidents.graph import Graph
from incidents.judgement import judge
from incidents.rule import Verdict
from incidents.rules import RULES
from tests.incidents import benign
from tests.incidents.benign.variation import Change, Variations, varied
from tests.incidents.cases import STACK

ENOUGH = 10


def variations_of_all() -> dict[str, dict[str, Sequence[Change]]]:
    found: dict[str, dict[str, Sequence[Change]]] = {}
    for module in pkgutil.iter_modules(benign.__path__, f"{benign.__name__}."):
        variations: Variations = getattr(importlib.import_module(module.name), "VARIATIONS", {})
        for rule, named in variations.items():
            found.setdefault(rule, {}).update(named)
    return found


ALL = variations_of_all()
EACH = [
    pytest.param(rule, changes, id=f"{rule}: {name}")
    for rule, named in ALL.items()
    for name, changes in named.items()
]


def test_each_rule_has_enough() -> None:
    found = {rule.id: len(ALL.get(rule.id, {})) for rule in RULES}
    assert {id_: count for id_, count in found.items() if count < ENOUGH} == {}
    assert ALL.keys() == found.keys()


@pytest.mark.engine
@pytest.mark.parametrize(("subject", "changes"), EACH)
def test_no_rule_is_against_it(
    twin: Any, subject: str, changes: Sequence[Change], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_STACK", STACK)
    resources = varied(twin.resources, changes)
    assert resources != twin.resources
    graph = Graph(resources)
    found = {rule.id: list(judge(rule, graph)) for rule in RULES}
    against = [
        (id_, finding.urn, finding.text)
        for id_, findings in found.items()
        for finding in findings
        if finding.verdict in (Verdict.FAIL, Verdict.UNKNOWN)
    ]
    assert not against
    assert [finding for finding in found[subject] if finding.verdict is Verdict.PASS]
