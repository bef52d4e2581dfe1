"""No stack file breaks its own checks: whatever its keys say, settings come of it, or each problem with what to write."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settings import SettingsError, load
from tests.settings.any_stack_file import SECTIONS, STACKS, changed, choices, places, put


@pytest.mark.parametrize("stack", ["prod", "dev"])
@settings(max_examples=4 * settings.default.max_examples)
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_every_stack_file_is_accepted_or_its_problems_are_said(stack: str, seed: int, changes: int) -> None:
    try:
        load(changed(seed, stack, changes))
    except SettingsError as refusal:
        for problem in refusal.problems:
            assert problem.startswith(("plinth:", "aws:")), problem
            assert "is refused:" not in problem, problem


@pytest.mark.parametrize("truth", [True, False])
def test_true_and_false_are_no_numbers(truth: bool) -> None:
    numbers = 0
    for section, value in STACKS["prod"].items():
        for path, schema in places(SECTIONS.get(section, {}), value, (section,)):
            kinds = {found.get("type") for found in choices(schema)}
            if not kinds & {"integer", "number"} or kinds & {"boolean", "string"}:
                continue
            numbers += 1
            config = copy.deepcopy(STACKS["prod"])
            put(config, path, truth)
            with pytest.raises(SettingsError, match=f"{path[-1]}: "):
                load(config)
    assert numbers > 100
