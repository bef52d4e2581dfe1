"""Resources that run pods: the pod as its manifest writes it, and what stands beside it in the stack.

Sources: Kubernetes API reference, PodSpec v1 (`os`, `initContainers`: one with `restartPolicy: Always` is a sidecar), Service
v1 and PodDisruptionBudget v1 (`selector`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aws_facts import node_labels as labels
from incidents.graph import Graph, Resource
from incidents.pods import TEMPLATE
from incidents.pools import kind_of
from incidents.rule import Finding, Verdict
from incidents.unknowns import Undecided, Unknown, as_dict, as_list

SERVICE = "kubernetes:core/v1:Service"


@dataclass(frozen=True)
class Workload:
    """A resource that runs pods. `pod` is the pod's spec, `metadata` that of the pods; both may hold unknowns."""

    resource: Resource
    kind: str
    pod: Mapping[str, Any]
    metadata: Mapping[str, Any]

    @property
    def containers(self) -> list[dict[str, Any]]:
        """What runs as long as the pod, sidecars included."""
        sidecars = [item for item in self.init_containers if item.get("restartPolicy") == "Always"]
        return [*map(as_dict, as_list(self.pod.get("containers"))), *sidecars]

    @property
    def init_containers(self) -> list[dict[str, Any]]:
        return [*map(as_dict, as_list(self.pod.get("initContainers")))]

    @property
    def all_containers(self) -> list[dict[str, Any]]:
        """In the order in which they run."""
        return [*self.init_containers, *map(as_dict, as_list(self.pod.get("containers")))]

    @property
    def is_windows(self) -> bool:
        selected = as_dict(self.pod.get("nodeSelector")).get(labels.OS)
        return "windows" in (selected, as_dict(self.pod.get("os")).get("name"))

    @property
    def labels(self) -> Mapping[str, Any]:
        return as_dict(self.metadata.get("labels"))

    def annotation(self, key: str) -> Any:
        """What the pods or the resource say under `key`; None for nothing."""
        own = as_dict(self.resource.peek("metadata", "annotations"))
        return as_dict(self.metadata.get("annotations")).get(key, own.get(key))


@lru_cache(maxsize=1)
def workloads(graph: Graph) -> Sequence[Resource]:
    """All resources of the stack that run pods."""
    return [
        resource
        for resource in graph.resources
        if resource.type.startswith("kubernetes:") and kind_of(resource) in TEMPLATE
    ]


def workload(resource: Resource) -> Workload:
    """Raises `Undecided` where the pod's spec or its containers are not known."""
    kind = kind_of(resource)
    path = TEMPLATE[kind]
    pod = resource.peek(*path)
    if isinstance(pod, Unknown):
        raise Undecided(f"{'.'.join(path)} is not known at preview")
    for key in ("containers", "initContainers"):
        said = as_dict(pod).get(key)
        if isinstance(said, Unknown) or any(isinstance(item, Unknown) for item in as_list(said)):
            raise Undecided(f"its {key} are not known at preview")
    return Workload(resource, kind, as_dict(pod), as_dict(resource.peek(*path[:-1], "metadata")))


def name_of(container: Mapping[str, Any]) -> str:
    return f"container '{container.get('name')}'"


def namespace_of(resource: Resource) -> Any:
    """The namespace's name, which may be unknown."""
    return resource.peek("metadata", "namespace") or "default"


def may_share_namespace(one: Resource, other: Resource) -> bool:
    names = namespace_of(one), namespace_of(other)
    return names[0] == names[1] or any(isinstance(name, Unknown) for name in names)


def services_named(graph: Graph, asker: Resource, name: Any) -> list[Resource]:
    """The Services of the stack called `name` that `asker` can mean."""
    return [
        found
        for found in graph.of_type(SERVICE)
        if isinstance(name, str)
        and found.peek("metadata", "name") == name
        and may_share_namespace(asker, found)
    ]


def behind(graph: Graph, service: Resource) -> Iterator[Workload]:
    """The workloads whose pods a Service selects."""
    selector = as_dict(service.peek("spec", "selector"))
    for resource in workloads(graph):
        if selector and may_share_namespace(service, resource):
            path = TEMPLATE[kind_of(resource)]
            said = as_dict(resource.peek(*path[:-1], "metadata", "labels"))
            if selector.items() <= said.items():
                yield workload(resource)


def conclude(
    resource: Resource, wrong: Sequence[str], questions: Sequence[str], *, consequence: str, remedy: str
) -> Finding:
    """The verdict on a resource: what is certainly `wrong` comes before open `questions`. Raises `Undecided`."""
    if wrong:
        text = f"{resource}: {'; '.join(wrong)}: {consequence}. Remedy: {remedy}."
        return Finding(Verdict.FAIL, resource.urn, text)
    if questions:
        raise Undecided("; ".join(questions))
    return Finding(Verdict.PASS, resource.urn)
