"""`statement-timeouts`: the database ends what hangs.

In SWO's order service a stuck transaction held its locks for ever, and everything behind it waited. PostgreSQL's own
defaults for the three timeouts are 0, which means none (PostgreSQL documentation, "Client Connection Defaults"); Aurora's
for an idle transaction is a day.

Judged are PostgreSQL databases: the three must be set in the cluster's parameter group, or in that of each instance, which
wins (Aurora user guide, "Parameter groups for Amazon Aurora").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from incidents.databases import Database, ParameterGroup, each_database, setting
from incidents.graph import Graph
from incidents.rule import Finding, Rule, Verdict
from incidents.unknowns import Undecided

TIMEOUTS = {
    "statement_timeout": "30000",
    "idle_in_transaction_session_timeout": "60000",
    "lock_timeout": "10000",
}
"""Each with a value in milliseconds to start from."""

REMEDY = "set " + ", ".join(f"{name} (say {value})" for name, value in TIMEOUTS.items())


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each database."""
    yield from each_database(RULE.id, graph, judge)


def judge(database: Database) -> Finding:
    """What is certainly missing comes before what is not known."""
    if not database.is_postgresql:
        return Finding(Verdict.NOT_APPLICABLE, database.resource.urn)
    levels = [database.groups_of(instance) for instance in database.instances] or [[database.group]]
    missing: dict[str, str] = {}
    questions: list[Undecided] = []
    for groups in levels:
        for name in TIMEOUTS:
            try:
                missing |= lacking(groups, name)
            except Undecided as undecided:
                questions.append(undecided)
    if missing:
        text = (
            f"{database}: {'; '.join(missing.values())}. A stuck transaction would hold its locks for ever, and all that waits for "
            f"them a connection each. Remedy: {REMEDY}, in milliseconds, in its parameter group."
        )
        return Finding(Verdict.FAIL, database.resource.urn, text)
    if questions:
        raise questions[0]
    return Finding(Verdict.PASS, database.resource.urn)


def lacking(groups: Sequence[ParameterGroup], name: str) -> dict[str, str]:
    """By name, what is wrong with a timeout in the groups of one instance. Raises `Undecided`."""
    found = setting(groups, name)
    if found is None:
        return {name: f"{name} is not set"}
    if not found.value.strip().strip("0"):
        return {name: f"{name} is {found.value or 'empty'} in {found.group}, which means none"}
    return {}


RULE = Rule(
    id="statement-timeouts",
    why="No statement, idle-transaction or lock timeout: a stuck transaction holds locks for ever.",
    remedy=REMEDY,
    check=check,
    bad="""
        aws.rds.ClusterParameterGroup("orders", family="aurora-postgresql17")
    """,
    good="""
        aws.rds.ClusterParameterGroup("orders", family="aurora-postgresql17", parameters=[
            {"name": "statement_timeout", "value": "30000"},
            {"name": "idle_in_transaction_session_timeout", "value": "60000"},
            {"name": "lock_timeout", "value": "10000"},
        ])
    """,
)
