"""The generated pages of the documentation (`make docs`). Those of the rules are generated beside the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from plinth.reference.components_page import components_page
from plinth.reference.environment_page import environment_page
from plinth.reference.settings_page import settings_page

FOLDER = Path(__file__).parents[2] / "docs" / "reference"

PAGES: Mapping[Path, Callable[[], Iterator[str]]] = {
    FOLDER / "settings.md": settings_page,
    FOLDER / "environment.md": environment_page,
    FOLDER / "components.md": components_page,
}
"""By its file, the lines of each page."""
