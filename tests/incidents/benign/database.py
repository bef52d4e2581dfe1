"""Databases, their parameters and their clients."""

from __future__ import annotations

from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.parts import AURORA, TAGS, configured, said_instead, told
from tests.incidents.benign.variation import Added, Change, Copied, Linked, Place, Variations
from tests.incidents.flips import GONE, Flip, aurora, env, parameter

GROUP: Place = ("ClusterParameterGroup", "shop")
TIMEOUTS = {
    "statement_timeout": "30000",
    "idle_in_transaction_session_timeout": "60000",
    "lock_timeout": "10000",
}
INSTANCES: list[Place] = [("ClusterInstance", "shop-0"), ("ClusterInstance", "shop-1")]
PASSWORD: Place = ("RandomPassword", "cache")


def each_instance(prop: str, value: Any) -> list[Change]:
    return [Flip(*place, (prop,), value) for place in INSTANCES]


def version(text: str) -> list[Change]:
    family = f"aurora-postgresql{text.partition('.')[0]}"
    return [
        aurora("engineVersion", text),
        *each_instance("engineVersion", text),
        Flip(*GROUP, ("family",), family),
    ]


def parameters(*entries: dict[str, Any]) -> Flip:
    return Flip(*GROUP, ("parameters",), list(entries))


def entry(name: str, value: Any, method: str | None = None) -> dict[str, Any]:
    return {"name": name, "value": value, **({"applyMethod": method} if method else {})}


USUAL = [entry(name, value, "pending-reboot") for name, value in {"rds.force_ssl": "1", **TIMEOUTS}.items()]


def own_group(*said: dict[str, Any]) -> list[Change]:
    """Both instances have a parameter group of their own."""
    props = {
        "family": "aurora-postgresql17",
        "name": "shop-instances",
        "parameters": list(said),
        "tagsAll": TAGS,
    }
    return [
        Added("aws:rds/parameterGroup:ParameterGroup", "instances", props),
        *each_instance("dbParameterGroupName", "shop-instances"),
    ]


def instance(name: str, **said: Any) -> list[Change]:
    """An RDS instance that stands alone, with its own parameter group and alarms."""
    group = {"family": "postgres17", "name": name, "parameters": USUAL, "tagsAll": TAGS}
    props = {
        "identifier": name, "engine": "postgres", "engineVersion": "17.4", "instanceClass": "db.m6g.large", "multiAz": True,
        "allocatedStorage": 100, "dbName": name, "username": "owner", "manageMasterUserPassword": True,
        "parameterGroupName": name, "storageEncrypted": True, "backupRetentionPeriod": 7, "deletionProtection": True,
        "finalSnapshotIdentifier": f"{name}-final", "publiclyAccessible": False, "dbSubnetGroupName": UNKNOWN,
        "vpcSecurityGroupIds": [UNKNOWN], "tagsAll": TAGS,
    }  # fmt: skip
    place = ("rds/instance:Instance", name)
    return [
        Added("aws:rds/parameterGroup:ParameterGroup", name, group),
        Added("aws:rds/instance:Instance", name, {**props, **said}, {"dbSubnetGroupName": ("rds/subnetGroup:SubnetGroup", "shop")}),
        Linked(place, "vpcSecurityGroupIds", [("SecurityGroup", "database")]),
        Flip(*place, ("protect",), value=True),
        *alarms(name),
    ]  # fmt: skip


def alarms(
    name: str, dimension: str = "DBInstanceIdentifier", storage: str = "FreeStorageSpace"
) -> list[Change]:
    facts = {("dimensions",): {dimension: name}}
    return [
        Copied(("MetricAlarm", "database-cpu"), f"{name}-{metric}", {**facts, ("metricName",): metric})
        for metric in ("CPUUtilization", "DatabaseConnections", storage)
    ]


def reader() -> list[Change]:
    """An instance, and a replica that says nothing of what its source says."""
    own = (
        "backupRetentionPeriod",
        "deletionProtection",
        "finalSnapshotIdentifier",
        "manageMasterUserPassword",
    )
    taken = ("username", "engine", "engineVersion", "parameterGroupName", "dbName")
    said = dict.fromkeys((*own, *taken), None)
    return [
        *instance("reports"),
        *instance("readers", replicateSourceDb="reports", skipFinalSnapshot=True, **said),
    ]


def cluster(name: str, storage: str, **said: Any) -> list[Change]:
    """A further cluster, like that of the shop but for `said`."""
    place = ("rds/cluster:Cluster", name)
    facts = {"clusterIdentifier": name, "databaseName": name, "enabledCloudwatchLogsExports": GONE, **said}
    return [
        Copied(AURORA, name, {(prop,): value for prop, value in facts.items()}),
        Linked(place, "dbClusterParameterGroupName", []),
        *alarms(name, "DBClusterIdentifier", storage),
    ]


MYSQL = cluster(
    "wordpress",
    "FreeLocalStorage",
    engine="aurora-mysql",
    engineVersion="8.0.mysql_aurora.3.08.0",
    dbClusterParameterGroupName="default.aurora-mysql8.0",
)
MULTI_AZ_CLUSTER = [
    Copied(GROUP, "reports", {("family",): "postgres17", ("name",): "reports"}),
    *cluster(
        "reports",
        "FreeStorageSpace",
        engine="postgres",
        dbClusterParameterGroupName="reports",
        dbClusterInstanceClass="db.m6gd.large",
        storageType="io1",
        iops=3000,
        allocatedStorage=100,
    ),
]

