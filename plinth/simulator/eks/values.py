"""Values on their way through a remote component: with the urns that they depend on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2

from plinth.simulator import values as wire
from plinth.simulator.values import OUTPUT, SIGNATURE, UNKNOWN, Secret, Unknown

RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"


@dataclass(frozen=True)
class Out:
    """A value with its dependencies, as the engine hands it over; `value` may be `UNKNOWN`."""

    value: Any
    urns: frozenset[str] = frozenset()

    def map(self, function: Callable[[Any], Any]) -> Out:
        """`apply`: the function's result, or unknown while this is."""
        return Out(UNKNOWN if is_unknown(self.value) else function(self.value), self.urns)

    def get(self, *path: str | int) -> Out:
        """A value inside this one, unknown as soon as a step on the way is; None where there is no such place."""
        value = self.value
        for step in path:
            if isinstance(value, Unknown) or value is None:
                break
            value = value.get(step) if isinstance(value, dict) else value[step]  # pyright: ignore
        return Out(value, self.urns)  # pyright: ignore[reportUnknownArgumentType]


@dataclass(frozen=True)
class Reference:
    """A resource passed as a value: a component has no id."""

    urn: str
    id: Any = None


def parse(value: struct_pb2.Value) -> Any:
    """A wire value with each output in it as `Out` and each resource as `Reference`."""
    match value.WhichOneof("kind"):
        case "list_value":
            return [parse(item) for item in value.list_value.values]
        case "struct_value":
            return parse_struct(value.struct_value)
        case _:
            plain = wire.from_value(value)
            return Out(plain) if isinstance(plain, Unknown) else plain


def parse_struct(struct: struct_pb2.Struct) -> Any:
    fields = struct.fields
    signature = fields[SIGNATURE].string_value if SIGNATURE in fields else ""
    if signature == OUTPUT:
        urns = frozenset(item.string_value for item in fields["dependencies"].list_value.values)
        inner = wire.from_value(fields["value"]) if "value" in fields else UNKNOWN
        return Out(inner, urns)
    if signature == wire.SECRET:
        return Out(Secret(wire.from_value(fields["value"])))
    if signature == RESOURCE:
        return Reference(
            fields["urn"].string_value, wire.from_value(fields["id"]) if "id" in fields else None
        )
    return {key: parse(value) for key, value in fields.items()}


def urns_of(value: Any) -> frozenset[str]:
    """All urns that `value` depends on."""
    return frozenset(walk_urns(value))


def walk_urns(value: Any) -> Iterator[str]:
    match value:
        case Out(inner, urns):
            yield from urns
            yield from walk_urns(inner)
        case Reference(urn):
            yield urn
        case Mapping():
            for inner in value.values():  # pyright: ignore
                yield from walk_urns(inner)
        case list():
            for inner in value:  # pyright: ignore
                yield from walk_urns(inner)
        case _:
            return


def resolve(value: Any) -> Any:
    """`value` without the marks of dependency; references stay references on the wire."""
    match value:
        case Out(inner):
            return resolve(inner)
        case Reference(urn, id_):
            return {SIGNATURE: RESOURCE, "urn": urn} | ({} if id_ is None else {"id": id_})
        case Mapping():
            return {str(key): resolve(inner) for key, inner in value.items()}  # pyright: ignore
        case list():
            return [resolve(inner) for inner in value]  # pyright: ignore
        case _:
            return value


def is_empty(value: Any) -> bool:
    """Whether an argument says nothing: not given, or off, or an empty collection."""
    return not isinstance(value, Out | Reference) and not value


def is_unknown(value: Any) -> bool:
    return wire.contains(resolve(value), Unknown)


def whole(value: Any) -> Out:
    """One output of a whole structure, as `Output.all` makes it: unknown as soon as a part is."""
    return Out(UNKNOWN if is_unknown(value) else resolve(value), urns_of(value))


def to_struct(outputs: Mapping[str, Any]) -> tuple[struct_pb2.Struct, dict[str, frozenset[str]]]:
    """Outputs for the wire, and what each depends on."""
    given = {key: value for key, value in outputs.items() if value is not None}
    return wire.to_struct(resolve(given)), {key: urns_of(value) for key, value in given.items()}
