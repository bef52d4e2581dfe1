"""`log-retention` on plain programs."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.caches import REPLICATION_GROUP
from incidents.databases import CLUSTER
from incidents.graph import Graph
from incidents.rule import Verdict
from incidents.rules.log_retention import EKS_CLUSTER, FLOW_LOG, LOG_GROUP, RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import resource, verdict

other = resource("aws:rds/cluster:Cluster", "other")
DATABASE: dict[str, Any] = {"clusterIdentifier": "shop", "enabledCloudwatchLogsExports": ["postgresql"]}


def group(name: Any = "logs", edges: Any = None, **props: Any) -> Any:
    return resource(LOG_GROUP, "group", {"name": name, "retentionInDays": 30.0, **props}, edges)


@pytest.mark.parametrize(
    ("props", "expected"),
    [
        ({}, Verdict.PASS),
        ({"retentionInDays": None}, Verdict.FAIL),
        ({"retentionInDays": 0.0}, Verdict.FAIL),
        ({"retentionInDays": None, "logGroupClass": "DELIVERY"}, Verdict.PASS),
        ({"retentionInDays": UNKNOWN, "edges": {"retentionInDays": [other]}}, Verdict.UNKNOWN),
    ],
)
def test_a_log_group_must_expire(props: dict[str, Any], expected: Verdict) -> None:
    assert verdict(RULE, group(**props), other) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("/aws/rds/cluster/shop/postgresql", Verdict.PASS),
        ("/aws/rds/cluster/shop/upgrade", Verdict.FAIL),
        ("/aws/rds/cluster/shop-2/postgresql", Verdict.FAIL),
        (UNKNOWN, Verdict.UNKNOWN),
    ],
)
def test_a_database_logs_to_the_group_of_its_name(name: Any, expected: Verdict) -> None:
    assert verdict(RULE, resource(CLUSTER, "db", DATABASE), group(name)) is expected


def test_a_name_that_is_not_known_is_told_by_its_edge() -> None:
    database = resource(CLUSTER, "db", {**DATABASE, "clusterIdentifier": UNKNOWN})
    assert verdict(RULE, database, group(UNKNOWN, {"name": [database]})) is Verdict.PASS
    assert verdict(RULE, resource(CLUSTER, "quiet", {}), group()) is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    subjects = {
        CLUSTER: "enabledCloudwatchLogsExports",
        EKS_CLUSTER: "enabledClusterLogTypes",
        FLOW_LOG: "logDestination",
        REPLICATION_GROUP: "logDeliveryConfigurations",
        LOG_GROUP: "retentionInDays",
    }
    odd = [
        resource(type_, prop, {prop: nonsense, "name": nonsense}, {prop: [other]})
        for type_, prop in subjects.items()
    ]
    assert not [found for found in RULE.check(Graph([*odd, other])) if "itself failed" in found.text]


BASE = """
import pulumi, pulumi_aws as aws

def group(name, path=None, days=30, **opts):
    return aws.cloudwatch.LogGroup(name, name=path, retention_in_days=days, opts=pulumi.ResourceOptions(**opts))

def cluster(name, *kinds):
    return aws.rds.Cluster(name, cluster_identifier=name, engine="aurora-postgresql", enabled_cloudwatch_logs_exports=kinds or None)

def eks(name, *kinds):
    return aws.eks.Cluster(name, name=name, role_arn="arn:aws:iam::123456789012:role/eks", enabled_cluster_log_types=kinds or None,
                           vpc_config={"subnet_ids": ["subnet-1", "subnet-2"]})

def cache(name, destination):
    aws.elasticache.ReplicationGroup(name, description="a cache", log_delivery_configurations=[{
        "destination": destination, "destination_type": "cloudwatch-logs", "log_format": "json", "log_type": "slow-log"}])

def flow_log(name, destination, kind=None):
    aws.ec2.FlowLog(name, vpc_id="vpc-1", traffic_type="ALL", log_destination=destination, log_destination_type=kind,
                    iam_role_arn="arn:aws:iam::123456789012:role/flow")
"""
WRONG = {
    "forever": 'group("forever", days=None)',
    "zero": 'group("zero", days=0)',
    "quiet-eks": 'eks("quiet-eks")',
    "eks-made": 'eks("eks-made", "api", "audit")',
    "rds-made": 'cluster("rds-made", "postgresql")',
    "instance": """
        aws.rds.Instance("instance", identifier="alone", engine="postgres", instance_class="db.r6g.large",
                         enabled_cloudwatch_logs_exports=["postgresql"])""",
}
RIGHT = {
    "kept": 'kept = group("kept")',
    "imported": 'group("imported", "/shop/old", 90)',
    "delivery": 'aws.cloudwatch.LogGroup("delivery", log_group_class="DELIVERY")',
    "first": 'group("first", "/aws/rds/cluster/shop/postgresql"); cluster("shop", "postgresql")',
    "after": """
        ledger = cluster("ledger", "postgresql")
        group("after", pulumi.Output.concat("/aws/rds/cluster/", ledger.cluster_identifier, "/postgresql"))""",
    "no-exports": 'cluster("no-exports")',
    "eks-first": 'group("eks-first", "/aws/eks/live/cluster"); eks("live", "api")',
    "cache": 'cache("cache", kept.name)',
    "flow": 'flow_log("flow", kept.arn)',
    "s3": 'flow_log("s3", "arn:aws:s3:::flow-logs", "s3")',
}
UNKNOWNS = {
    "elsewhere": 'cache("elsewhere", "made-elsewhere")',
    "flow-elsewhere": 'flow_log("flow-elsewhere", "arn:aws:logs:ap-northeast-2:123456789012:log-group:made-elsewhere")',
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*RIGHT.values(), *WRONG.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
