"""Pulumi's property values on the wire and in Python.

On the wire a value is a protobuf `Struct` in which unknowns, secrets, outputs, assets and resource references are marked
by signatures (pulumi/pulumi, `sdk/go/common/resource/sig/sig.go` and `plugin/rpc.go`). In Python they are plain values,
`UNKNOWN`, `Secret` and, for the marked kinds that a provider only passes on, dictionaries as they came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import struct_pb2

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker, not a password
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_TEXTS = {
    UNKNOWN_TEXT,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
}
"""One for each type of value; the engine accepts the first for all of them."""


class Unknown:
    """A value that only an update will tell."""

    _only: Unknown | None = None

    def __new__(cls) -> Unknown:
        cls._only = cls._only or super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that must not be shown; its representation does not."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(...)"


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    return {key: from_value(value) for key, value in struct.fields.items()}


def from_value(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value in UNKNOWN_TEXTS else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [from_value(item) for item in value.list_value.values]
        case "struct_value":
            return from_marked(from_struct(value.struct_value))
        case _:
            return None


def from_marked(value: dict[str, Any]) -> Any:
    match value.get(SIGNATURE):
        case signature if signature == SECRET:
            return Secret(value["value"])
        case signature if signature == OUTPUT:
            inner = value.get("value", UNKNOWN)
            return Secret(inner) if value.get("secret") else inner
        case _:
            return value


def to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """`values` as a `Struct`; entries that are None are left out."""
    struct = struct_pb2.Struct()
    for key, value in values.items():
        if value is not None:
            fill(struct.fields[key], value)
    return struct


def fill(target: struct_pb2.Value, value: Any) -> None:
    match value:
        case Unknown():
            target.string_value = UNKNOWN_TEXT
        case Secret(inner):
            target.struct_value.CopyFrom(to_struct({SIGNATURE: SECRET, "value": inner}))
        case bool():
            target.bool_value = value
        case int() | float():
            target.number_value = value
        case str():
            target.string_value = value
        case Mapping():
            target.struct_value.CopyFrom(to_struct(value))  # pyright: ignore[reportUnknownArgumentType]
        case list() | tuple():
            target.list_value.SetInParent()
            for item in value:  # pyright: ignore[reportUnknownVariableType]
                fill(target.list_value.values.add(), item)
        case _:
            target.null_value = struct_pb2.NULL_VALUE


def plain(value: Any) -> Any:
    """`value` without its secret marks; for looking at it, never for showing it."""
    return transform(value, lambda secret: plain(secret.value))


def without_secrets(value: Any) -> Any:
    """`value` with each secret in it replaced by None; for keeping it."""
    return transform(value, lambda _secret: None)


def transform(value: Any, on_secret: Callable[[Secret], Any]) -> Any:
    match value:
        case Secret():
            return on_secret(value)
        case dict():
            return {key: transform(inner, on_secret) for key, inner in value.items()}  # pyright: ignore
        case list():
            return [transform(inner, on_secret) for inner in value]  # pyright: ignore
        case _:
            return value


def contains(value: Any, kind: type[Unknown | Secret]) -> bool:
    """Whether `value` is, or holds anywhere, an unknown or a secret."""
    match value:
        case Unknown():
            return kind is Unknown
        case Secret(inner):
            return kind is Secret or contains(inner, kind)
        case dict():
            return any(contains(inner, kind) for inner in value.values())  # pyright: ignore
        case list():
            return any(contains(inner, kind) for inner in value)  # pyright: ignore
        case _:
            return False
