"""What is watched of each cache node (ElastiCache user guide, "Which Metrics Should I Monitor?")."""

from __future__ import annotations

from collections.abc import Iterator

from aws_facts.elasticache import NODE_TYPES
from components.alarms import Statistic, Watch
from components.cache import Cache
from settings.alarms import AlarmSettings
from settings.cache import CacheSettings

NAMESPACE = "AWS/ElastiCache"

EVICTIONS_PER_MINUTE = 100
"""A few are what a cache is for; many each minute mean that it has become too small."""


def cache_watches(cache: Cache, settings: CacheSettings, alarms: AlarmSettings) -> Iterator[Watch]:
    """The alarms of `cache`, which `settings` describes: those of each node."""
    clients = NODE_TYPES[settings.node_type].maxclients
    rows: list[tuple[str, str, str, Statistic, float]] = [
        ("cpu", f"The engine's core is above {alarms.cpu_percent} %.", "EngineCPUUtilization", "Average", alarms.cpu_percent),
        (
            "memory",
            f"More than {alarms.cache_memory_percent} % of the memory is used.",
            "DatabaseMemoryUsagePercentage", "Average", alarms.cache_memory_percent,
        ),
        (
            "evictions",
            f"More than {EVICTIONS_PER_MINUTE} keys a minute are evicted.",
            "Evictions", "Sum", EVICTIONS_PER_MINUTE,
        ),
        (
            "connections",
            f"More than {alarms.connections_percent} % of the {clients} connections that it takes are in use.",
            "CurrConnections", "Maximum", clients * alarms.connections_percent // 100,
        ),
    ]  # fmt: skip
    if settings.nodes > 1:
        rows.append(
            ("replication-lag", f"It is more than {alarms.replica_lag_seconds} s behind its primary.",
             "ReplicationLag", "Maximum", alarms.replica_lag_seconds)
        )  # fmt: skip
    for suffix, node_id in zip(settings.node_suffixes, cache.node_ids, strict=True):
        for label, description, metric, statistic, threshold in rows:
            yield Watch(
                f"cache{suffix}-{label}",
                f"Cache node {suffix[1:]}: {description}",
                NAMESPACE,
                metric,
                {"CacheClusterId": node_id},
                statistic,
                threshold,
            )
