"""Resources by urn and type, and what each names through its edges; also what became of each between two previews."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from plinth.pictures.model import Change
from plinth.preview import Resource


class Graph:
    """The resources of a stack, those that go included, in the order of their urns."""

    def __init__(self, resources: Iterable[Resource], before: Iterable[Resource] | None = None) -> None:
        now = {item.urn: item for item in resources}
        then = None if before is None else {item.urn: item for item in before}
        self._change: dict[str, Change] = {} if then is None else changes(then, now)
        self.resources: Sequence[Resource] = [item for _, item in sorted(((then or {}) | now).items())]
        self._by_urn = {item.urn: item for item in self.resources}
        self._by_type: dict[str, list[Resource]] = {}
        for item in self.resources:
            self._by_type.setdefault(item.type, []).append(item)

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of `types`, type by type."""
        return [item for type_ in types for item in self._by_type.get(type_, [])]

    def targets(self, resource: Resource, prop: str, *types: str) -> list[Resource]:
        """The resources of `types` that `prop` names, in the order of their urns."""
        found = [self._by_urn[urn] for urn in sorted(resource.targets(prop)) if urn in self._by_urn]
        return [item for item in found if not types or item.type in types]

    def change(self, *resources: Resource) -> Change:
        """What became of a resource; of several that are shown as one, `changed` if any did not stay."""
        found: set[Change] = {self._change.get(item.urn, "") for item in resources}
        return found.pop() if len(found) == 1 else "changed"


def changes(then: dict[str, Resource], now: dict[str, Resource]) -> dict[str, Change]:
    found: dict[str, Change] = {urn: "removed" for urn in then if urn not in now}
    for urn, resource in now.items():
        if urn not in then:
            found[urn] = "added"
        elif then[urn].inputs != resource.inputs:
            found[urn] = "changed"
    return found
