"""The command `plinth diff`: compare, render, sum up."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from plinth.diffing.compare import live as compare_live
from plinth.diffing.compare import rehearsed
from plinth.errors import UserError
from plinth.program import Program
from plinth.reports.format import Format
from plinth.reports.model import Loss, Operation, Report, Verdict, counts, worst
from plinth.reports.output import write

EXIT_CODES = {Verdict.NO_CHANGE: 0, Verdict.CHANGES: 2, Verdict.BLOCKED: 1}


def run(
    folder: Path,
    base: str | None,
    head: str | None,
    *,
    stack: str | None,
    all_stacks: bool,
    live: bool,
    format_: Format | None,
    outputs: Sequence[Path],
) -> int:
    """Compare and report; the exit code. Raises `UserError` for what the user can mend."""
    program = Program.find(folder)
    if live and base:
        raise UserError(
            f"{base!r}: --live compares with what runs, not with a commit. Leave out one of them."
        )
    if live:
        reports = list(compare_live(program, stack=stack, all_stacks=all_stacks))
    elif base:
        reports = list(rehearsed(program, base, head, stack=stack, all_stacks=all_stacks))
    else:
        raise UserError("compare with what? Name a branch, tag or hash (`plinth diff main`), or say --live.")
    write(reports, format_, outputs)
    # A file that a program reads must not end in a line for another one.
    own_stdout = bool(outputs) or format_ in (None, Format.TERMINAL)
    print(summary_line(reports), file=sys.stdout if own_stdout else sys.stderr)
    return EXIT_CODES[worst(reports)]


def summary_line(reports: Sequence[Report]) -> str:
    """`plinth-diff: verdict=changes stacks=prod deleted=0 ...`: letters, digits and `,-._=` only, safe in any shell."""
    changes = [change for report in reports for change in report.changes]
    found = counts(changes)
    figures = {
        "verdict": worst(reports).value.replace(" ", "-"),
        "stacks": ",".join(re.sub(r"[^A-Za-z0-9_.-]", "_", report.stack) for report in reports),
        **{f"{operation.value}": found.get(operation, 0) for operation in Operation},
        "data-losses": sum(change.loss is Loss.DATA for change in changes),
        "blocking": sum(finding.mandatory for report in reports for finding in report.findings),
    }
    return " ".join(["plinth-diff:", *(f"{key}={value}" for key, value in figures.items())])
