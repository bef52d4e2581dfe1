"""`cache-availability` on plain programs: mandatory on production, advice elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.caches import REPLICATION_GROUP
from incidents.graph import Graph
from incidents.rule import Verdict
from incidents.rules.cache_availability import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

SAFE: dict[str, Any] = {
    "engine": "valkey", "numCacheClusters": 2.0, "automaticFailoverEnabled": True, "multiAzEnabled": True
}  # fmt: skip
other = resource("aws:rds/cluster:Cluster", "other")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"numCacheClusters": 1.0}, "single node"),
        ({"numCacheClusters": None}, "single node"),
        ({"numNodeGroups": 2.0, "replicasPerNodeGroup": 0.0}, "single node"),
        ({"numNodeGroups": 2.0}, "single node"),
        ({"nodeGroupConfigurations": [{"replicaCount": 1.0}, {"replicaCount": 0.0}]}, "single node"),
        ({"automaticFailoverEnabled": False}, "automatic_failover_enabled"),
        ({"automaticFailoverEnabled": None}, "automatic_failover_enabled"),
        ({"multiAzEnabled": None}, "multi_az_enabled"),
    ],
)
def test_each_part_is_missed(changes: dict[str, Any], said: str) -> None:
    assert verdict(RULE, resource(REPLICATION_GROUP, "cache", SAFE)) is Verdict.PASS
    found = findings(RULE, resource(REPLICATION_GROUP, "cache", {**SAFE, **changes}))["cache"]
    assert found.verdict is Verdict.FAIL
    assert said in found.text.partition("When its node")[0]


@pytest.mark.parametrize("prop", ["numCacheClusters", "automaticFailoverEnabled", "multiAzEnabled"])
def test_what_is_not_known_is_undecided(prop: str) -> None:
    cache = resource(REPLICATION_GROUP, "cache", {**SAFE, prop: UNKNOWN}, {prop: [other]})
    assert verdict(RULE, cache, other) is Verdict.UNKNOWN


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    names = (*SAFE, "numNodeGroups", "nodeGroupConfigurations", "replicasPerNodeGroup")
    odd = [resource(REPLICATION_GROUP, name, {**SAFE, name: nonsense}, {name: [other]}) for name in names]
    assert not [found for found in RULE.check(Graph([*odd, other])) if "itself failed" in found.text]


BASE = """
import pulumi, pulumi_aws as aws

def cache(name, **changes):
    said = dict(description="a cache", num_cache_clusters=2, automatic_failover_enabled=True, multi_az_enabled=True)
    return aws.elasticache.ReplicationGroup(name, **{**said, **changes})
"""
WRONG = {
    "bare": 'aws.elasticache.ReplicationGroup("bare", description="a cache")',
    "one": 'cache("one", num_cache_clusters=1, automatic_failover_enabled=None, multi_az_enabled=None)',
    "manual": 'cache("manual", automatic_failover_enabled=None, multi_az_enabled=None)',
    "one-zone": 'cache("one-zone", multi_az_enabled=False)',
    "shards": 'cache("shards", num_cache_clusters=None, num_node_groups=3, replicas_per_node_group=0)',
    "alone": 'aws.elasticache.Cluster("alone", engine="redis", num_cache_nodes=1)',
    "valkey-alone": 'aws.elasticache.Cluster("valkey-alone", engine="valkey", num_cache_nodes=1)',
}
RIGHT = {
    "redis": 'redis = cache("redis", engine="redis")',
    "valkey": 'cache("valkey", engine="valkey", num_cache_clusters=3)',
    "sharded": 'cache("sharded", num_cache_clusters=None, num_node_groups=3, replicas_per_node_group=1)',
    "serverless": 'aws.elasticache.ServerlessCache("serverless", engine="valkey")',
    "memcached": 'aws.elasticache.Cluster("memcached", engine="memcached", num_cache_nodes=2)',
    "member": 'aws.elasticache.Cluster("member", replication_group_id=redis.id)',
}
UNKNOWNS = {"later": 'cache("later", multi_az_enabled=redis.arn.apply(bool))'}


@pytest.mark.engine
@pytest.mark.parametrize(("stack", "level"), [("prod", "mandatory"), ("dev", "advisory")])
def test_every_case_on_the_engine(make_rehearsal: Any, stack: str, level: str) -> None:
    result = preview(make_rehearsal, BASE, [*RIGHT.values(), *WRONG.values(), *UNKNOWNS.values()], stack)
    assert failed(result, RULE, level) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
