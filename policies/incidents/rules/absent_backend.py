"""`absent-backend`: what a workload connects to is there, or is switched off.

On the DOA market RabbitMQ and OpenSearch were never deployed: services crash-looped on connecting, and search never worked. A
workload that switches a backend on (`OPENSEARCH_ENABLED=true`), or says where one is, has it in the stack: as AWS's resource,
or as a workload, chart, custom resource or Service in the cluster. Switched off, the place does not matter. A host outside the
cluster may belong to another stack.

Databases are judged by `service-database`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from incidents.backends import BACKENDS, Backend, is_there, programs
from incidents.environment import containers
from incidents.graph import Graph, Resource
from incidents.hosts import hosts_in, is_nearby
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Unknown
from incidents.workloads import conclude, workloads

OFF = {"", "false", "0", "no", "off", "disabled"}

CONSEQUENCE = "it would crash or hang on connecting, or the feature would silently never work"
REMEDY = "make the backend in this stack, or switch it off (for instance OPENSEARCH_ENABLED=false) and leave its variables out"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that runs pods."""
    yield from each(RULE.id, workloads(graph), lambda resource: judge(graph, resource))


def judge(graph: Graph, resource: Resource) -> Finding:
    wrong: list[str] = []
    questions: list[str] = []
    asked = False
    for container in containers(graph, resource):
        for backend in BACKENDS:
            switches, places = variables_of(backend, container.env)
            if any(str(value).lower() in OFF for value in switches.values()):
                continue
            asked = asked or bool(switches or places)
            if is_there(graph, backend) or (places and is_served(graph, places.values())):
                continue
            where = f"in container '{container.name}'"
            for name, value in switches.items():
                text = f"{name} {where} switches on {backend.name}, which this stack does not have"
                (questions if isinstance(value, Unknown) else wrong).append(text)
            for name, value in places.items():
                text = f"{name} {where} leads to {backend.name}, which this stack does not have"
                (questions if is_elsewhere(value) else wrong).append(text)
    if not asked:
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    return conclude(resource, wrong, questions, consequence=CONSEQUENCE, remedy=REMEDY)


def is_elsewhere(value: Any) -> bool:
    """Whether a place may be outside what this stack has to make: not known, or outside the cluster."""
    return isinstance(value, Unknown) or not all(map(is_nearby, hosts(value)))


def is_served(graph: Graph, places: Collection[Any]) -> bool:
    """Whether places are those of Services of the stack, whatever they are called."""
    return all(
        isinstance(value, str) and host.partition(".")[0] in programs(graph)
        for value in places
        for host in hosts(str(value))
    )


def variables_of(backend: Backend, env: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The variables that switch a backend, and those that say where it is."""
    switches = {name: value for name, value in sorted(env.items()) if backend.switches(name.upper())}
    places = {
        name: value
        for name, value in sorted(env.items())
        if value != "" and name not in switches and backend.places(name.upper())
    }
    return switches, places


def hosts(value: str) -> list[str]:
    """The hosts that a variable lists, without ports."""
    found = [host for item in value.split(",") for host in hosts_in(item.strip())]
    return [host.rpartition(":")[0] if host.count(":") == 1 else host for host in found]


RULE = Rule(
    id="absent-backend",
    why="A workload connects to a queue, search engine or cache that is not there.",
    remedy=REMEDY,
    check=check,
)
