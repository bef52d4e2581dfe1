"""What a report shows beside the changes: waivers, budgets, cost and the picture before and after, what was judged."""

from __future__ import annotations

from pathlib import Path

from plinth.costs.compare import compare_components
from plinth.costs.pricing import Total, total
from plinth.costs.show import amount, lines_of
from plinth.diffing.budgets import budget_section
from plinth.diffing.verdicts import verdict_sections
from plinth.pictures.mermaid import flowchart
from plinth.pictures.reading import read
from plinth.pictures.svg import draw
from plinth.preview import Preview
from plinth.program import Program
from plinth.reports.model import Section

LONGEST_DIAGRAM = 20_000
"""Characters: a third of a comment, and well below where Mermaid gives up (its `maxTextSize`, 50,000)."""


def sections(
    before: Program | None, after: Program, stack: str, preview: Preview, books: Path
) -> tuple[Section, ...]:
    """All that apply to the stack; `before` is the program that brought it up, None for one that runs in an account.

    `books` is the file that the policy pack may have written.
    """
    *waived, judged = verdict_sections(books) or (None,)
    found = (
        *waived,
        budget_section(before, after, stack),
        cost_section(before or after, after, stack, preview),
        picture_section(stack, preview),
        judged,
    )
    return tuple(filter(None, found))


def cost_section(before: Program, after: Program, stack: str, preview: Preview) -> Section | None:
    """What runs all the time, by component; those that cost what they did are in the sum alone."""
    then, now = lines_of(before.folder, stack, preview.before), lines_of(after.folder, stack, preview.after)
    if not (then or now):
        return None
    all_rows = [(row.component, money(row.before), money(row.after)) for row in compare_components(then, now)]
    rows = [row for row in all_rows if row[1] != row[2]]
    rows.append(("all", money(total(then)), money(total(now))))
    return Section(
        "Cost, USD a month by list prices, without use", ("Component", "Before", "After"), tuple(rows)
    )


def money(sums: Total) -> str:
    """A sum that lacks a price says so."""
    most = f" (at most {amount(sums.at_most)})" if sums.at_most != sums.fixed else ""
    return f"{'> ' if sums.unpriced else ''}{amount(sums.fixed)}{most}"


def picture_section(stack: str, preview: Preview) -> Section | None:
    """The architecture with what moved; the engine tells edges only of previews that pass."""
    if not any(resource.edges for resource in preview.after):
        return None
    picture = read(preview.after, preview.before)
    if not (picture.networks or picture.edge):
        return None
    diagram = flowchart(picture)
    return Section(
        "Picture", svg=draw(picture, stack), mermaid=diagram if len(diagram) <= LONGEST_DIAGRAM else ""
    )
