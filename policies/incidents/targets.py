"""The pods behind a target group or an Ingress, by TargetGroupBindings, Services and the labels that these select.

Sources: AWS Load Balancer Controller, "TargetGroupBinding"; Kubernetes API reference, Service v1 (`selector`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from incidents.edges import named
from incidents.graph import Graph, Resource
from incidents.pods import TEMPLATE
from incidents.unknowns import Undecided, as_dict, as_list

TARGET_GROUPS = ("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup")
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
SERVICE = "kubernetes:core/v1:Service"
BINDING = "TargetGroupBinding"


def behind_group(graph: Graph, group: Resource) -> list[Resource]:
    """The workloads whose pods a `TargetGroupBinding` makes targets of the group."""
    return behind_services(graph, bound(graph).get(group.urn, []))


def behind_services(graph: Graph, names: Iterable[Any]) -> list[Resource]:
    """The workloads that the services of these names select."""
    return [
        workload
        for name in names
        for service in services(graph).get(name, [])
        for workload in selected(graph, as_dict(service.peek("spec", "selector")))
    ]


def ports_behind(graph: Graph, group: Resource) -> frozenset[Any]:
    """The numbers and names of pods' ports that the services of a group send to; `targetPort` is `port` unless said."""
    return frozenset(
        port.get("targetPort", port.get("port"))
        for name in bound(graph).get(group.urn, [])
        for service in services(graph).get(name, [])
        for port in map(as_dict, as_list(service.peek("spec", "ports")))
    )


@lru_cache(maxsize=1)
def bound(graph: Graph) -> Mapping[str, list[str]]:
    """The names of the services that bindings send a target group's requests to, by the group's urn."""
    found: dict[str, list[str]] = {}
    for binding in graph.resources:
        service = binding.peek("spec", "serviceRef", "name")
        if binding.peek("kind") != BINDING or not isinstance(service, str):
            continue
        try:
            group = named(graph, binding, "spec", TARGET_GROUPS, binding.peek("spec", "targetGroupARN"))
        except Undecided:
            continue
        if isinstance(group, Resource):
            found.setdefault(group.urn, []).append(service)
    return found


@lru_cache(maxsize=1)
def services(graph: Graph) -> Mapping[str, list[Resource]]:
    """By the names that others know them by."""
    found: dict[str, list[Resource]] = {}
    for service in graph.of_type(SERVICE):
        name = service.peek("metadata", "name")
        if isinstance(name, str):
            found.setdefault(name, []).append(service)
    return found


def selected(graph: Graph, selector: Mapping[str, Any]) -> list[Resource]:
    """The workloads whose pods have all labels of `selector`; an empty one selects none."""
    first = next(iter(selector.items()), None)
    candidates = labelled(graph).get(repr(first), [])
    return [workload for workload, labels in candidates if selector.items() <= labels.items()]


@lru_cache(maxsize=1)
def labelled(graph: Graph) -> Mapping[str, list[tuple[Resource, Mapping[str, Any]]]]:
    """The workloads and their pods' labels, by each of these labels."""
    found: dict[str, list[tuple[Resource, Mapping[str, Any]]]] = {}
    for resource in graph.resources:
        path = TEMPLATE.get(str(resource.peek("kind")))
        if path and resource.type.startswith("kubernetes:"):
            labels = as_dict(resource.peek(*path[:-1], "metadata", "labels"))
            for label in labels.items():
                found.setdefault(repr(label), []).append((resource, labels))
    return found
