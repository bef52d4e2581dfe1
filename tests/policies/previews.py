"""What a preview with the pack said of one rule: many independent cases go into one program."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from typing import Any

from incidents.rule import Rule
from tests.conftest import ROOT, Rehearsal, Result


def preview(
    make_rehearsal: Callable[..., Rehearsal], base: str, cases: Iterable[str], stack: str = "test"
) -> Result:
    """The preview of `base` and the source of all `cases`, with this repository's pack."""
    program = "\n".join([textwrap.dedent(base), *map(textwrap.dedent, cases)])
    rehearsal = make_rehearsal(program, stacks=(stack,))
    result = rehearsal("preview", "--policy-pack", str(ROOT / "policies"), stack=stack, expect_exit=None)
    assert all("preview failed" in error for error in result.diagnostics("error")), result.output
    return result


def failed(result: Result, rule: Rule, level: str = "mandatory") -> set[str]:
    """The names of the resources that `rule` fails."""
    return {
        name_of(found)
        for found in result.violations
        if found["policyName"] == rule.id and found["enforcementLevel"] == level
    }


def undecided(result: Result, rule: Rule) -> set[str]:
    """The names of the resources that `rule` could not decide."""
    return {
        name_of(found)
        for found in result.violations
        if found["policyName"] == "undecided" and f"{rule.id}: " in found["message"]
    }


def name_of(found: dict[str, Any]) -> str:
    return found["resourceUrn"].rpartition("::")[2]
