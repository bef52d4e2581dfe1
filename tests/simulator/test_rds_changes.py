"""RDS: upgrades, deletions and replacements."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.simulator.account import Account, Refusal
from tests.simulator.rds import (
    CLUSTER,
    CLUSTER_GROUP,
    INSTANCE,
    INSTANCE_GROUP,
    MARKET,
    SUBNET_GROUP,
    WRITER,
    group,
    market,
)


def test_upgrades(aws: Account) -> None:
    """A minor one as it is; a major one with the flag, and with new groups for cluster and instances in one go."""
    old, new = (group(aws, f"cluster{major}", f"aurora-postgresql{major}") for major in (16, 17))
    old_instance, new_instance = (
        group(aws, f"instance{major}", f"aurora-postgresql{major}", INSTANCE_GROUP) for major in (16, 17)
    )
    running = {**MARKET, "engineVersion": "16.9", "dbClusterParameterGroupName": old}
    aws.create(CLUSTER, **running)
    aws.create(INSTANCE, **WRITER, dbParameterGroupName=old_instance)
    running["engineVersion"] = "16.10"
    assert aws.update(CLUSTER, **running)["engineVersionActual"] == "16.10"

    wanted = {**running, "engineVersion": "17.6"}
    steps: list[tuple[dict[str, Any], str]] = [
        ({"engineVersion": "16.9"}, "Cannot upgrade aurora-postgresql from 16.10 to 16.9"),
        ({}, "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."),
        ({"allowMajorVersionUpgrade": True}, "The current DB cluster parameter group cluster16 is custom."),
        (
            {"dbClusterParameterGroupName": new},
            "The current DB instance parameter group instance16 is custom.",
        ),
        (
            {"dbInstanceParameterGroupName": old_instance},
            "instance16 with DBParameterGroupFamily aurora-postgresql16",
        ),
    ]
    for change, words in steps:
        with pytest.raises(Refusal, match=re.escape(words)):
            aws.update(CLUSTER, **{**wanted, **change})
        wanted |= {key: value for key, value in change.items() if key != "engineVersion"}
    assert (
        aws.update(CLUSTER, **{**wanted, "dbInstanceParameterGroupName": new_instance})["engineVersionActual"]
        == "17.6"
    )
    assert aws.update(INSTANCE, **WRITER, dbParameterGroupName=new_instance)


def test_the_managed_secret_comes_and_goes_with_its_management(aws: Account) -> None:
    assert market(aws)["masterUserSecrets"] == []
    (secret,) = aws.update(CLUSTER, **MARKET, manageMasterUserPassword=True)["masterUserSecrets"]
    assert aws.update(CLUSTER, **MARKET, manageMasterUserPassword=True)["masterUserSecrets"] == [secret]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (
            {"deletionProtection": True},
            "InvalidParameterCombination: Cannot delete protected Cluster, please disable deletion protection and try again.",
        ),
        (
            {"skipFinalSnapshot": False},
            "RDS Cluster final_snapshot_identifier is required when skip_final_snapshot is false",
        ),
    ],
)
def test_deletions_that_are_refused(aws: Account, inputs: dict[str, Any], words: str) -> None:
    market(aws, **inputs)
    with pytest.raises(Refusal, match=re.escape(words)):
        aws.delete(CLUSTER)
    aws.update(CLUSTER, **MARKET)
    aws.delete(CLUSTER)


def test_a_cluster_goes_after_its_instances(aws: Account) -> None:
    market(aws)
    aws.create(INSTANCE, **WRITER)
    with pytest.raises(Refusal, match="Cluster cannot be deleted, it still contains DB instances"):
        aws.delete(CLUSTER)
    aws.delete(INSTANCE)
    aws.delete(CLUSTER)


@pytest.mark.parametrize(
    ("type_", "change", "replaces"),
    [
        *(
            (CLUSTER, {name: "x"}, True)
            for name in (
                "engine", "dbSubnetGroupName", "masterUsername", "kmsKeyId", "snapshotIdentifier", "clusterIdentifier",
                "databaseName",
            )
        ),
        (CLUSTER, {"availabilityZones": ["ap-northeast-2a"]}, True),
        (CLUSTER, {"storageEncrypted": True}, True),
        (CLUSTER, {"engineVersion": "17.5"}, False),
        (CLUSTER, {"dbClusterParameterGroupName": "x"}, False),
        (CLUSTER, {"serverlessv2ScalingConfiguration": {"minCapacity": 1, "maxCapacity": 2}}, False),
        (CLUSTER, {"port": 5433}, False),
        (INSTANCE, {"instanceClass": "db.r6g.xlarge"}, False),
        (INSTANCE, {"availabilityZone": "ap-northeast-2b"}, True),
        (CLUSTER_GROUP, {"family": "aurora-postgresql17"}, True),
        (CLUSTER_GROUP, {"parameters": [{"name": "work_mem", "value": "1"}]}, False),
        (INSTANCE_GROUP, {"description": "x"}, True),
        (SUBNET_GROUP, {"subnetIds": ["subnet-1"]}, False),
        ("aws:rds/proxy:Proxy", {"vpcSubnetIds": ["subnet-1"]}, True),
        ("aws:rds/proxy:Proxy", {"requireTls": True}, False),
    ],
)  # fmt: skip
def test_what_replaces(aws: Account, type_: str, change: dict[str, Any], replaces: bool) -> None:
    assert (
        bool(
            aws.replaced_by(type_, {"engine": "aurora-postgresql"}, {"engine": "aurora-postgresql", **change})
        )
        is replaces
    )


def test_a_replacement_of_the_same_identifier_is_refused(aws: Account) -> None:
    """The bridge deletes first only where it makes up names, and AWS takes no second cluster of one identifier."""
    market(aws)
    with pytest.raises(Refusal, match="AlreadyExists"):
        market(aws, databaseName="other")
