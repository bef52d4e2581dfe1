"""The cache: an ElastiCache replication group of Valkey or Redis OSS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from aws_facts import elasticache
from settings.network import RetentionDays
from settings.problems import Finding, nearest, problem, problems
from settings.types import Settings, Version, one_of
from settings.windows import DailyWindow, WeeklyWindow, overlap

KEYS: Mapping[str, str] = {"maxmemory-policy": "maxmemory_policy", "cluster-enabled": "shards"}
"""Parameters with a key of their own in the stack file."""


class CacheSettings(Settings):
    """One cache, reached over TLS with a password that Secrets Manager holds."""

    engine: Literal["valkey", "redis"] = "valkey"

    version: Annotated[str, Field(examples=["'8.0'"])]
    """The engine version, in quotes."""

    node_type: Annotated[str, Field(examples=["cache.t4g.small"])]

    nodes: Annotated[int, Field(ge=1, le=elasticache.MAX_NODES_PER_SHARD)] = 2
    """The primary and its replicas, in each shard; with two, the loss of one is a failover."""

    shards: Annotated[int, Field(ge=1, le=elasticache.MAX_NODES)] = 1
    """Parts that the keys are spread over. More than one is cluster mode, which clients must speak."""

    maxmemory_policy: Literal[
        "volatile-lru", "allkeys-lru", "volatile-lfu", "allkeys-lfu", "volatile-random", "allkeys-random",
        "volatile-ttl", "noeviction",
    ] = "volatile-lru"  # fmt: skip
    """What goes when memory is full: by default the keys with a time to live, those that were used longest ago first."""

    parameters: Mapping[str, str] = {}
    """Parameters of the cache parameter group, beside those of this stack."""

    auth: Literal["token", "rbac"] = "token"
    """One password for all (AUTH), or a user group with one user, to which you can add more (RBAC)."""

    password_version: Version = 1
    """Count it up for a new password. With AUTH the cache still takes the one before, so that pods can restart."""

    snapshot_retention_days: Annotated[int, Field(ge=0, le=35)] = 7
    """Days for which daily snapshots are kept; 0 for none."""

    snapshot_window: DailyWindow = "16:00-17:00"
    maintenance_window: WeeklyWindow = "sun:17:30-sun:18:30"

    log_retention_days: RetentionDays = 30
    """Days for which the slow log and the engine log are kept in CloudWatch Logs."""

    @field_validator("version", mode="before")
    @classmethod
    def _version(cls, version: object) -> object:
        if isinstance(version, float):
            raise problem(f"{version} is a number to YAML. Write it in quotes, like '{version}'.")
        return version

    @field_validator("node_type")
    @classmethod
    def _node_type(cls, name: str) -> str:
        return one_of(name, elasticache.NODE_TYPES, "node type known here", "its memory cannot be budgeted")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if found := list(self._problems()):
            raise problems(found)
        return self

    def _problems(self) -> Iterator[Finding]:
        known = elasticache.ENGINE_VERSIONS[self.engine]
        if self.version not in known:
            yield Finding(
                "version",
                f"{self.version!r} is no version of {self.engine} on ElastiCache, so it would be refused. "
                f"Known here: {', '.join(known)}.",
            )
        else:
            yield from self._parameter_problems()
        if self.shards * self.nodes > elasticache.MAX_NODES:
            yield Finding(
                "shards",
                f"{self.shards} of {self.nodes} nodes are more than the {elasticache.MAX_NODES} that ElastiCache makes "
                "without a raised quota. Lower one of them.",
            )
        if self.shards > 1 and self.nodes == 1:
            yield Finding(
                "nodes",
                f"1 with {self.shards} shards: cluster mode needs automatic failover, and a failover a replica. "
                "Write at least 2.",
            )
        if overlap(self.snapshot_window, self.maintenance_window):
            yield Finding(
                "maintenance_window",
                f"{self.maintenance_window} overlaps the snapshot window {self.snapshot_window}, so ElastiCache would "
                "refuse the cache. Move one of them.",
            )

    def _parameter_problems(self) -> Iterator[Finding]:
        known = elasticache.PARAMETERS[self.family]
        for name in self.parameters:
            key = f"parameters.{name}"
            if name in KEYS:
                yield Finding(
                    key,
                    f"has a key of its own, which it would contradict. Write `{KEYS[name]}` in its place.",
                )
            elif name not in known:
                yield Finding(
                    key,
                    f"no parameter of {self.family}, so ElastiCache would refuse the group. {nearest(name, known)}",
                )

    @property
    def group_parameters(self) -> Mapping[str, str]:
        """What the cache parameter group says, by name."""
        own = {
            "maxmemory-policy": self.maxmemory_policy,
            "cluster-enabled": "yes" if self.shards > 1 else "no",
        }
        return dict(sorted({**self.parameters, **own}.items()))

    @property
    def family(self) -> str:
        """The family of its parameter group, such as `valkey8`."""
        return elasticache.family(self.engine, self.version)

    @property
    def node_suffixes(self) -> list[str]:
        """What ElastiCache appends to the group's id to name its nodes (CloudWatch's `CacheClusterId`)."""
        nodes = [f"{node:03}" for node in range(1, self.nodes + 1)]
        if self.shards == 1:
            return [f"-{node}" for node in nodes]
        return [f"-{shard:04}-{node}" for shard in range(1, self.shards + 1) for node in nodes]
