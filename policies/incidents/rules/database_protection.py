"""`database-protection`: on production no single command loses the data.

Judged are the clusters and instances of RDS that hold data of their own; a replica has its source's.

Source: pulumi-aws, `rds.Cluster` and `rds.Instance` (without a word a cluster keeps backups for 1 day, an instance none;
without a final snapshot's name a delete fails halfway).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from incidents.databases import Database, each_database
from incidents.graph import Graph, Resource
from incidents.references import is_said
from incidents.rule import Finding, Rule, Threshold, Verdict
from incidents.unknowns import Undecided

LEAST_BACKUP_DAYS = Threshold(
    "database-protection", "leastBackupDays", 7, 1, 35, "How long backups are kept at least, in days."
)

REMEDY = (
    "deletion_protection=True, storage_encrypted=True, backup_retention_period=7 or more, a final_snapshot_identifier, and "
    "opts=ResourceOptions(protect=True)"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each database."""
    yield from each_database(RULE.id, graph, lambda database: judge(database, graph.limit(LEAST_BACKUP_DAYS)))


def judge(database: Database, backup_days: int) -> Finding:
    """What is certainly missing comes before what is not known."""
    resource = database.resource
    if is_replica(resource):
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    missing: list[str] = []
    questions: list[Undecided] = []
    for lack in (deletion, encryption, partial(backups, least=backup_days), final_snapshot):
        try:
            missing += lack(resource)
        except Undecided as undecided:
            questions.append(undecided)
    if not resource.protect:
        missing.append("it is not protected, so Pulumi would delete it")
    if missing:
        text = (
            f"{resource}: {'; '.join(missing)}. One mistake would lose the data for good. Remedy: {REMEDY}."
        )
        return Finding(Verdict.FAIL, resource.urn, text)
    if questions:
        raise questions[0]
    return Finding(Verdict.PASS, resource.urn)


def is_replica(resource: Resource) -> bool:
    return any(is_said(resource, prop) for prop in ("replicateSourceDb", "replicationSourceIdentifier"))


def deletion(resource: Resource) -> list[str]:
    return (
        []
        if said(resource, "deletionProtection") is True
        else ["AWS would delete it when asked to (deletion_protection)"]
    )


def encryption(resource: Resource) -> list[str]:
    """A copy of a snapshot is encrypted as the snapshot is, unless it says so itself."""
    if said(resource, "storageEncrypted") is True:
        return []
    origins = ("snapshotIdentifier", "restoreToPointInTime", "s3Import", "globalClusterIdentifier")
    if not is_said(resource, "storageEncrypted") and any(is_said(resource, prop) for prop in origins):
        raise Undecided(f"whether what {resource} is restored from is encrypted is not known")
    return ["its storage is not encrypted (storage_encrypted)"]


def backups(resource: Resource, least: int) -> list[str]:
    value = said(resource, "backupRetentionPeriod")
    days = int(value) if isinstance(value, int | float) else 0
    if days >= least:
        return []
    return [f"its backups are kept for fewer than {least} days (backup_retention_period is {days})"]


def final_snapshot(resource: Resource) -> list[str]:
    if said(resource, "skipFinalSnapshot") is True:
        return ["no snapshot is left of it (skip_final_snapshot)"]
    return (
        []
        if is_said(resource, "finalSnapshotIdentifier")
        else ["its last snapshot has no name (final_snapshot_identifier)"]
    )


def said(resource: Resource, prop: str) -> Any:
    """The value of `prop`, None where AWS chooses. Raises `Undecided`."""
    return resource.get(prop) if is_said(resource, prop) else None


RULE = Rule(
    id="database-protection",
    why="No deletion protection, encryption, backups, final snapshot or protect: one mistake loses the data.",
    remedy=REMEDY,
    check=check,
    prod_only=True,
    thresholds=(LEAST_BACKUP_DAYS,),
    bad="""
        aws.rds.Cluster("orders", engine="aurora-postgresql", skip_final_snapshot=True)
    """,
    good="""
        aws.rds.Cluster(
            "orders", engine="aurora-postgresql", deletion_protection=True, storage_encrypted=True,
            backup_retention_period=7, final_snapshot_identifier="orders-final",
            opts=pulumi.ResourceOptions(protect=True))
    """,
)
