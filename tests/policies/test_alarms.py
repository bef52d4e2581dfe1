"""`alarms` on plain programs: mandatory on production, advice elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.caches import REPLICATION_GROUP
from incidents.databases import CLUSTER
from incidents.graph import Graph
from incidents.metrics import METRIC_ALARM
from incidents.rule import Verdict
from incidents.rules.alarms import LOAD_BALANCERS, RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

cache = resource(REPLICATION_GROUP, "cache", {"replicationGroupId": "shop"})
topic = resource("aws:sns/topic:Topic", "topic")


def alarm(metric: str, **changes: Any) -> Any:
    edges = changes.pop("edges", None)
    props = {
        "name": metric, "namespace": "AWS/ElastiCache", "metricName": metric,
        "dimensions": {"CacheClusterId": "shop-001"}, "alarmActions": ["arn"],
    }  # fmt: skip
    return resource(METRIC_ALARM, metric, {**props, **changes}, edges)


MEMORY = alarm("DatabaseMemoryUsagePercentage")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Verdict.PASS),
        ({"dimensions": {"CacheClusterId": "shop-0002-001"}}, Verdict.PASS),
        ({"dimensions": {"CacheClusterId": "shop-two-001"}}, Verdict.FAIL),
        ({"dimensions": None}, Verdict.PASS),
        ({"dimensions": {"CacheClusterId": UNKNOWN}, "edges": {"dimensions": [cache]}}, Verdict.PASS),
        ({"dimensions": {"CacheClusterId": UNKNOWN}, "edges": {"dimensions": [topic]}}, Verdict.FAIL),
        ({"dimensions": UNKNOWN}, Verdict.UNKNOWN),
        ({"metricName": UNKNOWN, "edges": {"metricName": [topic]}}, Verdict.UNKNOWN),
        ({"namespace": "AWS/RDS"}, Verdict.FAIL),
        ({"alarmActions": []}, Verdict.FAIL),
        ({"alarmActions": UNKNOWN, "edges": {"alarmActions": [topic]}}, Verdict.PASS),
        ({"actionsEnabled": False}, Verdict.FAIL),
    ],
)
def test_an_alarm_is_about_the_cache_and_is_heard(changes: dict[str, Any], expected: Verdict) -> None:
    found = findings(RULE, cache, topic, MEMORY, alarm("Evictions", **changes))["cache"]
    assert found.verdict is expected
    assert ("Evictions" in found.text) is (expected is Verdict.FAIL)


def test_a_network_load_balancer_has_no_5xx_and_a_gateway_is_none() -> None:
    unhealthy = alarm(
        "UnHealthyHostCount", namespace="AWS/NetworkELB", dimensions={"LoadBalancer": "net/shop/1"}
    )
    network = {"loadBalancerType": "network", "arnSuffix": "net/shop/1"}
    assert verdict(RULE, resource(LOAD_BALANCERS[1], "lb", network), unhealthy) is Verdict.PASS
    gateway = resource(LOAD_BALANCERS[1], "lb", {"loadBalancerType": "gateway"})
    assert verdict(RULE, gateway) is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    props = ("namespace", "metricName", "dimensions", "metricQueries", "alarmActions", "name")
    odd = [resource(METRIC_ALARM, prop, {prop: nonsense, "alarmActions": ["arn"]}) for prop in props]
    deep = resource(
        METRIC_ALARM,
        "deep",
        {"metricQueries": [{"metric": nonsense}, {"expression": nonsense}], "alarmActions": ["arn"]},
    )
    stores = [cache, resource(CLUSTER, "db", {"engine": "aurora-postgresql"})]
    assert not [found for found in RULE.check(Graph([*odd, deep, *stores])) if "itself failed" in found.text]


BASE = """
import pulumi, pulumi_aws as aws

topic = aws.sns.Topic("topic")
RDS = ("CPUUtilization", "DatabaseConnections", "FreeableMemory")
CACHE = ("DatabaseMemoryUsagePercentage", "Evictions")
ALB = ("HTTPCode_ELB_5XX_Count", "UnHealthyHostCount")

def alarm(name, **said):
    said = {"alarm_actions": [topic.arn], **said}
    return aws.cloudwatch.MetricAlarm(name, comparison_operator="GreaterThanThreshold", evaluation_periods=3, threshold=1, **said)

def alarms(label, namespace, metrics, dimensions, **said):
    return [alarm(f"{label}-{metric}", namespace=namespace, metric_name=metric, period=60, statistic="Maximum",
                  dimensions=dimensions, **said) for metric in metrics]

