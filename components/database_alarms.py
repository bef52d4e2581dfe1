"""What is watched of the Aurora cluster (Aurora user guide, "Amazon CloudWatch metrics for Amazon Aurora").

Metrics of instances are read for the whole cluster, the worst instance of each minute: so readers that autoscaling adds
are watched too, and no failover moves an alarm.
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_facts import aurora
from components.alarms import Watch
from components.database import Database
from settings.alarms import AlarmSettings
from settings.connections import max_connections
from settings.database import DatabaseSettings

NAMESPACE = "AWS/RDS"

ACU_PERCENT = 90
"""Of the largest capacity; past it there is nothing left to scale to."""


def database_watches(
    database: Database, settings: DatabaseSettings, alarms: AlarmSettings
) -> Iterator[Watch]:
    """The alarms of `database`, which `settings` describes."""
    dimensions = {"DBClusterIdentifier": database.cluster_identifier}
    connections = max_connections(settings)
    yield Watch(
        "database-cpu",
        f"An instance's CPU is above {alarms.cpu_percent} %.",
        NAMESPACE, "CPUUtilization", dimensions, "Maximum", alarms.cpu_percent,
    )  # fmt: skip
    yield Watch(
        "database-connections",
        f"More than {alarms.connections_percent} % of the {connections} connections that an instance takes are in use.",
        NAMESPACE, "DatabaseConnections", dimensions, "Maximum", connections * alarms.connections_percent // 100,
    )  # fmt: skip
    yield Watch(
        "database-memory",
        f"Less than {alarms.database_free_memory_percent} % of an instance's memory is free.",
        NAMESPACE, "FreeableMemory", dimensions, "Minimum",
        memory_bytes(settings) * alarms.database_free_memory_percent // 100, below=True,
    )  # fmt: skip
    yield Watch(
        "database-deadlocks",
        "Transactions wait for each other and are cancelled.",
        NAMESPACE, "Deadlocks", dimensions, "Maximum", 0,
    )  # fmt: skip
    if settings.count > 1 or settings.reader_autoscaling:
        yield Watch(
            "database-replica-lag",
            f"A reader is more than {alarms.replica_lag_seconds} s behind the writer.",
            NAMESPACE, "AuroraReplicaLagMaximum", dimensions, "Maximum", alarms.replica_lag_seconds * 1000,
        )  # fmt: skip
    if settings.serverless:
        yield Watch(
            "database-capacity",
            f"An instance is above {ACU_PERCENT} % of its largest capacity, {settings.serverless.max_acu:g} ACU.",
            NAMESPACE, "ACUUtilization", dimensions, "Maximum", ACU_PERCENT,
        )  # fmt: skip


def memory_bytes(settings: DatabaseSettings) -> int:
    """An instance's memory; a serverless one reports what would be free at its largest capacity."""
    if settings.serverless:
        return int(settings.serverless.max_acu * aurora.ACU_GIB * 2**30)
    return aurora.INSTANCE_CLASSES[settings.instance_class].memory_gib * 2**30
