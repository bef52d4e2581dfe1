"""Old to new, property by property, from what the engine says of a resource before and after."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

from plinth.reports.masking import MASK, mask_properties
from plinth.reports.model import PropertyChange

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for a value that is computed later (Pulumi: sdk/go/common/resource/plugin/rpc.go, `UnknownStringValue`)."""

COMPUTED = "(computed)"
ABSENT = object()

HASH = re.compile(r"\b(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,}\b|\b([A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==)")
"""Part of a text that is a hash: hexadecimal, or SHA-256 and SHA-512 in base 64."""
NOISY_KEY = re.compile(r"(^|\.)(__\w+|\w*(hash|etag|checksum|sha256|sourcePosition))$", re.IGNORECASE)
STEP = re.compile(r"""\.?([^.\[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]""")


def property_changes(type_: str, step: dict[str, Any]) -> tuple[PropertyChange, ...]:
    """The changes of the properties in one step's metadata (`old`, `new`, `detailedDiff`, `keys`), by path.

    What the program writes is compared; what only the provider saw (a refresh, a secret) is taken from its detailed diff.
    """
    old, new = (side(type_, step.get(name)) for name in ("old", "new"))
    if step.get("old") is None or step.get("new") is None:
        return tuple(change(path, before, after, replaces=False) for path, before, after in compare(old, new))
    detailed: dict[str, dict[str, Any]] = step.get("detailedDiff") or {}
    forcing = {path for path, how in detailed.items() if how["diffKind"].endswith("-replace")} or set(
        cast("Iterable[str]", step.get("keys") or ())
    )
    found = list(compare(old, new))
    told = {path for path, _, _ in found}
    saw = side(type_, step["old"], "outputs")
    for path in detailed:
        if not any(related(path, other) for other in told):
            found.append((path, reach(saw, path), reach(new, path)))
    return tuple(
        change(path, before, after, replaces=any(related(path, other) for other in forcing))
        for path, before, after in sorted(found, key=lambda each: each[0])
    )


def side(type_: str, state: dict[str, Any] | None, kind: str = "inputs") -> dict[str, Any]:
    return mask_properties(type_, (state or {}).get(kind) or {})


def compare(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The innermost places where two values differ, in order of their paths."""
    if isinstance(old, dict) and isinstance(new, dict):
        befores, afters = cast("dict[str, Any]", old), cast("dict[str, Any]", new)
        for key in sorted(befores.keys() | afters.keys()):
            yield from compare(befores.get(key, ABSENT), afters.get(key, ABSENT), join(path, key))
    elif isinstance(old, list) and isinstance(new, list):
        before, after = cast("list[Any]", old), cast("list[Any]", new)
        for index in range(max(len(before), len(after))):
            yield from compare(item(before, index), item(after, index), f"{path}[{index}]")
    elif old != new:
        yield path, old, new


def item(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else ABSENT


def join(path: str, key: str) -> str:
    if not re.fullmatch(r"[^.\[\]\"]+", key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key


def related(path: str, other: str) -> bool:
    """Whether one of two paths leads to the other."""
    return any(
        long.startswith(short) and (len(long) == len(short) or long[len(short)] in ".[")
        for short, long in ((path, other), (other, path))
    )


def reach(value: Any, path: str) -> Any:
    """What is at `path` of the engine's own spelling, or `ABSENT`."""
    for name, index, quoted in STEP.findall(path):
        if isinstance(value, list) and index:
            value = item(cast("list[Any]", value), int(index))
        elif isinstance(value, dict):
            value = cast("dict[str, Any]", value).get(name or quoted or index, ABSENT)
        else:
            return MASK if value == MASK else ABSENT
    return value


def change(path: str, old: Any, new: Any, *, replaces: bool) -> PropertyChange:
    before, after = text(old), text(new)
    return PropertyChange(path, before, after, replaces, noise=not replaces and is_noise(path, before, after))


def is_noise(path: str, old: str | None, new: str | None) -> bool:
    """Whether a change says nothing: a value that is computed later, a hash, texts that differ in a hash alone."""
    if NOISY_KEY.search(path) or new == COMPUTED:
        return True
    return old is not None and new is not None and old != new and HASH.sub("", old) == HASH.sub("", new)


def text(value: Any) -> str | None:
    """A value as one text; the unknown within lists and objects reads `(computed)` too."""
    if value is ABSENT:
        return None
    if isinstance(value, str):
        return value.replace(UNKNOWN, COMPUTED)
    return json.dumps(value, sort_keys=True, ensure_ascii=False).replace(UNKNOWN, COMPUTED)
