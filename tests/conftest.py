"""`rehearse`: run the real engine on the simulated cloud, and look at what it said and did."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A property that is checked on a busy machine is no less true.
settings.register_profile("project", deadline=None)
settings.load_profile("project")

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Result:
    """What one `plinth rehearse` left: exit code, all its output, and the engine's events."""

    exit_code: int
    output: str
    events: list[dict[str, Any]] = field(default_factory=list)

    def diagnostics(self, severity: str) -> list[str]:
        found = (event["diagnosticEvent"] for event in self.events if "diagnosticEvent" in event)
        return [item["message"] for item in found if item["severity"] == severity]

    @property
    def violations(self) -> list[dict[str, Any]]:
        """The policy events: `policyName`, `resourceUrn`, `message`, `enforcementLevel`..."""
        return [event["policyEvent"] for event in self.events if "policyEvent" in event]

    @property
    def steps(self) -> dict[str, str]:
        """The planned operation for each urn: `create`, `update`, `replace`, `delete`, `same`..."""
        steps: dict[str, str] = {}
        for event in self.events:
            step = event.get("resourcePreEvent", {}).get("metadata")
            if step and steps.get(step["urn"]) != "replace":
                steps[step["urn"]] = step["op"]
        return steps

    @property
    def changes(self) -> dict[str, int]:
        """The engine's own summary: how many resources for each operation."""
        for event in self.events:
            if "summaryEvent" in event:
                return event["summaryEvent"].get("resourceChanges", {})
        return {}


@dataclass(frozen=True)
class Rehearsal:
    """One program folder with its own simulated cloud."""

    folder: Path

    def __call__(
        self,
        *arguments: str,
        stack: str = "test",
        env: Mapping[str, str] | None = None,
        expect_exit: int | None = 0,
    ) -> Result:
        """Run `plinth rehearse ARGUMENTS -s STACK` and, for previews and updates, read the event log."""
        log = self.folder / "events.json"
        log.unlink(missing_ok=True)
        with_events = arguments[0] in {"preview", "up", "refresh", "destroy"}
        extra = ["--event-log", str(log)] if with_events else []
        if with_events and arguments[0] != "preview":
            extra += ["--yes", "--skip-preview"]
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "plinth",
                "rehearse",
                *arguments,
                "-s",
                stack,
                "--non-interactive",
                *extra,
            ],
            cwd=self.folder,
            env={**os.environ, **(env or {})},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if expect_exit is not None:
            assert done.returncode == expect_exit, done.stdout
        events = [json.loads(line) for line in log.read_text().splitlines()] if log.is_file() else []
        return Result(done.returncode, done.stdout, events)

    def state(self, stack: str = "test") -> list[dict[str, Any]]:
        """The resources of the stack's state, in order."""
        exported = json.loads(self("stack", "export", stack=stack).output)
        return exported["deployment"].get("resources", [])

    def write(self, source: str) -> None:
        """Replace the program."""
        (self.folder / "__main__.py").write_text(textwrap.dedent(source), encoding="utf-8")


@pytest.fixture(scope="session")
def make_rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Rehearsal]:
    """Make a program folder from source text: `make_rehearsal(source, config={...})`."""

    def make(
        source: str, *, config: Mapping[str, Any] | None = None, stacks: Sequence[str] = ("test",)
    ) -> Rehearsal:
        folder = tmp_path_factory.mktemp("program")
        definition = {"name": "case", "runtime": {"name": "python"}}
        (folder / "Pulumi.yaml").write_text(json.dumps(definition), encoding="utf-8")
        settings = {"config": {"aws:region": "ap-northeast-2", **(config or {})}}
        for stack in stacks:
            (folder / f"Pulumi.{stack}.yaml").write_text(json.dumps(settings), encoding="utf-8")
        rehearsal = Rehearsal(folder)
        rehearsal.write(source)
        return rehearsal

    return make
