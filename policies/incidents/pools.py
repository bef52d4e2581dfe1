"""What clients take of a database's connections: which workloads are clients, of which database, with how many pods and how
large a pool.

The names are those that programs usually give (incident catalogue, "Conventions for programs that are not ours").

Sources: Kubernetes API reference, Deployment v1 (`maxSurge` is 25 % unless said, rounded up; `Recreate` has none), Job v1
(`parallelism`), HorizontalPodAutoscaler v2 (`maxReplicas`); KEDA, ScaledObject (`maxReplicaCount` is 100 unless said).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.databases import Database
from incidents.environment import Container, containers
from incidents.graph import Graph, Resource
from incidents.hosts import hosts_in, is_nearby
from incidents.unknowns import Undecided, as_dict

OWNER = r"(DB|DATABASE|PG|POSTGRES|POSTGRESQL)_?"
CLIENT = re.compile(rf"^(.*_)?{OWNER}(HOST|HOSTNAME|SERVER|ENDPOINT|URL|URI|DSN|CONNECTION_STRING)$")
POOL = re.compile(
    rf"^(.*_)?({OWNER}(MAX_)?(POOL(_?(SIZE|MAX|MAX_SIZE|LIMIT))?|CONNECTIONS?(_(LIMIT|MAX))?|OPEN_CONNS|CONNS)|"
    r"SQLALCHEMY_POOL_SIZE|HIKARI_MAXIMUM_POOL_SIZE|SPRING_DATASOURCE_HIKARI_MAXIMUM_?POOL_?SIZE|TYPEORM_POOL_SIZE)$"
)
OVERFLOW = re.compile(rf"^(.*_)?({OWNER}|SQLALCHEMY_)(POOL_)?MAX_OVERFLOW$")
IN_URL = re.compile(
    r"[?&](?:connection_limit|pool_size|max_pool_size|maximumPoolSize|pool_max_conns)=(\d+)", re.IGNORECASE
)

PROXIES = ("aws:rds/proxy:Proxy", "aws:rds/proxyEndpoint:ProxyEndpoint")

ONCE = ("Job", "CronJob")
JOB_CONNECTIONS = 2
"""Of a job, or an init container, that says no pool: one that migrates, one that holds the lock against a second migration."""

SURGE = "25%"
SCALED_OBJECT = "kubernetes:keda.sh/v1alpha1:ScaledObject"
AUTOSCALERS = (
    SCALED_OBJECT,
    *(f"kubernetes:autoscaling/{version}:HorizontalPodAutoscaler" for version in ("v1", "v2", "v2beta2")),
)
SCALED_OBJECT_DEFAULT = 100


@dataclass(frozen=True)
class Client:
    """A workload that connects to `database`. `pods` counts those of a rollout as well."""

    resource: Resource
    database: Resource
    pods: int
    pool: int

    @property
    def connections(self) -> int:
        return self.pods * self.pool


def is_client(graph: Graph, resource: Resource) -> bool:
    """Whether containers of the resource say where a database is, outside the cluster. Raises `Undecided`."""
    found = containers(graph, resource)
    if any(client_containers(found)):
        return True
    for container in found:
        if container.open:
            raise Undecided(f"whether container '{container.name}' connects to a database: {container.open}")
    return False


def client(graph: Graph, resource: Resource, databases: list[Database]) -> Client:
    """What a workload takes of which of `databases`. Raises `Undecided`."""
    found = list(client_containers(containers(graph, resource)))
    before = [pool_of(container, kind_of(resource)) for container in found if container.ends]
    beside = [pool_of(container, kind_of(resource)) for container in found if not container.ends]
    pool = max(sum(beside), *before, 0)
    return Client(resource, database_of(graph, resource, databases), pods(graph, resource), pool)


def client_containers(found: list[Container]) -> Iterator[Container]:
    for container in found:
        places = {name: value for name, value in container.env.items() if CLIENT.match(name)}
        hosts = [host for value in places.values() for host in hosts_in(value)]
        if places and not (hosts and all(map(is_nearby, hosts))):
            yield container


def pool_of(container: Container, kind: str) -> int:
    """Connections of one container at most. Raises `Undecided` when it says none."""
    sizes: list[int] = []
    overflow = 0
    for name, value in sorted(container.env.items()):
        if POOL.match(name):
            sizes.append(number(name, value))
        elif OVERFLOW.match(name):
            overflow += number(name, value)
        elif CLIENT.match(name) and isinstance(value, str):
            sizes += map(int, IN_URL.findall(value))
    if sizes:
        return max(sizes) + overflow
    if kind in ONCE or container.ends:
        return JOB_CONNECTIONS
    raise Undecided(
        f"container '{container.name}' says no pool (DB_POOL_SIZE, connection_limit= in its URL, or the like), so it opens as many "
        "connections as its driver likes"
    )


def number(name: str, value: Any) -> int:
    if not isinstance(value, str) or not value.strip().isdecimal():
        raise Undecided(f"{name} is no number that a preview knows")
    return int(value)


def database_of(graph: Graph, resource: Resource, databases: list[Database]) -> Resource:
    """The database that a workload's variables lead to; the stack's only one needs no lead. Raises `Undecided`."""
    if len(databases) == 1:
        return databases[0].resource
    urns = {target.urn for target in reached(graph, resource)}
    owners = {
        database.resource.urn: database.resource for database in databases if is_reached(database, urns)
    }
    if len(owners) == 1:
        return next(iter(owners.values()))
    raise Undecided("which of the stack's databases it connects to is not known at preview")


def is_reached(database: Database, urns: set[str]) -> bool:
    return any(resource.urn in urns for resource in (database.resource, *database.instances))


def is_proxied(graph: Graph, resource: Resource, databases: list[Database]) -> bool:
    """Whether a workload reaches an RDS Proxy, and none of `databases` itself."""
    if not graph.of_type(*PROXIES):
        return False
    found = reached(graph, resource)
    urns = {target.urn for target in found}
    return any(target.type in PROXIES for target in found) and not any(
        is_reached(database, urns) for database in databases
    )


def reached(graph: Graph, resource: Resource) -> list[Resource]:
    """All that edges of a workload, and of its configuration, lead to."""
    sources = [resource, *configuration(graph, resource)]
    return [
        target for source in sources for prop in source.edges for target in graph.dependencies(source, prop)
    ]


def configuration(graph: Graph, resource: Resource) -> list[Resource]:
    """The ConfigMaps and Secrets that a workload's properties name by an edge, or by their name."""
    kinds = ("kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:Secret")
    text = repr(resource.props)
    edges = {urn for urns in resource.edges.values() for urn in urns}
    return [
        found
        for found in graph.of_type(*kinds)
        if found.urn in edges or f"'{found.peek('metadata', 'name')}'" in text
    ]


