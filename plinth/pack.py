"""Loads a policy pack's rules by the path of its folder, as Pulumi does: the pack is no package of the tool."""

from __future__ import annotations

import sys
from pathlib import Path

from plinth.errors import UserError

SHIPPED = Path(__file__).parent.parent / "policies"


def load(folder: Path | None = None) -> Path:
    """Make `incidents` of the pack in `folder` importable (the shipped one without a word); the folder."""
    folder = (folder or SHIPPED).resolve()
    if not (folder / "incidents" / "rules").is_dir():
        raise UserError(
            f"{folder}: holds no incidents/rules/, so it is not Plinth's policy pack. "
            "Name its folder with --policy-pack DIR."
        )
    sys.path.insert(0, str(folder))
    return folder
