"""Each fact that a rule reads matters: flipped on the clean stack, alone, it makes the rule fail; unknown, it breaks no rule.

The clean stack's resources are recorded once from the engine; the rules then judge changed copies of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Rule, Verdict
from incidents.rules import RULES
from incidents.unknowns import UNKNOWN
from tests.incidents.cases import STACK
from tests.incidents.flips import FLIPS, OTHER_VPC, Flip

pytestmark = pytest.mark.engine

EACH = [(rule, flip) for rule in RULES for flip in FLIPS[rule.id]]


@pytest.fixture(autouse=True)
def on_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_STACK", STACK)


def verdicts(rule: Rule, resources: Sequence[Resource], verdict: Verdict) -> set[str]:
    """The urns of which `rule` says `verdict`."""
    return {found.urn for found in rule.check(Graph([*resources, OTHER_VPC])) if found.verdict is verdict}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_clean_stack_is_judged_and_passes(twin: Any, rule: Rule) -> None:
    assert verdicts(rule, twin.resources, Verdict.PASS)
    assert not verdicts(rule, twin.resources, Verdict.FAIL)
    assert not verdicts(rule, twin.resources, Verdict.UNKNOWN)


@pytest.mark.parametrize(("rule", "flip"), EACH, ids=lambda value: getattr(value, "id", str(value)))
def test_each_flipped_fact_makes_its_rule_fail(twin: Any, rule: Rule, flip: Flip) -> None:
    assert verdicts(rule, flip.of(twin.resources, flip.value), Verdict.FAIL)


@pytest.mark.parametrize(("rule", "flip"), EACH, ids=lambda value: getattr(value, "id", str(value)))
@pytest.mark.parametrize("odd", [UNKNOWN, None, 7.0, "text", [None], {"a": None}], ids=repr)
def test_a_fact_of_any_shape_breaks_no_rule(twin: Any, rule: Rule, flip: Flip, odd: Any) -> None:
    found = rule.check(Graph([*flip.of(twin.resources, odd), OTHER_VPC]))
    assert not [finding for finding in found if "itself failed" in finding.text]
