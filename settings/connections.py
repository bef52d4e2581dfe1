"""The connection budgets: do the pools of all pods fit what the database and the cache take, with a rollout under way?

On the SWO system no pool was set, and replicas x pool went past `max_connections` (incident `connection-budget`). Here the
pools are computed from the database's size where none is said, and the sum is checked. Everything counts against one
server: writes go to one alone, and a failover may leave one alone. RDS Proxy is not counted on: it shares out the same
connections.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aws_facts import aurora, elasticache
from settings.cache import CacheSettings
from settings.capacity import service_demand
from settings.database import DatabaseSettings
from settings.problems import Finding
from settings.service import Service

MIN_POOL, MAX_POOL = 2, 10
"""The range of a computed pool. With one connection, a request that needs a second one waits for itself; with more than a
few for each core of a pod, connections only wait for the database's cores."""

BOOTSTRAP_CONNECTIONS = 1
"""The job that makes databases and roles, one after the other."""

MIGRATION_CONNECTIONS = 2
"""Of each service's migration: one that migrates, one that holds the lock against a second migration."""

OPERATIONS_CONNECTIONS = 10
"""Kept for people and monitoring."""

RESERVED_PARAMETERS = {
    "superuser_reserved_connections": aurora.SUPERUSER_RESERVED_CONNECTIONS,
    "rds.rds_superuser_reserved_connections": aurora.RDS_SUPERUSER_RESERVED_CONNECTIONS,
    "reserved_connections": 0,
}
"""Parameters that take connections away from ordinary roles, and what they are unless a parameter group says more."""

CACHE_RESERVE = 50
"""Connections to a cache node that are not the services': its replicas, ElastiCache's own, and people's."""


@dataclass(frozen=True)
class Share:
    """What the pods of one service hold, with a rollout under way: `pool` connections each."""

    service: str
    pods: int
    pool: int
    said: bool
    """Whether the stack file says the pool; else it is computed."""

    @property
    def connections(self) -> int:
        return self.pods * self.pool


@dataclass(frozen=True)
class ConnectionBudget:
    """What must fit one `server`, which takes `limit` connections."""

    server: str
    limit: int
    shares: tuple[Share, ...]
    jobs: int
    reserve: int

    @property
    def wanted(self) -> int:
        return sum(share.connections for share in self.shares) + self.jobs + self.reserve

    @property
    def fits(self) -> bool:
        return self.wanted <= self.limit


def connection_budget(database: DatabaseSettings, services: Mapping[str, Service]) -> ConnectionBudget:
    """The budget of the database: services that have one in it, in the order of the file.

    A pool that is said is kept. The others all have the same size: an equal share of what is left, from `MIN_POOL` to
    `MAX_POOL`.
    """
    clients = {name: service for name, service in services.items() if service.database}
    pods = {name: service_demand(service).pods for name, service in clients.items()}
    limit, reserve = max_connections(database), reserved_connections(database) + OPERATIONS_CONNECTIONS
    jobs = BOOTSTRAP_CONNECTIONS + MIGRATION_CONNECTIONS * len(clients)
    said = sum(pods[name] * service.pool for name, service in clients.items() if service.pool)
    sharing = sum(pods[name] for name, service in clients.items() if not service.pool)
    share = (limit - reserve - jobs - said) // max(sharing, 1)
    computed = max(MIN_POOL, min(share, MAX_POOL))
    return ConnectionBudget(
        server=size(database),
        limit=limit,
        shares=tuple(
            Share(name, pods[name], service.pool or computed, said=service.pool is not None)
            for name, service in clients.items()
        ),
        jobs=jobs,
        reserve=reserve,
    )


def cache_connection_budget(cache: CacheSettings, services: Mapping[str, Service]) -> ConnectionBudget:
    """The budget of each of the cache's nodes: services that need it. With several shards a client is connected to all."""
    clients = {
        name: service
        for name, service in services.items()
        if "redis" in service.needs and service.cache_connections
    }
    return ConnectionBudget(
        server=cache.node_type,
        limit=elasticache.NODE_TYPES[cache.node_type].maxclients,
        shares=tuple(
            Share(name, service_demand(service).pods, service.cache_connections, said=True)
            for name, service in clients.items()
        ),
        jobs=0,
        reserve=CACHE_RESERVE,
    )


