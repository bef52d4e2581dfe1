"""Markdown for a pull request's comment: short, sorted, and safe against whatever names and values hold.

Foreign text is only ever inside a code span, where GitHub and GitLab know no markup, mention or link (GitHub Flavored
Markdown, "Code spans"). What matters most comes first, as the length is limited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from plinth.reports.model import (
    SYMBOLS,
    Change,
    Finding,
    Loss,
    Operation,
    PropertyChange,
    Report,
    Section,
    Verdict,
    count_text,
    name_of,
)
from plinth.reports.text import NOTHING, cut, fold, lines, one_line, remarks, title, visible

LIMIT = 60_000
"""Characters. GitHub refuses comments above 65,536; what a workflow adds must fit too."""

MARKER = "<!-- plinth diff -->"
"""The first line, by which a workflow finds the comment that it made before."""

REST = "More does not fit into a comment: the HTML report, kept as this run's artifact, has all of it."
RESERVED = 200
"""Characters kept for that line and the last block's end."""

OUTSIDE = "outside of components"
MESSAGE = 700
"""Characters of a name or message."""
PROPERTIES = 10

VERDICTS = {
    Verdict.BLOCKED: "⛔ blocked",
    Verdict.CHANGES: "✏️ changes",
    Verdict.NO_CHANGE: "✅ no change",
    Verdict.REMOVED: "⚠️ stack file removed",
}
ALERTS = {
    Loss.DATA: ("CAUTION", "Data is deleted or replaced"),
    Loss.IDENTITY: ("CAUTION", "Replaced or deleted, and others hold its id, address or name"),
    Loss.NOTHING: ("NOTE", "Also replaced or deleted"),
}
"""GitHub shows a `CAUTION` in red."""


def render(reports: Sequence[Report]) -> str:
    """The comment on all of `reports`; at most `LIMIT` characters, of which each stack may use its share."""
    share = (LIMIT - len(MARKER) - 1) // max(len(reports), 1) - 1
    return "\n".join([MARKER, *(Page(share).write(report) for report in reports)])


class Page:
    """The part of one stack, as long as its room lasts: what does not fit is left out, and so is all after it."""

    def __init__(self, limit: int) -> None:
        self._room = limit - RESERVED
        self._lines: list[str] = []
        self._full = False

    def write(self, report: Report) -> str:
        versus = f" ({code(report.comparison)})" if report.comparison else ""
        self._add([f"## Stack {code(report.stack)}: {VERDICTS[report.verdict]}", ""])
        summary = f"{count_text(report.changes)}{versus}. {policies(report)}"
        self._add([f"Not previewed{versus}." if report.removed else summary, ""])
        for loss, (alert, heading) in ALERTS.items():
            lost = [change for change in report.losses if change.loss is loss]
            self._add_all([f"> [!{alert}]", f"> **{heading}**", ">"], map(loss_lines, lost), [""])
        errors = [said.text for said in report.diagnostics if said.error]
        warnings = [said.text for said in report.diagnostics if not said.error]
        self._add_all(["### Errors", ""], map(message_lines, errors), [""])
        for mandatory, heading in ((True, "Blocked by policy"), (False, "Advice")):
            found = [finding for finding in report.findings if finding.mandatory is mandatory]
            self._add_all([f"### {heading}", ""], map(finding_lines, found), [""])
        for section in report.sections:
            self._add_all(*table(section), [""])
        for name, changes in report.components.items():
            heading = f"<code>{escape(cut(visible(name or OUTSIDE), MESSAGE))}</code>: {count_text(changes)}"
            opening = ["<details>", f"<summary>{heading}</summary>", ""]
            self._add_all(opening, map(change_lines, changes), ["", "</details>", ""])
        self._add_all(["### Warnings", ""], map(message_lines, warnings), [""])
        return "\n".join([*self._lines, *([f"_{REST}_", ""] if self._full else [])])

    def _add_all(self, opening: list[str], blocks: Iterable[list[str]], closing: list[str]) -> None:
        """Add as many of `blocks` as fit, between `opening` and `closing`; nothing at all when none does."""
        opened = False
        for block in blocks:
            if not self._add(block if opened else [*opening, *block], kept=[] if opened else closing):
                break
            opened = True
        if opened:
            self._lines += closing

    def _add(self, block: list[str], kept: Sequence[str] = ()) -> bool:
        """Add `block` if it fits, with room kept for the lines `kept`; whether it was added."""
        size = sum(len(line) + 1 for line in (*block, *kept))
        self._full = self._full or size > self._room
        if not self._full:
            self._room -= size
            self._lines += block
        return not self._full


