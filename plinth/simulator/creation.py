"""What a provider answers when it makes a resource: the values that the cloud computes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from plinth.simulator.schema import Property, Resource
from plinth.simulator.values import UNKNOWN, plain

ACCOUNT = "123456789012"
CREATED = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Creation:
    """One resource in the making: what its provider knows when it is asked to create it.

    `inputs` hold no secret marks; `serial` is 0, and counts up for replacements that stand beside their predecessor.
    """

    urn: str
    type: str
    inputs: Mapping[str, Any]
    region: str = "us-east-1"
    default_tags: Mapping[str, str] = field(default_factory=dict[str, str])
    serial: int = 0

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]

    def hex(self, length: int, purpose: str = "id") -> str:
        """`length` hex digits that are the same for the same urn, serial and purpose, and for no other."""
        key = f"{self.urn}|{self.serial}|{purpose}"
        return hashlib.shake_128(key.encode()).hexdigest((length + 1) // 2)[:length]

    def number(self, below: int, purpose: str) -> int:
        return int(self.hex(8, purpose), 16) % below


@dataclass(frozen=True)
class Computed:
    """A value inside an object that the cloud computes: unknown at preview while its siblings are known."""

    value: Any


@dataclass(frozen=True)
class Kind:
    """What is special about one resource type, beyond its schema.

    `id` and `computed` get the creation and, the second, the new id; `defaults` are known at preview already.
    `autoname` is the property that gets a random suffix when it is not given, None for none.
    """

    id: Callable[[Creation], str] | None = None
    computed: Callable[[Creation, str], Mapping[str, Any]] | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    autoname: str | None = "name"


def outputs(
    creation: Creation, id_: str, kind: Kind, schema: Resource | None, guess: Callable[[Creation, str, Property], Any]
) -> dict[str, Any]:
    """All outputs of `creation`: inputs, the provider's defaults, and what the cloud computes (`guess` for the rest)."""
    found = {**kind.defaults, **given(creation.inputs)}
    computed = dict(kind.computed(creation, id_)) if kind.computed else {}
    found |= {key: reveal(value) for key, value in computed.items()}
    for name, declared in (schema.outputs if schema else {}).items():
        if name not in found and name not in (schema.inputs if schema else {}):
            found[name] = guess(creation, id_, declared)
    return found


def planned_outputs(creation: Creation, kind: Kind, schema: Resource | None) -> dict[str, Any]:
    """The same at preview: what the cloud computes is unknown."""
    found = {**kind.defaults, **given(creation.inputs)}
    computed = kind.computed(creation, "") if kind.computed else {}
    found |= {key: conceal(value) for key, value in computed.items() if key not in found or has_computed(value)}
    for name in schema.outputs if schema else ():
        if name not in found and name not in (schema.inputs if schema else {}):
            found[name] = UNKNOWN
    return found


def given(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in plain(dict(inputs)).items() if not key.startswith("__")}


def has_computed(value: Any) -> bool:
    match value:
        case Computed():
            return True
        case dict():
            return any(map(has_computed, value.values()))  # pyright: ignore
        case list():
            return any(map(has_computed, value))  # pyright: ignore
        case _:
            return False


def reveal(value: Any) -> Any:
    return walk(value, lambda computed: computed.value)


def conceal(value: Any) -> Any:
    return walk(value, lambda _computed: UNKNOWN) if has_computed(value) else UNKNOWN


def walk(value: Any, leaf: Callable[[Computed], Any]) -> Any:
    match value:
        case Computed():
            return leaf(value)
        case dict():
            return {key: walk(inner, leaf) for key, inner in value.items()}  # pyright: ignore
        case list():
            return [walk(inner, leaf) for inner in value]  # pyright: ignore
        case _:
            return value
