"""`make incidents`: the table of all incidents, and where each of them is blocked."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.incidents.demonstration import Row, demonstrate, preview_twin

SHOWN = 110
"""Characters of a message."""


def main() -> int:
    """Print the table. Returns 1 if the twin has a finding, or a rule did not block its incident."""
    console = Console(width=None if sys.stdout.isatty() else 200)
    with tempfile.TemporaryDirectory() as folder:
        twin = preview_twin(Path(folder, "twin"))
        rows = list(demonstrate(Path(folder)))
    console.print(table(rows))
    blocked, known = sum(row.is_blocked for row in rows), sum(row.has_rule for row in rows)
    console.print(f"{len(rows)} incidents, {known} of them with a rule, {blocked} blocked at preview.")
    if twin.exit_code or twin.violations:
        console.print(f"The stack without a changed fact does not pass:\n{twin.output}")
        return 1
    console.print("The stack without a changed fact passes in strict mode: no finding.")
    return int(blocked < known)


def table(rows: Sequence[Row]) -> Table:
    made = Table(
        "incident", "system", "blocked", "by rule", "message", title="Incidents, one changed fact each"
    )
    for row in rows:
        rule = row.case.id if row.has_rule else "not in the pack"
        message = shortened(row.finding or row.refusal)
        made.add_row(row.case.id, ", ".join(row.case.systems), row.where, rule, message)
    return made


def shortened(text: str) -> str:
    """The message without the rule's own reason, in one line."""
    line = text.splitlines()[-1].strip() if text else ""
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 3]}..."


sys.exit(main())
