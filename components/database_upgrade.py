"""Refuses, at preview already, an engine version that the running cluster cannot or must not become.

The stack file alone does not know what runs, and AWS refuses only once the update is under way. The engine knows: before it
updates a resource it hands the old and the new inputs to the resource's hooks, in a preview too if they ask for it.
"""

from __future__ import annotations

import pulumi

from settings.database import DatabaseSettings, upgrade_problem


def upgrade_check(name: str, settings: DatabaseSettings) -> pulumi.ResourceHook:
    """A hook for before the update of the cluster `name`; what it raises ends the preview or the update."""

    def check(update: pulumi.ResourceHookArgs) -> None:
        running = (update.old_inputs or {}).get("engineVersion")
        if wrong := running and upgrade_problem(
            running, settings.version, allow_major=settings.allow_major_upgrade
        ):
            raise ValueError(f"plinth:database.version: {wrong}")

    return pulumi.ResourceHook(f"{name}: version", check, pulumi.ResourceHookOptions(on_dry_run=True))
