"""Caches and their clients."""

from __future__ import annotations

from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.parts import (
    CACHE,
    DATA,
    REDIS,
    TAGS,
    configured,
    said_instead,
    told,
)
from tests.incidents.benign.variation import Added, Change, Copied, Linked, Variations
from tests.incidents.flips import GONE, env, redis

SERVERLESS = "aws:elasticache/serverlessCache:ServerlessCache"
USER_GROUP = "aws:elasticache/userGroup:UserGroup"
CLUSTER = "aws:elasticache/cluster:Cluster"


def watched(name: str, dimension: str, *metrics: str) -> list[Change]:
    """Alarms on a further cache."""
    facts = {("dimensions",): {dimension: name}}
    alarm = ("MetricAlarm", "cache-memory")
    return [Copied(alarm, f"{name}-{metric}", {**facts, ("metricName",): metric}) for metric in metrics]


def serverless(**said: Any) -> list[Change]:
    props = {
        "engine": "valkey",
        "name": "sessions",
        "subnetIds": [UNKNOWN] * 2,
        "securityGroupIds": [UNKNOWN],
    }
    return [
        Added(SERVERLESS, "sessions", {**props, "tagsAll": TAGS, **said}, {"securityGroupIds": CACHE}),
        Linked(("ServerlessCache", "sessions"), "subnetIds", DATA),
        *watched("sessions", "clusterId", "BytesUsedForCache", "ElastiCacheProcessingUnits"),
    ]


def memcached() -> list[Change]:
    place = ("elasticache/cluster:Cluster", "pages")
    said = {"engine": "memcached", "nodeType": "cache.t4g.small", "numCacheNodes": 2, "azMode": "cross-az"}
    ids = {"subnetGroupName": UNKNOWN, "securityGroupIds": [UNKNOWN]}
    return [
        Added(
            CLUSTER,
            "pages",
            {"clusterId": "pages", **said, **ids, "transitEncryptionEnabled": True, "tagsAll": TAGS},
        ),
        Linked(place, "subnetGroupName", [("elasticache/subnetGroup:SubnetGroup", "shop")]),
        Linked(place, "securityGroupIds", [CACHE]),
        *watched("pages", "CacheClusterId", "FreeableMemory", "Evictions"),
    ]


def secondary(region: str) -> list[Change]:
    """A group in `region` that says what a secondary of a global datastore may, and takes the rest from the primary."""
    place = ("ReplicationGroup", region)
    own = {("region",): region, ("replicationGroupId",): region, ("globalReplicationGroupId",): UNKNOWN}
    taken = ("engine", "transitEncryptionEnabled", "atRestEncryptionEnabled", "authToken")
    return [
        Copied(REDIS, region, {**own, **{(prop,): UNKNOWN for prop in taken}}),
        Linked(place, "globalReplicationGroupId", [("GlobalReplicationGroup", "shop")]),
        Linked(place, "authToken", []),
        *watched(region, "ReplicationGroupId", "DatabaseMemoryUsagePercentage", "Evictions"),
    ]


DATASTORE = Added(
    "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup",
    "shop",
    {"globalReplicationGroupIdSuffix": "shop", "primaryReplicationGroupId": "shop"},
    {"primaryReplicationGroupId": REDIS},
)
MORE_NODE = {"clusterId": "shop-003", "replicationGroupId": UNKNOWN, "tagsAll": TAGS}
SHARDED = [redis("numCacheClusters", UNKNOWN), redis("numNodeGroups", 3)]
BY_GROUP = [redis("authToken", UNKNOWN), Linked(REDIS, "authToken", [])]

VARIATIONS: Variations = {
    "cache-availability": {
        "Valkey": [redis("engine", "valkey"), redis("engineVersion", "8.1")],
        "the engine left out": [redis("engine", GONE)],
        "three nodes": [redis("numCacheClusters", 3)],
        "three nodes, each with its zone": [
            redis("numCacheClusters", 3),
            redis("preferredCacheClusterAzs", ["ap-northeast-2a", "ap-northeast-2c", "ap-northeast-2a"]),
        ],
        "shards with a replica each": [*SHARDED, redis("replicasPerNodeGroup", 1)],
        "shards that say their slots and replicas": [
            *SHARDED,
            redis("nodeGroupConfigurations", [{"slots": "0-8191", "replicaCount": 1}, {"slots": "8192-16383", "replicaCount": 2}]),
        ],
        "replicas of the only shard": [redis("numCacheClusters", UNKNOWN), redis("replicasPerNodeGroup", 2)],
        "Redis by node type of another family": [redis("nodeType", "cache.r7gd.xlarge"), redis("dataTieringEnabled", value=True)],
        "a serverless cache beside it": serverless(),
        "Memcached for pages beside it": memcached(),
        "one more node as a cluster": [Added(CLUSTER, "shop-003", MORE_NODE, {"replicationGroupId": REDIS})],
        "the primary of a global datastore": [DATASTORE],
        "a secondary of a global datastore": [DATASTORE, *secondary("ap-northeast-1")],
    },
    "cache-tls": {
        "Valkey, encrypted at rest without a word": [redis("engine", "valkey"), redis("atRestEncryptionEnabled", GONE)],
        "AWS's own key": [redis("kmsKeyId", UNKNOWN), Linked(REDIS, "kmsKeyId", [])],
        "plain text refused by name": [redis("transitEncryptionMode", "required")],
        "a user group of the stack": [
            *BY_GROUP,
            Added(USER_GROUP, "shop", {"engine": "redis", "userGroupId": "shop", "userIds": ["default"], "tagsAll": TAGS}),
            redis("userGroupIds", [UNKNOWN]), Linked(REDIS, "userGroupIds", [("UserGroup", "shop")]),
        ],
        "a user group by its name": [*BY_GROUP, redis("userGroupIds", ["shop"])],
        "a token that no state keeps": [
            *BY_GROUP, redis("authTokenWo", UNKNOWN), redis("authTokenWoVersion", 1),
            Linked(REDIS, "authTokenWo", [("RandomPassword", "cache")]),
        ],
        "a serverless cache": serverless(),
        "Memcached with TLS": memcached(),
        "a URL": said_instead("REDIS_TLS", "REDIS_URL", "rediss://$(REDIS_HOST):6379/0"),
        "Valkey's URL": said_instead("REDIS_TLS", "VALKEY_URL", "valkeys://$(REDIS_HOST):6379"),
        "a switch of another library": said_instead("REDIS_TLS", "CACHE_SSL_ENABLED", "True"),
        "the switch as a number": [env("REDIS_TLS", "1")],
        "a ConfigMap that says so": [*said_instead("REDIS_TLS", "LOG_LEVEL", "info"), *configured(REDIS_TLS="true")],
        "a queue with a URL of its own": told("QUEUE_REDIS_URL", "rediss://$(REDIS_HOST):6379/1"),
        "what the client does with certificates": told("REDIS_TLS_SKIP_VERIFY", "false"),
        "a page cache in the cluster": told("PAGE_CACHE_URL", "redis://pages.shop.svc.cluster.local:6379"),
        "a switch for the pod's own port": told("SERVER_TLS_ENABLED", "false"),
    },
}  # fmt: skip
