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
from typing import Any

from incidents.databases import Database, databases, each_database
from incidents.environment import Container, containers
from incidents.graph import Graph, Resource
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, Unknown

FORCE_SSL = "rds.force_ssl"
FORCED_FROM = {"aurora-postgresql": 17, "postgres": 15}
"""The first major version whose default group has `rds.force_ssl` 1."""

OWNER = r"(DB|DATABASE|PG|POSTGRES|POSTGRESQL)_?"
MODE = re.compile(rf"^{OWNER}(SSL|TLS)_?MODE$")
SWITCH = re.compile(rf"^{OWNER}((USE|ENABLE|REQUIRE)_)?(SSL|TLS)(_(ENABLED?|REQUIRED?))?$")
HOST = re.compile(rf"^{OWNER}(HOST|HOSTNAME|SERVER)$")
URL = re.compile(rf"^(.*_)?{OWNER}(URL|URI|DSN|CONNECTION_STRING)$")
"""How programs name the variables of their client."""

OFF = {"0", "false", "no", "off", "disable", "disabled"}
IN_URL = re.compile(r"sslmode=disable\b|[?& ]ssl=(false|0)\b", re.IGNORECASE)
HOST_IN_URL = re.compile(r"://(?:[^@/]*@)?(\[[^]]*\]|[^:/?]+)")
NEARBY = re.compile(r"^(127\.[\d.]+|[^.]+|[^.]+\.[^.]+\.svc(\.cluster\.local)?)$", re.IGNORECASE)
"""Hosts in the pod or in the cluster; an RDS endpoint has more parts."""

REMEDY = f"set {FORCE_SSL} to 1, and give clients sslmode=verify-full with the RDS CA bundle"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each database, and for each resource that runs pods."""
    clients = [resource for resource in graph.resources if resource.type.startswith("kubernetes:")]
    has_server = any(map(may_be_postgresql, databases(graph)))
    yield from each_database(RULE.id, graph, judge_server)
    yield from each(RULE.id, clients, lambda resource: judge_client(graph, resource, has_server=has_server))


def judge_server(database: Database) -> Finding:
    if not database.is_postgresql:
        return Finding(Verdict.NOT_APPLICABLE, database.resource.urn)
    said = database.group.parameter(FORCE_SSL)
    if said is None and database.major >= FORCED_FROM[database.engine]:
        return Finding(Verdict.PASS, database.resource.urn)
    if said and said.value.lower() not in OFF:
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


def judge_client(graph: Graph, resource: Resource, *, has_server: bool) -> Finding:
    """The verdict on a workload's containers: what is certainly off comes before what is not known."""
    verdicts = {Verdict.NOT_APPLICABLE}
    questions: list[str] = []
    for container in containers(graph, resource):
        if is_nearby(container):
            continue
        settings = client_settings(container)
        off = [where for where, value in settings.items() if value is False]
        if off and has_server:
            text = (
                f"{resource}: container '{container.name}' connects without TLS ({', '.join(off)}). PostgreSQL with "
                f"{FORCE_SSL}=1 refuses it (`no pg_hba.conf entry ... no encryption`); without, passwords go in clear. "
                f"Remedy: {REMEDY}."
            )
            return Finding(Verdict.FAIL, resource.urn, text)
        if off:
            questions.append(f"{off[0]} is meant for a database that is not in this stack")
        elif True in settings.values():
            verdicts.add(Verdict.PASS)
        elif settings:
            questions += [f"{where} is not known at preview" for where in settings]
        elif container.open and has_server:
            questions.append(f"of container '{container.name}', {container.open}")
    if questions:
        raise Undecided(questions[0])
    return Finding(Verdict.PASS if Verdict.PASS in verdicts else Verdict.NOT_APPLICABLE, resource.urn)


def client_settings(container: Container) -> dict[str, bool | None]:
    """By the variable that says it, whether the container's client uses TLS; None where that is not known."""
    found: dict[str, bool | None] = {}
    for name, value in sorted(container.env.items()):
        if MODE.match(name) or SWITCH.match(name):
            shown = name if isinstance(value, Unknown) else f"{name}={value}"
            found[shown] = None if isinstance(value, Unknown) else str(value).strip().lower() not in OFF
        elif URL.match(name):
            found |= url_setting(name, value)
    return found


def url_setting(name: str, value: Any) -> dict[str, bool | None]:
    """What a connection URL says of TLS. It may hold a password, so no more of it than that is shown."""
    if isinstance(value, Unknown):
        return {name: None}
    off = IN_URL.search(str(value))
    if off:
        return {f"{off.group().lstrip('?& ')} in {name}": False}
    return {f"sslmode in {name}": True} if "sslmode=" in str(value) else {}


def is_nearby(container: Container) -> bool:
    """Whether all that a container says of its database's host is in the cluster."""
    hosts: list[str] = []
    for name, value in container.env.items():
        if isinstance(value, Unknown):
            continue
        if HOST.match(name):
            hosts.append(str(value))
        elif URL.match(name):
            hosts += HOST_IN_URL.findall(str(value))
    return bool(hosts) and all(NEARBY.match(host) for host in hosts)


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
