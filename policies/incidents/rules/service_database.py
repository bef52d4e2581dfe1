"""`service-database`: every database that a workload asks for is provisioned by the stack, and so is the role it asks with.

On the DOA market 18 databases were missing (`database "x_db" does not exist`), `ops_db` was forgotten on the next service,
and in the PAY ledger the role was there without its grants. Judged are workloads that name a database or a user of one
outside the cluster; what counts as provisioned is told in `incidents.provisioned`. Grants are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from incidents.databases import databases
from incidents.graph import Graph, Resource
from incidents.provisioned import Asked, Provisioned, asking, provisioned
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided

REMEDY = "let a Job of the stack run CREATE ROLE and CREATE DATABASE ... OWNER before the workload rolls out"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that runs pods."""
    clients = [resource for resource in graph.resources if resource.type.startswith("kubernetes:")]
    has_server = bool(databases(graph))
    yield from each(RULE.id, clients, lambda resource: judge(graph, resource, has_server=has_server))


def judge(graph: Graph, resource: Resource, *, has_server: bool) -> Finding:
    """What is certainly missing comes before what is not known."""
    there = provisioned(graph)
    missing: list[str] = []
    questions: list[str] = []
    asks = False
    for container, names, users in asking(graph, resource):
        asks = asks or bool(names or users)
        if container.open and has_server and not names:
            questions.append(f"of container '{container.name}', {container.open}")
        for asked, known, what in (
            *((name, there.databases, "database") for name in names),
            *((user, there.roles, "role") for user in users),
        ):
            if not isinstance(asked.value, str) or "$" in asked.value:
                questions.append(f"{asked.variable} is not known at preview")
            elif asked.value not in known:
                missing.append(lack(asked, what, container.name))
    if missing and has_server and not there.open:
        return Finding(Verdict.FAIL, resource.urn, failure(resource, missing, there))
    if missing:
        questions.append(f"{missing[0]}, and {there.open or 'its server is not in this stack'}")
    if questions:
        raise Undecided(questions[0])
    return Finding(Verdict.PASS if asks else Verdict.NOT_APPLICABLE, resource.urn)


def lack(asked: Asked, what: str, container: str) -> str:
    return f"container '{container}' asks for {what} '{asked.value}' ({asked.variable})"


def failure(resource: Resource, missing: list[str], there: Provisioned) -> str:
    names = ", ".join(sorted(there.databases | there.roles))
    return (
        f"{resource}: {'; '.join(missing)}, which nothing in the stack creates (it has {names}). The first query would fail with "
        f"`database ... does not exist` or `role ... does not exist`. Remedy: {REMEDY}."
    )


RULE = Rule(
    id="service-database",
    why="A workload asks for a database or a role that nothing in the stack creates.",
    remedy=REMEDY,
    check=check,
    bad="""
        env: [{name: DB_NAME, value: ops_db}]  # nothing in the stack creates it
    """,
    good="""
        env: [{name: DB_NAME, value: orders_db}]  # which the stack's database job creates
    """,
)
