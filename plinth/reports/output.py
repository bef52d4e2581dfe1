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


SUFFIXES = {
    ".txt": Format.TERMINAL,
    ".md": Format.MARKDOWN,
    ".html": Format.HTML,
    ".json": Format.JSON,
    ".sarif": Format.SARIF,
    ".xml": Format.JUNIT,
}


def write(reports: Sequence[Report], format_: Format | None, outputs: Sequence[Path]) -> None:
    """Write `reports` to each of the files `outputs`, or to stdout when there is none.

    Without `format_` a file's suffix tells its format. Raises `UserError` when a file has none or cannot be written.
    """
    formats = {output: format_ or format_of(output) for output in outputs}
    for output, chosen in formats.items():
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_text(RENDERERS[chosen](reports), encoding="utf-8")
        except OSError as problem:
            raise UserError(
                f"{output}: the report cannot be written there: {problem.strerror}. Name another --output."
            ) from None
    if not outputs:
        chosen = format_ or Format.TERMINAL
        colour = chosen is Format.TERMINAL and sys.stdout.isatty()
        sys.stdout.write(terminal.render(reports, colour=True) if colour else RENDERERS[chosen](reports))


def format_of(output: Path) -> Format:
    try:
        return SUFFIXES[output.suffix]
    except KeyError:
        raise UserError(
            f"{output}: its suffix names no format, so it is not written. Say --format, or end it in "
            f"{', '.join(SUFFIXES)}."
        ) from None
