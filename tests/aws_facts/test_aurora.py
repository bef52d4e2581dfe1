"""AWS's tables, copied by hand, against what the facts say."""

from __future__ import annotations

from itertools import pairwise

import pytest

from aws_facts import aurora
from aws_facts.aurora import ENGINE_VERSIONS, INSTANCE_CLASSES, RETIRED_VERSIONS, serverless_max_connections

# Aurora user guide, "Maximum connections to an Aurora PostgreSQL DB instance".
MAX_CONNECTIONS = {
    "db.t3.medium": 420, "db.t3.large": 844, "db.t4g.medium": 405, "db.t4g.large": 844, "db.r5.large": 1600,
    "db.r5.xlarge": 3300, "db.r5.2xlarge": 5000, "db.r5.24xlarge": 5000, "db.r6g.large": 1722, "db.r6g.xlarge": 3479,
    "db.r6g.2xlarge": 5000, "db.r6g.16xlarge": 5000, "db.x2g.large": 3479, "db.x2g.xlarge": 5000,
}  # fmt: skip

# Aurora user guide, "Maximum connections for Aurora Serverless v2": minimum 1, maximum ACU.
SERVERLESS = {1: 189, 4: 823, 8: 1669, 16: 3360, 32: 5000, 64: 5000, 128: 5000}

# Aurora user guide, "Hardware specifications for DB instance classes for Aurora": vCPU, memory in GiB.
HARDWARE = {
    "db.t3.medium": (2, 4), "db.t4g.large": (2, 8), "db.r5.4xlarge": (16, 128), "db.r6g.large": (2, 16),
    "db.r6i.32xlarge": (128, 1024), "db.r7g.16xlarge": (64, 512), "db.r7i.48xlarge": (192, 1536),
    "db.r8g.xlarge": (4, 32), "db.x2g.2xlarge": (8, 128),
}  # fmt: skip


def test_connections_of_classes_are_those_of_aws() -> None:
    assert {name: INSTANCE_CLASSES[name].max_connections for name in MAX_CONNECTIONS} == MAX_CONNECTIONS


def test_no_class_has_more_connections_than_the_formula_gives() -> None:
    for kind in INSTANCE_CLASSES.values():
        assert 0 < kind.max_connections <= min(kind.memory_gib * 2**30 // 9531392, 5000), kind


def test_hardware_is_that_of_aws() -> None:
    there = {name: (INSTANCE_CLASSES[name].vcpus, INSTANCE_CLASSES[name].memory_gib) for name in HARDWARE}
    assert there == HARDWARE


@pytest.mark.parametrize(
    ("name", "connections"),
    [
        ("db.m7g.large", 823), ("db.m6gd.xlarge", 1600), ("db.m5.4xlarge", 5000), ("db.x2iedn.large", 3300), ("db.m9.huge", None), ("db.t3.micro", None),
    ],
)  # fmt: skip
def test_classes_of_rds_alone_take_what_their_memory_gives(name: str, connections: int | None) -> None:
    assert aurora.lowest_max_connections(name) == connections


def test_graviton_classes_are_arm64() -> None:
    for name, kind in INSTANCE_CLASSES.items():
        assert (kind.arch == "arm64") == ("g" in name.split(".")[1]), name


@pytest.mark.parametrize("acu", SERVERLESS)
def test_connections_of_serverless_are_those_of_aws(acu: int) -> None:
    assert serverless_max_connections(1, acu) == SERVERLESS[acu]
    for low in (0, 0.5):
        assert serverless_max_connections(low, acu) == min(SERVERLESS[acu], 2000)


def test_connections_between_those_of_aws_stay_below_its_line() -> None:
    """Its values lie on a line until they reach 5000; a step of the table may be off by one, for they are rounded."""
    steps = list(pairwise((acu, connections) for acu, connections in SERVERLESS.items() if acu <= 16))
    for (low, at_low), (high, at_high) in steps:
        for half in range(2 * low, 2 * high):
            line = at_low + (at_high - at_low) / (high - low) * (half / 2 - low)
            assert line - 4 < serverless_max_connections(1, half / 2) <= line
    beyond = [serverless_max_connections(1, half / 2) for half in range(32, 65)]
    assert beyond == sorted(beyond)
    assert beyond[-1] == 5000


def test_versions_are_in_order_and_known() -> None:
    assert list(ENGINE_VERSIONS) == sorted(ENGINE_VERSIONS, key=lambda text: tuple(map(int, text.split("."))))
    assert set(RETIRED_VERSIONS) < set(ENGINE_VERSIONS)
    assert {"14.20", "15.15", "16.11", "17.4", "17.5"} <= set(ENGINE_VERSIONS) - set(RETIRED_VERSIONS)
    assert {aurora.major(version) for version in ENGINE_VERSIONS} == {14, 15, 16, 17}


def test_the_family_is_that_of_the_major_version() -> None:
    assert aurora.family("17.4") == "aurora-postgresql17"
    assert aurora.family("14.20") == "aurora-postgresql14"


@pytest.mark.parametrize(
    ("old", "new", "possible"),
    [
        ("17.4", "17.5", True),
        ("17.5", "17.4", False),
        ("17.5", "17.5", True),
        # Released on one day: 14.17, 15.12, 16.8 and 17.4 (PostgreSQL, 2025-02-20).
        ("16.8", "17.4", True),
        ("15.12", "17.4", True),
        ("14.17", "16.8", True),
        ("16.9", "17.4", False),
        ("16.9", "17.5", True),
        ("17.4", "16.11", False),
    ],
)
def test_upgrades(old: str, new: str, possible: bool) -> None:
    assert aurora.upgradable(old, new) is possible
