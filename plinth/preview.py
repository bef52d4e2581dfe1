"""What a rehearsed preview says of a stack's resources, with the edges between them, as plain data.

The engine's event log has what each resource is given; its plan file (`--save-plan`) has which resources each property
depends on, which the log leaves out. At preview ids are unknown, so it is by these edges that one resource names another.
Values that are secret are masked by the engine in the log; of the plan, which encrypts them, only edges are read.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from plinth.errors import UserError
from plinth.event_log import read_log
from plinth.program import Program

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's value for what is not known before it is made (`pulumi.runtime.rpc.UNKNOWN`)."""

GONE = frozenset({"delete", "delete-replaced", "discard", "discard-replaced", "read-discard"})
"""Operations after which a resource is no longer there."""


@dataclass(frozen=True)
class Resource:
    """One resource: its inputs as the program gave them, the urns that each of them depends on, and its provider's urn."""

    urn: str
    type: str
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    edges: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    parent: str = ""
    provider: str = ""
    custom: bool = True
    """False for a component, which groups others and is nothing in the cloud."""

    @classmethod
    def read(cls, item: Mapping[str, Any], edges: Mapping[str, Sequence[str]] | None = None) -> Resource:
        """From an item of the event log, or of a state as `pulumi stack export` writes it, which has the edges itself."""
        return cls(
            urn=item["urn"],
            type=item["type"],
            inputs=item.get("inputs") or {},
            edges=edges or item.get("propertyDependencies") or {},
            parent=item.get("parent") or "",
            provider=(item.get("provider") or "").rpartition("::")[0],
            custom=bool(item.get("custom")),
        )

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]

    def known(self, *path: str) -> Any:
        """The input at `path`; None where there is none or where it is not known yet."""
        value: Any = self.inputs
        for step in path:
            value = cast("Mapping[str, Any]", value).get(step) if isinstance(value, Mapping) else None
        return None if value == UNKNOWN else value

    def targets(self, prop: str) -> Sequence[str]:
        return self.edges.get(prop, ())


@dataclass(frozen=True)
class Preview:
    """A stack as it is, and as it would be. Deterministic: both in the order of their urns."""

    before: Sequence[Resource]
    after: Sequence[Resource]


def parse(
    events: Iterable[Mapping[str, Any]],
    plan: Mapping[str, Any],
    state: Iterable[Mapping[str, Any]] = (),
) -> Preview:
    """What an event log and the plan of the same preview say.

    No plan has what goes: its edges are in `state`, the resources of the stack's deployment as `pulumi stack export`
    writes them. Without it they have none.
    """
    old_edges = {item["urn"]: item.get("propertyDependencies") for item in state}
    before: dict[str, Resource] = {}
    after: dict[str, Resource] = {}
    plans: Mapping[str, dict[str, Any]] = plan.get("resourcePlans") or {}
    for event in events:
        step = event.get("resourcePreEvent", {}).get("metadata")
        if not step:
            continue
        urn: str = step["urn"]
        goal: Mapping[str, Any] = plans.get(urn, {}).get("goal") or {}
        edges = goal.get("propertyDependencies") or old_edges.get(urn)
        if step.get("old"):
            before[urn] = Resource.read(step["old"], edges)
        if step.get("new") and step["op"] not in GONE:
            after[urn] = Resource.read(step["new"], edges)
    return Preview([item for _, item in sorted(before.items())], [item for _, item in sorted(after.items())])


def rehearse_preview(folder: Path, stack: str) -> Preview:
    """Preview `stack` of the program at `folder` or above in the simulated cloud.

    Raises `UserError` with the engine's own output when the preview fails.
    """
    program = Program.find(folder)
    with TemporaryDirectory(prefix="plinth-") as scratch:
        log, plan = Path(scratch, "events.json"), Path(scratch, "plan.json")
        arguments = ["preview", "-s", stack, "--non-interactive", "--event-log", log, "--save-plan", plan]
        done = subprocess.run(
            [sys.executable, "-m", "plinth", "rehearse", *arguments],
            cwd=program.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise UserError(
                f"{program.folder}: the preview of stack {stack!r} failed, so there is nothing to look at. "
                f"Mend what it says:\n{done.stdout.strip().removeprefix('error: ')}"
            )
        return parse(read_log(log), json.loads(plan.read_text(encoding="utf-8")))
