"""`connection-budget`: the pools of all pods fit what the database takes.

In SWO's order service no pool was set, and replicas x pool went past `max_connections`: once traffic came, PostgreSQL refused
new connections, those of a rollout first.

Judged are PostgreSQL databases against the workloads of the stack, and workloads that say no pool. Everything counts against
the smallest instance, since a failover may leave it alone. Who connects through an RDS Proxy takes nothing of it: the proxy lets
them wait for the connections that it has.

Sources: `aws_facts/aurora.py`; RDS user guide, "RDS Proxy concepts and terminology" (connection pooling), "Quotas and constraints
for Amazon RDS" (the default of `max_connections` is that of Aurora, from the memory of the class) and "Multi-AZ DB cluster
deployments".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aws_facts import aurora
from incidents.databases import CLUSTER, Database, databases, setting
from incidents.graph import Graph, Resource
from incidents.pools import Client, client, is_client, is_proxied
from incidents.references import is_said
from incidents.rule import Finding, Rule, Threshold, Verdict, each
from incidents.unknowns import Undecided, as_dict

OPERATIONS_CONNECTIONS = Threshold(
    "connection-budget", "operationsConnections", 10, 0, 1000, "Connections kept for people and monitoring."
)
RESERVED = aurora.SUPERUSER_RESERVED_CONNECTIONS + aurora.RDS_SUPERUSER_RESERVED_CONNECTIONS
SHOWN = 4
MULTI_AZ_CLASS = "dbClusterInstanceClass"
"""A Multi-AZ DB cluster says the class of its instances, which AWS makes."""

REMEDY = "lower the pools or the replicas, or take a larger class or maximum capacity"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each workload that may connect to a database, and for each database."""
    servers = [database for database in databases(graph) if may_be_postgresql(database)]
    if not servers:
        return
    clients: list[Client] = []
    undecided: list[str] = []

    def count(resource: Resource) -> Finding:
        try:
            if not is_client(graph, resource):
                return Finding(Verdict.NOT_APPLICABLE, resource.urn)
            if not is_proxied(graph, resource, servers):
                clients.append(client(graph, resource, servers))
        except Undecided:
            undecided.append(str(resource))
            raise
        return Finding(Verdict.PASS, resource.urn)

    manifests = [resource for resource in graph.resources if resource.type.startswith("kubernetes:")]
    yield from list(each(RULE.id, manifests, count))
    by_urn = {database.resource.urn: database for database in servers}
    yield from each(
        RULE.id,
        [database.resource for database in servers],
        lambda resource: judge(by_urn[resource.urn], clients, undecided),
    )


def may_be_postgresql(database: Database) -> bool:
    try:
        return database.is_postgresql
    except Undecided:
        return True


def judge(database: Database, clients: Sequence[Client], undecided: Sequence[str]) -> Finding:
    """The verdict on one server: too many for certain comes before what is not known."""
    own = [client for client in clients if client.database == database.resource]
    if not own and not undecided:
        return Finding(Verdict.NOT_APPLICABLE, database.resource.urn)
    limit = max_connections(database)
    kept = RESERVED + database.graph.limit(OPERATIONS_CONNECTIONS)
    wanted = sum(client.connections for client in own) + kept
    if wanted > limit:
        greedy = sorted(own, key=lambda client: (-client.connections, client.resource.urn))
        shares = ", ".join(
            f"{client.resource} {client.pods} pods x {client.pool}" for client in greedy[:SHOWN]
        )
        text = (
            f"{database} takes {limit} connections, and {wanted} are wanted with a rollout under way: {shares}"
            f"{' and others' if len(own) > SHOWN else ''}, and {kept} kept free. PostgreSQL would refuse the rest: 'remaining "
            f"connection slots are reserved'. Remedy: {REMEDY}."
        )
        return Finding(Verdict.FAIL, database.resource.urn, text)
    if undecided:
        raise Undecided(f"what {undecided[0]} takes of it is not known")
    return Finding(Verdict.PASS, database.resource.urn)


def max_connections(database: Database) -> int:
    """What the smallest instance takes. Raises `Undecided`."""
    if not database.is_postgresql:
        raise Undecided(f"the engine of {database} is not known")
    instances = database.instances
    if not instances and is_said(database.resource, MULTI_AZ_CLASS):
        instances = [database.resource]
    if not instances:
        raise Undecided(f"this stack makes no instance of {database}")
    return min(limit_of(database, instance) for instance in instances)


def limit_of(database: Database, instance: Resource) -> int:
    """What the parameter groups say, else the default of the instance's class or capacity."""
    class_ = str(instance.get(MULTI_AZ_CLASS if instance.type == CLUSTER else "instanceClass"))
    if class_ == aurora.SERVERLESS_CLASS:
        usual = serverless_limit(database)
    elif class_ in aurora.INSTANCE_CLASSES:
        usual = aurora.INSTANCE_CLASSES[class_].max_connections
    else:
        usual = aurora.lowest_max_connections(class_)
    said = setting(database.groups_of(instance), "max_connections")
    if said and said.value.isdecimal():
        return int(said.value)
    if usual is None:
        raise Undecided(f"max_connections of class {class_} is not known to this pack")
    return usual


def serverless_limit(database: Database) -> int | None:
    scaling = as_dict(database.resource.get("serverlessv2ScalingConfiguration"))
    low, high = scaling.get("minCapacity"), scaling.get("maxCapacity")
    if not isinstance(low, int | float) or not isinstance(high, int | float) or high < 1:
        return None
    return aurora.serverless_max_connections(low, high)


RULE = Rule(
    id="connection-budget",
    why="Replicas x pool go past max_connections: PostgreSQL refuses connections once traffic comes.",
    remedy=REMEDY,
    check=check,
    thresholds=(OPERATIONS_CONNECTIONS,),
    bad="""
        # db.t4g.medium takes 405 connections
        replicas: 20
        env: [{name: DB_POOL_SIZE, value: "25"}]
    """,
    good="""
        # 4 x 10, and one pod more during a rollout
        replicas: 4
        env: [{name: DB_POOL_SIZE, value: "10"}]
    """,
)
