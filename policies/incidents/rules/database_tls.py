"""`database-tls`: PostgreSQL takes no plain text, and no client sends it.

On the DOA market PostgreSQL 17 refused plain text, and `rds.force_ssl` was turned off to get going: from then on passwords
and rows went over the network in clear.

Servers: PostgreSQL databases of the stack. Clients: pods that say `sslmode=disable`, `DB_SSL=false` or the like, unless they
talk to something in the cluster (a pooler beside them).

Sources: Aurora user guide, "Securing Aurora PostgreSQL data with SSL/TLS" (1 by default from version 17 on), and RDS user
guide, "Using SSL with a PostgreSQL DB instance" (from version 15 on; that number was remembered, not read again).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from incidents.databases import Database, databases, each_database
from incidents.graph import Graph
from incidents.rule import Finding, Rule, Verdict, each
from incidents.tls_clients import Settings, Store, is_on, judge_client
from incidents.unknowns import Undecided

FORCE_SSL = "rds.force_ssl"
FORCED_FROM = {"aurora-postgresql": 17, "postgres": 15}
"""The first major version whose default group has `rds.force_ssl` 1."""

OWNER = r"(DB|DATABASE|PG|POSTGRES|POSTGRESQL)_?"
MODE = re.compile(rf"^{OWNER}(SSL|TLS)_?MODE$")
SWITCH = re.compile(rf"^{OWNER}((USE|ENABLE|REQUIRE)_)?(SSL|TLS)(_(ENABLED?|REQUIRED?))?$")
HOST = re.compile(rf"^{OWNER}(HOST|HOSTNAME|SERVER)$")
URL = re.compile(rf"^(.*_)?{OWNER}(URL|URI|DSN|CONNECTION_STRING)$")
"""How programs name the variables of their client."""

IN_URL = re.compile(r"sslmode=disable\b|[?& ]ssl=(false|0)\b", re.IGNORECASE)

REMEDY = f"set {FORCE_SSL} to 1, and give clients sslmode=verify-full with the RDS CA bundle"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each database, and for each resource that runs pods."""
    clients = [resource for resource in graph.resources if resource.type.startswith("kubernetes:")]
    has_server = any(map(may_be_postgresql, databases(graph)))
    yield from each_database(RULE.id, graph, judge_server)
    yield from each(
        RULE.id, clients, lambda resource: judge_client(graph, resource, STORE, is_here=has_server)
    )


def judge_server(database: Database) -> Finding:
    if not database.is_postgresql:
        return Finding(Verdict.NOT_APPLICABLE, database.resource.urn)
    said = database.group.parameter(FORCE_SSL)
    if said is None and database.major >= FORCED_FROM[database.engine]:
        return Finding(Verdict.PASS, database.resource.urn)
    if said and is_on(said.value):
        return Finding(Verdict.PASS, database.resource.urn)
    what = (
        f"{FORCE_SSL} is {said.value} in {said.group}"
        if said
        else f"{FORCE_SSL} is not set, and its default for version {database.major} is 0"
    )
    text = (
        f"{database}: {what}, so PostgreSQL takes connections in plain text, and passwords and rows cross the network in clear. "
        f"Remedy: {REMEDY}."
    )
    return Finding(Verdict.FAIL, database.resource.urn, text)


def may_be_postgresql(database: Database) -> bool:
    try:
        return database.is_postgresql
    except Undecided:
        return True


def of_url(name: str, url: str) -> Settings:
    """What a connection URL says. It may hold a password, so no more of it than that is shown."""
    off = IN_URL.search(url)
    if off:
        return {f"{off.group().lstrip('?& ')} in {name}": False}
    return {f"sslmode in {name}": True} if "sslmode=" in url else {}


STORE = Store(
    HOST,
    URL,
    lambda name, _: (MODE.match(name) or SWITCH.match(name)) is not None,
    of_url,
    plain=f"connects without TLS ({{off}}). PostgreSQL with {FORCE_SSL}=1 refuses it (`no pg_hba.conf entry ... no encryption`); "
    f"without, passwords go in clear. Remedy: {REMEDY}.",
    elsewhere="a database that is not in this stack",
)

RULE = Rule(
    id="database-tls",
    why="PostgreSQL takes plain text, or a client sends it: passwords and rows cross the network in clear.",
    remedy=REMEDY,
    check=check,
    bad="""
        parameters=[{"name": "rds.force_ssl", "value": "0"}]
    """,
    good="""
        parameters=[{"name": "rds.force_ssl", "value": "1"}]
    """,
)
