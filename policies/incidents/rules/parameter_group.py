"""`parameter-group`: a database has a parameter group of its own, for its engine's version.

On the DOA market PostgreSQL 17 refused plain text (`no pg_hba.conf entry ... no encryption`), and nothing could be set:
AWS's default group cannot be changed, and attaching another one takes a reboot.

Judged are PostgreSQL databases (Aurora, Multi-AZ clusters, instances) and their parameter groups. Instances of a cluster
may keep the default group: the cluster's group tells them what matters.

Source: Amazon RDS user guide, "Parameter groups for Amazon RDS" (default groups, apply types).
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_facts.postgresql_parameters import STATIC
from incidents.databases import (
    CLUSTER_GROUP,
    INSTANCE_GROUP,
    Database,
    ParameterGroup,
    each_database,
)
from incidents.graph import Graph, Resource
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided

POSTGRESQL_FAMILIES = ("aurora-postgresql", "postgres")

REMEDY = (
    "attach an aws.rds.ClusterParameterGroup (an instance: aws.rds.ParameterGroup) of the engine's own family"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each database, and for each parameter group."""
    yield from each_database(RULE.id, graph, judge)
    yield from each(RULE.id, graph.of_type(CLUSTER_GROUP, INSTANCE_GROUP), judge_group)


def judge(database: Database) -> Finding:
    """Whether the attached groups are the program's own and of the engine's family."""
    if not database.is_postgresql:
        return Finding(Verdict.NOT_APPLICABLE, database.resource.urn)
    if database.group.is_default:
        text = (
            f"{database} has {database.group}, which nobody can change: what PostgreSQL must be told (TLS, timeouts) cannot be "
            f"set, and attaching another group later takes a reboot. Remedy: {REMEDY}{wanted(database)}."
        )
        return Finding(Verdict.FAIL, database.resource.urn, text)
    attached = [group for instance in database.instances for group in database.groups_of(instance)]
    for group in [database.group, *attached]:
        if not group.is_default and not fits(database, group):
            text = (
                f"{group} is of family '{group.family}', but {database} runs {database.engine} {database.version_major}: AWS "
                f"refuses to attach it, halfway through the update. Remedy: {REMEDY}{wanted(database)}."
            )
            return Finding(Verdict.FAIL, database.resource.urn, text)
    return Finding(Verdict.PASS, database.resource.urn)


def fits(database: Database, group: ParameterGroup) -> bool:
    """Whether the family is the engine's own. Raises `Undecided`."""
    if group.family is None:
        raise Undecided(f"family of {group} is not known at preview")
    return group.family == f"{database.engine}{database.version_major}"


def wanted(database: Database) -> str:
    try:
        return f": '{database.engine}{database.version_major}'"
    except Undecided:
        return ""


def judge_group(resource: Resource) -> Finding:
    """Whether each static parameter waits for a reboot, as AWS demands."""
    family = str(resource.get("family", default=""))
    if not family.startswith(POSTGRESQL_FAMILIES):
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    group = ParameterGroup(resource.name, family, resource)
    for parameter in group.known:
        if parameter.name in STATIC and parameter.apply_method == "immediate":
            text = (
                f"{resource} sets the static parameter {parameter.name} with apply_method 'immediate' (the default): AWS refuses "
                "it (`cannot use immediate apply method for static parameter`), halfway through the update. Remedy: "
                "apply_method='pending-reboot', then reboot the instances."
            )
            return Finding(Verdict.FAIL, resource.urn, text)
    if group.is_open:
        raise Undecided(f"parameters of {resource} are not all known at preview")
    return Finding(Verdict.PASS, resource.urn)


RULE = Rule(
    id="parameter-group",
    why="A database with AWS's default parameter group, or with one of another version: TLS and timeouts cannot be set.",
    remedy=REMEDY,
    check=check,
    bad="""
        aws.rds.Cluster("orders", engine="aurora-postgresql", engine_version="17.4")
    """,
    good="""
        group = aws.rds.ClusterParameterGroup("orders", family="aurora-postgresql17")
        aws.rds.Cluster(
            "orders", engine="aurora-postgresql", engine_version="17.4", db_cluster_parameter_group_name=group.name)
    """,
)
