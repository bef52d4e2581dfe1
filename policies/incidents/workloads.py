"""Resources that run pods: the pod as its manifest writes it, and what stands beside it in the stack.

Sources: Kubernetes API reference, PodSpec v1 (`os`, `initContainers`: one with `restartPolicy: Always` is a sidecar), Service
v1 and PodDisruptionBudget v1 (`selector`); Argo Rollouts, "Migrating to Rollouts" (`workloadRef`); pulumi-kubernetes, "Server-Side
Apply" (Patch resources).
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
    def is_patch(self) -> bool:
        """Whether it only says what it changes of a workload that others made: its silence means nothing."""
        return self.resource.type.endswith("Patch")

    @property
    def labels(self) -> Mapping[str, Any]:
        return as_dict(self.metadata.get("labels"))

    def annotation(self, key: str) -> Any:
        """What the pods or the resource say under `key`; None for nothing."""
        own = as_dict(self.resource.peek("metadata", "annotations"))
        return as_dict(self.metadata.get("annotations")).get(key, own.get(key))


@lru_cache(maxsize=1)
def workloads(graph: Graph) -> Sequence[Resource]:
    """All resources of the stack that say what pods run. A Rollout's `workloadRef` leaves that to a Deployment."""
    return [
        resource
        for resource in graph.resources
        if resource.type.startswith("kubernetes:")
        and kind_of(resource) in TEMPLATE
        and not resource.peek("spec", "workloadRef")
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
    named = services(graph).get(name, []) if isinstance(name, str) else []
    return [found for found in named if may_share_namespace(asker, found)]


@lru_cache(maxsize=1)
def services(graph: Graph) -> Mapping[str, list[Resource]]:
    """The Services of the stack by their names."""
    found: dict[str, list[Resource]] = {}
    for service in graph.of_type(SERVICE):
        found.setdefault(str(service.peek("metadata", "name")), []).append(service)
    return found


def behind(graph: Graph, service: Resource) -> Iterator[Workload]:
    """The workloads whose pods a Service selects."""
    selector = as_dict(service.peek("spec", "selector"))
    first = next(iter(texts(selector)), None)
    for resource in by_label(graph).get(first, []) if first else ():
        if may_share_namespace(service, resource) and selector.items() <= pod_labels(resource).items():
            yield workload(resource)


@lru_cache(maxsize=1)
def by_label(graph: Graph) -> Mapping[tuple[str, str], list[Resource]]:
    """The workloads by each label of their pods."""
    found: dict[tuple[str, str], list[Resource]] = {}
    for resource in workloads(graph):
        for label in texts(pod_labels(resource)):
            found.setdefault(label, []).append(resource)
    return found


def pod_labels(resource: Resource) -> dict[str, Any]:
    return as_dict(resource.peek(*TEMPLATE[kind_of(resource)][:-1], "metadata", "labels"))


def texts(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(key, value) for key, value in sorted(said.items()) if isinstance(value, str)]


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
