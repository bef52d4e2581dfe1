"""JSON for programs: the whole model, in a stable order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from plinth.reports.model import Report, counts, worst

VERSION = 1
"""Rises when a key changes its meaning or goes away."""


def render(reports: Sequence[Report]) -> str:
    document = {
        "version": VERSION,
        "verdict": worst(reports).value,
        "stacks": [stack(report) for report in reports],
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def stack(report: Report) -> dict[str, Any]:
    changes = [asdict(change) | {"loss": change.loss.name.lower()} for change in report.changes]
    return asdict(report) | {
        "verdict": report.verdict.value,
        "counts": {operation.value: count for operation, count in counts(report.changes).items()},
        "changes": changes,
    }
