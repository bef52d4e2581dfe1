"""RDS: what it answers, what it refuses, in its words."""

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
    market,
)


def test_a_cluster_and_its_instances(aws: Account) -> None:
    cluster = market(aws, manageMasterUserPassword=True, port=5433)
    domain = r"[0-9a-f]{12}\.ap-northeast-2\.rds\.amazonaws\.com"
    assert re.fullmatch(rf"market\.cluster-{domain}", cluster["endpoint"])
    assert cluster["readerEndpoint"] == cluster["endpoint"].replace(".cluster-", ".cluster-ro-")
    assert cluster["arn"] == "arn:aws:rds:ap-northeast-2:123456789012:cluster:market"
    assert re.fullmatch(r"cluster-[0-9A-F]{26}", cluster["clusterResourceId"])
    assert (cluster["engineVersionActual"], cluster["port"]) == ("17.4", 5433)
    assert cluster["caCertificateIdentifier"] == "rds-ca-rsa2048-g1"
    (secret,) = cluster["masterUserSecrets"]
    arn = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:rds!cluster-"
    assert re.fullmatch(rf"{arn}[0-9a-f-]{{36}}-[0-9a-f]{{6}}", secret["secretArn"])
    assert secret["secretStatus"] == "active"

    writer = aws.create(INSTANCE, "market-1", **WRITER)
    reader = aws.create(INSTANCE, "market-2", **{**WRITER, "identifier": "market-2", "promotionTier": 1})
    assert writer["endpoint"] == cluster["endpoint"].replace(".cluster-", "-1.")
    assert re.fullmatch(r"db-[0-9A-F]{26}", writer["dbiResourceId"])
    assert (writer["writer"], reader["writer"]) == (True, False)
    assert (writer["port"], writer["engineVersionActual"]) == (5433, "17.4")


@pytest.mark.parametrize(
    ("given", "group_name", "actual"),
    [
        ({"engineVersion": "16"}, "default.aurora-postgresql16", r"16\.\d+"),
        ({"engineVersion": "16.9"}, "default.aurora-postgresql16", r"16\.9"),
        ({"engineVersion": None}, "default.aurora-postgresql17", r"17\.\d+"),
    ],
)
def test_versions_that_are_not_said_in_full(
    aws: Account, given: dict[str, Any], group_name: str, actual: str
) -> None:
    cluster = market(aws, **given)
    assert cluster["dbClusterParameterGroupName"] == group_name
    assert re.fullmatch(actual, cluster["engineVersionActual"])


def test_identifiers_that_nobody_gave_are_the_provider_s_own(aws: Account) -> None:
    assert re.fullmatch(r"tf-[0-9a-f]{26}", market(aws, clusterIdentifier=None)["clusterIdentifier"])
    instance = aws.create(INSTANCE, **{**WRITER, "identifier": None, "identifierPrefix": "market-"})
    assert re.fullmatch(r"market-[0-9a-f]{26}", instance["identifier"])


def test_a_single_database(aws: Account) -> None:
    made = aws.create(
        "aws:rds/instance:Instance", identifier="legacy", engine="mysql", instanceClass="db.t3.micro"
    )
    assert re.fullmatch(r"db-[0-9A-F]{26}", made["id"])
    assert made["endpoint"] == f"{made['address']}:3306"
    assert made["masterUserSecrets"] == []


def test_a_proxy_and_its_target(aws: Account) -> None:
    market(aws)
    proxy = aws.create(
        "aws:rds/proxy:Proxy", name="market", engineFamily="POSTGRESQL", roleArn="r", vpcSubnetIds=[]
    )
    targets = aws.create("aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup", dbProxyName="market")
    target = aws.create(
        "aws:rds/proxyTarget:ProxyTarget",
        dbProxyName="market",
        targetGroupName=targets["name"],
        dbClusterIdentifier="market",
    )
    assert re.fullmatch(r"market\.proxy-[0-9a-f]{12}\.ap-northeast-2\.rds\.amazonaws\.com", proxy["endpoint"])
    assert re.fullmatch(r"arn:aws:rds:.*:db-proxy:prx-[0-9a-f]{17}", proxy["arn"])
    assert target["id"] == "market/default/TRACKED_CLUSTER/market"


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (
            {"manageMasterUserPassword": True, "masterPassword": "x" * 16},
            'Conflicting configuration arguments. "manage_master_user_password": conflicts with master_password',
        ),
        (
            {"serverlessv2ScalingConfiguration": {"minCapacity": 0, "maxCapacity": 300}},
            "expected max_capacity to be in the range (1.000000 - 256.000000), got 300.000000",
        ),
        (
            {"serverlessv2ScalingConfiguration": {"minCapacity": -1, "maxCapacity": 2}},
            "expected min_capacity to be in the range (0.000000 - 256.000000), got -1.000000",
        ),
    ],
)
def test_what_the_provider_refuses_of_a_cluster(aws: Account, inputs: dict[str, Any], words: str) -> None:
    assert any(words in reason for reason in aws.check(CLUSTER, **{**MARKET, **inputs}))
    assert aws.check(CLUSTER, **MARKET) == []


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (
            {"engineVersion": "17.99"},
            "InvalidParameterCombination: Cannot find version 17.99 for aurora-postgresql",
        ),
        (
            {"engineVersion": "14.3"},
            "InvalidParameterCombination: Cannot find version 14.3 for aurora-postgresql",
        ),
        (
            {"dbClusterParameterGroupName": "default.aurora-postgresql16"},
            (
                "with DBParameterGroupFamily aurora-postgresql16 can't be used for this instance. Use a parameter group with "
                "DBParameterGroupFamily aurora-postgresql17."
            ),
        ),
        (
            {"serverlessv2ScalingConfiguration": {"minCapacity": 0.3, "maxCapacity": 2}},
            "Serverless v2 minimum capacity 0.3 isn't valid",
        ),
        (
            {"serverlessv2ScalingConfiguration": {"minCapacity": 4, "maxCapacity": 2}},
            "Serverless v2 maximum capacity 2 isn't valid. The maximum capacity must be at least 4",
        ),
    ],
)
def test_what_rds_refuses_of_a_cluster(aws: Account, inputs: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=re.escape(words)):
        market(aws, **inputs)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (
            {"instanceClass": "db.m5.large"},
            (
                "RDS does not support creating a DB instance with the following combination: DBInstanceClass=db.m5.large, "
                "Engine=aurora-postgresql, EngineVersion=17.4"
            ),
        ),
        (
            {"instanceClass": "db.serverless"},
            (
                "InvalidDBClusterStateFault: Set the Serverless v2 scaling configuration on the parent DB cluster before "
                "creating a Serverless v2 DB instance."
            ),
        ),
        (
            {"dbParameterGroupName": "default.aurora-postgresql16"},
            "Use a parameter group with DBParameterGroupFamily aurora-postgresql17.",
        ),
    ],
)
def test_what_rds_refuses_of_an_instance(aws: Account, inputs: dict[str, Any], words: str) -> None:
    market(aws)
    with pytest.raises(Refusal, match=re.escape(words)):
        aws.create(INSTANCE, **{**WRITER, **inputs})


