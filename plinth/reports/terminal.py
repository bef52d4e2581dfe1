"""The report for a terminal, or for a log when the output is none."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from plinth.reports.model import (
    SYMBOLS,
    Change,
    Finding,
    Loss,
    Operation,
    Report,
    Section,
    Verdict,
    count_text,
    name_of,
)
from plinth.reports.text import fold, one_line, remarks, title, visible

WIDTH = 120
"""Columns of a table where the output is no terminal."""

COLOURS = {
    Operation.DELETE: "red",
    Operation.REPLACE: "magenta",
    Operation.UPDATE: "yellow",
    Operation.CREATE: "green",
    Operation.IMPORT: "cyan",
}
VERDICT_COLOURS = {
    Verdict.BLOCKED: "bold red",
    Verdict.CHANGES: "bold yellow",
    Verdict.NO_CHANGE: "bold green",
    Verdict.REMOVED: "bold yellow",
}


def render(reports: Sequence[Report], *, colour: bool = False) -> str:
    """No line begins with foreign text, and none is broken: a CI system could take the rest for a command of its own."""
    page = io.StringIO()
    console = Console(file=page, force_terminal=colour, width=WIDTH, highlight=False, soft_wrap=True)
    for report in reports:
        for item in stack(report):
            console.print(item)
    return page.getvalue()


def stack(report: Report) -> Iterator[Text | Table]:
    yield Text.assemble(
        ("Stack ", "bold"), (visible(report.stack), "bold"), ": ",
        (report.verdict.value, VERDICT_COLOURS[report.verdict]),
        "" if report.removed else f" ({count_text(report.changes)})",
    )  # fmt: skip
    if not (report.packs or report.removed):
        yield Text("  No policy pack judged it.", style="yellow")
    for change in report.losses:
        yield loss(change)
    for finding in report.findings:
        yield policy(finding)
    for said in report.diagnostics:
        word, style = ("error", "red") if said.error else ("warning", "yellow")
        yield Text.assemble(("  ", ""), (f"{word}: ", style), one_line(said.text))
    for section in report.sections:
        yield from table(section)
    for name, changes in report.components.items():
        yield Text.assemble("\n", (f"# {visible(name or 'outside of components')}", "bold"))
        for change in changes:
            yield from resource(change)
    yield Text("")


def loss(change: Change) -> Text:
    what = "data: " if change.loss is Loss.DATA else ""
    style = "bold red" if change.loss is not Loss.NOTHING else "magenta"
    return Text.assemble(
        (f"  {what}{change.operation.value} {line(change)}", style), "; ".join(["", *remarks(change)])
    )


def line(change: Change) -> str:
    was = f" (was {visible(change.renamed_from)})" if change.renamed_from else ""
    return f"{visible(title(change))} {visible(change.name)}{was}"


def policy(finding: Finding) -> Text:
    word, style = ("blocked", "red") if finding.mandatory else ("advice", "yellow")
    return Text.assemble(
        (f"  {word}: ", style), (visible(finding.policy), "bold"), f" {visible(name_of(finding.urn))}: ",
        one_line(finding.text),
    )  # fmt: skip


def table(section: Section) -> Iterator[Text | Table]:
    yield Text.assemble("\n", (f"# {visible(section.title)}", "bold"))
    if section.rows:
        shown = Table(box=box.MARKDOWN)
        for heading in section.headings:
            shown.add_column(Text(visible(heading)), overflow="fold")
        for row in section.rows:
            shown.add_row(*(Text(visible(cell)) for cell in row))
        yield shown


def resource(change: Change) -> Iterator[Text]:
    colour = COLOURS[change.operation]
    yield Text.assemble("  ", (f"{SYMBOLS[change.operation]:>2} {line(change)}", colour))
    if change.operation not in (Operation.UPDATE, Operation.REPLACE):
        return
    for item in change.properties:
        if not item.noise:
            old, new = ("(none)" if side is None else side for side in fold(item))
            forces = " forces the replacement" if item.replaces else ""
            yield Text.assemble(f"       * {visible(item.path)}: {old} => {new}", (forces, "magenta"))
