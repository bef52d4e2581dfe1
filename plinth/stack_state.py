"""A rehearsed stack's state, by way of `pulumi stack export` and `import`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plinth.engine import Engine
from plinth.errors import UserError
from plinth.program import Program


@dataclass(frozen=True)
class StackState:
    """Where a stack's state is. Reading and writing raise `UserError` when Pulumi cannot read or write it."""

    program: Program
    stack: str
    pulumi: Engine
    environment: Mapping[str, str]

    @property
    def stack_urn(self) -> str:
        """What the urns of its resources begin with, after `urn:pulumi:`."""
        return f"{self.stack}::{self.program.definition['name']}"

    def read(self) -> dict[str, Any]:
        return json.loads(self._run("export"))

    def write(self, exported: Mapping[str, Any]) -> None:
        self._run("import", json.dumps(exported))

    def _run(self, command: str, given: str | None = None) -> str:
        folder = self.program.rehearsed_stack_file(self.stack).parent
        done = subprocess.run(
            [self.pulumi.pulumi, "stack", command, "--stack", self.stack, "--non-interactive", "-C", folder],
            env=dict(self.environment),
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise UserError(f"stack {self.stack!r}: {command} of its state failed:\n{done.stderr.strip()}")
        return done.stdout
