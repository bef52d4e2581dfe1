"""A data tier in plain `pulumi_aws` on the real engine: made, left alone, upgraded, refused, taken down."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Rehearsal

pytestmark = pytest.mark.engine

PROGRAM = """
    import pulumi, pulumi_aws as aws

    VERSION, FAMILY = "16.9", "aurora-postgresql16"
    vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16")
    subnets = [
        aws.ec2.Subnet(zone, vpc_id=vpc.id, cidr_block=f"10.0.{index}.0/24", availability_zone=f"ap-northeast-2{zone}")
        for index, zone in enumerate("ab")
    ]
    group = aws.ec2.SecurityGroup("data", vpc_id=vpc.id)
    key = aws.kms.Key("data", enable_key_rotation=True)
    aws.kms.Alias("data", name="alias/data", target_key_id=key.key_id)

    cluster_group = aws.rds.ClusterParameterGroup(FAMILY, family=FAMILY, parameters=[
        {"name": "rds.force_ssl", "value": "1"},
        {"name": "shared_preload_libraries", "value": "pg_cron", "apply_method": "pending-reboot"},
    ])
    instance_group = aws.rds.ParameterGroup(FAMILY, family=FAMILY)
    cluster = aws.rds.Cluster(
        "market",
        cluster_identifier="market",
        engine="aurora-postgresql",
        engine_version=VERSION,
        allow_major_version_upgrade=True,
        db_cluster_parameter_group_name=cluster_group.name,
        db_instance_parameter_group_name=instance_group.name,
        db_subnet_group_name=aws.rds.SubnetGroup("market", subnet_ids=[subnet.id for subnet in subnets]).name,
        vpc_security_group_ids=[group.id],
        master_username="postgres",
        manage_master_user_password=True,
        storage_encrypted=True,
        kms_key_id=key.arn,
        skip_final_snapshot=True,
    )
    for index in range(2):
        aws.rds.ClusterInstance(
            f"market-{index}",
            identifier=f"market-{index}",
            cluster_identifier=cluster.id,
            engine="aurora-postgresql",
            instance_class="db.r6g.large",
            db_parameter_group_name=instance_group.name,
            promotion_tier=index,
        )
    role = aws.iam.Role("proxy", assume_role_policy="{}")
    proxy = aws.rds.Proxy("market", engine_family="POSTGRESQL", role_arn=role.arn, vpc_subnet_ids=[s.id for s in subnets])
    targets = aws.rds.ProxyDefaultTargetGroup("market", db_proxy_name=proxy.name)
    aws.rds.ProxyTarget("market", db_proxy_name=proxy.name, target_group_name=targets.name, db_cluster_identifier=cluster.id)
    readers = aws.appautoscaling.Target(
        "readers", service_namespace="rds", scalable_dimension="rds:cluster:ReadReplicaCount", min_capacity=1,
        max_capacity=3, resource_id=pulumi.Output.concat("cluster:", cluster.cluster_identifier))
    aws.appautoscaling.Policy(
        "readers", service_namespace="rds", scalable_dimension=readers.scalable_dimension, resource_id=readers.resource_id)

    logs = aws.cloudwatch.LogGroup("cache", name="/aws/elasticache/market", retention_in_days=30)
    cache = aws.elasticache.ReplicationGroup(
        "market",
        replication_group_id="market",
        description="The market's cache",
        engine="valkey",
        engine_version="8.0",
        node_type="cache.t4g.small",
        num_cache_clusters=2,
        automatic_failover_enabled=True,
        multi_az_enabled=True,
        transit_encryption_enabled=True,
        auth_token=pulumi.Output.secret("hunter2-in-clear"),
        parameter_group_name=aws.elasticache.ParameterGroup("market", family="valkey8").name,
        subnet_group_name=aws.elasticache.SubnetGroup("market", subnet_ids=[subnet.id for subnet in subnets]).name,
        security_group_ids=[group.id],
        log_delivery_configurations=[{
            "destination": logs.name, "destination_type": "cloudwatch-logs", "log_format": "json", "log_type": "slow-log",
        }],
    )
    secret = aws.secretsmanager.Secret("cache", kms_key_id=key.arn)
    aws.secretsmanager.SecretVersion("cache", secret_id=secret.id, secret_string=pulumi.Output.secret("hunter2-in-clear"))

    topic = aws.sns.Topic("alarms", kms_master_key_id=key.arn)
    aws.sns.TopicPolicy("alarms", arn=topic.arn, policy="{}")
    aws.sns.TopicSubscription("oncall", topic=topic.arn, protocol="email", endpoint="oncall@example.com")
    aws.cloudwatch.MetricAlarm(
        "cpu", comparison_operator="GreaterThanThreshold", evaluation_periods=1, namespace="AWS/RDS", period=60,
        metric_name="CPUUtilization", statistic="Average", threshold=80, alarm_actions=[topic.arn],
        dimensions={"DBClusterIdentifier": cluster.cluster_identifier})

    pulumi.export("writer", cluster.endpoint)
    pulumi.export("version", cluster.engine_version_actual)
    pulumi.export("secret", cluster.master_user_secrets[0].secret_arn)
    pulumi.export("proxy", proxy.endpoint)
    pulumi.export("cache", cache.primary_endpoint_address)
