"""`docs/comparison.md`: what Plinth and checkov find of each incident, and what checkov says besides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.comparison.tools import VERSION, Check
from tests.incidents.cases import Case

INTRODUCTION = f"""# Beside checkov

[checkov](https://www.checkov.io) {VERSION} and Plinth's policy pack on the same programs: the stack of
`examples/raw_stack`, and each incident of `examples/incidents`, which changes one fact of it. This page is made by

    make bench BENCH=checkov

checkov reads no Pulumi program, so it gets what it reads best, made from the same preview: a Terraform plan of the AWS
resources, with the references between them, and the Kubernetes manifests. All its checks for both are on, at their
defaults. Plinth gets the preview.

Plinth has found an incident when its rule fails the resource, with the value. checkov has found it when any check fails on
the changed program that does not fail on the clean one, for a resource that both have or that Plinth names: whichever
check that is, and whatever it says. So the count is in checkov's favour: read the check's name beside the incident's.
"""

FAIRNESS = """## What checkov says besides

Plinth looks for mistakes between resources that have stopped a system. checkov looks, resource by resource, for what
security benchmarks ask, on many clouds and in many languages, and that is no part of Plinth's catalogue: the clean stack
above has no finding of Plinth and these of checkov. Some are worth having, some are a matter of the price; to use both
is sound.
"""


@dataclass(frozen=True)
class Row:
    """One incident: whether Plinth's rule found it, and the checks of checkov that did."""

    case: Case
    by_plinth: bool
    by_checkov: Sequence[Check]


def page(rows: Sequence[Row], on_clean: Iterable[Check]) -> Iterator[str]:
    """The lines of the page."""
    plinth, checkov = sum(row.by_plinth for row in rows), sum(bool(row.by_checkov) for row in rows)
    yield INTRODUCTION
    yield "## Incident by incident"
    yield ""
    yield f"Of {len(rows)} incidents Plinth finds {plinth}, checkov {checkov}."
    yield ""
    yield "| incident | Plinth | checkov | by which of its checks |"
    yield "|---|---|---|---|"
    for row in rows:
        names = dict.fromkeys(f"{check.id}: {check.name}" for check in row.by_checkov)
        marks = (tick(row.by_plinth), tick(bool(names)))
        yield f"| [{row.case.id}](rules/{row.case.id}.md) | {marks[0]} | {marks[1]} | {'<br>'.join(names)} |"
    yield ""
    yield FAIRNESS
    yield "| check | resources |"
    yield "|---|---|"
    counted = Counter(f"{check.id}: {check.name}" for check in on_clean)
    for name, count in sorted(counted.items()):
        yield f"| {name} | {count} |"


def tick(found: bool) -> str:
    return "yes" if found else "no"
