"""A stack's ElastiCache caches: replication groups, clusters that stand alone, serverless caches.

Source: pulumi-aws, `elasticache.ReplicationGroup` (a secondary of a global datastore takes engine and encryption from the
primary, and may not say them).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from incidents.graph import Graph, Resource
from incidents.references import is_said, referred
from incidents.unknowns import Undecided, Unknown, as_dict, as_list, is_number

REPLICATION_GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
CLUSTER = "aws:elasticache/cluster:Cluster"
GLOBAL_DATASTORE = "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup"
SERVERLESS = "aws:elasticache/serverlessCache:ServerlessCache"

MEMCACHED = "memcached"


@dataclass(frozen=True)
class Cache:
    """One cache. Properties that may not be known raise `Undecided`."""

    graph: Graph
    resource: Resource

    def __str__(self) -> str:
        return str(self.resource)

    @property
    def is_replication_group(self) -> bool:
        return self.resource.type == REPLICATION_GROUP

    @property
    def is_serverless(self) -> bool:
        return self.resource.type == SERVERLESS

    @property
    def engine(self) -> str:
        """`redis` unless said (pulumi-aws, `ReplicationGroup`)."""
        return str(self.shared("engine") or "redis")

    @property
    def is_memcached(self) -> bool:
        return not self.is_replication_group and self.engine == MEMCACHED

    @property
    def primary(self) -> Cache:
        """The primary of its global datastore, the cache itself if it is in none. Raises `Undecided`."""
        datastore = referred(self.graph, self.resource, "globalReplicationGroupId", (GLOBAL_DATASTORE,))
        if datastore is None:
            return self
        if isinstance(datastore, Resource):
            found = referred(self.graph, datastore, "primaryReplicationGroupId", (REPLICATION_GROUP,))
            if isinstance(found, Resource):
                return Cache(self.graph, found)
        raise Undecided(f"{self} takes its settings from a global datastore that is not in this stack")

    @property
    def nodes_per_shard(self) -> int:
        """The primary and its replicas, of the smallest shard."""
        if not self.is_replication_group:
            return 1
        shards = map(as_dict, as_list(self.said("nodeGroupConfigurations")))
        replicas = [int(shard["replicaCount"]) for shard in shards if is_number(shard.get("replicaCount"))]
        if replicas:
            return 1 + min(replicas)
        if is_said(self.resource, "replicasPerNodeGroup"):
            return 1 + self.count("replicasPerNodeGroup")
        return self.count("numCacheClusters") // max(self.count("numNodeGroups"), 1)

    def count(self, prop: str) -> int:
        """The number that `prop` says, 1 where the program leaves it to AWS."""
        value = self.said(prop)
        if value is None:
            return 1
        if not is_number(value):
            raise Undecided(f"{prop} of {self} is no number")
        return int(value)

    def said(self, prop: str) -> Any:
        """The value of `prop`, None where the program leaves it to AWS."""
        return self.resource.get(prop) if is_said(self.resource, prop) else None

    def shared(self, prop: str) -> Any:
        """As `said`, of a property that a secondary takes from its primary. Raises `Undecided`."""
        return self.said(prop) if is_said(self.resource, prop) else self.primary.said(prop)


def caches(graph: Graph) -> list[Cache]:
    """All caches of the stack; a cluster that only adds a node to a replication group is none of its own."""
    return [
        Cache(graph, resource)
        for resource in graph.of_type(REPLICATION_GROUP, CLUSTER, SERVERLESS)
        if not is_said(resource, "replicationGroupId") or resource.type != CLUSTER
    ]


def lacking(cache: Cache, lacks: Iterable[Callable[[Cache], list[str]]]) -> list[str]:
    """All that one of `lacks` finds missing. Raises `Undecided` when nothing is, and something is not known."""
    missing: list[str] = []
    questions: list[Undecided] = []
    for lack in lacks:
        try:
            missing += lack(cache)
        except Undecided as undecided:
            questions.append(undecided)
    if questions and not missing:
        raise questions[0]
    return missing


def may_be(cache: Cache, prop: str, value: object) -> bool:
    """Whether `prop` is `value`, or could turn out to be."""
    said = cache.resource.peek(prop)
    return said == value or (isinstance(said, Unknown) and is_said(cache.resource, prop))
