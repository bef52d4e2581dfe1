"""Renders reports in a format, to a file or to the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from plinth.errors import UserError
from plinth.reports import as_json, html, junit, markdown, sarif, terminal
from plinth.reports.format import Format
from plinth.reports.model import Report

RENDERERS: Mapping[Format, Callable[[Sequence[Report]], str]] = {
    Format.TERMINAL: terminal.render,
    Format.MARKDOWN: markdown.render,
    Format.HTML: html.render,
    Format.JSON: as_json.render,
    Format.SARIF: sarif.render,
    Format.JUNIT: junit.render,
}


def write(reports: Sequence[Report], format_: Format, output: Path | None) -> None:
    """Write `reports` to the file `output`, or to stdout. Raises `UserError` when the file cannot be written."""
    if output is None:
        colour = format_ is Format.TERMINAL and sys.stdout.isatty()
        sys.stdout.write(terminal.render(reports, colour=True) if colour else RENDERERS[format_](reports))
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(RENDERERS[format_](reports), encoding="utf-8")
    except OSError as problem:
        raise UserError(
            f"{output}: the report cannot be written there: {problem.strerror}. Name another --output."
        ) from None
