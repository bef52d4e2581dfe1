"""Takes protection off a stack that is to be destroyed in a rehearsal, where nothing can be lost.

In an account `pulumi destroy` refuses protected resources, AWS refuses those with deletion protection, and what is marked
`retainOnDelete` stays. A rehearsal that ended so could never be repeated: names would be taken by what was left over.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from plinth.engine import Engine
from plinth.errors import UserError
from plinth.program import Program
from plinth.pulumi_arguments import PulumiArguments

DESTROY = {"destroy", "down", "dn"}
IN_PART = {"--preview-only", "--target", "-t", "--target-dependents", "--exclude", "--exclude-protected"}


def takes_all_down(command: PulumiArguments) -> bool:
    """Whether `command` destroys a whole stack; a part of it, and a preview, meet the protection as in an account."""
    said = {argument.partition("=")[0] for argument in command.arguments}
    return command.words[0] in DESTROY and not said & IN_PART


def lift_protection(program: Program, stack: str, pulumi: Engine, environment: Mapping[str, str]) -> None:
    """Mark all resources of `stack` as deletable, and say which were not. Raises `UserError` if the state cannot be read."""

    def state(command: str, given: str | None = None) -> str:
        folder = program.rehearsed_stack_file(stack).parent
        done = subprocess.run(
            [pulumi.pulumi, "stack", command, "--stack", stack, "--non-interactive", "-C", folder],
            env=dict(environment),
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise UserError(f"stack {stack!r}: {command} of its state failed:\n{done.stderr.strip()}")
        return done.stdout

    exported = json.loads(state("export"))
    resources: list[dict[str, Any]] = exported["deployment"].get("resources") or []
    held = [item for item in resources if item.get("protect") or item.get("retainOnDelete")]
    if not held:
        return
    for item in held:
        item.pop("protect", None)
        item.pop("retainOnDelete", None)
    state("import", json.dumps(exported))
    names = ", ".join(
        f"{item['type'].rpartition(':')[2]} {item['urn'].rpartition('::')[2]}" for item in held[:5]
    )
    more = f" and {len(held) - 5} more" if len(held) > 5 else ""
    sys.stderr.write(
        f"plinth: in an account, {names}{more} would not be deleted: they are protected, or kept when the stack goes. "
        "The rehearsal takes them down.\n"
    )
