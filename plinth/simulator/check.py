"""What a provider refuses before anything is planned: missing, unknown and wrongly typed properties.

The wording is that of the Terraform bridge, which runs the AWS provider (pulumi-terraform-bridge,
`pkg/tfbridge/check_failures.go` and `typechecker/typechecker.go`), and of the Kubernetes API server for its types.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plinth.simulator.schema import Property, Type, snake
from plinth.simulator.values import SIGNATURE, Secret, Unknown

META = {"__defaults", "__internal"}
"""Keys that the bridge puts into inputs for itself."""
TYPE_NAMES: Mapping[str, str] = {"map": "object"}
SHOWN_CHARACTERS = 30


@dataclass(frozen=True)
class Failure:
    """One reason to refuse: the property's path, and the provider's words for resource `name` of a program."""

    property: str
    reason: str

    def about(self, name: str) -> str:
        """The whole text; the AWS provider's ends with where the value is in the program."""
        return self.reason.replace("{name}", name)


def failures(
    inputs: Mapping[str, Any], properties: Mapping[str, Property], *, kubernetes: bool = False
) -> list[Failure]:
    """Everything that is wrong with `inputs`, in the order of the properties; secret values are not shown."""
    return list(Checker(kubernetes).check_object(inputs, properties, ""))


@dataclass(frozen=True)
class Checker:
    """Checks values of one provider: with the API server's wording for Kubernetes, the Terraform bridge's else."""

    kubernetes: bool

    def check_object(
        self, values: Mapping[str, Any], properties: Mapping[str, Property], path: str
    ) -> Iterator[Failure]:
        if not properties or SIGNATURE in values:
            return
        for name, declared in properties.items():
            if declared.required and values.get(name) is None:
                yield self.missing(f"{path}{name}")
        for name, value in values.items():
            where = f"{path}{name}"
            if name in META or value is None:
                continue
            if name in properties:
                yield from self.check_value(value, properties[name].type, where)
            else:
                yield self.unexpected(where, name, properties)

    def check_value(self, value: Any, expected: Type, path: str) -> Iterator[Failure]:
        match value, expected.kind:
            case (Unknown() | None, _) | (_, "any" | "asset"):
                return
            case Secret(inner), _:
                found = self.check_value(inner, expected, path)
                yield from (Failure(failure.property, hidden(failure.reason)) for failure in found)
            case list(), "array":
                for index, item in enumerate(value):  # pyright: ignore
                    yield from self.check_value(item, expected.element or expected, f"{path}[{index}]")
            case dict(), "map":
                for key, item in value.items():  # pyright: ignore
                    yield from self.check_value(item, expected.element or expected, f"{path}.{key}")
            case dict(), "object":
                yield from self.check_object(value, expected.properties, f"{path}.")  # pyright: ignore
            case _ if not fits(value, expected.kind):
                yield self.mistyped(path, expected, value)
            case _:
                return

    def missing(self, path: str) -> Failure:
        if self.kubernetes:
            return Failure(path, f"{path}: Required value")
        argument = snake(path.rpartition(".")[2])
        said = (
            f'Missing required argument. The argument "{argument}" is required, but no definition was found.'
        )
        return Failure(path, f"{said}. Examine values at '{{name}}.{path}'.")

    def unexpected(self, path: str, name: str, properties: Mapping[str, Property]) -> Failure:
        near = difflib.get_close_matches(name, list(properties), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        if self.kubernetes:
            return Failure(path, f'strict decoding error: unknown field "{path}".{hint}')
        return Failure(path, f"Invalid or unknown key. Examine values at '{{name}}.{path}'.{hint}")

    def mistyped(self, path: str, expected: Type, value: Any) -> Failure:
        wanted = TYPE_NAMES.get(expected.kind, expected.kind)
        said = f"expected {wanted} type, got {shown(value)} of type {type_name(value)}"
        if self.kubernetes:
            return Failure(path, f"{path}: Invalid value: {said}")
        return Failure(path, f"{said}. Examine values at '{{name}}.{path}'.")


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


def type_name(value: Any) -> str:
    """The engine's name for the type of `value` (`resource.PropertyValue.TypeString`)."""
    match value:
        case list():
            return "[]"
        case dict():
            return "object"
        case bool():
            return "bool"
        case str():
            return "string"
        case _:
            return "number"


def shown(value: Any) -> str:
    text = json.dumps(value, default=repr)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 3]}..."


def hidden(reason: str) -> str:
    """A refusal of something inside a secret: the text without the value that it quotes."""
    before, got, rest = reason.partition(", got ")
    return f"{before}{got}secret(<redacted>) of type {rest.rpartition(' of type ')[2]}" if got else before
