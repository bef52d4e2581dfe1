"""`cache-tls` on plain programs: caches by their properties, clients by their environment."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.caches import CLUSTER, REPLICATION_GROUP, SERVERLESS
from incidents.graph import Graph
from incidents.rule import Verdict
from incidents.rules.cache_tls import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

SECRET = "hunter2"
SAFE: dict[str, Any] = {
    "engine": "redis", "transitEncryptionEnabled": True, "atRestEncryptionEnabled": True, "authToken": SECRET
}  # fmt: skip
cache = resource(REPLICATION_GROUP, "cache", SAFE)
other = resource("aws:rds/cluster:Cluster", "other")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"transitEncryptionEnabled": None}, "transit_encryption_enabled"),
        ({"transitEncryptionEnabled": False}, "transit_encryption_enabled"),
        ({"transitEncryptionMode": "preferred"}, "preferred"),
        ({"atRestEncryptionEnabled": False}, "at_rest_encryption_enabled"),
        ({"atRestEncryptionEnabled": None}, "at_rest_encryption_enabled"),
        ({"atRestEncryptionEnabled": False, "engine": "valkey"}, "at_rest_encryption_enabled"),
        ({"authToken": None}, "auth_token"),
    ],
)
def test_each_part_is_missed(changes: dict[str, Any], said: str) -> None:
    assert verdict(RULE, cache) is Verdict.PASS
    found = findings(RULE, resource(REPLICATION_GROUP, "cache", {**SAFE, **changes}))["cache"]
    assert found.verdict is Verdict.FAIL
    assert said in found.text.partition("Whoever")[0]
    assert SECRET not in found.text


@pytest.mark.parametrize(
    ("type_", "props", "expected"),
    [
        (REPLICATION_GROUP, {**SAFE, "authToken": None, "userGroupIds": ["app"]}, Verdict.PASS),
        (REPLICATION_GROUP, {**SAFE, "engine": "valkey", "atRestEncryptionEnabled": None}, Verdict.PASS),
        (REPLICATION_GROUP, {"globalReplicationGroupId": "global-1"}, Verdict.UNKNOWN),
        (SERVERLESS, {"engine": "valkey"}, Verdict.PASS),
        (CLUSTER, {"engine": "memcached"}, Verdict.FAIL),
        (CLUSTER, {"engine": "memcached", "transitEncryptionEnabled": True}, Verdict.PASS),
        (CLUSTER, {"engine": "redis", "transitEncryptionEnabled": True}, Verdict.FAIL),
    ],
)
def test_other_caches(type_: str, props: dict[str, Any], expected: Verdict) -> None:
    assert verdict(RULE, resource(type_, "cache", props)) is expected


@pytest.mark.parametrize(
    "prop", ["transitEncryptionEnabled", "atRestEncryptionEnabled", "transitEncryptionMode"]
)
def test_what_is_not_known_is_undecided(prop: str) -> None:
    unknown = resource(REPLICATION_GROUP, "cache", {**SAFE, prop: UNKNOWN}, {prop: [other]})
    assert verdict(RULE, unknown, other) is Verdict.UNKNOWN


def client(env: dict[str, Any], *others: Any) -> Any:
    variables = [{"name": name, "value": value} for name, value in env.items()]
    spec = {"containers": [{"name": "app", "env": variables}]}
    pod = resource("kubernetes:core/v1:Pod", "app", {"kind": "Pod", "spec": spec})
    return findings(RULE, pod, *others)["app"]


CLIENTS: dict[str, tuple[dict[str, Any], Verdict]] = {
    "url": ({"REDIS_URL": f"redis://:{SECRET}@cache.example.com:6379"}, Verdict.FAIL),
    "valkey url": ({"SESSION_CACHE_URL": "valkey://cache.example.com"}, Verdict.FAIL),
    "switch": ({"REDIS_TLS": "false", "REDIS_HOST": UNKNOWN}, Verdict.FAIL),
    "switch in words": ({"REDIS_USE_SSL": "0"}, Verdict.FAIL),
    "bare switch": ({"TLS_ENABLED": "false", "REDIS_HOST": "cache.example.com"}, Verdict.FAIL),
    "own switch": ({"TLS_ENABLED": "false"}, Verdict.NOT_APPLICABLE),
    "tls url": ({"REDIS_URL": "rediss://cache.example.com:6379"}, Verdict.PASS),
    "on": ({"REDIS_TLS_ENABLED": "true"}, Verdict.PASS),
    "in the cluster": ({"REDIS_URL": "redis://redis.tools.svc:6379"}, Verdict.NOT_APPLICABLE),
    "a pod in the cluster": (
        {"REDIS_URL": "redis://redis-0.redis.tools.svc.cluster.local:6379"},
        Verdict.NOT_APPLICABLE,
    ),
    "in the pod": ({"REDIS_HOST": "localhost", "REDIS_TLS": "false"}, Verdict.NOT_APPLICABLE),
    "no client": ({"LOG_LEVEL": "info"}, Verdict.NOT_APPLICABLE),
    "unknown": ({"REDIS_URL": UNKNOWN}, Verdict.UNKNOWN),
    "off by another variable": ({"TLS": "false", "REDIS_TLS": "$(TLS)"}, Verdict.FAIL),
    "unknown by another variable": ({"TLS": UNKNOWN, "REDIS_TLS": "$(TLS)"}, Verdict.UNKNOWN),
}


@pytest.mark.parametrize("case", sorted(CLIENTS))
def test_clients(case: str) -> None:
    env, expected = CLIENTS[case]
    found = client(env, cache)
    assert found.verdict is expected
    assert SECRET not in found.text
    if expected is Verdict.FAIL:
        assert client(env).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    odd = [resource(REPLICATION_GROUP, name, {**SAFE, name: nonsense}, {name: [other]}) for name in SAFE]
    pod = resource("kubernetes:core/v1:Pod", "p", {"spec": {"containers": [{"env": nonsense}]}})
    assert not [found for found in RULE.check(Graph([*odd, pod, other])) if "itself failed" in found.text]


BASE = """
import pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s

