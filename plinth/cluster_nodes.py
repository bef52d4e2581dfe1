"""The file that says what nodes a cluster has, for `plinth check --nodes`.

Either what `kubectl get nodes -o yaml` prints, or the short form:

    nodes:
      - count: 3
        instanceType: m6i.large
        labels: {eks.amazonaws.com/capacityType: ON_DEMAND}
        taints: [{key: only, value: batch, effect: NoSchedule}]

A type that Plinth does not know says what it offers itself: `allocatable: {cpu: 1930m, memory: 3388360Ki, pods: 17}`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from aws_facts import node_labels as labels
from aws_facts.instances import INSTANCE_TYPES
from plinth.errors import UserError
from plinth.manifests import Manifest, read_file

KEYS = ("count", "instanceType", "labels", "taints", "allocatable")


def read_nodes(path: Path) -> list[dict[str, Any]]:
    """The nodes in a file, each as Kubernetes writes a Node. Raises `UserError`."""
    found = [node for document in read_file(path) for node in nodes_of(document)]
    if not found:
        raise UserError(
            f"{path}: no nodes in it, so pods could not be compared with any. Write `nodes:` with an `instanceType` each, or take what "
            "`kubectl get nodes -o yaml` prints."
        )
    return found


def nodes_of(document: Manifest) -> Iterator[dict[str, Any]]:
    if document.kind == "Node":
        yield document.content
        return
    items: Any = document.content.get("nodes")
    unknown = sorted(document.content.keys() - {"nodes"})
    if unknown or not isinstance(items, list):
        raise UserError(
            f"{document.place()}: {', '.join(unknown) or 'nodes'} is not what a file of nodes says, so no node would be known. Write "
            "`nodes:` and a list, or take what `kubectl get nodes -o yaml` prints."
        )
    for index, item in enumerate(cast("list[Any]", items)):
        said = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
        yield from expanded(f"{document.place(('nodes', index))}: nodes[{index}]", f"node-{index + 1}", said)


def expanded(where: str, name: str, said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """As many Nodes as one entry of the short form counts."""
    for key in said:
        if key not in KEYS:
            close = difflib.get_close_matches(str(key), KEYS, n=1)
            hint = f"Did you mean '{close[0]}'?" if close else f"Known: {', '.join(KEYS)}."
            raise UserError(f"{where}.{key}: no such key, so it would be ignored. {hint}")
    kind, offered, count = said.get("instanceType"), said.get("allocatable"), said.get("count", 1)
    if str(kind) not in INSTANCE_TYPES and not offered:
        raise UserError(
            f"{where}.instanceType: {kind!r} is no instance type that Plinth knows, so its room is not known. Say "
            "`allocatable: {cpu, memory, pods}`, or mend the name."
        )
    if not isinstance(count, int) or count < 1:
        raise UserError(
            f"{where}.count: {count!r} is no number of nodes. Write 1 or more, or leave the entry out."
        )
    known = INSTANCE_TYPES.get(str(kind))
    arch = {labels.ARCH: known.arch} if known else {}
    own: dict[str, Any] = {
        labels.OS: "linux",
        labels.INSTANCE_TYPE: str(kind),
        **arch,
        **(said.get("labels") or {}),
    }
    for number in range(count):
        yield {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": f"{name}-{number + 1}", "labels": own},
            "spec": {"taints": said.get("taints") or []},
            "status": {"allocatable": offered or {}},
        }
