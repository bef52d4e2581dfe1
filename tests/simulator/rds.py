"""An Aurora cluster in the simulated account, and what is changed of it."""

from __future__ import annotations

from typing import Any

from tests.simulator.account import Account

CLUSTER = "aws:rds/cluster:Cluster"
INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
CLUSTER_GROUP = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
INSTANCE_GROUP = "aws:rds/parameterGroup:ParameterGroup"
SUBNET_GROUP = "aws:rds/subnetGroup:SubnetGroup"
AURORA = {"engine": "aurora-postgresql"}
MARKET: dict[str, Any] = {
    **AURORA,
    "clusterIdentifier": "market",
    "engineVersion": "17.4",
    "skipFinalSnapshot": True,
}
WRITER = {**AURORA, "identifier": "market-1", "clusterIdentifier": "market", "instanceClass": "db.r6g.large"}


def market(aws: Account, **inputs: Any) -> dict[str, Any]:
    return aws.create(CLUSTER, **{**MARKET, **inputs})


def group(aws: Account, name: str, family: str, type_: str = CLUSTER_GROUP) -> str:
    return aws.create(type_, name, name=name, family=family)["name"]
