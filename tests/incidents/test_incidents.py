"""Each incident of the catalogue is blocked when its fact is changed, and the stack without the change passes."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.rules import RULES
from tests.incidents.cases import cases, refusal
from tests.incidents.demonstration import demonstrate


@pytest.mark.engine
def test_a_whole_stack_that_never_heard_of_plinth_has_no_finding(twin: Any) -> None:
    assert [item["message"] for item in twin.preview.violations] == []
    assert twin.preview.exit_code == 0, twin.preview.output
    assert twin.preview.changes["create"] >= 100


@pytest.mark.engine
def test_each_rule_blocks_its_incident(tmp_path: Any) -> None:
    rows = {row.case.id: row for row in demonstrate(tmp_path)}
    assert {rule.id for rule in RULES} <= set(rows)
    assert [id_ for id_, row in rows.items() if row.has_rule and not row.is_blocked] == []


@pytest.mark.parametrize("case", [case for case in cases() if case.settings], ids=lambda case: case.id)
def test_a_stack_file_cannot_say_it(case: Any) -> None:
    assert refusal(case)
