"""Takes protection off a stack that is to be destroyed in a rehearsal, where nothing can be lost.

In an account `pulumi destroy` refuses protected resources, AWS refuses those with deletion protection, and what is marked
`retainOnDelete` stays. A rehearsal that ended so could never be repeated: names would be taken by what was left over.
What a killed `up` made, and the state therefore does not know, goes for the same reason.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

from plinth.pulumi_arguments import PulumiArguments
from plinth.stack_state import StackState

DESTROY = {"destroy", "down", "dn"}
IN_PART = {"--preview-only", "--target", "-t", "--target-dependents", "--exclude", "--exclude-protected"}


def takes_all_down(command: PulumiArguments) -> bool:
    """Whether `command` destroys a whole stack; a part of it, and a preview, meet the protection as in an account."""
    said = {argument.partition("=")[0] for argument in command.arguments}
    return command.words[0] in DESTROY and not said & IN_PART


def lift_protection(state: StackState, cloud: Path) -> None:
    """Mark all resources of a stack as deletable and say which were not; forget what its `cloud` holds beside them.

    Raises `UserError` if its state cannot be read.
    """
    from plinth.simulator.cloud import Cloud  # with gRPC, half a second that only a destroy pays

    exported = state.read()
    resources: list[dict[str, Any]] = exported["deployment"].get("resources") or []
    with contextlib.closing(Cloud(cloud)) as record:
        record.forget_others(state.stack_urn, {(item["urn"], item.get("id", "")) for item in resources})
    held = [item for item in resources if item.get("protect") or item.get("retainOnDelete")]
    if not held:
        return
    for item in held:
        item.pop("protect", None)
        item.pop("retainOnDelete", None)
    state.write(exported)
    names = ", ".join(
        f"{item['type'].rpartition(':')[2]} {item['urn'].rpartition('::')[2]}" for item in held[:5]
    )
    more = f" and {len(held) - 5} more" if len(held) > 5 else ""
    sys.stderr.write(
        f"plinth: in an account, {names}{more} would not be deleted: they are protected, or kept when the stack goes. "
        "The rehearsal takes them down.\n"
    )