def test_a_serverless_instance_of_a_cluster_that_can_scale(aws: Account) -> None:
    market(aws, serverlessv2ScalingConfiguration={"minCapacity": 0, "maxCapacity": 2})
    assert aws.create(INSTANCE, **{**WRITER, "instanceClass": "db.serverless"})["id"] == "market-1"


@pytest.mark.parametrize(
    ("type_", "family", "parameter", "words"),
    [
        (CLUSTER_GROUP, "aurora-postgresql17.4", {}, "is not a valid parameter group family"),
        (
            CLUSTER_GROUP,
            "aurora-postgresql17",
            {"name": "statement_timeot", "value": "1"},
            "InvalidParameterValue: Could not find parameter with name: statement_timeot",
        ),
        (
            INSTANCE_GROUP,
            "aurora-postgresql17",
            {"name": "rds.force_ssl", "value": "1"},
            "InvalidParameterValue: Could not find parameter with name: rds.force_ssl",
        ),
        (
            CLUSTER_GROUP,
            "aurora-postgresql17",
            {"name": "shared_preload_libraries", "value": "pg_cron"},
            "InvalidParameterCombination: cannot use immediate apply method for static parameter",
        ),
        (
            CLUSTER_GROUP,
            "aurora-postgresql17",
            {"name": "port", "value": "1", "applyMethod": "pending-reboot"},
            "The parameter port cannot be modified",
        ),
    ],
)
def test_what_rds_refuses_of_a_parameter_group(
    aws: Account, type_: str, family: str, parameter: dict[str, str], words: str
) -> None:
    parameters = [parameter] if parameter else []
    with pytest.raises(Refusal, match=re.escape(words)):
        aws.create(type_, name="market", family=family, parameters=parameters)


def test_parameters_that_rds_takes(aws: Account) -> None:
    parameters = [
        {"name": "rds.force_ssl", "value": "1"},
        {"name": "shared_preload_libraries", "value": "pg_cron", "applyMethod": "pending-reboot"},
    ]
    made = aws.create(CLUSTER_GROUP, name="market", family="aurora-postgresql17", parameters=parameters)
    assert made["arn"].endswith(":cluster-pg:market")
    assert aws.create(
        CLUSTER_GROUP, "mysql", name="m", family="mysql8.4", parameters=[{"name": "x", "value": "1"}]
    )


def test_subnet_groups_have_two_zones_and_one_vpc(aws: Account) -> None:
    vpc, subnets, _ = aws.network()
    _, others, _ = aws.network("other")
    assert aws.create(SUBNET_GROUP, name="market", subnetIds=subnets)["vpcId"] == vpc
    with pytest.raises(Refusal, match="The new Subnets are not in the same Vpc as the existing subnet group"):
        aws.update(SUBNET_GROUP, name="market", subnetIds=others)
    with pytest.raises(Refusal, match=r"InvalidSubnet: .* not all in a common VPC"):
        aws.create(SUBNET_GROUP, "two", name="two", subnetIds=[subnets[0], others[1]])
    with pytest.raises(
        Refusal, match=r"DBSubnetGroupDoesNotCoverEnoughAZs: .*Current AZ coverage: ap-northeast-2a\."
    ):
        aws.create(SUBNET_GROUP, "one", name="one", subnetIds=subnets[:1])
    assert aws.create(SUBNET_GROUP, "elsewhere", name="elsewhere", subnetIds=["subnet-not-on-record"])


def test_security_groups_of_another_vpc(aws: Account) -> None:
    vpc, subnets, own = aws.network()
    other, _, foreign = aws.network("other")
    aws.create(SUBNET_GROUP, name="market", subnetIds=subnets)
    words = (
        "The DB instance and EC2 security group are in different VPCs. "
        f"The DB instance is in {vpc} and the EC2 security group is in {other}"
    )
    with pytest.raises(Refusal, match=re.escape(words)):
        market(aws, dbSubnetGroupName="market", vpcSecurityGroupIds=[own, foreign])
    assert market(aws, dbSubnetGroupName="market", vpcSecurityGroupIds=[own])
