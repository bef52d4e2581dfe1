"""One preview with the policy pack in strict mode, and the report on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import plinth
from plinth.diffing.base import OUTPUT_LINES, engine_run
from plinth.errors import UserError
from plinth.program import Program
from plinth.rehearsal import Invocation
from plinth.reports.events import read_event_log
from plinth.reports.model import Report

STRICT = {"undecided": "mandatory"}
"""What could not be decided fails; a pack without that policy does not mind."""


def previewed(
    program: Program, stack: str, folder: Path, prepared: Callable[[list[str]], Invocation]
) -> Report:
    """Preview `stack`, by the command line that `prepared` makes of arguments; `folder` takes the event log.

    Raises `UserError` when the engine leaves no log, with what it said.
    """
    log = folder / "events.json"
    arguments = ["preview", "--non-interactive", "--color", "never", "--stack", stack]
    run = prepared([*arguments, "--event-log", str(log), *policy_flags(program, folder)])
    done = engine_run(run.argv, program.folder, run.environment)
    if not log.is_file() or not log.stat().st_size:
        told = "\n".join(done.stdout.strip().splitlines()[-OUTPUT_LINES:])
        raise UserError(f"{program.folder}: stack {stack!r} cannot be previewed:\n{told}")
    report = read_event_log(log)
    return replace(report, finished=False) if done.returncode else report


def policy_flags(program: Program, folder: Path) -> list[str]:
    """The program's own pack if it has one, else the one that comes with this tool's source."""
    places = (program.folder / "policies", Path(plinth.__path__[0]).parent / "policies")
    pack = next((place for place in places if (place / "PulumiPolicy.yaml").is_file()), None)
    if pack is None:
        return []
    strict = folder / "strict.json"
    strict.write_text(json.dumps(STRICT), encoding="utf-8")
    return ["--policy-pack", str(pack), "--policy-pack-config", str(strict)]
