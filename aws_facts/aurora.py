"""Aurora PostgreSQL: engine versions, what may be upgraded to what, instance classes and their connections.

Sources, read 2026-11-21. Versions: release notes, "Amazon Aurora PostgreSQL updates", as `describe-db-engine-versions` gave
them to aws-cloudformation/cfn-lint 1.58.0 (schemas of 2026-10-20). Classes: the same schemas
(`describe-orderable-db-instance-options`) and Aurora user guide, "Hardware specifications for DB instance classes for
Aurora". Connections: Aurora user guide, "Maximum connections to an Aurora PostgreSQL DB instance" and "Maximum connections
for Aurora Serverless v2". Parameters are in `aws_facts/postgresql_parameters.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

ENGINE_VERSIONS = (
    "14.3", "14.4", "14.5", "14.6", "14.7", "14.8", "14.9", "14.10", "14.11", "14.12", "14.13", "14.15", "14.17", "14.18",
    "14.19", "14.20", "14.22", "14.23", "14.24",
    "15.2", "15.3", "15.4", "15.5", "15.6", "15.7", "15.8", "15.10", "15.12", "15.13", "15.14", "15.15", "15.17", "15.18",
    "15.19",
    "16.1", "16.2", "16.3", "16.4", "16.6", "16.8", "16.9", "16.10", "16.11", "16.13", "16.14", "16.15",
    "17.4", "17.5", "17.6", "17.7", "17.9", "17.10", "17.11",
)  # fmt: skip
"""Oldest first. Aurora skips some of PostgreSQL's minor versions."""

RETIRED_VERSIONS = (
    "14.3", "14.4", "14.5", "14.7", "14.8", "14.9", "14.10", "14.11", "14.12", "14.13", "14.15",
    "15.2", "15.3", "15.4", "15.5", "15.6", "15.7", "15.8",
    "16.1", "16.2", "16.3", "16.4", "16.6",
)  # fmt: skip
"""Clusters still run them; AWS creates none any more."""

FIRST_MINOR = {14: 0, 15: 5, 16: 9, 17: 13}
"""The minor version of PostgreSQL 14 that came out on the same day as a major version's .0 (PostgreSQL release notes)."""

DEFAULT_PORT = 5432

MAX_INSTANCES = 16
"""The writer and up to 15 Aurora Replicas (Aurora user guide, "Replication with Amazon Aurora")."""

MAX_CONNECTIONS_DEFAULT = "LEAST({DBInstanceClassMemory/9531392},5000)"
MAX_CONNECTIONS_LIMIT = 262143
"""The largest value that `max_connections` takes (PostgreSQL manual, "Connections and Authentication")."""

SUPERUSER_RESERVED_CONNECTIONS = 3
RDS_SUPERUSER_RESERVED_CONNECTIONS = 2
"""Of `max_connections`, what others cannot take: `superuser_reserved_connections`, for AWS itself, and
`rds.rds_superuser_reserved_connections`, for the master user (Aurora user guide, "Amazon Aurora PostgreSQL parameters")."""


def major(version: str) -> int:
    """17 of "17.4", and of "17"."""
    return int(version.partition(".")[0])


def family(version: str) -> str:
    """The parameter group family of an engine version: "aurora-postgresql17" of "17.4"."""
    return f"aurora-postgresql{major(version)}"


def upgradable(old: str, new: str) -> bool:
    """Whether a cluster of version `old` may become `new` in place; both are of `ENGINE_VERSIONS`.

    Within a major version, forwards. Across, to what came out with the old version or later: pg_upgrade must know it. This
    is the rule that AWS's table follows ("Getting a list of available versions in your AWS Region"), not the table.
    """
    return major(old) <= major(new) and release(old) <= release(new)


def release(version: str) -> int:
    """The number of PostgreSQL's quarterly release that a version belongs to, counted in minor versions of 14."""
    return FIRST_MINOR[major(version)] + int(version.partition(".")[2])


@dataclass(frozen=True)
class InstanceClass:
    """A DB instance class. `max_connections` is Aurora's default for it."""

    name: str
    arch: str
    vcpus: int
    memory_gib: int
    max_connections: int


