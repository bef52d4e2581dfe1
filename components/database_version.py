"""Refuses, at preview already, an engine version that a new cluster cannot have, or a running one cannot or must not become.

The stack file alone does not know what runs, and AWS refuses only once the update is under way. The engine knows: before it
makes or updates a resource it hands the old and the new inputs to the resource's hooks, in a preview too if they ask for it.
"""

from __future__ import annotations

import pulumi

from settings.database import DatabaseSettings, version_problem


def version_check(name: str, settings: DatabaseSettings) -> pulumi.ResourceHookBinding:
    """A hook for before the cluster `name` is made or updated; what it raises ends the preview or the update."""

    def check(change: pulumi.ResourceHookArgs) -> None:
        running = (change.old_inputs or {}).get("engineVersion")
        if wrong := version_problem(running, settings.version, allow_major=settings.allow_major_upgrade):
            raise ValueError(f"plinth:database.version: {wrong}")

    hook = pulumi.ResourceHook(f"{name}: version", check, pulumi.ResourceHookOptions(on_dry_run=True))
    return pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])
