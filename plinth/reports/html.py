"""One HTML page without external assets: for a phone, a desktop, light and dark, with a search.

Foreign text is escaped by Jinja. A picture is shown as an image, in which no script runs. The page's own policy
(Content-Security-Policy) lets nothing run or load but the one script and style that are part of it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import jinja2

from plinth.reports.model import (
    DONE,
    SYMBOLS,
    Change,
    Loss,
    PropertyChange,
    Report,
    count_text,
    name_of,
    worst,
)
from plinth.reports.text import NOTHING, lines, one_line, remarks, title, visible

HERE = Path(__file__).parent
FOLDED = 200
"""Characters above which a value is shown when it is asked for."""

LOSSES = {
    Loss.DATA: "Data is deleted or replaced",
    Loss.IDENTITY: "Replaced or deleted, and others hold its id, address or name",
    Loss.NOTHING: "Also replaced or deleted",
}


def render(reports: Sequence[Report]) -> str:
    """The page on all of `reports`."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = {
        "visible": visible,
        "one_line": one_line,
        "name_of": name_of,
        "kind": title,
        "remarks": remarks,
        "count_text": count_text,
        "image": image,
        "told": told,
        "value": value,
    }
    cast("dict[str, Any]", templates.filters).update(filters)
    script, style = ((HERE / name).read_text(encoding="utf-8") for name in ("page.js", "page.css"))
    return templates.get_template("page.html.jinja").render(
        reports=reports,
        verdict=worst(reports),
        losses=LOSSES,
        symbols=SYMBOLS,
        done=DONE,
        folded=FOLDED,
        script=script,
        style=style,
        script_hash=source_hash(script),
        style_hash=source_hash(style),
    )


def source_hash(text: str) -> str:
    """As a Content-Security-Policy names an inline script or style (W3C: "Content Security Policy Level 3")."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def image(svg: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode(errors='replace')).decode()}"


def told(change: Change, *, noise: bool) -> list[PropertyChange]:
    return [item for item in change.properties if item.noise is noise]


def value(text: str | None) -> str:
    """A value as it is shown: line feeds stay, as it may be a document."""
    if text is None:
        return "(none)"
    return "\n".join(lines(text)) or NOTHING
