"""The stack as a graph: resources, their properties, and the edges by which a preview knows what is what.

At preview ids are unknown. Which VPC, group or key a property names is told by the edge that Pulumi records for it
(`propertyDependencies`), which survives `apply`, `Output.all` and components; literal ids count where they are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from incidents.unknowns import UNKNOWN, Undecided, Unknown, as_dict, as_list, holds_unknown

if TYPE_CHECKING:
    from incidents.rule import Threshold


APPLICATION = "kubernetes:argoproj.io/v1alpha1:Application"


@dataclass(frozen=True)
class Resource:
    """One resource of the stack, with urns for its parent and for what each property depends on."""

    urn: str
    type: str
    name: str
    props: Mapping[str, Any] = field(default_factory=dict[str, Any])
    parent: str | None = None
    edges: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    protect: bool = False
    """Pulumi refuses to delete it."""

    def __str__(self) -> str:
        return f"{self.type} '{self.name}'"

    def get(self, *path: str, default: Any = None) -> Any:
        """The value at `path`, `default` where there is none. Raises `Undecided` if it is, or holds, an unknown."""
        value = self.peek(*path)
        if holds_unknown(value):
            raise Undecided(f"{'.'.join(path)} of {self} is not known at preview")
        return default if value is None else value

    def peek(self, *path: str) -> Any:
        """The value at `path` with `UNKNOWN` where it is unknown; for code that handles it."""
        value: Any = self.props
        for step in path:
            if isinstance(value, Unknown):
                return UNKNOWN
            value = as_dict(value).get(step)
        return value


class Graph:
    """All resources of a stack, and what they hand over whole. Built once; its indices are made on first use."""

    def __init__(self, resources: Iterable[Resource], limits: Mapping[Threshold, int] | None = None) -> None:
        """`limits` are the thresholds that the user has set."""
        self._limits = limits or {}
        registered = sorted(resources, key=lambda resource: resource.urn)
        self.resources: Sequence[Resource] = [
            found for resource in registered for found in (resource, *handed_over(resource))
        ]
        self._by_urn = {resource.urn: resource for resource in registered}

    def limit(self, threshold: Threshold) -> int:
        """The user's value of a threshold, else its default."""
        return self._limits.get(threshold, threshold.default)

    def of_type(self, *types: str) -> list[Resource]:
        return [resource for type_ in types for resource in self._by_type.get(type_, [])]

    def dependencies(self, resource: Resource, prop: str) -> list[Resource]:
        """The resources that top-level property `prop` depends on; a component stands for what is below it."""
        found: dict[str, Resource] = {}
        for urn in resource.edges.get(prop, ()):
            target = self._by_urn.get(urn)
            if target:
                found |= {below.urn: below for below in self.descendants(target)}
                found[target.urn] = target
        return list(found.values())

    def descendants(self, resource: Resource) -> Iterator[Resource]:
        for child in self._children.get(resource.urn, []):
            yield child
            yield from self.descendants(child)

    def is_in_component(self, resource: Resource) -> bool:
        """Whether a component, not the stack itself, made the resource."""
        return is_component_urn(resource.parent)

    def with_id(self, id_: str) -> Resource | None:
        """The resource whose provider id is known to be `id_`."""
        return self._by_id.get(id_)

    @cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    @cached_property
    def _children(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            if resource.parent and is_component_urn(resource.parent):
                found.setdefault(resource.parent, []).append(resource)
        return found

    @cached_property
    def _by_id(self) -> Mapping[str, Resource]:
        return {
            resource.props["id"]: resource
            for resource in self.resources
            if isinstance(resource.props.get("id"), str)
        }


def handed_over(resource: Resource) -> Iterator[Resource]:
    """The Kubernetes objects that an Argo CD Application gives its chart whole, as values of their own: what runs is what
    they say. Each is judged as if it were registered, and has the Application's urn, by which findings are reported.
    """
    if resource.type != APPLICATION:
        return
    spec = as_dict(resource.peek("spec"))
    for source in (spec.get("source"), *as_list(spec.get("sources"))):
        values = as_dict(as_dict(as_dict(source).get("helm")).get("valuesObject"))
        for manifest in map(as_dict, values.values()):
            version, kind = manifest.get("apiVersion"), manifest.get("kind")
            if isinstance(version, str) and isinstance(kind, str):
                yield Resource(
                    resource.urn,
                    f"kubernetes:{version if '/' in version else f'core/{version}'}:{kind}",
                    resource.name,
                    manifest,
                    resource.parent,
                    dict.fromkeys(manifest, resource.edges.get("spec", ())),
                )


def is_component_urn(parent: str | None) -> bool:
    """Everything is below the stack; only other parents group what belongs together."""
    return parent is not None and not parent.rpartition("::")[0].endswith("pulumi:pulumi:Stack")
