"""The engine's event log: the lines of JSON that `pulumi preview --event-log FILE` leaves.

The events are those of Pulumi's `sdk/go/common/apitype/events.go`. `pulumi` offers the flag when PULUMI_DEBUG_COMMANDS
is true, as in every rehearsal.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from plinth.errors import UserError

Event = dict[str, Any]
"""An event, or an object in it, as JSON gives it."""


def read_log(path: Path) -> list[Event]:
    """The events in the order in which they happened. Raises `UserError` when `path` is no event log."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # a value may hold Unicode's other line breaks
        events = [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError) as problem:
        raise UserError(
            f"{path}: cannot be read as an event log, so there is nothing to report: {problem}. Make one with "
            "`plinth rehearse preview --event-log FILE`; one that ends in the middle comes from a killed preview."
        ) from problem
    if not events or not all(isinstance(event, dict) and "sequence" in event for event in events):
        raise UserError(
            f"{path}: holds no events of the Pulumi engine, so there is nothing to report. "
            "Make it with `plinth rehearse preview --event-log FILE`."
        )
    return events
