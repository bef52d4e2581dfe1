"""Parameters that the stack sets or a rule reads, against AWS's page and PostgreSQL's manual."""

from __future__ import annotations

import pytest

from aws_facts.postgresql_parameters import FIXED, PARAMETERS, STATIC, default

# Name: in a DB cluster parameter group, in a DB parameter group, needs a reboot.
PUBLISHED = {
    "rds.force_ssl": (True, False, False),
    "statement_timeout": (True, True, False),
    "idle_in_transaction_session_timeout": (True, True, False),
    "log_min_duration_statement": (True, True, False),
    "shared_preload_libraries": (True, True, True),
    "max_connections": (True, True, True),
    "rds.logical_replication": (True, False, True),
    "autovacuum": (True, False, False),
    "work_mem": (True, True, False),
    "rds.memory_allocation_guard": (False, True, False),
}


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("family", PARAMETERS)
def test_levels_and_reboots(family: str, name: str) -> None:
    parameter = PARAMETERS[family][name]
    assert (parameter.cluster, parameter.instance, parameter.static) == PUBLISHED[name]
    assert parameter.modifiable
    assert parameter.apply_method == ("pending-reboot" if parameter.static else "immediate")


@pytest.mark.parametrize(
    ("name", "majors"),
    [
        ("transaction_timeout", [17]),
        ("reserved_connections", [16, 17]),
        ("force_parallel_mode", [14, 15]),
        ("debug_parallel_query", [16, 17]),
        ("old_snapshot_threshold", [14, 15, 16]),
        ("archive_command", []),
    ],
)
def test_parameters_come_and_go_with_the_major_version(name: str, majors: list[int]) -> None:
    assert [family for family in PARAMETERS if name in PARAMETERS[family]] == [
        f"aurora-postgresql{major}" for major in majors
    ]


def test_no_name_is_misspelt() -> None:
    known = {name for parameters in PARAMETERS.values() for name in parameters}
    assert known >= STATIC
    assert known >= FIXED


@pytest.mark.parametrize(("version", "value"), [("14.20", "0"), ("16.11", "0"), ("17.4", "1")])
def test_tls_is_required_by_default_from_17_on(version: str, value: str) -> None:
    assert default("rds.force_ssl", version) == value


def test_defaults() -> None:
    assert default("statement_timeout", "17.4") == "0"
    assert default("work_mem", "17.4") is None
