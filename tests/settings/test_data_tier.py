"""What a stack file may say of database, cache and alarms; every mistake names its key, the consequence and the remedy."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_facts import aurora
from settings.database import version_problem
from settings.windows import DAY, WEEK, WEEKDAYS, daily_minutes, overlap, weekly_minutes
from tests.settings.files import REMOVED, Changes, accepted, refused

LARGE = {"class": "db.r6g.large", "count": 2}


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        # The database.
        ({"database.verson": "17.4"}, "database.verson", "Did you mean `version`?"),
        ({"database.version": REMOVED}, "database.version", "for instance `'17.4'`"),
        ({"database.version": 17.4}, "database.version", "in quotes, like '17.4'"),
        ({"database.version": "17.8"}, "database.version", "no version of Aurora PostgreSQL"),
        ({"database.version": "13.9"}, "database.version", "RDS would refuse the cluster"),
        ({"database.instances": REMOVED}, "database", "Write either `instances` or `serverless`"),
        ({"database.serverless": {"min_acu": 0, "max_acu": 64}}, "database", "its size twice"),
        (
            {"database.instances": {"class": "db.r6g.lage"}},
            "database.instances.class",
            "Did you mean `db.r6g.large`?",
        ),
        ({"database.instances": LARGE | {"count": 17}}, "database.instances.count", "Write at most 16"),
        ({"database.statement_timeout_ms": 0}, "database.statement_timeout_ms", "Write at least 1"),
        ({"database.backup_retention_days": 1}, "database.backup_retention_days", "Write at least 7"),
        ({"database.backup_window": "25:00-26:00"}, "database.backup_window", "like '16:00-17:00'"),
        ({"database.backup_window": "16:00-16:30"}, "database.backup_window", "at least 60 minutes"),
        ({"database.maintenance_window": "sunday"}, "database.maintenance_window", "sun:17:30-sun:18:30"),
        (
            {"database.maintenance_window": "mon:16:30-mon:17:30"},
            "database.maintenance_window",
            "overlaps the backup window 16:00-17:00",
        ),
        ({"database.log_retention_days": 31}, "database.log_retention_days", "Write 30"),
        (
            {"database.parameters": {"statement_timeout": "0"}},
            "database.parameters.statement_timeout",
            "Write `statement_timeout_ms`",
        ),
        (
            {"database.parameters": {"rds.force_ssl": "0"}},
            "database.parameters.rds.force_ssl",
            "incident database-tls",
        ),
        (
            {"database.parameters": {"wrok_mem": "64"}},
            "database.parameters.wrok_mem",
            "Did you mean `work_mem`?",
        ),
        ({"database.parameters": {"port": "5433"}}, "database.parameters.port", "is kept by AWS"),
        (
            {"database.instance_parameters": {"rds.logical_replication": "1"}},
            "database.instance_parameters.rds.logical_replication",
            "Move it to `parameters`",
        ),
        (
            {"database.parameters": {"rds.memory_allocation_guard": "1"}},
            "database.parameters.rds.memory_allocation_guard",
            "Move it to `instance_parameters`",
        ),
        (
            {"database.reader_autoscaling": {"max_readers": 3}, "database.instances": LARGE | {"count": 1}},
            "database.reader_autoscaling.max_readers",
            "count to at least 2",
        ),
        (
            {"database.reader_autoscaling": {"max_readers": 1}, "database.instances": LARGE | {"count": 4}},
            "database.reader_autoscaling.max_readers",
            "max_readers to at least 3",
        ),
        # The cache.
        ({"cache.engine": "memcached"}, "cache.engine", "Write 'valkey' or 'redis'"),
        ({"cache.version": 7.1}, "cache.version", "in quotes, like '7.1'"),
        ({"cache.version": "8.0"}, "cache.version", "no version of redis on ElastiCache"),
        ({"cache.node_type": "cache.t2.micro"}, "cache.node_type", "no node type known here"),
        ({"cache.nodes": 7}, "cache.nodes", "Write at most 6"),
        ({"cache.nodes": 1, "cache.shards": 2}, "cache.nodes", "Write at least 2"),
        ({"cache.nodes": 6, "cache.shards": 16}, "cache.shards", "more than the 90"),
        ({"cache.maxmemory_policy": "lru"}, "cache.maxmemory_policy", "'volatile-lru'"),
        (
            {"cache.parameters": {"maxmemory-policy": "noeviction"}},
            "cache.parameters.maxmemory-policy",
            "Write `maxmemory_policy`",
        ),
        ({"cache.parameters": {"timeot": "60"}}, "cache.parameters.timeot", "Did you mean `timeout`?"),
        (
            {"cache.snapshot_window": "17:00-18:00"},
            "cache.maintenance_window",
            "overlaps the snapshot window",
        ),
        # Who is told.
        ({"alarms": REMOVED}, "alarms", "incident alarms"),
        ({"alarms.emails": ["platform"]}, "alarms.emails[0]", "platform@example.com"),
        ({"alarms": {"https_endpoints": ["http://example.com"]}}, "alarms.https_endpoints[0]", "https://"),
        ({"alarms.cpu_percent": 101}, "alarms.cpu_percent", "Write at most 100"),
    ],
)
def test_a_mistake_is_one_problem_with_its_key(changes: Changes, key: str, words: str) -> None:
    (found,) = refused(changes)
    assert found.startswith(f"plinth:{key}: ")
    assert words in found
    assert found.endswith((".", "?"))


def test_serverless_capacity_is_checked() -> None:
    for said, words in (
        ({"min_acu": 4, "max_acu": 2}, "Swap them"),
        ({"min_acu": 0, "max_acu": 0.5}, "Write at least 1"),
        ({"min_acu": 0.3, "max_acu": 2}, "0.5"),
        ({"min_acu": 1, "max_acu": 512}, "Write at most 256"),
    ):
        (found,) = refused({"database.serverless": said}, "dev")
        assert found.startswith("plinth:database.serverless"), found
        assert words in found, found


def test_a_database_of_a_service_needs_a_cluster() -> None:
    found = refused({"database": REMOVED}, "dev")
    assert [line.split(": ")[0] for line in found] == ["plinth:services.order-service.database"]
    assert "Add a section `plinth:database`" in found[0]
    assert accepted({"database": REMOVED, "services.order-service.database": False}, "dev").database is None


def test_sections_may_be_left_out() -> None:
    dev = accepted({"cache": REMOVED, "services.order-service.needs": []}, "dev")
    assert dev.cache is None
    assert not dev.alarms.has_subscribers


def test_groups_say_what_the_file_says_over_what_the_stack_advises() -> None:
    said: dict[str, Any] = {
        "database.parameters": {"log_statement": "none", "max_connections": "500"},
        "database.instance_parameters": {"work_mem": "65536"},
        "database.lock_timeout_ms": 5000,
    }
    database = accepted(said).database
    assert database is not None
    groups = database.cluster_parameters
    assert (groups["log_statement"], groups["max_connections"], groups["lock_timeout"]) == (
        "none",
        "500",
        "5000",
    )
    assert groups["rds.force_ssl"] == "1"
    assert list(groups) == sorted(groups)
    assert database.reboot_parameters == ("max_connections",)


@pytest.mark.parametrize(
    ("shards", "nodes", "suffixes"),
    [
        (1, 1, ["-001"]),
        (1, 2, ["-001", "-002"]),
        (2, 2, ["-0001-001", "-0001-002", "-0002-001", "-0002-002"]),
    ],
)
def test_cache_nodes_are_named_as_cloudwatch_names_them(shards: int, nodes: int, suffixes: list[str]) -> None:
    cache = accepted({"cache.shards": shards, "cache.nodes": nodes}).cache
    assert cache is not None
    assert cache.node_suffixes == suffixes
    assert cache.group_parameters["cluster-enabled"] == ("yes" if shards > 1 else "no")


@pytest.mark.parametrize(
    ("old", "new", "allowed", "words"),
    [
        ("17.4", "17.5", False, None),
        ("17.4", "17.4", False, None),
        ("16.8", "17.4", True, None),
        ("14.17", "17.4", True, None),
        ("16.8", "17.4", False, "`allow_major_upgrade: true`"),
        ("17.5", "17.4", True, "Write one of: 17.5, 17.6"),
        ("17.4", "16.9", True, "cannot become 16.9"),
        # 16.9 came out after 17.4, which does not know it.
        ("16.9", "17.4", True, "17.5"),
        # A version that the table has forgotten may still run somewhere.
        ("13.9", "17.4", True, None),
        ("13.9", "17.4", False, "`allow_major_upgrade: true`"),
        ("16.4", "16.4", False, None),
        ("16.4", "16.6", False, "AWS makes no cluster of PostgreSQL 16.6 any more"),
        (None, "16.6", False, "Write one of: 14.6, 14.17"),
        (None, "16.8", False, None),
    ],
)
def test_an_upgrade_goes_forward_and_a_major_one_is_asked_for(
    old: str | None, new: str, allowed: bool, words: str | None
) -> None:
    wrong = version_problem(old, new, allow_major=allowed)
    assert wrong is None if words is None else wrong is not None and words in wrong


@given(st.sampled_from(aurora.ENGINE_VERSIONS), st.sampled_from(aurora.ENGINE_VERSIONS))
def test_no_upgrade_goes_back_even_when_a_major_one_is_allowed(old: str, new: str) -> None:
    back = [int(part) for part in new.split(".")] < [int(part) for part in old.split(".")]
    assert not back or version_problem(old, new, allow_major=True)


def clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def weekday(minutes: int) -> str:
    return f"{WEEKDAYS[minutes // DAY % 7]}:{clock(minutes)}"


@given(st.integers(0, DAY - 1), st.integers(60, DAY - 1), st.integers(0, WEEK - 1), st.integers(60, DAY))
def test_windows_overlap_exactly_when_a_minute_is_in_both(
    daily: int, length: int, weekly: int, lasts: int
) -> None:
    daily_window = f"{clock(daily)}-{clock(daily + length)}"
    weekly_window = f"{weekday(weekly)}-{weekday(weekly + lasts)}"
    assert daily_minutes(daily_window) == (daily, length)
    assert weekly_minutes(weekly_window) == (weekly, lasts)
    busy = {minute % WEEK for minute in range(weekly, weekly + lasts)}
    backups = {(day * DAY + daily + minute) % WEEK for day in range(7) for minute in range(length)}
    assert overlap(daily_window, weekly_window) == bool(busy & backups)