PUBLISHED_CONNECTIONS = {
    "db.t3.medium": 420, "db.t3.large": 844, "db.t4g.medium": 405, "db.t4g.large": 844,
    "db.r5.large": 1600, "db.r5.xlarge": 3300, "db.r6g.large": 1722, "db.r6g.xlarge": 3479, "db.x2g.large": 3479,
}  # fmt: skip
"""AWS's table, as far as it is below 5000."""

LOWEST_CONNECTIONS = {8: 823, 16: 1600, 32: 3300}
"""By memory in GiB: the lowest that AWS's tables have, taken for classes that they leave out; from 64 GiB on all have 5000.

The formula would give more: it is evaluated on the memory that the host's own processes leave.
"""

VCPUS = {
    "medium": 2, "large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32, "12xlarge": 48, "16xlarge": 64,
    "24xlarge": 96, "32xlarge": 128, "48xlarge": 192,
}  # fmt: skip

UP_TO_16XLARGE = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
UP_TO_24XLARGE = (*UP_TO_16XLARGE, "24xlarge")
SIZES = {
    "t3": ("medium", "large"),
    "t4g": ("medium", "large"),
    "r5": UP_TO_24XLARGE,
    "r6g": UP_TO_16XLARGE,
    "r6i": (*UP_TO_24XLARGE, "32xlarge"),
    "r7g": UP_TO_16XLARGE,
    "r7i": (*UP_TO_24XLARGE, "48xlarge"),
    "r8g": (*UP_TO_24XLARGE, "48xlarge"),
    "x2g": UP_TO_16XLARGE,
}


def _memory_gib(series: str, size: str) -> int:
    per_vcpu = {"r": 8, "x": 16, "t": 4 if size == "large" else 2}[series[0]]
    return VCPUS[size] * per_vcpu


def _table() -> Mapping[str, InstanceClass]:
    found: dict[str, InstanceClass] = {}
    for series, sizes in SIZES.items():
        for size in sizes:
            name, memory = f"db.{series}.{size}", _memory_gib(series, size)
            connections = PUBLISHED_CONNECTIONS.get(name) or LOWEST_CONNECTIONS.get(memory, 5000)
            arch = "arm64" if series.endswith("g") else "amd64"
            found[name] = InstanceClass(name, arch, VCPUS[size], memory, connections)
    return found


INSTANCE_CLASSES: Mapping[str, InstanceClass] = _table()

GIB_PER_VCPU = {"m": 4, "r": 8, "x": 16}
CLASS = re.compile(rf"^db\.([{''.join(GIB_PER_VCPU)}])\d\w*\.(\d*x?large)$")


def lowest_max_connections(name: str) -> int | None:
    """What a class takes by default at least, by the memory that its name tells; also of one that only RDS has (`db.m7g.large`).

    None for a name of another form.
    """
    match = CLASS.match(name)
    if match is None or match[2] not in VCPUS:
        return None
    return LOWEST_CONNECTIONS.get(VCPUS[match[2]] * GIB_PER_VCPU[match[1]], 5000)


SERVERLESS_CLASS = "db.serverless"
MIN_ACU, MAX_ACU, ACU_STEP, ACU_GIB = 0, 256, 0.5, 2
"""Aurora capacity units: their range, the step, and the memory of one in GiB. The maximum is at least 1."""

SERVERLESS_CONNECTIONS = {1: 189, 4: 823, 8: 1669, 16: 3360, 32: 5000}
"""By the maximum ACU; 5000 beyond."""

CONNECTIONS_PER_ACU = 211
"""What each further ACU adds, rounded down: the steps of AWS's table give 211.25 to 211.5."""

LOW_MINIMUM_CONNECTIONS = 2000
"""No `max_connections` is higher while the minimum is 0 or 0.5 ACU."""


def serverless_max_connections(min_acu: float, max_acu: float) -> int:
    """Aurora's default `max_connections` for a Serverless v2 capacity range; between AWS's values never above the real one.

    It follows the maximum, which is at least 1, so that scaling down drops no connection.
    """
    known = max(acu for acu in SERVERLESS_CONNECTIONS if acu <= max_acu)
    connections = SERVERLESS_CONNECTIONS[known] + int((max_acu - known) * CONNECTIONS_PER_ACU)
    return min(connections, LOW_MINIMUM_CONNECTIONS if min_acu < 1 else 5000)
