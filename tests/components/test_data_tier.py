"""Database, cache, keys, secrets and alarms of the project's stacks, as the real engine registered them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from settings import StackSettings
from tests.components.conftest import Stack
from tests.settings.files import accepted

pytestmark = pytest.mark.engine

CLUSTER = "aws:rds/cluster:Cluster"
INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
KEY = "aws:kms/key:Key"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


@pytest.fixture
def settings(stack: Stack) -> StackSettings:
    return accepted({}, stack.name)


def edges(item: dict[str, Any], key: str) -> set[str]:
    """Logical names of the resources that a property was taken from."""
    return {urn.rpartition("::")[2] for urn in item["propertyDependencies"][key]}


def test_the_cluster_is_encrypted_backed_up_and_keeps_its_password_to_itself(stack: Stack):
    cluster = stack.inputs(CLUSTER)
    production = stack.name == "prod"
    expected = {
        "clusterIdentifier": f"plinth-{stack.name}",
        "engine": "aurora-postgresql",
        "engineVersion": "17.4",
        "storageEncrypted": True,
        "manageMasterUserPassword": True,
        "iamDatabaseAuthenticationEnabled": True,
        "enabledCloudwatchLogsExports": ["postgresql"],
        "performanceInsightsEnabled": True,
        "backupRetentionPeriod": 7,
        "copyTagsToSnapshot": True,
        "deletionProtection": production,
        "deleteAutomatedBackups": not production,
        "skipFinalSnapshot": not production,
        "allowMajorVersionUpgrade": False,
        "applyImmediately": True,
    }
    assert {key: cluster.get(key) for key in expected} == expected
    assert "masterPassword" not in cluster
    assert cluster["kmsKeyId"] == stack.inputs(CLUSTER)["performanceInsightsKmsKeyId"]
    item = stack.of_type(CLUSTER)[f"plinth-{stack.name}"]
    assert edges(item, "kmsKeyId") == {f"plinth-{stack.name}-database"}
    assert edges(item, "masterUserSecretKmsKeyId") == {f"plinth-{stack.name}-database-master"}
    assert item.get("protect", False) is production
    assert item.get("retainOnDelete", False) is production
    # Availability Zones on the cluster itself would replace it whenever AWS adds one.
    assert "availabilityZones" not in cluster


def test_a_final_snapshot_has_a_name_that_no_earlier_one_has(stack: Stack):
    name = stack.inputs(CLUSTER).get("finalSnapshotIdentifier", "")
    assert re.fullmatch("plinth-prod-final-[0-9a-f]{8}" if stack.name == "prod" else "", name)


def test_instances_are_spread_and_have_the_size_that_is_said(stack: Stack, settings: StackSettings):
    instances = stack.of_type(INSTANCE)
    writer, *readers = (instances[f"plinth-{stack.name}-{number + 1}"] for number in range(len(instances)))
    assert len(instances) == (2 if stack.name == "prod" else 1)
    for tier, instance in enumerate((writer, *readers)):
        expected = {
            "instanceClass": "db.r6g.large" if stack.name == "prod" else "db.serverless",
            "availabilityZone": settings.network.zones[tier],
            "promotionTier": tier,
            "caCertIdentifier": "rds-ca-rsa2048-g1",
            "publiclyAccessible": False,
            "autoMinorVersionUpgrade": False,
            "monitoringInterval": 60,
        }
        assert {key: instance["inputs"].get(key) for key in expected} == expected
        assert edges(instance, "monitoringRoleArn") == {f"plinth-{stack.name}-database-monitoring"}
    assert writer.get("protect", False) is (stack.name == "prod")
    assert not any(reader.get("protect") for reader in readers)
    assert all(writer["urn"] in reader["dependencies"] for reader in readers)
    capacity = stack.inputs(CLUSTER).get("serverlessv2ScalingConfiguration")
    assert capacity == (None if stack.name == "prod" else {"minCapacity": 0, "maxCapacity": 2})


def test_parameter_groups_are_of_the_family_and_say_what_incidents_taught(stack: Stack):
    name = f"plinth-{stack.name}-aurora-postgresql17"
    cluster_group = stack.of_type("aws:rds/clusterParameterGroup:ClusterParameterGroup")[name]
    instance_group = stack.of_type("aws:rds/parameterGroup:ParameterGroup")[name]
    for group in (cluster_group, instance_group):
        assert group["inputs"]["family"] == "aurora-postgresql17"
    said = {item["name"]: item for item in cluster_group["inputs"]["parameters"]}
    values = {
        "rds.force_ssl": "1",
        "statement_timeout": "30000",
        "idle_in_transaction_session_timeout": "60000",
        "lock_timeout": "10000",
        "log_min_duration_statement": "1000",
        "shared_preload_libraries": "pg_stat_statements",
    }
    assert {key: said[key]["value"] for key in values} == values
    static = {key for key, item in said.items() if item["applyMethod"] == "pending-reboot"}
    assert static == {"shared_preload_libraries"}
    cluster = stack.of_type(CLUSTER)[f"plinth-{stack.name}"]
    assert edges(cluster, "dbClusterParameterGroupName") == {name}
    for instance in stack.of_type(INSTANCE).values():
        assert edges(instance, "dbParameterGroupName") == {name}


STORES = {
    "database": (5432, CLUSTER, "vpcSecurityGroupIds", "aws:rds/subnetGroup:SubnetGroup"),
    "cache": (6379, CACHE, "securityGroupIds", "aws:elasticache/subnetGroup:SubnetGroup"),
}


@pytest.mark.parametrize("store", STORES)
def test_only_pods_get_in_and_nothing_gets_out(stack: Stack, store: str):
    port, user, key, subnets = STORES[store]
    label = f"-{store}"
    group = stack.id_of(GROUP, label)
    assert stack.inputs(user)[key] == [group]
    rules = [item["inputs"] for item in stack.of_type(INGRESS).values()]
    (rule,) = (rule for rule in rules if rule["securityGroupId"] == group)
    assert (rule["fromPort"], rule["toPort"], rule["ipProtocol"]) == (port, port, "tcp")
    assert rule["referencedSecurityGroupId"] == stack.outputs["workload_security_group_id"]
    assert not {"cidrIpv4", "cidrIpv6", "prefixListId"} & set(rule)
    assert not [rule for rule in stack.of_type(EGRESS).values() if rule["inputs"]["securityGroupId"] == group]
    assert not {"ingress", "egress"} & set(stack.inputs(GROUP, label))
    data = {item["id"] for name, item in stack.of_type("aws:ec2/subnet:Subnet").items() if "-data-" in name}
    assert set(stack.inputs(subnets)["subnetIds"]) == data


def test_the_cache_is_encrypted_authenticated_and_available(stack: Stack):
    production = stack.name == "prod"
    nodes = 2 if production else 1
    expected = {
        "engine": "redis" if production else "valkey",
        "engineVersion": "7.1" if production else "8.0",
        "numCacheClusters": nodes,
        "automaticFailoverEnabled": nodes > 1,
        "multiAzEnabled": nodes > 1,
        "atRestEncryptionEnabled": True,
        "transitEncryptionEnabled": True,
        "transitEncryptionMode": "required",
        "authTokenUpdateStrategy": "SET",
        "autoMinorVersionUpgrade": False,
        "applyImmediately": True,
    }
    cache = stack.inputs(CACHE)
    assert {key: cache.get(key) for key in expected} == expected
    item = stack.of_type(CACHE)[f"plinth-{stack.name}"]
    assert edges(item, "kmsKeyId") == {f"plinth-{stack.name}-cache"}
    assert edges(item, "authToken") == {f"plinth-{stack.name}-cache"}
    family = "redis7" if production else "valkey8"
    assert edges(item, "parameterGroupName") == {f"plinth-{stack.name}-{family}"}
    group = stack.inputs("aws:elasticache/parameterGroup:ParameterGroup", f"-{family}")
    assert group["family"] == family
    assert {"name": "maxmemory-policy", "value": "volatile-lru"} in group["parameters"]
    delivered = {log["logType"]: log["destination"] for log in cache["logDeliveryConfigurations"]}
    assert delivered == {
        log: f"/aws/elasticache/plinth-{stack.name}/{log}" for log in ("slow-log", "engine-log")
    }


def test_each_log_has_a_group_with_retention_before_there_is_a_log(stack: Stack):
    groups = {item["inputs"]["name"]: item for item in stack.of_type(LOG_GROUP).values()}
    wanted = 30 if stack.name == "prod" else 7
    data = {name: group for name, group in groups.items() if "/rds/" in name or "/elasticache/" in name}
    assert len(data) == 3
    assert {group["inputs"]["retentionInDays"] for group in data.values()} == {wanted}
    postgresql = data[f"/aws/rds/cluster/plinth-{stack.name}/postgresql"]
    assert postgresql["urn"] in stack.of_type(CLUSTER)[f"plinth-{stack.name}"]["dependencies"]


def test_every_key_is_rotated_and_outlives_haste(stack: Stack):
    keys = stack.of_type(KEY)
    aliases = stack.of_type("aws:kms/alias:Alias")
    assert set(keys) == set(aliases)
    assert {f"plinth-{stack.name}-{label}" for label in ("database", "database-master", "cache")} <= set(keys)
    for key in keys.values():
        assert key["inputs"]["enableKeyRotation"] is True
        assert key["inputs"]["deletionWindowInDays"] == 30
    # The final snapshot is worth nothing without it.
    assert keys[f"plinth-{stack.name}-database"].get("retainOnDelete", False) is (stack.name == "prod")


DATABASE_ALARMS = {"CPUUtilization", "DatabaseConnections", "FreeableMemory", "Deadlocks"}
CACHE_ALARMS = {"EngineCPUUtilization", "DatabaseMemoryUsagePercentage", "Evictions", "CurrConnections"}


def test_alarms_reach_people_in_production(stack: Stack, settings: StackSettings):
    made = stack.of_type(ALARM)
    if stack.name == "dev":
        assert not made
        return
    alarms = [
        alarm
        for name, alarm in made.items()
        if name.startswith(("plinth-prod-database-", "plinth-prod-cache-"))
    ]
    topic = stack.of_type("aws:sns/topic:Topic")["plinth-prod-alarms"]
    assert edges(topic, "kmsMasterKeyId") == {"plinth-prod-alarms"}
    subscription = stack.inputs("aws:sns/topicSubscription:TopicSubscription", "-platform@example.com")
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "platform@example.com")
    by_resource: dict[str, set[str]] = {}
    for alarm in alarms:
        inputs = alarm["inputs"]
        assert inputs["alarmActions"] == inputs["okActions"] == [topic["outputs"]["arn"]]
        (resource,) = inputs["dimensions"].values()
        by_resource.setdefault(resource, set()).add(inputs["metricName"])
        assert edges(alarm, "dimensions") == {"plinth-prod"}
    assert by_resource == {
        "plinth-prod": DATABASE_ALARMS | {"AuroraReplicaLagMaximum"},
        "plinth-prod-001": CACHE_ALARMS | {"ReplicationLag"},
        "plinth-prod-002": CACHE_ALARMS | {"ReplicationLag"},
    }
    thresholds = {alarm["inputs"]["metricName"]: alarm["inputs"]["threshold"] for alarm in alarms}
    assert thresholds["DatabaseConnections"] == 1722 * 80 // 100
    assert thresholds["FreeableMemory"] == 16 * 2**30 // 10
    assert thresholds["CurrConnections"] == 65000 * 80 // 100


def test_cloudwatch_may_use_the_alarms_topic_and_its_key(stack: Stack):
    if stack.name == "dev":
        pytest.skip("no alarms on dev")
    topic_policy = json.loads(stack.inputs("aws:sns/topicPolicy:TopicPolicy", "-alarms")["policy"])
    key_policy = json.loads(
        stack.of_type("aws:kms/keyPolicy:KeyPolicy")["plinth-prod-alarms"]["inputs"]["policy"]
    )
    (publish,) = topic_policy["Statement"]
    owner, decrypt = key_policy["Statement"]
    assert publish["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert owner["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    for statement in (publish, decrypt):
        assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}


def test_users_are_told_where_everything_is(stack: Stack):
    database, cache = stack.outputs["database"], stack.outputs["cache"]
    name = f"plinth-{stack.name}"
    assert database["endpoint"].startswith(f"{name}.cluster-")
    assert database["reader_endpoint"].startswith(f"{name}.cluster-ro-")
    assert (database["port"], cache["port"]) == (5432, 6379)
    assert database["ca_bundle_url"].endswith("/global-bundle.pem")
    assert database["parameters_set_at_reboot"] == []
    assert cache["endpoint"].startswith(f"master.{name}.")
    assert re.fullmatch(r"arn:aws:secretsmanager:.*:secret:rds!cluster-.*", database["master_secret_arn"])
    for arn in (database["key_arn"], cache["key_arn"], cache["secret_arn"]):
        assert arn.startswith("arn:aws:")


def test_no_password_is_anywhere_in_clear(stack: Stack):
    assert len(stack.passwords) >= 2, "of the cache, and of each service's database"
    said = stack.preview.output + stack.up.output + json.dumps(stack.up.events + stack.preview.events)
    said += json.dumps(stack.outputs) + json.dumps(stack.resources)
    held = [file for file in (stack.rehearsal.folder / ".plinth").rglob("*") if file.is_file()]
    assert held
    kept = b"".join(file.read_bytes() for file in held)
    for password in stack.passwords:
        assert re.fullmatch("[A-Za-z0-9]{32,64}", password)
        assert password not in said
        assert password.encode() not in kept
