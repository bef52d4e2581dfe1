"""What a preview with the pack said of one rule: many independent cases go into one program."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from incidents.rule import Rule
from plinth import testing
from plinth.testing import Rehearsal, Result
from tests.conftest import ROOT


def preview(
    make_rehearsal: Callable[..., Rehearsal], base: str, cases: Iterable[str], stack: str = "test"
) -> Result:
    """The preview of `base` and the source of all `cases`, with this repository's pack."""
    rehearsal = make_rehearsal(testing.joined(base, cases), stacks=(stack,))
    return testing.preview(rehearsal, ROOT / "policies", stack=stack)


def failed(result: Result, rule: Rule, level: str = "mandatory") -> set[str]:
    """The names of the resources that `rule` fails."""
    return result.failed(rule.id, level)


def undecided(result: Result, rule: Rule) -> set[str]:
    """The names of the resources that `rule` could not decide."""
    return result.undecided(rule.id)
