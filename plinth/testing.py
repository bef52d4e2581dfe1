"""A harness for tests of CrossGuard packs on the real engine, with the simulated cloud (docs/testing-policies.md).

Many independent cases go into one program, and so into one preview: an engine run costs seconds, a case more costs nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plinth.event_log import read_log

UNDECIDED = "undecided"
"""The policy of Plinth's pack that names what a rule could not decide, as `RULE: why`."""


@dataclass(frozen=True)
class Result:
    """What one `plinth rehearse` left: exit code, all its output, and the engine's events."""

    exit_code: int
    output: str
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

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

    def failed(self, policy: str, level: str = "mandatory") -> set[str]:
        """The names of the resources that `policy` fails at `level`."""
        return {
            name_of(found)
            for found in self.violations
            if found["policyName"] == policy and found["enforcementLevel"] == level and not is_unrun(found)
        }

    def undecided(self, policy: str) -> set[str]:
        """The names of the resources that `policy` could not decide: as Plinth's pack says it, or as the SDK does."""
        return {
            name_of(found)
            for found in self.violations
            if (found["policyName"] == UNDECIDED and f"{policy}: " in found["message"])
            or (found["policyName"] == policy and is_unrun(found))
        }


def name_of(violation: Mapping[str, Any]) -> str:
    return str(violation["resourceUrn"]).rpartition("::")[2]


def is_unrun(violation: Mapping[str, Any]) -> bool:
    """Whether the SDK says that the policy read an unknown, upon which it lets the resource pass (pulumi-policy 1.21)."""
    return "can't run policy" in violation["message"]


@dataclass(frozen=True)
class Rehearsal:
    """One program folder with its own simulated cloud."""

    folder: Path

    @classmethod
    def make(
        cls,
        folder: Path,
        source: str,
        *,
        config: Mapping[str, Any] | None = None,
        stacks: Sequence[str] = ("test",),
    ) -> Rehearsal:
        """Write a program with the text `source` and its stack files into `folder`, which exists."""
        definition = {"name": "case", "runtime": {"name": "python"}}
        (folder / "Pulumi.yaml").write_text(json.dumps(definition), encoding="utf-8")
        settings = {"config": {"aws:region": "ap-northeast-2", **(config or {})}}
        for stack in stacks:
            (folder / f"Pulumi.{stack}.yaml").write_text(json.dumps(settings), encoding="utf-8")
        rehearsal = cls(folder)
        rehearsal.write(source)
        return rehearsal

    def __call__(
        self,
        *arguments: str,
        stack: str = "test",
        env: Mapping[str, str] | None = None,
        expect_exit: int | None = 0,
    ) -> Result:
        """Run `plinth rehearse ARGUMENTS -s STACK` and, for previews and updates, read the event log.

        Raises `AssertionError` with all output for another exit code than `expect_exit` (None: any).
        """
        log = self.folder / "events.json"
        log.unlink(missing_ok=True)
        with_events = arguments[0] in {"preview", "up", "refresh", "destroy"}
        extra = ["--event-log", str(log)] if with_events else []
        if with_events and arguments[0] != "preview":
            extra += ["--yes", "--skip-preview"]
        command = ["rehearse", *arguments, "-s", stack, "--non-interactive", *extra]
        done = subprocess.run(
            [sys.executable, "-m", "plinth", *command],
            cwd=self.folder,
            env={**os.environ, **(env or {})},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if expect_exit not in (None, done.returncode):
            raise AssertionError(done.stdout)
        events = read_log(log) if log.is_file() and log.stat().st_size else []
        return Result(done.returncode, done.stdout, events)

    def state(self, stack: str = "test") -> list[dict[str, Any]]:
        """The resources of the stack's state, in order."""
        exported = json.loads(self("stack", "export", stack=stack).output)
        return exported["deployment"].get("resources", [])

    def write(self, source: str) -> None:
        """Replace the program."""
        (self.folder / "__main__.py").write_text(textwrap.dedent(source), encoding="utf-8")


@dataclass(frozen=True)
class Cases:
    """Source text by the name of the resource that is judged, all on top of `base`, which holds what they share.

    `broken` must fail, `benign` must not, `unknown` must be undecided: not pass by accident.
    """

    base: str
    broken: Mapping[str, str]
    benign: Mapping[str, str] = field(default_factory=dict[str, str])
    unknown: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def program(self) -> str:
        return joined(self.base, [*self.broken.values(), *self.benign.values(), *self.unknown.values()])

    def check(self, folder: Path, pack: Path, policy: str, *, stack: str = "test") -> Result:
        """Preview all cases with `pack` in the empty `folder`, and compare what `policy` says of each.

        Raises `AssertionError` that names each case which came out otherwise.
        """
        result = preview(Rehearsal.make(folder, self.program, stacks=(stack,)), pack, stack=stack)
        failed, undecided = result.failed(policy), result.undecided(policy)
        wrong = [
            *(f"{name} should fail, and does not" for name in sorted(self.broken.keys() - failed)),
            *(f"{name} fails, and should not" for name in sorted(failed - self.broken.keys())),
            *(f"{name} should be undecided, and is not" for name in sorted(self.unknown.keys() - undecided)),
            *(f"{name} is undecided, and should not be" for name in sorted(undecided - self.unknown.keys())),
        ]
        if wrong:
            raise AssertionError("\n".join([f"{policy}:", *wrong, result.output]))
        return result


def joined(base: str, cases: Iterable[str]) -> str:
    return "\n".join([textwrap.dedent(base), *map(textwrap.dedent, cases)])


def preview(rehearsal: Rehearsal, pack: Path, *, stack: str = "test") -> Result:
    """A preview with `pack`; violations are no error here, but a program that does not run is."""
    result = rehearsal("preview", "--policy-pack", str(pack), stack=stack, expect_exit=None)
    if not all("preview failed" in error for error in result.diagnostics("error")):
        raise AssertionError(result.output)
    return result
