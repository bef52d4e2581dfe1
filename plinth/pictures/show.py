"""`plinth graph`: a stack's picture, to a file or to standard output."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

from plinth.errors import UserError
from plinth.pictures.mermaid import flowchart
from plinth.pictures.reading import read
from plinth.pictures.svg import draw
from plinth.preview import rehearse_preview


def show(folder: Path, stack: str, kind: Literal["svg", "mermaid"], output: Path | None) -> None:
    """Draw `stack` of the program at `folder` or above. Raises `UserError`."""
    if output and not os.access(output.parent, os.W_OK):
        raise UserError(
            f"--output {output}: {output.parent} is no folder that can be written to, so the picture would be lost. "
            "Name a file in one that is."
        )
    picture = read(rehearse_preview(folder, stack).after)
    text = draw(picture, f"The architecture of stack {stack}") if kind == "svg" else flowchart(picture)
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
