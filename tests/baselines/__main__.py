"""Record the states of all stack files under a milestone's name."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.components.conftest import copy_project
from tests.conftest import ROOT

FOLDER = Path(__file__).parent

OF_THIS_RUN = ("created", "modified", "sourcePosition", "stackTrace")
"""What differs from run to run, and names places on the machine that recorded it."""


def main() -> None:
    match sys.argv[1:]:
        case [name] if not (FOLDER / name).exists():
            record(FOLDER / name)
        case _:
            sys.exit("usage: python -m tests.baselines NAME-OF-A-NEW-MILESTONE")


def record(milestone: Path) -> None:
    files = sorted(ROOT.glob("Pulumi.*.yaml"))
    with tempfile.TemporaryDirectory() as folder:
        rehearsal = copy_project(Path(folder))
        states: dict[str, Any] = {}
        for file in files:
            stack = file.name.split(".")[1]
            rehearsal("up", stack=stack)
            states[stack] = json.loads(rehearsal("stack", "export", stack=stack).output)
    milestone.mkdir()
    for file in files:
        shutil.copy(file, milestone)
    for stack, state in states.items():
        (milestone / f"{stack}.json").write_text(written(state))


def written(state: dict[str, Any]) -> str:
    """An export as text, a line for each resource. Secrets stay encrypted, as they are in the state."""
    deployment: dict[str, Any] = state["deployment"]
    resources: list[dict[str, Any]] = deployment.pop("resources")
    deployment["manifest"]["time"] = "2000-01-01T00:00:00Z"
    lines = (
        json.dumps({key: value for key, value in item.items() if key not in OF_THIS_RUN}, sort_keys=True)
        for item in resources
    )
    head = json.dumps({**state, "deployment": {**deployment, "resources": []}}, sort_keys=True)
    before, _, after = head.partition('"resources": [')
    return before + '"resources": [\n' + ",\n".join(lines) + "\n" + after + "\n"


if __name__ == "__main__":
    main()
