"""`database-protection` on plain programs: mandatory on production, advice elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.database_protection import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

SAFE: dict[str, Any] = {
    "deletionProtection": True,
    "storageEncrypted": True,
    "backupRetentionPeriod": 7.0,
    "skipFinalSnapshot": False,
    "finalSnapshotIdentifier": "last",
}
other = resource("aws:rds/cluster:Cluster", "other")


def database(protect: bool = True, edges: Any = None, **props: Any) -> Resource:
    return replace(resource("aws:rds/cluster:Cluster", "db", {**SAFE, **props}, edges), protect=protect)


@pytest.mark.parametrize(
    ("props", "said"),
    [
        ({"deletionProtection": False}, "deletion_protection"),
        ({"deletionProtection": None}, "deletion_protection"),
        ({"storageEncrypted": False}, "storage_encrypted"),
        ({"storageEncrypted": UNKNOWN}, "storage_encrypted"),
        ({"backupRetentionPeriod": 6.0}, "backup_retention_period is 6"),
        ({"backupRetentionPeriod": None}, "backup_retention_period is 0"),
        ({"skipFinalSnapshot": True}, "skip_final_snapshot"),
        ({"finalSnapshotIdentifier": None}, "final_snapshot_identifier"),
        ({"protect": False}, "Pulumi would delete it"),
    ],
)
def test_each_part_of_the_protection_is_missed(props: dict[str, Any], said: str) -> None:
    assert verdict(RULE, database()) is Verdict.PASS
    found = findings(RULE, database(**props))["db"]
    assert found.verdict is Verdict.FAIL
    assert said in found.text.partition("One mistake")[0]


@pytest.mark.parametrize(
    "prop", ["deletionProtection", "storageEncrypted", "backupRetentionPeriod", "skipFinalSnapshot"]
)
def test_what_is_not_known_is_undecided_unless_something_else_is_missing(prop: str) -> None:
    unknown: dict[str, Any] = {prop: UNKNOWN, "edges": {prop: [other]}}
    assert verdict(RULE, database(**unknown), other) is Verdict.UNKNOWN
    assert verdict(RULE, database(protect=False, **unknown), other) is Verdict.FAIL


def test_a_restored_database_is_encrypted_as_its_snapshot_is() -> None:
    restored = database(storageEncrypted=UNKNOWN, snapshotIdentifier="snapshot")
    assert verdict(RULE, restored) is Verdict.UNKNOWN


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    odd = database(**dict.fromkeys(SAFE, nonsense))
    assert not [found for found in RULE.check(Graph([odd])) if "itself failed" in found.text]


BASE = """
import pulumi, pulumi_aws as aws

SAFE = dict(engine="aurora-postgresql", deletion_protection=True, storage_encrypted=True, backup_retention_period=14,
            final_snapshot_identifier="last")

def cluster(name, protect=True, **changes):
    return aws.rds.Cluster(name, **{**SAFE, **changes}, opts=pulumi.ResourceOptions(protect=protect))

def instance(name, **changes):
    said = {**SAFE, "engine": "postgres", "instance_class": "db.r6g.large", **changes}
    return aws.rds.Instance(name, **said, opts=pulumi.ResourceOptions(protect=True))
"""
WRONG = {
    "bare": 'aws.rds.Cluster("bare", engine="aurora-postgresql")',
    "deletable": 'cluster("deletable", deletion_protection=False)',
    "clear": 'cluster("clear", storage_encrypted=None)',
    "one-day": 'cluster("one-day", backup_retention_period=None)',
    "no-snapshot": 'cluster("no-snapshot", skip_final_snapshot=True)',
    "no-name": 'cluster("no-name", final_snapshot_identifier=None)',
    "unprotected": 'cluster("unprotected", protect=False)',
    "instance": 'instance("instance", backup_retention_period=None)',
    "mysql": 'cluster("mysql", engine="aurora-mysql", deletion_protection=None)',
}
RIGHT = {
    "safe": 'safe = cluster("safe")',
    "named": 'cluster("named", final_snapshot_identifier=safe.id.apply(lambda id: f"{id}-last"))',
    "alone": 'primary = instance("alone")',
    "replica": 'aws.rds.Instance("replica", replicate_source_db=primary.identifier, instance_class="db.r6g.large")',
    "inherited": """
        class Their(pulumi.ComponentResource):
            def __init__(self):
                super().__init__("their:index:Database", "their", None, pulumi.ResourceOptions(protect=True))
                aws.rds.Cluster("inherited", **SAFE, opts=pulumi.ResourceOptions(parent=self))
        Their()""",
}
UNKNOWNS = {"restored": 'cluster("restored", snapshot_identifier="snapshot", storage_encrypted=None)'}


@pytest.mark.engine
@pytest.mark.parametrize(("stack", "level"), [("prod", "mandatory"), ("dev", "advisory")])
def test_every_case_on_the_engine(make_rehearsal: Any, stack: str, level: str) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()], stack)
    assert failed(result, RULE, level) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
