"""`cache-availability`: a node dies, and the cache goes on.

Judged are caches of Redis OSS and Valkey. Memcached keeps no copies, whatever is said; a serverless cache always has them.

Sources: ElastiCache user guide, "Minimizing downtime in ElastiCache by using Multi-AZ with Valkey and Redis OSS";
pulumi-aws, `elasticache.ReplicationGroup` (neither failover nor Multi-AZ is on without a word) and `elasticache.Cluster`
(of these engines it is a single node).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from incidents.caches import Cache, caches, lacking
from incidents.graph import Graph
from incidents.rule import Finding, Rule, Verdict, each

MIN_NODES = 2

REMEDY = (
    "an aws.elasticache.ReplicationGroup with num_cache_clusters=2 or more (sharded: replicas_per_node_group=1 or more), "
    "automatic_failover_enabled=True and multi_az_enabled=True"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each cache."""
    yield from each(
        RULE.id, [cache.resource for cache in caches(graph)], lambda resource: judge(Cache(graph, resource))
    )


def judge(cache: Cache) -> Finding:
    if cache.is_serverless:
        return Finding(Verdict.PASS, cache.resource.urn)
    if cache.is_memcached:
        return Finding(Verdict.NOT_APPLICABLE, cache.resource.urn)
    missing = lacking(cache, LACKS)
    if missing:
        text = (
            f"{cache}: {'; '.join(missing)}. When its node or zone fails, the cache and all that is in it are gone. "
            f"Remedy: {REMEDY}."
        )
        return Finding(Verdict.FAIL, cache.resource.urn, text)
    return Finding(Verdict.PASS, cache.resource.urn)


def replicas(cache: Cache) -> list[str]:
    nodes = cache.nodes_per_shard
    if nodes >= MIN_NODES:
        return []
    return ["it has a single node" if nodes == 1 else f"its shards have {nodes} nodes"]


def failover(cache: Cache) -> list[str]:
    if cache.said("automaticFailoverEnabled") is True:
        return []
    return ["no replica takes over by itself (automatic_failover_enabled)"]


def zones(cache: Cache) -> list[str]:
    return [] if cache.said("multiAzEnabled") is True else ["its nodes may share a zone (multi_az_enabled)"]


LACKS: tuple[Callable[[Cache], list[str]], ...] = (replicas, failover, zones)

RULE = Rule(
    id="cache-availability",
    why="One node, no failover or one zone: a node dies and the cache is gone.",
    remedy=REMEDY,
    check=check,
    prod_only=True,
    bad="""
        aws.elasticache.ReplicationGroup("cache", description="sessions", num_cache_clusters=1)
    """,
    good="""
        aws.elasticache.ReplicationGroup(
            "cache", description="sessions", num_cache_clusters=2, automatic_failover_enabled=True, multi_az_enabled=True)
    """,
)
