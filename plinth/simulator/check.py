"""What a provider refuses before anything is planned: missing, unknown and wrongly typed properties.

The wording is that of the Terraform bridge, which runs the AWS provider (pulumi-terraform-bridge,
`pkg/tfbridge/provider.go` and `check_failures.go`), and of the Kubernetes API server for Kubernetes's types.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plinth.simulator.schema import Property, Type
from plinth.simulator.values import SIGNATURE, Unknown, plain

META = {"__defaults", "__internal"}
"""Keys that the bridge puts into inputs for itself."""


@dataclass(frozen=True)
class Failure:
    """One reason to refuse: the property's path and the provider's words."""

    property: str
    reason: str


def failures(inputs: Mapping[str, Any], properties: Mapping[str, Property], *, kubernetes: bool = False) -> list[Failure]:
    """Everything that is wrong with `inputs`, in the order of the properties."""
    return list(check_object(plain(dict(inputs)), properties, "", kubernetes=kubernetes))


def check_object(
    values: Mapping[str, Any], properties: Mapping[str, Property], path: str, *, kubernetes: bool
) -> Iterator[Failure]:
    if not properties or SIGNATURE in values:
        return
    for name, declared in properties.items():
        if declared.required and values.get(name) is None:
            where = f"{path}{name}"
            yield Failure(where, required_text(where, kubernetes=kubernetes))
    for name, value in values.items():
        where = f"{path}{name}"
        if name in META or value is None:
            continue
        if name not in properties:
            yield Failure(where, unknown_text(where, name, properties, kubernetes=kubernetes))
        else:
            yield from check_type(value, properties[name].type, where, kubernetes=kubernetes)


def check_type(value: Any, expected: Type, path: str, *, kubernetes: bool) -> Iterator[Failure]:
    match value, expected.kind:
        case (Unknown() | None, _) | (_, "any" | "asset"):
            return
        case list(), "array":
            for index, item in enumerate(value):  # pyright: ignore
                yield from check_type(item, expected.element or expected, f"{path}[{index}]", kubernetes=kubernetes)
        case dict(), "map":
            for key, item in value.items():  # pyright: ignore
                yield from check_type(item, expected.element or expected, f"{path}.{key}", kubernetes=kubernetes)
        case dict(), "object":
            yield from check_object(value, expected.properties, f"{path}.", kubernetes=kubernetes)  # pyright: ignore
        case _ if not fits(value, expected.kind):
            given = "list" if isinstance(value, list) else "object" if isinstance(value, dict) else kind_of(value)
            wanted = {"array": "list", "integer": "number", "boolean": "bool"}.get(expected.kind, expected.kind)
            yield Failure(path, f"expected {wanted} type, got {given!r} type ({path} = {shown(value)})")


def fits(value: Any, kind: str) -> bool:
    """Whether a scalar can become `kind`: the bridge turns "8" into 8 and 8 into "8", but no text into a number."""
    match kind:
        case "string":
            return isinstance(value, str | int | float | bool)
        case "integer" | "number":
            return is_number(value) and (kind == "number" or float(value).is_integer())
        case "boolean":
            return isinstance(value, bool) or value in ("true", "false")
        case _:
            return False


def is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def kind_of(value: Any) -> str:
    return {str: "string", bool: "bool", int: "number", float: "number"}.get(type(value), "unknown")


def shown(value: Any) -> str:
    return repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}..."


def required_text(path: str, *, kubernetes: bool) -> str:
    if kubernetes:
        return f"{path}: Required value"
    return (
        f'Missing required argument. The argument "{path}" is required, but no definition was found.. '
        f"Examine values at '{path}'."
    )


def unknown_text(path: str, name: str, properties: Mapping[str, Property], *, kubernetes: bool) -> str:
    near = difflib.get_close_matches(name, list(properties), n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    if kubernetes:
        return f'strict decoding error: unknown field "{path}".{hint}'
    return f"An argument named {path!r} is not expected here.{hint} Examine values at '{path}'."
