"""ElastiCache for Valkey and Redis OSS: engine versions, node types, parameters.

Sources, read 2026-11-21: ElastiCache user guide, "Engine specific parameters" (families, parameters, `maxclients`,
`maxmemory` of each node type) and "Supported node types"; versions as `describe-cache-engine-versions` gave them to
aws-cloudformation/cfn-lint 1.58.0 (schemas of 2026-10-20). The page names no parameters of Valkey 9: its family has those
of Valkey 8 here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ENGINE_VERSIONS: Mapping[str, tuple[str, ...]] = {
    "valkey": ("7.2", "8.0", "8.1", "8.2", "9.0", "9.1"),
    "redis": ("6.0", "6.2", "7.0", "7.1"),
}
"""Oldest first. Redis OSS 5 and older are past their standard support."""

DEFAULT_PORT = 6379

MAX_NODES_PER_SHARD = 6
"""The primary and up to 5 replicas (ElastiCache endpoints and quotas)."""

MAX_NODES = 90
"""Of all shards together, unless AWS raises the account's quota (ElastiCache endpoints and quotas)."""


def major(version: str) -> int:
    return int(version.partition(".")[0])


def family(engine: str, version: str) -> str:
    """The parameter group family: "valkey8" of Valkey 8.0, "redis7" of Redis 7.1, "redis6.x" of Redis 6.2."""
    return "redis6.x" if engine == "redis" and major(version) == 6 else f"{engine}{major(version)}"


@dataclass(frozen=True)
class NodeType:
    """A node type. `maxmemory_mib` is what the engine may use of it, data and all else; `maxclients` cannot be raised."""

    name: str
    arch: str
    maxmemory_mib: int
    maxclients: int


MAXCLIENTS = 65000
FEWER_CLIENTS = {
    "cache.t3.micro": 20000, "cache.t4g.micro": 20000, "cache.t3.small": 46000, "cache.t3.medium": 46000,
}  # fmt: skip

MAXMEMORY_BYTES = {
    "t": {"micro": 536870912, "small": 1471026299, "medium": 3317862236},
    "m": {
        "large": 6854542746, "xlarge": 13891921715, "2xlarge": 27966669210, "4xlarge": 56116178125,
        "8xlarge": 111325552312, "12xlarge": 168715971994, "16xlarge": 225000375228,
    },
    "r": {
        "large": 14037181030, "xlarge": 28261849702, "2xlarge": 56711183565, "4xlarge": 113609865216,
        "8xlarge": 225000375228, "12xlarge": 341206346547, "16xlarge": 450000750456,
    },
}  # fmt: skip
SERIES = {"t3": "amd64", "t4g": "arm64", "m6g": "arm64", "m7g": "arm64", "r6g": "arm64", "r7g": "arm64"}
BURSTABLE_SERIES = ("t3", "t4g")


def _table() -> Mapping[str, NodeType]:
    return {
        name: NodeType(name, arch, maxmemory // 2**20, FEWER_CLIENTS.get(name, MAXCLIENTS))
        for series, arch in SERIES.items()
        for size, maxmemory in MAXMEMORY_BYTES[series[0]].items()
        if (name := f"cache.{series}.{size}")
    }


NODE_TYPES: Mapping[str, NodeType] = _table()

MAXMEMORY_POLICIES = (
    "volatile-lru", "allkeys-lru", "volatile-lfu", "allkeys-lfu", "volatile-random", "allkeys-random", "volatile-ttl",
    "noeviction",
)  # fmt: skip
"""What is evicted when the memory is full; the first is ElastiCache's default."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMON_PARAMETERS = _names(
    """
    acl-pubsub-default acllog-max-len active-defrag-cycle-max active-defrag-cycle-min active-defrag-ignore-bytes
    active-defrag-max-scan-fields active-defrag-threshold-lower active-defrag-threshold-upper active-expire-effort
    activedefrag client-output-buffer-limit-normal-hard-limit client-output-buffer-limit-normal-soft-limit
    client-output-buffer-limit-normal-soft-seconds client-output-buffer-limit-pubsub-hard-limit
    client-output-buffer-limit-pubsub-soft-limit client-output-buffer-limit-pubsub-soft-seconds client-query-buffer-limit
    close-on-slave-write cluster-allow-reads-when-down cluster-enabled cluster-require-full-coverage
    databases hll-sparse-max-bytes lfu-decay-time lfu-log-factor list-compress-depth maxmemory-policy maxmemory-samples
    min-replicas-max-lag min-replicas-to-write notify-keyspace-events proto-max-bulk-len rename-commands repl-backlog-size
    repl-backlog-ttl reserved-memory reserved-memory-percent set-max-intset-entries slowlog-log-slower-than slowlog-max-len
    stream-node-max-bytes stream-node-max-entries tcp-keepalive timeout tracking-table-max-keys
    """
)
LAZYFREE = _names(
    "lazyfree-lazy-eviction lazyfree-lazy-expire lazyfree-lazy-server-del lazyfree-lazy-user-del"
)
ZIPLIST = _names(
    """
    activerehashing hash-max-ziplist-entries hash-max-ziplist-value list-max-ziplist-size zset-max-ziplist-entries
    zset-max-ziplist-value
    """
)
LISTPACK = _names(
    """
    cluster-allow-pubsubshard-when-down cluster-preferred-endpoint-type hash-max-listpack-entries hash-max-listpack-value
    latency-tracking zset-max-listpack-entries zset-max-listpack-value
    """
)
VALKEY_8 = _names(
    """
    commandlog-large-reply-max-len commandlog-large-request-max-len commandlog-reply-larger-than
    commandlog-request-larger-than extended-redis-compatibility search-default-timeout-ms search-enable-partial-results
    search-fanout-target-mode
    """
)

PARAMETERS: Mapping[str, frozenset[str]] = {
    "redis6.x": COMMON_PARAMETERS | LAZYFREE | ZIPLIST,
    "redis7": COMMON_PARAMETERS | LAZYFREE | LISTPACK,
    "valkey7": COMMON_PARAMETERS | LAZYFREE | LISTPACK,
    "valkey8": COMMON_PARAMETERS | LISTPACK | VALKEY_8,
    "valkey9": COMMON_PARAMETERS | LISTPACK | VALKEY_8,
}
"""What a parameter group of each family may set. Changes apply at once, but for `STATIC_PARAMETERS`."""

STATIC_PARAMETERS = frozenset({"activerehashing", "cluster-enabled", "databases"})
"""Fixed when a cluster is made: another parameter group for it must have the same values."""