def policies(report: Report) -> str:
    if not report.packs:
        return "No policy pack judged it."
    failed = {finding.policy for finding in report.findings}
    return f"Policies: {len(report.passed)} passed, {len(failed)} did not."


def loss_lines(change: Change) -> list[str]:
    reasons = [item.path for item in change.properties if item.replaces]
    why = f", because of {', '.join(map(code, reasons[:3]))}" if reasons else ""
    return [f"> - **{change.operation.value}** {named(change)}{why}{remarked(change)}"]


def named(change: Change) -> str:
    was = f" (was {code(change.renamed_from)})" if change.renamed_from else ""
    return f"{code(title(change))} {code(change.name)}{was}"


def remarked(change: Change) -> str:
    return "".join(f"; {remark}" for remark in remarks(change))


def change_lines(change: Change) -> list[str]:
    """The resource, and under it what changes of one that was there before."""
    where = f" in {code(' / '.join(change.component[1:]))}" if change.component[1:] else ""
    shown = [f"- {code(SYMBOLS[change.operation])} {change.operation.value} {named(change)}{where}"]
    if change.operation not in (Operation.UPDATE, Operation.REPLACE):
        return shown
    told = [item for item in change.properties if not item.noise]
    shown += map(property_line, told[:PROPERTIES])
    silent = len(change.properties) - len(told)
    if more := len(told[PROPERTIES:]):
        shown.append(f"  - more properties: {more}")
    if silent:
        shown.append(f"  - computed values and hashes: {silent}")
    return shown


def property_line(change: PropertyChange) -> str:
    old, new = fold(change)
    sides = " → ".join(code(side) if side is not None else "(none)" for side in (old, new))
    return f"  - {code(change.path)}: {sides}{' **forces the replacement**' if change.replaces else ''}"


def message_lines(text: str) -> list[str]:
    return [f"- {code(one_line(text))}"]


def finding_lines(finding: Finding) -> list[str]:
    about = f" {code(name_of(finding.urn))}" if finding.urn else ""
    why = [f"  {code(one_line(finding.why))}"] if finding.why else []
    return [f"- **{code(finding.policy)}**{about}: {code(one_line(finding.text))}", *why]


def table(section: Section) -> tuple[list[str], list[list[str]]]:
    """Opening lines and rows; a section without rows is its picture alone."""
    opening = [f"### {cell(section.title)}", ""]
    rows = [[f"| {' | '.join(map(cell, row))} |"] for row in section.rows]
    if rows:
        opening += [f"| {' | '.join(map(cell, section.headings))} |", f"|{' --- |' * len(section.headings)}"]
    if section.mermaid:
        fence = "`" * max(3, longest_run(section.mermaid) + 1)
        rows.append(["", f"{fence}mermaid", *lines(section.mermaid), fence])
    return opening, rows


def code(text: str) -> str:
    """A code span that shows `text` and that nothing in `text` can end; an endless name must crowd nobody out."""
    shown = cut(visible(text), MESSAGE) or NOTHING
    fence = "`" * (longest_run(shown) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def cell(text: str) -> str:
    """`text` in a table, where a code span would end at a `|`: every sign is a character reference, which is no markup."""
    shown = re.sub(r"[^\w ,%-]|_", lambda sign: f"&#{ord(sign[0])};", cut(visible(text), MESSAGE))
    return f"<code>{shown}</code>" if re.search("[@#/.]", text) else shown