VARIATIONS: Variations = {
    "parameter-group": {
        "version 16 throughout": version("16.6"),
        "the major version alone": [aurora("engineVersion", "17")],
        "a long-term version of an older major": version("15.10"),
        "Serverless v2": [
            aurora("serverlessv2ScalingConfiguration", {"minCapacity": 8, "maxCapacity": 64}),
            *each_instance("instanceClass", "db.serverless"),
        ],
        "instances with a group of their own": own_group(entry("random_page_cost", "1.1")),
        "instances that name AWS's default group": each_instance("dbParameterGroupName", "default.aurora-postgresql17"),
        "a dynamic parameter at the next reboot": [
            parameters(*USUAL, entry("random_page_cost", "1.1", "pending-reboot")),
        ],
        "a dynamic parameter at once": [parameters(*USUAL, entry("log_min_duration_statement", "1000", "immediate"))],
        "the group by its name alone": [Linked(AURORA, "dbClusterParameterGroupName", [])],
        "a group whose id alone is known": [
            Flip(*GROUP, ("id",), "shop-17"), Flip(*GROUP, ("name",), UNKNOWN),
            aurora("dbClusterParameterGroupName", "shop-17"), Linked(AURORA, "dbClusterParameterGroupName", []),
        ],
        "a group with no parameter beside it": [Copied(GROUP, "spare", {("parameters",): [], ("name",): "spare"})],
        "an instance that stands alone": instance("reports"),
        "MySQL with AWS's default group beside it": MYSQL,
        "a cluster of two zones that is not Aurora": MULTI_AZ_CLUSTER,
        "a replica that takes its source's": reader(),
        "MySQL's static parameter beside it": [
            Copied(GROUP, "wordpress", {
                ("family",): "aurora-mysql8.0", ("name",): "wordpress", ("parameters",): [entry("innodb_buffer_pool_instances", "8")],
            }),
        ],
    },
    "statement-timeouts": {
        "longer ones": [parameter("statement_timeout", "300000"), parameter("lock_timeout", "60000")],
        "numbers": [Flip(*GROUP, ("parameters", "@lock_timeout", "value"), 10000)],
        "the timeout of a transaction as well": [parameters(*USUAL, entry("transaction_timeout", "120000"))],
        "at the next reboot": [parameters(*USUAL)],
        "at once": [parameters(*(entry(name, value, "immediate") for name, value in TIMEOUTS.items()))],
        "an instance that says a shorter one": own_group(entry("statement_timeout", "5000")),
        "only in the group of the instances": [
            parameters(entry("rds.force_ssl", "1")), *own_group(*(entry(name, value) for name, value in TIMEOUTS.items())),
        ],
        "MySQL beside it, which has none": MYSQL,
        "a cluster of two zones that is not Aurora": MULTI_AZ_CLUSTER,
        "a replica that takes its source's": reader(),
        "an instance that stands alone": instance("reports"),
    },
    "database-tls": {
        "the default of version 17": [parameters(*USUAL[1:])],
        "said for version 16": version("16.6"),
        "the value as a number": [Flip(*GROUP, ("parameters", "@rds.force_ssl", "value"), 1)],
        "the value as a word": [parameter("rds.force_ssl", "on")],
        "encryption without the certificate's name": [env("PGSSLMODE", "require")],
        "a URL": said_instead(
            "PGSSLMODE", "DATABASE_URL", "postgresql://orders@$(DB_HOST):5432/orders_db?sslmode=verify-full",
        ),
        "JDBC's URL": said_instead(
            "PGSSLMODE", "DB_URL", "jdbc:postgresql://$(DB_HOST):5432/orders_db?ssl=true&sslmode=verify-full",
        ),
        "a switch": said_instead("PGSSLMODE", "DB_SSL", "true"),
        "a switch as a number": said_instead("PGSSLMODE", "DATABASE_SSL_ENABLED", "1"),
        "another library's mode": said_instead("PGSSLMODE", "DB_SSL_MODE", "VERIFY_IDENTITY"),
        "the bundle's path as well": told("PGSSLROOTCERT", "/etc/ssl/rds/global-bundle.pem"),
        "a client certificate's switch": told("DB_SSL_REJECT_UNAUTHORIZED", "true"),
        "a ConfigMap that says so": [*said_instead("PGSSLMODE", "LOG_LEVEL", "info"), *configured(PGSSLMODE="verify-ca")],
        "an instance that stands alone": instance("reports"),
    },
    "database-protection": {
        "the least that backups are kept": [aurora("backupRetentionPeriod", 7)],
        "the most that backups are kept": [aurora("backupRetentionPeriod", 35)],
        "a final snapshot by two words": [aurora("skipFinalSnapshot", value=False)],
        "AWS's own key": [aurora("kmsKeyId", UNKNOWN), Linked(AURORA, "kmsKeyId", [])],
        "a snapshot's name that is not known": [
            aurora("finalSnapshotIdentifier", UNKNOWN), Linked(AURORA, "finalSnapshotIdentifier", [PASSWORD]),
        ],
        "restored from a snapshot, and encrypted": [aurora("snapshotIdentifier", "shop-before-the-move")],
        "restored to a time, and encrypted": [
            aurora("restoreToPointInTime", {"sourceClusterIdentifier": "old", "useLatestRestorableTime": True}),
        ],
        "I/O-Optimized storage": [aurora("storageType", "aurora-iopt1")],
        "automated backups kept after it": [aurora("deleteAutomatedBackups", value=False)],
        "an instance that stands alone": instance("reports"),
        "a replica that keeps nothing of its own": reader(),
        "a cluster of two zones that is not Aurora": MULTI_AZ_CLUSTER,
        "MySQL beside it": MYSQL,
    },
}  # fmt: skip
