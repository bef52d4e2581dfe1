"""What makes a benign change of the clean stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from incidents.graph import Resource
from tests.incidents.flips import Flip, Path, one

Place = tuple[str, str]
"""A resource of the clean stack: how its type ends, and its name."""


@dataclass(frozen=True)
class Added:
    """A resource that comes to the stack. `edges`: what a property of it comes from."""

    type: str
    name: str
    props: Mapping[str, Any]
    edges: Mapping[str, Place] = field(default_factory=dict[str, Place])

    def to(self, resources: Sequence[Resource]) -> list[Resource]:
        edges = {prop: (one(resources, *place).urn,) for prop, place in self.edges.items()}
        urn = sibling(resources[0].urn, self.type, self.name)
        return [*resources, Resource(urn, self.type, self.name, self.props, edges=edges)]


@dataclass(frozen=True)
class Copied:
    """A resource called `name`, like the one at `place`, but with `facts` of its own."""

    place: Place
    name: str
    facts: Mapping[Path, Any] = field(default_factory=dict[Path, Any])

    def to(self, resources: Sequence[Resource]) -> list[Resource]:
        found = one(resources, *self.place)
        made = replace(found, urn=sibling(found.urn, found.type, self.name), name=self.name)
        for path, value in self.facts.items():
            made = Flip(*self.place, path, value).changed(made, value)
        return [*resources, made]


@dataclass(frozen=True)
class Extended:
    """The list at `path` of the resource at `place` has `items` more."""

    place: Place
    path: Path
    items: Sequence[Any]

    def to(self, resources: Sequence[Resource]) -> list[Resource]:
        found: Any = one(resources, *self.place).props
        for step in self.path:
            found = found[step]
        longer = [*found, *self.items]
        return Flip(*self.place, self.path, longer).of(resources, longer)


@dataclass(frozen=True)
class Linked:
    """What property `prop` of the resource at `place` comes from: `sources`."""

    place: Place
    prop: str
    sources: Sequence[Place]

    def to(self, resources: Sequence[Resource]) -> list[Resource]:
        own = one(resources, *self.place)
        urns = tuple(one(resources, *source).urn for source in self.sources)
        linked = replace(own, edges={**own.edges, self.prop: urns})
        return [linked if item is own else item for item in resources]


@dataclass(frozen=True)
class Removed:
    """The resource at `place` is not written."""

    place: Place

    def to(self, resources: Sequence[Resource]) -> list[Resource]:
        own = one(resources, *self.place)
        return [item for item in resources if item is not own]


Change = Flip | Added | Copied | Extended | Linked | Removed

Variations = Mapping[str, Mapping[str, Sequence[Change]]]
"""By the id of the rule whose subject varies, and by what the variation is."""


def varied(resources: Sequence[Resource], changes: Sequence[Change]) -> list[Resource]:
    """`resources` after `changes`, in their order."""
    result = list(resources)
    for change in changes:
        result = change.of(result, change.value) if isinstance(change, Flip) else change.to(result)
    return result


def sibling(urn: str, type_: str, name: str) -> str:
    return "::".join([*urn.split("::")[:2], type_, name])