def pods(graph: Graph, resource: Resource) -> int:
    """How many pods there are at most, a rollout included. Raises `Undecided`."""
    match kind_of(resource):
        case "Pod":
            return 1
        case "DaemonSet":
            raise Undecided("its pods are as many as there are nodes")
        case "Job":
            return whole(resource, "spec", "parallelism")
        case "CronJob":
            return whole(resource, "spec", "jobTemplate", "spec", "parallelism")
        case "Deployment":
            count = most_replicas(graph, resource)
            return count + surge(resource, count)
        case _:
            return most_replicas(graph, resource)


def most_replicas(graph: Graph, resource: Resource) -> int:
    """What the workload says, or its autoscalers at most."""
    counts = [whole(resource, "spec", "replicas")]
    for scaler in graph.of_type(*AUTOSCALERS):
        if scales(graph, scaler, resource):
            keda = scaler.type == SCALED_OBJECT
            most = "maxReplicaCount" if keda else "maxReplicas"
            counts.append(whole(scaler, "spec", most, default=SCALED_OBJECT_DEFAULT if keda else 1))
    return max(counts)


def scales(graph: Graph, scaler: Resource, resource: Resource) -> bool:
    target = as_dict(scaler.peek("spec", "scaleTargetRef"))
    kind, name = target.get("kind", "Deployment"), target.get("name")
    if isinstance(name, str):
        return kind == kind_of(resource) and name == resource.peek("metadata", "name")
    return resource in graph.dependencies(scaler, "spec")


def surge(resource: Resource, count: int) -> int:
    strategy: Mapping[str, Any] = resource.get("spec", "strategy", default={})
    if as_dict(strategy).get("type") == "Recreate":
        return 0
    said = as_dict(as_dict(strategy).get("rollingUpdate")).get("maxSurge", SURGE)
    if isinstance(said, int | float):
        return int(said)
    share = str(said).removesuffix("%")
    if not share.isdecimal():
        raise Undecided(f"maxSurge of {resource} is no number")
    return math.ceil(count * int(share) / 100) if share != said else int(share)


def whole(resource: Resource, *path: str, default: int = 1) -> int:
    """The number at `path`. Raises `Undecided` for anything else."""
    value = resource.get(*path, default=default)
    if not isinstance(value, int | float):
        raise Undecided(f"{'.'.join(path)} of {resource} is no number")
    return int(value)


def kind_of(resource: Resource) -> str:
    return str(resource.peek("kind") or resource.type.rpartition(":")[2].removesuffix("Patch"))
