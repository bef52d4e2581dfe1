"""What a property refers to: a resource of the stack, by edge, literal id or written name, or something from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from incidents.graph import Graph, Resource
from incidents.unknowns import Undecided, Unknown, Withheld, as_dict, as_list

NAMING = ("id", "name", "identifier", "clusterIdentifier", "replicationGroupId", "arn")
"""Properties by which one resource refers to another, besides its urn."""


def is_said(resource: Resource, prop: str) -> bool:
    """Whether the program says anything for top-level property `prop`, rather than AWS.

    At preview a property that AWS fills in is an unknown without an edge: what a program passes has one. Only below
    pulumi-eks, whose provider runs elsewhere, are edges lost.
    """
    value = resource.peek(prop)
    if isinstance(value, Unknown):
        return isinstance(value, Withheld) or bool(resource.edges.get(prop))
    return value not in (None, "", [], {})


def referred(graph: Graph, resource: Resource, prop: str, types: Sequence[str]) -> Resource | str | None:
    """The resource of `types` that `prop` refers to, the text of one outside the stack, None where AWS chooses.

    Regions may use a name each: of equals, the one in the same region is meant, else the first.

    Raises `Undecided` when that is not known.
    """
    if not is_said(resource, prop):
        return None
    value = resource.peek(prop)
    targets = [target for target in graph.dependencies(resource, prop) if target.type in types]
    if isinstance(value, str):
        named = [target for target in targets if is_named(target, value)]
        named = named or [target for type_ in types for target in by_name(graph).get((type_, value), ())]
        return min(named, key=lambda target: target.peek("region") != resource.peek("region"), default=value)
    if len(targets) == 1:
        return targets[0]
    raise Undecided(f"{prop} of {resource} is not known at preview, and no edge leads to the one it names")


@lru_cache(maxsize=1)
def by_name(graph: Graph) -> Mapping[tuple[str, str], Sequence[Resource]]:
    """The resources that have a name, by type and name: references are followed often."""
    found: dict[tuple[str, str], list[Resource]] = {}
    for resource in graph.resources:
        for prop in NAMING:
            if isinstance(name := resource.props.get(prop), str):
                found.setdefault((resource.type, name), []).append(resource)
    return found


def is_named(resource: Resource, text: str) -> bool:
    return any(resource.peek(prop) == text for prop in NAMING)


def values_at(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """The texts and unknowns at `path`, through lists wherever they are."""
    if isinstance(value, list):
        for item in as_list(value):
            yield from values_at(item, path)
    elif isinstance(value, Unknown) or (isinstance(value, str) and not path):
        yield value
    elif path:
        yield from values_at(as_dict(value).get(path[0]), path[1:])
