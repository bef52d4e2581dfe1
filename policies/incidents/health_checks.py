"""What load balancers ask of pods: health checks of target groups and of the AWS Load Balancer Controller's Ingresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.edges import named
from incidents.graph import Graph, Resource
from incidents.references import is_said
from incidents.unknowns import Undecided, Unknown, as_dict, as_list, holds_unknown
from incidents.workloads import behind, services_named

TARGET_GROUPS = ("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup")
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
BINDING = "TargetGroupBinding"
PREFIX = "alb.ingress.kubernetes.io/"


@dataclass(frozen=True)
class HealthCheck:
    """What `who` asks: a path, and a port where it is a number of the pod's. `open` says why that is not known."""

    who: str
    path: str = "/"
    port: int | None = None
    open: str = ""


def health_checks(graph: Graph) -> Mapping[str, list[HealthCheck]]:
    """By the urn of each workload, what load balancers of the stack ask of it over HTTP."""
    found: dict[str, list[HealthCheck]] = {}
    for group, pods in bound(graph):
        found.setdefault(pods.urn, []).extend(of_group(group))
    for ingress in graph.of_type(INGRESS):
        for urn, check in of_ingress(graph, ingress):
            found.setdefault(urn, []).append(check)
    return found


def bound(graph: Graph) -> Iterator[tuple[Resource, Resource]]:
    """Target groups, and the workloads whose pods a TargetGroupBinding makes their targets."""
    for binding in graph.resources:
        if binding.peek("kind") == BINDING:
            try:
                arn = binding.peek("spec", "targetGroupARN")
                group = named(graph, binding, "spec", TARGET_GROUPS, arn)
            except Undecided:
                continue
            for service in services_named(graph, binding, binding.peek("spec", "serviceRef", "name")):
                if isinstance(group, Resource):
                    yield from ((group, pods.resource) for pods in behind(graph, service))


def of_group(group: Resource) -> Iterator[HealthCheck]:
    said: Any = group.peek("healthCheck") if is_said(group, "healthCheck") else {}
    if holds_unknown(said):
        yield HealthCheck(str(group), open=f"the health check of {group} is not known at preview")
        return
    protocol = as_dict(said).get("protocol") or group.peek("protocol")
    if protocol in ("HTTP", "HTTPS"):
        path, port = as_dict(said).get("path") or "/", str(as_dict(said).get("port"))
        to_pods = group.peek("targetType") == "ip" and port.isdecimal()
        yield HealthCheck(str(group), str(path), int(port) if to_pods else None)


def of_ingress(graph: Graph, ingress: Resource) -> Iterator[tuple[str, HealthCheck]]:
    """The workload's urn and the check, for each backend of an Ingress that an Application Load Balancer serves."""
    annotations = as_dict(ingress.peek("metadata", "annotations"))
    if not any(key.startswith(PREFIX) for key in annotations):
        return
    for service in backends(graph, ingress):
        said = annotations | as_dict(service.peek("metadata", "annotations"))
        path, port = said.get(f"{PREFIX}healthcheck-path", "/"), said.get(f"{PREFIX}healthcheck-port")
        unknown = isinstance(path, Unknown) or isinstance(port, Unknown)
        text = f"the health check of {ingress} is not known at preview" if unknown else ""
        to_pods = said.get(f"{PREFIX}target-type") == "ip" and str(port).isdecimal()
        check = HealthCheck(str(ingress), str(path), int(str(port)) if to_pods else None, text)
        if str(said.get(f"{PREFIX}healthcheck-protocol", "HTTP")) in ("HTTP", "HTTPS"):
            for pods in behind(graph, service):
                yield pods.resource.urn, check


def backends(graph: Graph, ingress: Resource) -> list[Resource]:
    """The Services of the stack that an Ingress sends to."""
    names: set[Any] = {said.get("name") for said in services_of(ingress)}
    return [
        service
        for name in sorted(name for name in names if isinstance(name, str))
        for service in services_named(graph, ingress, name)
    ]


def services_of(ingress: Resource) -> list[dict[str, Any]]:
    """What each backend of an Ingress says of its Service: `name` and `port`."""
    spec = as_dict(ingress.peek("spec"))
    rules = [as_dict(as_dict(rule).get("http")) for rule in as_list(spec.get("rules"))]
    said = [as_dict(path).get("backend") for http in rules for path in as_list(http.get("paths"))]
    return [
        as_dict(item["service"])
        for item in map(as_dict, [*said, spec.get("defaultBackend")])
        if "service" in item
    ]