def cluster(name):
    return aws.rds.Cluster(name, engine="aurora-postgresql")

def watched(name, metrics=RDS, **said):
    made = cluster(name)
    alarms(name, "AWS/RDS", metrics, {"DBClusterIdentifier": made.id}, **said)
"""
WRONG = {
    "unwatched": 'cluster("unwatched")',
    "no-connections": 'watched("no-connections", ("CPUUtilization", "FreeableMemory"))',
    "silent": 'watched("silent", alarm_actions=None)',
    "muted": 'watched("muted", actions_enabled=False)',
    "one-of-two": """
        half = cluster("one-of-two")
        first, second = [aws.rds.ClusterInstance(f"half-{n}", cluster_identifier=half.id, engine="aurora-postgresql",
                                                 instance_class="db.r6g.large") for n in range(2)]
        alarms("half", "AWS/RDS", RDS, {"DBInstanceIdentifier": first.id})""",
    "instance": """
        alone = aws.rds.Instance("instance", engine="postgres", instance_class="db.r6g.large")
        alarms("instance", "AWS/RDS", RDS, {"DBInstanceIdentifier": alone.identifier})""",
    "cache": """
        made = aws.elasticache.ReplicationGroup("cache", description="a cache", replication_group_id="hot")
        alarms("hot", "AWS/ElastiCache", ["Evictions"], {"CacheClusterId": "hot-001"})""",
    "lb": 'aws.lb.LoadBalancer("lb", subnets=["subnet-1", "subnet-2"])',
}
RIGHT = {
    "whole": 'watched("whole")',
    "each": """
        both = cluster("each")
        for n in range(2):
            part = aws.rds.ClusterInstance(f"each-{n}", cluster_identifier=both.id, engine="aurora-postgresql",
                                           instance_class="db.r6g.large")
            alarms(f"each-{n}", "AWS/RDS", RDS, {"DBInstanceIdentifier": part.id})""",
    "math": """
        sums = cluster("math")
        for metric in RDS:
            alarm(f"math-{metric}", metric_queries=[{"id": "m1", "return_data": True, "metric": {
                "namespace": "AWS/RDS", "metric_name": metric, "period": 60, "stat": "Maximum",
                "dimensions": {"DBClusterIdentifier": sums.id}}}])""",
    "composite": """
        joined = cluster("composite")
        parts = alarms("joined", "AWS/RDS", RDS, {"DBClusterIdentifier": joined.id}, alarm_actions=None)
        rule = pulumi.Output.all(*[part.arn for part in parts]).apply(lambda arns: " OR ".join(f'ALARM("{a}")' for a in arns))
        aws.cloudwatch.CompositeAlarm("any", alarm_name="any", alarm_rule=rule, alarm_actions=[topic.arn])""",
    "cache-nodes": """
        aws.elasticache.ReplicationGroup("cache-nodes", description="a cache", replication_group_id="warm")
        alarms("warm", "AWS/ElastiCache", CACHE, {"CacheClusterId": "warm-001"})""",
    "serverless": """
        easy = aws.elasticache.ServerlessCache("serverless", engine="valkey", name="easy")
        alarms("easy", "AWS/ElastiCache", ["BytesUsedForCache"], {"clusterId": easy.name})""",
    "alb": """
        balancer = aws.lb.LoadBalancer("alb", subnets=["subnet-1", "subnet-2"])
        alarms("alb", "AWS/ApplicationELB", ALB, {"LoadBalancer": balancer.arn_suffix})""",
}
INSIGHTS = """
for metric in RDS:
    alarm(f"insights-{metric}", metric_queries=[{"id": "q1", "return_data": True, "period": 60,
        "expression": f'SELECT MAX({metric}) FROM SCHEMA("AWS/RDS", DBClusterIdentifier)'}])
"""


@pytest.mark.engine
@pytest.mark.parametrize(("stack", "level"), [("prod", "mandatory"), ("dev", "advisory")])
def test_every_case_on_the_engine(make_rehearsal: Any, stack: str, level: str) -> None:
    result = preview(make_rehearsal, BASE, [*RIGHT.values(), *WRONG.values()], stack)
    assert failed(result, RULE, level) == set(WRONG)
    assert undecided(result, RULE) == set()


@pytest.mark.engine
def test_a_query_over_all_databases_watches_each(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, ['cluster("any")', INSIGHTS], "prod")
    assert failed(result, RULE) == set()
