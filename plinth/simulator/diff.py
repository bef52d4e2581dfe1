"""What changes between two sets of inputs, and which changes replace the resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi.runtime.proto import provider_pb2 as proto

from plinth.simulator.check import META
from plinth.simulator.values import Secret, plain

KINDS = {
    ("add", False): proto.PropertyDiff.ADD,
    ("add", True): proto.PropertyDiff.ADD_REPLACE,
    ("delete", False): proto.PropertyDiff.DELETE,
    ("delete", True): proto.PropertyDiff.DELETE_REPLACE,
    ("update", False): proto.PropertyDiff.UPDATE,
    ("update", True): proto.PropertyDiff.UPDATE_REPLACE,
}


@dataclass(frozen=True)
class Change:
    """One property that differs. `path` is Pulumi's property path; `kind` is add, delete or update."""

    path: str
    kind: str
    replaces: bool = False


def changes(
    old: Mapping[str, Any], new: Mapping[str, Any], replacing: Sequence[str], ignored: Sequence[str]
) -> list[Change]:
    """The differences from `old` to `new`, sorted by path; `replacing` and `ignored` name paths, indices left out.

    An unknown value counts as changed: a replacement is planned where it could be needed, as the real provider does.
    """
    before, after = (plain({k: v for k, v in values.items() if k not in META}) for values in (old, new))
    found = [
        Change(path, kind, replaces=matches(path, replacing))
        for path, kind in compare(before, after, "")
        if not matches(path, ignored)
    ]
    return sorted(found, key=lambda change: change.path)


def compare(old: Any, new: Any, path: str) -> Iterator[tuple[str, str]]:
    match old, new:
        case dict(), dict():
            for key in {**old, **new}:  # pyright: ignore
                yield from compare(old.get(key), new.get(key), join(path, str(key)))  # pyright: ignore
        case list(), list():
            for index in range(max(len(old), len(new))):  # pyright: ignore
                yield from compare(item(old, index), item(new, index), f"{path}[{index}]")  # pyright: ignore
        case _ if old == new or (empty(old) and empty(new)):
            return
        case _:
            yield path, "add" if old is None else "delete" if new is None else "update"


def join(path: str, key: str) -> str:
    """Pulumi's property path syntax: a key with a dot or bracket in it is quoted."""
    if any(mark in key for mark in '.[]"'):
        escaped = key.replace('"', '\\"')
        return f'{path}["{escaped}"]'
    return f"{path}.{key}" if path else key


def item(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else None


def empty(value: Any) -> bool:
    """Terraform's providers cannot tell an empty list or text from none."""
    return value is None or value in ("", [], {}) or (isinstance(value, Secret) and empty(value.value))


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Whether `path` is one of `patterns` or below one."""
    steps = steps_of(path)
    return any(steps[: len(wanted)] == wanted for wanted in map(steps_of, patterns))


def steps_of(path: str) -> list[str]:
    """The keys of a path without list indices: `taints[0].key` is taints, key."""
    steps: list[str] = []
    rest = path
    while rest:
        if rest.startswith('["'):
            key, _, rest = rest[2:].partition('"]')
            steps.append(key)
        elif rest.startswith("["):
            rest = rest.partition("]")[2]
        else:
            rest = rest.removeprefix(".")
            end = min((rest.index(mark) for mark in ".[" if mark in rest), default=len(rest))
            steps.append(rest[:end])
            rest = rest[end:]
    return steps


def response(found: Sequence[Change], *, deleted_first: bool) -> proto.DiffResponse:
    """`found` as the provider answers it; `deleted_first` is for replacements that cannot stand beside the old one."""
    replaced = {steps_of(change.path)[0] for change in found if change.replaces}
    return proto.DiffResponse(
        changes=proto.DiffResponse.DIFF_SOME if found else proto.DiffResponse.DIFF_NONE,
        diffs=sorted({steps_of(change.path)[0] for change in found}),
        replaces=sorted(replaced),
        deleteBeforeReplace=bool(replaced) and deleted_first,
        hasDetailedDiff=True,
        detailedDiff={
            change.path: proto.PropertyDiff(kind=KINDS[change.kind, change.replaces], inputDiff=True)
            for change in found
        },
    )
