"""The environment variables of a workload one by one, each with what holds its value: a rule can follow that one's edges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.environment import held, holders
from incidents.graph import Graph, Resource
from incidents.pods import TEMPLATE
from incidents.unknowns import UNKNOWN, Undecided, Unknown, as_dict, as_list


@dataclass(frozen=True)
class Variable:
    """One variable of one container. `holder` is the workload, ConfigMap or Secret that has the value in its property `prop`.

    The value is `UNKNOWN` where it is not known; `holder` is None where the stack does not hold it.
    """

    name: str
    value: Any
    container: str
    holder: Resource | None
    prop: str = "spec"

    def __str__(self) -> str:
        return f"{self.name} of container {self.container}"


def pod_spec(resource: Resource) -> Any:
    """The spec of a workload's pods, `UNKNOWN` where it is not known, None of what runs none."""
    if not resource.type.startswith("kubernetes:"):
        return None
    kind = resource.peek("kind")
    path = TEMPLATE.get(str(kind) if kind else resource.type.rpartition(":")[2].removesuffix("Patch"))
    return resource.peek(*path) if path else None


def variables(graph: Graph, resource: Resource) -> list[Variable]:
    """All variables of a workload that are seen, in the order of its manifest. Raises `Undecided`."""
    spec = pod_spec(resource)
    parts = (
        [spec]
        if isinstance(spec, Unknown)
        else [as_dict(spec).get(key) for key in ("initContainers", "containers")]
    )
    if any(isinstance(part, Unknown) for part in parts):
        raise Undecided(f"the containers of {resource} are not known at preview")
    return [
        found
        for part in parts
        for item in as_list(part)
        for found in of_container(graph, resource, as_dict(item))
    ]


def of_container(graph: Graph, resource: Resource, said: Mapping[str, Any]) -> Iterator[Variable]:
    """What `env` says wins over `envFrom`."""
    name = str(said.get("name"))
    own = [item for item in map(as_dict, as_list(said.get("env"))) if isinstance(item.get("name"), str)]
    written = {item["name"] for item in own}
    for source in map(as_dict, as_list(said.get("envFrom"))):
        holder = referenced(graph, source, "configMapRef", "secretRef")
        values = held(holder) if holder else UNKNOWN
        for key, value in sorted(as_dict(values).items()):
            full = f"{source.get('prefix') or ''}{key}"
            if full not in written:
                yield Variable(full, value, name, holder, "data")
    for item in own:
        source = item.get("valueFrom")
        if source is None:
            value = item.get("value")
            yield Variable(
                item["name"], value if isinstance(value, Unknown) else str(value or ""), name, resource
            )
            continue
        holder = referenced(graph, as_dict(source), "configMapKeyRef", "secretKeyRef")
        values = held(holder) if holder else UNKNOWN
        keys = [as_dict(reference).get("key") for reference in as_dict(source).values()]
        value = as_dict(values).get(str(keys[0]), UNKNOWN) if keys else UNKNOWN
        yield Variable(item["name"], value, name, holder, "data")


def referenced(graph: Graph, source: Mapping[str, Any], config_map: str, secret: str) -> Resource | None:
    """The ConfigMap or Secret of the stack that a source names."""
    for key, kind in ((config_map, "ConfigMap"), (secret, "Secret")):
        name = as_dict(source.get(key)).get("name")
        if isinstance(name, str):
            return holders(graph).get((kind, name))
    return None
