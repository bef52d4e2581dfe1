"""AWS's tables, copied by hand, against what the facts say."""

from __future__ import annotations

import pytest

from aws_facts import elasticache
from aws_facts.elasticache import ENGINE_VERSIONS, NODE_TYPES, PARAMETERS, STATIC_PARAMETERS

# ElastiCache user guide, "Engine specific parameters": maxclients, maxmemory in bytes.
NODES = {
    "cache.t3.micro": (20000, 536870912), "cache.t3.small": (46000, 1471026299), "cache.t3.medium": (46000, 3317862236),
    "cache.t4g.micro": (20000, 536870912), "cache.t4g.small": (65000, 1471026299),
    "cache.t4g.medium": (65000, 3317862236), "cache.m6g.large": (65000, 6854542746),
    "cache.m7g.16xlarge": (65000, 225000375228), "cache.r6g.large": (65000, 14037181030),
    "cache.r7g.2xlarge": (65000, 56711183565),
}  # fmt: skip


@pytest.mark.parametrize("name", NODES)
def test_nodes_are_those_of_aws(name: str) -> None:
    kind = NODE_TYPES[name]
    assert (kind.maxclients, kind.maxmemory_mib) == (NODES[name][0], NODES[name][1] // 2**20)


def test_graviton_nodes_are_arm64() -> None:
    for name, kind in NODE_TYPES.items():
        assert (kind.arch == "arm64") == ("g" in name.split(".")[1]), name


@pytest.mark.parametrize(
    ("engine", "version", "family"),
    [
        ("valkey", "7.2", "valkey7"),
        ("valkey", "8.0", "valkey8"),
        ("valkey", "8.1", "valkey8"),
        ("valkey", "9.0", "valkey9"),
        ("redis", "6.2", "redis6.x"),
        ("redis", "7.1", "redis7"),
    ],
)
def test_families(engine: str, version: str, family: str) -> None:
    assert version in ENGINE_VERSIONS[engine]
    assert elasticache.family(engine, version) == family


def test_every_version_has_a_family_with_parameters() -> None:
    families = {
        elasticache.family(engine, version)
        for engine, versions in ENGINE_VERSIONS.items()
        for version in versions
    }
    assert families == set(PARAMETERS)


@pytest.mark.parametrize(
    ("name", "families"),
    [
        ("maxmemory-policy", {"redis6.x", "redis7", "valkey7", "valkey8", "valkey9"}),
        ("hash-max-ziplist-entries", {"redis6.x"}),
        ("hash-max-listpack-entries", {"redis7", "valkey7", "valkey8", "valkey9"}),
        ("lazyfree-lazy-eviction", {"redis6.x", "redis7", "valkey7"}),
        ("extended-redis-compatibility", {"valkey8", "valkey9"}),
        ("maxclients", set[str]()),
    ],
)
def test_parameters_come_and_go_with_the_family(name: str, families: set[str]) -> None:
    assert {family for family, names in PARAMETERS.items() if name in names} == families


def test_static_parameters_exist() -> None:
    assert set().union(*PARAMETERS.values()) >= STATIC_PARAMETERS
