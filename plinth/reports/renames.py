"""Sees a rename in what the engine calls a creation and a deletion.

To Pulumi another logical name is another resource: the old one is deleted, which nobody who changes a name expects. Two
resources are one renamed when type and parent are the same and so is every input but the names and tags.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

from plinth.reports.differences import UNKNOWN, property_changes
from plinth.reports.loss import loss_of
from plinth.reports.model import Change, Operation

NAMES = {
    "name",
    "namePrefix",
    "tags",
    "tagsAll",
    "bucket",
    "identifier",
    "clusterIdentifier",
    "replicationGroupId",
    "__defaults",
}
"""The inputs that follow a name (pulumi-aws: the properties that auto-naming fills, and tags)."""

Step = dict[str, Any]


def merge_renames(steps: Iterable[tuple[Change, Step]]) -> list[Change]:
    """The changes, with each creation and deletion that are one rename as a single replacement."""
    changes = list(steps)
    deleted = [item for item in changes if item[0].operation is Operation.DELETE]
    merged: list[Change] = []
    for change, step in sorted(changes, key=lambda item: item[0].urn):
        if change.operation is Operation.DELETE:
            continue
        made = (change, step)
        if before := [item for item in deleted if is_rename(item, made)]:
            nearest = max(before, key=lambda item: SequenceMatcher(None, item[0].name, made[0].name).ratio())
            deleted.remove(nearest)
            merged.append(renamed(nearest, made))
        else:
            merged.append(change)
    return merged + [change for change, _ in deleted]


def is_rename(gone: tuple[Change, Step], made: tuple[Change, Step]) -> bool:
    (old, before), (new, after) = gone, made
    if new.operation is not Operation.CREATE or old.type != new.type:
        return False
    state, planned = before["old"], after["new"]
    if not planned.get("custom") or state.get("parent") != planned.get("parent"):
        return False
    olds, news = ({k: v for k, v in side["inputs"].items() if k not in NAMES} for side in (state, planned))
    return bool(olds) and olds.keys() == news.keys() and all(same(olds[key], news[key]) for key in olds)


def same(old: Any, new: Any) -> bool:
    return old == new or UNKNOWN in json.dumps(new)


def renamed(gone: tuple[Change, Step], made: tuple[Change, Step]) -> Change:
    (old, before), (new, after) = gone, made
    return replace(
        new,
        operation=Operation.REPLACE,
        loss=loss_of(new.type, Operation.REPLACE),
        properties=property_changes(new.type, {"old": before["old"], "new": after["new"]}),
        renamed_from=old.name,
        protected=old.protected,
        retained=old.retained,
    )