SAFE = dict(description="a cache", transit_encryption_enabled=True, at_rest_encryption_enabled=True)
token = aws.secretsmanager.SecretVersion("token", secret_id="token", secret_string=pulumi.Output.secret("x"))

def cache(name, **changes):
    return aws.elasticache.ReplicationGroup(name, **{**SAFE, "auth_token": token.arn, **changes})

def pod(name, env):
    env = [{"name": key, "value": value} for key, value in env.items()]
    k8s.apps.v1.Deployment(name, spec={"selector": {}, "template": {"spec": {
        "containers": [{"name": "app", "image": "example.com/app:1", "env": env}]}}})
"""
WRONG = {
    "plain": 'cache("plain", transit_encryption_enabled=None)',
    "preferred": 'cache("preferred", transit_encryption_mode="preferred")',
    "clear": 'cache("clear", at_rest_encryption_enabled=False)',
    "open": 'cache("open", auth_token=None)',
    "single": 'aws.elasticache.Cluster("single", engine="redis", num_cache_nodes=1)',
    "memcached": 'aws.elasticache.Cluster("memcached", engine="memcached", num_cache_nodes=1)',
    "url": 'pod("url", {"REDIS_URL": "redis://master.shop.abc123.apn2.cache.amazonaws.com:6379"})',
    "switch": 'pod("switch", {"REDIS_HOST": right.primary_endpoint_address, "REDIS_TLS": "false"})',
}
RIGHT = {
    "right": 'right = cache("right")',
    "rbac": 'cache("rbac", auth_token=None, user_group_ids=["app"])',
    "valkey": 'cache("valkey", engine="valkey", at_rest_encryption_enabled=None)',
    "sharded": 'cache("sharded", num_node_groups=2, replicas_per_node_group=1)',
    "serverless": 'aws.elasticache.ServerlessCache("serverless", engine="valkey")',
    "tls-memcached": 'aws.elasticache.Cluster("tls-memcached", engine="memcached", transit_encryption_enabled=True)',
    "tls-client": 'pod("tls-client", {"REDIS_URL": "rediss://cache.example.com:6379"})',
    "in-cluster": 'pod("in-cluster", {"REDIS_URL": "redis://redis.tools.svc.cluster.local:6379"})',
}
UNKNOWNS = {
    "concat": 'pod("concat", {"REDIS_URL": pulumi.Output.concat("redis://", right.primary_endpoint_address)})',
    "secondary": """
        aws.elasticache.ReplicationGroup("secondary", description="a cache", global_replication_group_id="global-1")""",
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*RIGHT.values(), *WRONG.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