def size(database: DatabaseSettings) -> str:
    """The database's size, as a person would name it."""
    if serverless := database.serverless:
        return f"{serverless.min_acu:g} to {serverless.max_acu:g} ACU"
    return database.instance_class


def max_connections(database: DatabaseSettings) -> int:
    """What the writer takes: what a parameter group says, else Aurora's default for its size."""
    if database.serverless:
        low, high = database.serverless.min_acu, database.serverless.max_acu
        said = number(database, "max_connections", aurora.serverless_max_connections(low, high))
        return min(said, aurora.LOW_MINIMUM_CONNECTIONS) if low < 1 else said
    usual = aurora.INSTANCE_CLASSES[database.instance_class].max_connections
    return number(database, "max_connections", usual)


def reserved_connections(database: DatabaseSettings) -> int:
    return sum(number(database, name, usual) for name, usual in RESERVED_PARAMETERS.items())


def number(database: DatabaseSettings, parameter: str, usual: int) -> int:
    """The value of a parameter; `usual` where no parameter group says one, or none that can be counted on."""
    said = parameter_said(database, parameter)
    return int(said) if said is not None and is_number(said) else usual


def parameter_said(database: DatabaseSettings, parameter: str) -> str | None:
    """What the stack file says of a parameter; an instance's own group wins over the cluster's."""
    return database.instance_parameters.get(parameter, database.parameters.get(parameter))


def is_number(said: str) -> bool:
    return said.isdecimal() and int(said) <= aurora.MAX_CONNECTIONS_LIMIT


def connection_problems(database: DatabaseSettings, services: Mapping[str, Service]) -> Iterator[Finding]:
    """What the database would refuse once all pods run (incident `connection-budget`)."""
    for parameter in ("max_connections", *RESERVED_PARAMETERS):
        said = parameter_said(database, parameter)
        if said is not None and not is_number(said):
            yield Finding(
                parameter_key(database, parameter),
                f"{said} is no number up to {aurora.MAX_CONNECTIONS_LIMIT}, so nobody could tell whether the services' pools "
                "fit (incident connection-budget). Write one, or leave it out.",
            )
    budget = connection_budget(database, services)
    if not budget.fits:
        key, remedy = origin(database)
        yield Finding(
            key,
            f"{overrun(budget)} PostgreSQL would refuse the rest: 'remaining connection slots are reserved'. {remedy}, or "
            "lower `pool` or replicas of services.",
        )


def parameter_key(database: DatabaseSettings, parameter: str) -> str:
    """Where the stack file says a parameter."""
    section = "instance_parameters" if parameter in database.instance_parameters else "parameters"
    return f"database.{section}.{parameter}"


def origin(database: DatabaseSettings) -> tuple[str, str]:
    """The key that the limit comes from, and how to raise it."""
    if database.serverless and max_connections(database) == aurora.LOW_MINIMUM_CONNECTIONS:
        return "database.serverless.min_acu", "Write at least 1, which lifts the cap of 2000"
    if parameter_said(database, "max_connections"):
        return parameter_key(database, "max_connections"), "Raise it, or leave it out"
    if database.serverless:
        return "database.serverless.max_acu", "Raise max_acu"
    return "database.instances.class", "Take a larger class"


def cache_connection_problems(cache: CacheSettings, services: Mapping[str, Service]) -> Iterator[Finding]:
    """What the cache would refuse once all pods run (incident `connection-budget`)."""
    budget = cache_connection_budget(cache, services)
    if not budget.fits:
        yield Finding(
            "cache.node_type",
            f"{overrun(budget)} The cache would refuse the rest: 'max number of clients reached'. Lower `cache_connections` "
            "or replicas of services.",
        )


def overrun(budget: ConnectionBudget) -> str:
    """What is short, and who wants most of it."""
    by_services = sum(share.connections for share in budget.shares)
    wanted = [
        f"{by_services} by {len(budget.shares)} services with a rollout under way",
        *([f"{budget.jobs} for jobs"] if budget.jobs else []),
        f"{budget.reserve} kept free",
    ]
    greedy = sorted(budget.shares, key=lambda share: -share.connections)[:3]
    most = ", ".join(f"{share.service} {share.pods} pods x {share.pool}" for share in greedy)
    return (
        f"{budget.server} takes {budget.limit} connections, and {budget.wanted} are wanted: {', '.join(wanted)} "
        f"(incident connection-budget). Most want: {most or 'none'}."
    )
