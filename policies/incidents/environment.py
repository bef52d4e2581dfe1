"""The environment variables of a workload's containers, through the ConfigMaps and Secrets of the stack.

Sources: Kubernetes API reference, Container v1 (`env`, `envFrom`; what `env` says wins over `envFrom`); Kubernetes documentation,
"Define Dependent Environment Variables", "Init Containers", "Sidecar Containers" (`restartPolicy: Always`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from incidents.graph import Graph, Resource
from incidents.pods import TEMPLATE
from incidents.unknowns import UNKNOWN, Undecided, Unknown, as_dict, as_list

REFERENCE = re.compile(r"\$(?:\$|\(([\w.-]+)\))")
"""`$(NAME)` in a value stands for a variable that is defined before it; `$$` for a dollar."""


@dataclass(frozen=True)
class Container:
    """One container of a pod template. A variable's value is `UNKNOWN` where it is made elsewhere or only known later.

    `open` says why there may be more variables than `env` has; empty if there are none. `ends` tells of an init container that it
    is no sidecar: it is gone before the others start.
    """

    name: str
    env: Mapping[str, Any]
    open: str = ""
    ends: bool = False


def containers(graph: Graph, resource: Resource) -> list[Container]:
    """The containers, init containers included, of a resource that runs pods; of any other, none. Raises `Undecided`."""
    kind = resource.peek("kind")
    path = TEMPLATE.get(str(kind) if kind else resource.type.rpartition(":")[2].removesuffix("Patch"))
    if path is None or not resource.type.startswith("kubernetes:"):
        return []
    first, others = (resource.peek(*path, key) for key in ("initContainers", "containers"))
    if any(isinstance(part, Unknown) for part in (first, others)):
        raise Undecided(f"the containers of {resource} are not known at preview")
    return [
        *(
            replace(container(graph, said), ends=said.get("restartPolicy") != "Always")
            for said in map(as_dict, as_list(first))
        ),
        *(container(graph, as_dict(said)) for said in as_list(others)),
    ]


def container(graph: Graph, said: Mapping[str, Any]) -> Container:
    env: dict[str, Any] = {}
    open_because = "env is not known at preview" if isinstance(said.get("env"), Unknown) else ""
    for source in map(as_dict, as_list(said.get("envFrom"))):
        held = from_reference(graph, source, "configMapRef", "secretRef")
        if isinstance(held, Unknown):
            open_because = "envFrom names what is not in this stack"
            continue
        env |= {f"{source.get('prefix') or ''}{key}": value for key, value in held.items()}
    for item in map(as_dict, as_list(said.get("env"))):
        if isinstance(item.get("name"), str):
            env[item["name"]] = value_of(graph, item, env)
    return Container(str(said.get("name")), env, open_because)


def value_of(graph: Graph, item: Mapping[str, Any], before: Mapping[str, Any]) -> Any:
    """A literal value, with the variables `before` it filled in, or what a key of a ConfigMap or Secret of the stack holds."""
    source = item.get("valueFrom")
    if source is None:
        value = item.get("value")
        return value if isinstance(value, Unknown) else filled(str(value or ""), before)
    held = from_reference(graph, as_dict(source), "configMapKeyRef", "secretKeyRef")
    keys = [as_dict(reference).get("key") for reference in as_dict(source).values()]
    return UNKNOWN if isinstance(held, Unknown) else held.get(str(keys[0]) if keys else "", UNKNOWN)


def filled(value: str, before: Mapping[str, Any]) -> Any:
    """A value as the container sees it. A reference to what is not known stays, unless it is all that the value is."""
    whole = REFERENCE.fullmatch(value)
    if whole and isinstance(before.get(whole[1]), Unknown):
        return UNKNOWN

    def fill(match: re.Match[str]) -> str:
        found = before.get(match[1]) if match[1] else "$"
        return found if isinstance(found, str) else match[0]

    return REFERENCE.sub(fill, value)


def from_reference(
    graph: Graph, source: Mapping[str, Any], config_map: str, secret: str
) -> Mapping[str, Any] | Unknown:
    """All that the referenced ConfigMap or Secret holds, `UNKNOWN` if it is not in the stack."""
    for key, kind in ((config_map, "ConfigMap"), (secret, "Secret")):
        name = as_dict(source.get(key)).get("name")
        if isinstance(name, str):
            found = holders(graph).get((kind, name))
            return held(found) if found else UNKNOWN
    return UNKNOWN


@lru_cache(maxsize=1)
def holders(graph: Graph) -> Mapping[tuple[str, str], Resource]:
    """The ConfigMaps and Secrets of the stack, by kind and name."""
    return {
        (kind, name): found
        for kind in ("ConfigMap", "Secret")
        for found in graph.of_type(f"kubernetes:core/v1:{kind}")
        if isinstance(name := found.peek("metadata", "name"), str)
    }


def held(resource: Resource) -> Mapping[str, Any] | Unknown:
    """What is read as variables; a Secret's `data` is in base64, so only its keys are known."""
    is_secret = resource.type.endswith(":Secret")
    clear, encoded = resource.peek("stringData" if is_secret else "data"), resource.peek("data")
    if isinstance(clear, Unknown) or isinstance(encoded, Unknown):
        return UNKNOWN
    return {**dict.fromkeys(as_dict(encoded), UNKNOWN), **as_dict(clear)}
