"""`probe-path`: kubelet and load balancer ask where the program answers, and alive is not the same as ready.

On the DOA market the load balancer and kubelet asked for `/health` while the program served `/api/v1/health`: 404s and restarts.
In SWO's order service one path answered for both, and said 200 without a database. So a probe's port is one of its pod's; the
HTTP path of readiness differs from that of liveness, which restarts; and a load balancer asks for what readiness asks.

Only HTTP probes are compared: a port that is open (`tcpSocket`), a `grpc` service or a command may well be the same for both. The
pods of a target group are known where a TargetGroupBinding or an Ingress of the AWS Load Balancer Controller leads to them.

Sources: Kubernetes documentation, "Configure Liveness, Readiness and Startup Probes" (a named port is the container's own);
pulumi-aws, `lb.TargetGroup` (`healthCheck.path` is `/` unless said, its port the traffic's); AWS Load Balancer Controller,
"Ingress annotations" (`healthcheck-path`, `healthcheck-port`; `/` unless said; a Service's own win).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from incidents.graph import Graph, Resource
from incidents.health_checks import HealthCheck, health_checks
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import as_dict, as_list, holds_unknown, is_number
from incidents.workloads import Workload, conclude, name_of, workload, workloads

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
HANDLERS = ("httpGet", "tcpSocket", "grpc")

CONSEQUENCE = "pods are restarted, or get requests that they cannot answer, while the program is fine"
REMEDY = (
    "one path that says 'ready' for the readinessProbe and the load balancer's health check, another that says only 'alive' for "
    "the livenessProbe, and a port that the container declares"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that runs pods."""
    checks = health_checks(graph)
    yield from each(RULE.id, workloads(graph), lambda resource: judge(resource, checks.get(resource.urn, [])))


def judge(resource: Resource, checks: list[HealthCheck]) -> Finding:
    found = workload(resource)
    probed = [item for item in found.containers if any(item.get(name) for name in PROBES)]
    if not probed:
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    wrong = [text for item in probed for text in ports(found, item)]
    wrong += [text for item in probed for text in same(item)]
    questions = [
        f"{name} of {name_of(item)} is not known at preview"
        for item in probed
        for name in PROBES
        if holds_unknown(item.get(name))
    ]
    for check in checks:
        if check.open:
            questions.append(check.open)
        else:
            wrong += elsewhere(found, check)
    return conclude(resource, wrong, questions, consequence=CONSEQUENCE, remedy=REMEDY)


def ports(found: Workload, container: Mapping[str, Any]) -> Iterator[str]:
    """Probes of ports that are not there. A pod that declares no port may listen on any."""
    declared = [port for item in found.containers for port in declared_ports(item)]
    names = {port.get("name") for port in declared_ports(container)}
    numbers: set[int] = {
        int(port["containerPort"]) for port in declared if is_number(port.get("containerPort"))
    }
    for name in PROBES:
        for handler in HANDLERS:
            said = as_dict(as_dict(container.get(name)).get(handler))
            port = said.get("port")
            if not isinstance(port, int | float | str) or said.get("host") or holds_unknown(declared):
                continue
            text = str(port)
            if isinstance(port, str) and not text.isdecimal():
                if port not in names:
                    yield f"{name} of {name_of(container)} asks port '{port}', which the container does not name"
            elif declared and int(port) not in numbers:
                there = ", ".join(map(str, sorted(numbers)))
                yield f"{name} of {name_of(container)} asks port {int(port)}, and the pod has {there}"


def declared_ports(container: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [as_dict(port) for port in as_list(container.get("ports"))]


def same(container: Mapping[str, Any]) -> Iterator[str]:
    """Readiness that asks what liveness asks."""
    ready, live = (as_dict(as_dict(container.get(name)).get("httpGet")) for name in PROBES[1:])
    if ready and target(ready) == target(live):
        yield (
            f"readinessProbe and livenessProbe of {name_of(container)} ask the same, {ready.get('path', '/')}: a dead database "
            "either restarts all pods or goes unseen"
        )


def target(said: Mapping[str, Any]) -> tuple[Any, str, str]:
    return said.get("host"), str(said.get("port")), str(said.get("path", "/"))


def elsewhere(found: Workload, check: HealthCheck) -> Iterator[str]:
    """A load balancer's check that differs from each readiness probe of the pods. A query may tell who asks."""
    probes = [as_dict(as_dict(item.get("readinessProbe")).get("httpGet")) for item in found.containers]
    probes = [probe for probe in probes if probe and not holds_unknown(probe)]
    if not probes:
        return
    asked = {check.path, check.path.partition("?")[0]}
    if not asked & {str(probe.get("path", "/")) for probe in probes}:
        yield f"{check.who} asks {check.path}, and readiness is at {probes[0].get('path', '/')}"
    elif check.port and check.port not in {number_of(found, probe.get("port")) for probe in probes}:
        yield f"{check.who} asks port {check.port}, and readiness is at {probes[0].get('port')}"


def number_of(found: Workload, port: Any) -> int | None:
    """The number of a port that a probe or a Service names."""
    if is_number(port) or str(port).isdecimal():
        return int(port)
    named = (item for container in found.containers for item in declared_ports(container))
    return next((int(item["containerPort"]) for item in named if item.get("name") == port), None)


RULE = Rule(
    id="probe-path",
    why="A probe asks where the program does not answer, or cannot tell ready from alive.",
    remedy=REMEDY,
    check=check,
)
