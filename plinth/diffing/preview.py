"""One preview with the policy pack in strict mode, and the report on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import plinth
from plinth.diffing import verdicts
from plinth.diffing.base import OUTPUT_LINES, engine_run
from plinth.errors import UserError
from plinth.event_log import read_log
from plinth.preview import Preview, parse
from plinth.program import Program
from plinth.rehearsal import Invocation
from plinth.reports.events import read_events
from plinth.reports.model import Report

STRICT = {"undecided": "mandatory"}
"""What could not be decided fails; a pack without that policy does not mind."""

PLAN = "plan.json"
BOOKS = "verdicts.json"


def previewed(
    program: Program, stack: str, folder: Path, prepared: Callable[[list[str]], Invocation]
) -> tuple[Report, Preview]:
    """Preview `stack`, by the command line that `prepared` makes of arguments; `folder` takes the event log, what the policy
    pack judged as `BOOKS`, and the plan as `PLAN` when the preview passes.

    Raises `UserError` when the engine leaves no log, with what it said.
    """
    log, plan = folder / "events.json", folder / PLAN
    arguments = ["preview", "--non-interactive", "--color", "never", "--stack", stack]
    kept = ["--event-log", str(log), "--save-plan", str(plan)]
    run = prepared([*arguments, *kept, *policy_flags(program, folder)])
    books = {verdicts.ASKED_FOR: str(folder / BOOKS)}
    done = engine_run(run.argv, program.folder, {**run.environment, **books})
    if not log.is_file() or not log.stat().st_size:
        told = "\n".join(done.stdout.strip().splitlines()[-OUTPUT_LINES:])
        raise UserError(f"{program.folder}: stack {stack!r} cannot be previewed:\n{told}")
    events = read_log(log)
    report = read_events(events)
    plans: dict[str, Any] = json.loads(plan.read_text(encoding="utf-8")) if plan.is_file() else {}
    return replace(report, finished=not done.returncode and report.finished), parse(events, plans)


def policy_flags(program: Program, folder: Path) -> list[str]:
    """The program's own pack if it has one, else the one that comes with this tool's source."""
    places = (program.folder / "policies", Path(plinth.__path__[0]).parent / "policies")
    pack = next((place for place in places if (place / "PulumiPolicy.yaml").is_file()), None)
    if pack is None:
        return []
    strict = folder / "strict.json"
    strict.write_text(json.dumps(STRICT), encoding="utf-8")
    return ["--policy-pack", str(pack), "--policy-pack-config", str(strict)]
