"""The resources in a stack's state, as `pulumi stack export` gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Deployed:
    """A resource that is there; values are those that the provider answered."""

    type: str
    urn: str
    id: str
    outputs: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.type.rpartition(':')[2]} '{self.urn.rpartition('::')[2]}'"

    def get(self, key: str) -> Any:
        return self.outputs.get(key)


@dataclass(frozen=True)
class State:
    """All resources of a stack, in their order."""

    resources: Sequence[Deployed]

    @classmethod
    def of_export(cls, exported: Mapping[str, Any]) -> State:
        found: list[dict[str, Any]] = exported["deployment"].get("resources") or []
        return cls(
            [
                Deployed(item["type"], item["urn"], item.get("id", ""), item.get("outputs") or {})
                for item in found
                if not item["type"].startswith("pulumi:") and not item.get("delete")
            ]
        )

    def of_type(self, *types: str) -> Iterator[Deployed]:
        return (resource for resource in self.resources if resource.type in types)

    def first(self, *types: str, **values: Any) -> Deployed | None:
        """The first resource of `types` that has all of `values`."""
        return next(
            (
                resource
                for resource in self.of_type(*types)
                if all(resource.get(key) == value for key, value in values.items())
            ),
            None,
        )


def in_order(resources: Iterator[Deployed], key: str) -> list[Deployed]:
    """Sorted by a number that each has."""
    return sorted(resources, key=lambda resource: float(resource.get(key)))


def items(value: Any) -> list[Mapping[str, Any]]:
    """A block that may be missing, single or a list, as a list."""
    return [] if not value else value if isinstance(value, list) else [value]  # pyright: ignore


def block(value: Any) -> Mapping[str, Any]:
    """The first of a block."""
    found = items(value)
    return found[0] if found else {}


def texts(value: Any) -> list[str]:
    """A list of texts that may be missing."""
    found: list[Any] = value or []
    return [str(item) for item in found]
