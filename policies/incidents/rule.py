"""What a rule is, and the four verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from incidents.unknowns import Undecided

if TYPE_CHECKING:
    from incidents.graph import Graph, Resource


class Verdict(Enum):
    """What a rule says of one resource. Resources that a rule says nothing of are not its subject."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Finding:
    """One verdict, about the resource `urn`; `text` says what is wrong with which value, what follows, and the remedy."""

    verdict: Verdict
    urn: str
    text: str = ""
    is_defect: bool = False
    """The rule itself failed: no waiver and no enforcement level makes up for it."""


@dataclass(frozen=True)
class Threshold:
    """A whole number that a rule's judgement turns on. Its key in CrossGuard's configuration is `name`, below the rule's id."""

    rule: str
    name: str
    default: int
    least: int
    most: int
    what: str


@dataclass(frozen=True)
class Rule:
    """One rule. `id` is the incident's, and the policy's name; `check` judges the whole stack.

    A rule that is `prod_only` protects what only production has to lose: on other stages it is advice. `bad` and `good` are
    short examples for the rule's page, in Python or YAML; `thresholds` are what users may set.
    """

    id: str
    why: str
    remedy: str
    check: Callable[[Graph], Iterable[Finding]]
    prod_only: bool = False
    thresholds: tuple[Threshold, ...] = ()
    bad: str = ""
    good: str = ""


def each(
    rule_id: str, resources: Iterable[Resource], judge: Callable[[Resource], Finding]
) -> Iterator[Finding]:
    """`judge` of each resource. What it cannot decide is unknown; an error in it fails the pack, naming rule and resource."""
    for resource in resources:
        try:
            yield judge(resource)
        except Undecided as undecided:
            yield Finding(Verdict.UNKNOWN, resource.urn, f"{resource} could not be judged: {undecided}.")
        except Exception as error:
            yield defect(rule_id, error, resource.urn)


def defect(rule_id: str, error: Exception, urn: str = "") -> Finding:
    """The failure of a rule itself: it must not look like a pass."""
    text = (
        f"{rule_id}: the rule itself failed ({type(error).__name__}: {error}), so {urn or 'this stack'} was not judged by it. "
        "This is a defect of the policy pack: report it with the program that shows it."
    )
    return Finding(Verdict.FAIL, urn, text, is_defect=True)
