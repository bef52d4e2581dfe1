"""ElastiCache: what it answers, what it refuses, in its words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from plinth.simulator.values import Secret
from tests.simulator.account import Account, Refusal

GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
CLUSTER = "aws:elasticache/cluster:Cluster"
PARAMETERS = "aws:elasticache/parameterGroup:ParameterGroup"
SUBNETS = "aws:elasticache/subnetGroup:SubnetGroup"
USER = "aws:elasticache/user:User"
TOKEN = "a" * 16
MARKET: dict[str, Any] = {
    "replicationGroupId": "market",
    "description": "The market's cache",
    "engine": "valkey",
    "engineVersion": "8.0",
    "nodeType": "cache.t4g.small",
}


def market(aws: Account, **inputs: Any) -> dict[str, Any]:
    return aws.create(GROUP, **{**MARKET, **inputs})


@pytest.mark.parametrize(
    ("inputs", "endpoints", "members"),
    [
        (
            {"transitEncryptionEnabled": True, "numCacheClusters": 2},
            ("", r"master\.market\.[0-9a-f]{6}\.apn2", r"replica\.market\.[0-9a-f]{6}\.apn2"),
            ["market-001", "market-002"],
        ),
        (
            {"numCacheClusters": 1},
            ("", r"market\.[0-9a-f]{6}\.ng\.0001\.apn2", r"market-ro\.[0-9a-f]{6}\.ng\.0001\.apn2"),
            ["market-001"],
        ),
        (
            {"transitEncryptionEnabled": True, "numNodeGroups": 2, "replicasPerNodeGroup": 1},
            (r"clustercfg\.market\.[0-9a-f]{6}\.apn2", "", ""),
            ["market-0001-001", "market-0001-002", "market-0002-001", "market-0002-002"],
        ),
        (
            {"clusterMode": "enabled", "numNodeGroups": 1, "replicasPerNodeGroup": 0},
            (r"market\.[0-9a-f]{6}\.clustercfg\.apn2", "", ""),
            ["market-0001-001"],
        ),
    ],
    ids=["tls", "plain", "sharded", "sharded and plain"],
)
def test_endpoints_and_nodes(
    aws: Account, inputs: dict[str, Any], endpoints: tuple[str, str, str], members: list[str]
) -> None:
    made = market(aws, **inputs)
    names = ("configurationEndpointAddress", "primaryEndpointAddress", "readerEndpointAddress")
    for name, pattern in zip(names, endpoints, strict=True):
        assert re.fullmatch(rf"{pattern}\.cache\.amazonaws\.com" if pattern else "", made[name]), name
    assert made["memberClusters"] == members
    assert made["clusterEnabled"] is bool(endpoints[0])
    assert made["engineVersionActual"] == "8.0.0"
    assert made["arn"] == "arn:aws:elasticache:ap-northeast-2:123456789012:replicationgroup:market"


def test_another_node_and_another_version_in_place(aws: Account) -> None:
    market(aws, numCacheClusters=1)
    changed = aws.update(GROUP, **{**MARKET, "engineVersion": "8.1", "numCacheClusters": 2})
    assert changed["memberClusters"] == ["market-001", "market-002"]
    assert changed["engineVersionActual"] == "8.1.0"


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"engine": "memcached"}, 'expected engine to be one of ["redis" "valkey"], got memcached'),
        ({"authToken": TOKEN, "userGroupIds": ["market"]}, '"auth_token": conflicts with user_group_ids'),
        ({"numCacheClusters": 2, "numNodeGroups": 2}, '"num_cache_clusters": conflicts with num_node_groups'),
        (
            {"authToken": "short"},
            '"auth_token" must contain from 16 to 128 alphanumeric characters or symbols',
        ),
        ({"authToken": Secret("with@at-sign-in-it")}, '"auth_token" must contain from 16 to 128'),
        (
            {"automaticFailoverEnabled": True, "numCacheClusters": 1},
            '"num_cache_clusters": must be at least 2 if automatic_failover_enabled is true',
        ),
        ({"multiAzEnabled": True}, "automatic_failover_enabled must be true if multi_az_enabled is true"),
    ],
)
def test_what_the_provider_refuses(aws: Account, inputs: dict[str, Any], words: str) -> None:
    found = aws.check(GROUP, **{**MARKET, **inputs})
    assert any(words in reason for reason in found)
    assert "at-sign" not in str(found)
    assert aws.check(GROUP, **MARKET) == []


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"engineVersion": "8.9"}, "InvalidParameterCombination: Cannot find version 8.9 for valkey"),
        (
            {"parameterGroupName": "redis"},
            "InvalidParameterCombination: Expected a parameter group of family valkey8 but found one of family redis7",
        ),
        (
            {"parameterGroupName": "default.valkey7.cluster.on"},
            "InvalidParameterCombination: Expected a parameter group of family valkey8 but found one of family valkey7",
        ),
        (
            {"authToken": TOKEN},
            "InvalidParameterValue: The AUTH token is only supported when encryption-in-transit is enabled",
        ),
    ],
)
def test_what_elasticache_refuses(aws: Account, inputs: dict[str, Any], words: str) -> None:
    aws.create(PARAMETERS, "redis", name="redis", family="redis7")
    with pytest.raises(Refusal, match=re.escape(words)):
        market(aws, **inputs)


@pytest.mark.parametrize(
    ("engine", "version", "family"),
    [("redis", "6.x", "redis6.x"), ("redis", "7.1", "redis7"), ("valkey", "7.2", "valkey7")],
)
def test_a_parameter_group_of_the_version_s_own_family(
    aws: Account, engine: str, version: str, family: str
) -> None:
    name = aws.create(PARAMETERS, name="market", family=family)["name"]
    assert market(aws, engine=engine, engineVersion=version, parameterGroupName=name)


def test_a_security_group_of_another_vpc(aws: Account) -> None:
    vpc, subnets, own = aws.network()
    other, _, foreign = aws.network("other")
    assert aws.create(SUBNETS, name="market", subnetIds=subnets)["vpcId"] == vpc
    words = f"Subnet group [market] belongs to a different VPC [{vpc}] than [{other}]"
    with pytest.raises(Refusal, match=re.escape(words)):
        market(aws, subnetGroupName="market", securityGroupIds=[foreign])
    assert market(aws, subnetGroupName="market", securityGroupIds=[own])


def test_parameters_that_a_family_does_not_have(aws: Account) -> None:
    parameters = [{"name": "maxmemory-polcy", "value": "volatile-lru"}]
    with pytest.raises(Refusal, match="InvalidParameterValue: Parameter maxmemory-polcy doesn't exist"):
        aws.create(PARAMETERS, name="market", family="valkey8", parameters=parameters)
    parameters[0]["name"] = "maxmemory-policy"
    assert aws.create(PARAMETERS, name="Market", family="valkey8", parameters=parameters)["id"] == "market"


def test_a_single_cluster(aws: Account) -> None:
    with pytest.raises(Refusal, match="This API doesn't support Valkey engine"):
        aws.create(CLUSTER, clusterId="market", engine="valkey")
    redis = aws.create(CLUSTER, "redis", clusterId="redis", engine="redis", engineVersion="7.1")
    memcached = aws.create(CLUSTER, "memcached", clusterId="memcached", engine="memcached", numCacheNodes=2)
    assert [node["port"] for node in redis["cacheNodes"]] == [6379]
    assert [node["id"] for node in memcached["cacheNodes"]] == ["0001", "0002"]
    assert memcached["configurationEndpoint"] == f"{memcached['clusterAddress']}:11211"


def test_users(aws: Account) -> None:
    inputs: dict[str, Any] = {
        "userId": "app",
        "userName": "app",
        "engine": "valkey",
        "accessString": "on ~* +@all",
    }
    assert aws.create(USER, **inputs)["arn"].endswith(":user:app")
    (reason,) = aws.check(USER, **inputs, passwords=["short"])
    assert "expected length of passwords to be in the range (16 - 128)" in reason
    assert "short" not in reason


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"engineVersion": "8.1"}, []),
        ({"engineVersion": "7.2"}, ["engineVersion"]),
        ({"engine": "redis", "engineVersion": "7.1"}, ["engine"]),
        ({"transitEncryptionEnabled": True}, []),
        ({"nodeType": "cache.r7g.large"}, []),
        ({"parameterGroupName": "x"}, []),
        ({"subnetGroupName": "x"}, ["subnetGroupName"]),
        ({"kmsKeyId": "x"}, ["kmsKeyId"]),
        ({"atRestEncryptionEnabled": True}, ["atRestEncryptionEnabled"]),
    ],
)
def test_what_replaces(aws: Account, change: dict[str, Any], replaces: list[str]) -> None:
    assert aws.replaced_by(GROUP, MARKET, {**MARKET, **change}) == replaces


def test_tls_is_switched_in_place_from_redis_7_on(aws: Account) -> None:
    for version, replaces in (("6.2", ["transitEncryptionEnabled"]), ("7.0", [])):
        old = {**MARKET, "engine": "redis", "engineVersion": version}
        assert aws.replaced_by(GROUP, old, {**old, "transitEncryptionEnabled": True}) == replaces