"""
REFUSED = """
    import pulumi, pulumi_aws as aws

    password = pulumi.Output.secret("hunter2-in-clear")
    aws.elasticache.ReplicationGroup(
        "lonely", description="One node", num_cache_clusters=1, automatic_failover_enabled=True, auth_token=password,
        user_group_ids=["market"])
"""


def outputs(rehearsal: Rehearsal) -> dict[str, Any]:
    shown = rehearsal("stack", "output", "--json").output
    return json.loads(shown[shown.index("{") :])


def test_the_life_of_a_data_tier(make_rehearsal: Callable[..., Rehearsal]) -> None:
    rehearsal = make_rehearsal(PROGRAM)
    made = rehearsal("up")
    count = made.changes["create"]
    before = outputs(rehearsal)
    assert re.fullmatch(
        r"market\.cluster-[0-9a-f]{12}\.ap-northeast-2\.rds\.amazonaws\.com", before["writer"]
    )
    assert before["secret"].startswith(
        "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:rds!cluster-"
    )
    assert before["cache"].startswith("master.market.")
    assert before["version"] == "16.9"
    assert rehearsal("preview", "--expect-no-changes").changes == {"same": count}
    assert rehearsal("refresh", "--expect-no-changes").changes == {"same": count}

    rehearsal.write(PROGRAM.replace('"16.9", "aurora-postgresql16"', '"17.6", "aurora-postgresql16"'))
    refused = rehearsal("up", expect_exit=None)
    assert refused.exit_code != 0
    assert "The current DB cluster parameter group aurora-postgresql16-" in refused.output

    rehearsal.write(PROGRAM.replace('"16.9", "aurora-postgresql16"', '"17.6", "aurora-postgresql17"'))
    upgraded = rehearsal("up")
    steps = {
        urn.rpartition("::")[2]: step for urn, step in upgraded.steps.items() if "rds/cluster:Cluster" in urn
    }
    assert steps == {"market": "update"}
    assert "replace" not in upgraded.steps.values()
    assert outputs(rehearsal) == {**before, "version": "17.6"}
    assert rehearsal("preview", "--expect-no-changes").changes["same"] == count

    kept = b"".join(file.read_bytes() for file in (rehearsal.folder / ".plinth" / "cloud").iterdir())
    assert b"hunter2-in-clear" not in kept
    rehearsal("destroy")
    assert rehearsal.state() == []


def test_a_preview_refuses_what_the_provider_would(make_rehearsal: Callable[..., Rehearsal]) -> None:
    refused = make_rehearsal(REFUSED)("preview", expect_exit=None)
    assert refused.exit_code != 0
    for words in (
        "\"auth_token\": conflicts with user_group_ids. Examine values at 'lonely.authToken'",
        '"num_cache_clusters": must be at least 2 if automatic_failover_enabled is true',
    ):
        assert words in refused.output
    assert "hunter2-in-clear" not in refused.output
