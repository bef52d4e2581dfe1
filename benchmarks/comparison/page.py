"""`docs/comparison.md`: what Plinth and checkov find of each incident, and what checkov says besides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.comparison.tools import VERSION, Check

INTRODUCTION = f"""# Beside checkov

[checkov](https://www.checkov.io) {VERSION} and Plinth's policy pack on the same resources: the stack of
`examples/raw_stack`, as a preview recorded it, and copies of it with one fact of an incident changed. This page is made by

    make bench BENCH=checkov

checkov reads no Pulumi program, so it gets what it reads best, made from the same preview: a Terraform plan of the AWS
resources, with the references between them, and the Kubernetes manifests. All its checks for both are on, at their
defaults. Plinth's pack gets the resources as the engine sends them.

Plinth has found a changed fact when the incident's rule fails; its tests demand that for each of these facts, as they are
the facts that its rules read. checkov has found it when any check fails on a resource that did not fail it before,
whichever check that is and whatever it says: so read the check's name beside the incident's. A check that fails on the
clean stack too tells the two apart no more, so it does not count.
"""

FAIRNESS = """## What checkov says besides

Plinth looks for mistakes between resources that have stopped a system. checkov looks, resource by resource, for what
security benchmarks ask, on many clouds and in many languages, and that is no part of Plinth's catalogue: the clean stack
above has no finding of Plinth and these of checkov. Some are worth having, some are a matter of the price; to use both
is sound.
"""


@dataclass(frozen=True)
class Row:
    """One incident: how many of its facts were changed, how many of those each tool found, and the checks that did."""

    incident: str
    facts: int
    by_plinth: int
    by_checkov: int
    checks: Sequence[Check]


def page(rows: Sequence[Row], on_clean: Iterable[Check]) -> Iterator[str]:
    """The lines of the page."""
    facts, plinth, checkov = (
        sum(getattr(row, name) for row in rows) for name in ("facts", "by_plinth", "by_checkov")
    )
    some = sum(row.by_checkov > 0 for row in rows)
    yield INTRODUCTION
    yield "## Incident by incident"
    yield ""
    yield f"Of {facts} changed facts Plinth finds {plinth}, checkov {checkov}; those are of {some} of the {len(rows)} incidents."
    yield ""
    yield "| incident | facts | Plinth | checkov | by which of its checks |"
    yield "|---|---|---|---|---|"
    for row in rows:
        checks = "<br>".join(dict.fromkeys(f"{check.id}: {check.name}" for check in row.checks))
        link = f"[{row.incident}](rules/{row.incident}.md)"
        yield f"| {link} | {row.facts} | {row.by_plinth} | {row.by_checkov} | {checks} |"
    yield ""
    yield FAIRNESS
    yield "| check | resources |"
    yield "|---|---|"
    counted = Counter(f"{check.id}: {check.name}" for check in on_clean)
    for name, count in sorted(counted.items()):
        yield f"| {name} | {count} |"
