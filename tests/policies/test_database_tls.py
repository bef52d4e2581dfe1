"""`database-tls` on plain programs: servers by their parameter group, clients by their environment."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph
from incidents.rule import Verdict
from incidents.rules.database_tls import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource

SECRET = "hunter2"


def server(value: Any = None, major: int = 17, engine: str = "aurora-postgresql") -> Any:
    parameters = [] if value is None else [{"name": "rds.force_ssl", "value": value}]
    group = resource(
        "aws:rds/clusterParameterGroup:ClusterParameterGroup", "group",
        {"name": "group-1", "family": f"{engine}{major}", "parameters": parameters},
    )  # fmt: skip
    props = {"engine": engine, "dbClusterParameterGroupName": "group-1"}
    return findings(RULE, resource("aws:rds/cluster:Cluster", "db", props), group)["db"]


@pytest.mark.parametrize(
    ("value", "major", "engine", "expected"),
    [
        ("1", 16, "aurora-postgresql", Verdict.PASS),
        ("on", 16, "aurora-postgresql", Verdict.PASS),
        (None, 17, "aurora-postgresql", Verdict.PASS),
        (None, 15, "postgres", Verdict.PASS),
        (None, 14, "postgres", Verdict.FAIL),
        (None, 16, "aurora-postgresql", Verdict.FAIL),
        ("0", 17, "aurora-postgresql", Verdict.FAIL),
        ("off", 17, "aurora-postgresql", Verdict.FAIL),
        (UNKNOWN, 17, "aurora-postgresql", Verdict.UNKNOWN),
    ],
)
def test_a_server_must_force_tls_by_its_group_or_by_its_version(
    value: Any, major: int, engine: str, expected: Verdict
) -> None:
    assert server(value, major, engine).verdict is expected


database = resource("aws:rds/cluster:Cluster", "db", {"engine": "aurora-postgresql", "engineVersion": "17.4"})


def client(*env: dict[str, Any], others: tuple[Any, ...] = (database,), **rest: Any) -> Any:
    spec = {"containers": [{"name": "app", "env": list(env), **rest}]}
    pod = resource("kubernetes:core/v1:Pod", "app", {"kind": "Pod", "spec": spec})
    return findings(RULE, pod, *others)["app"]


def var(name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "value": value}


PLAIN_CLIENTS = {
    "libpq": [var("PGSSLMODE", "disable")],
    "switch": [var("DB_SSL", "false")],
    "switch in words": [var("POSTGRES_USE_TLS", "0")],
    "url": [var("DATABASE_URL", f"postgresql://shop:{SECRET}@db.example.com:5432/shop?sslmode=disable")],
    "jdbc": [var("ORDERS_DB_URL", f"jdbc:postgresql://db.example.com/shop?password={SECRET}&ssl=false")],
    "dsn": [var("DB_DSN", f"host=db.example.com password={SECRET} sslmode=disable")],
    "beside an unknown": [var("DATABASE_URL", UNKNOWN), var("DB_SSL", "false")],
    "one of two hosts": [
        var("DB_HOST", "pooler"),
        var("DATABASE_URL", "postgresql://db.example.com/shop?sslmode=disable"),
    ],
}


@pytest.mark.parametrize("case", sorted(PLAIN_CLIENTS))
def test_a_client_without_tls_fails_and_no_password_is_shown(case: str) -> None:
    found = client(*PLAIN_CLIENTS[case])
    assert found.verdict is Verdict.FAIL
    assert SECRET not in found.text
    assert "no pg_hba.conf entry" in found.text
    assert client(*PLAIN_CLIENTS[case], others=()).verdict is Verdict.UNKNOWN


OTHER_CLIENTS: dict[str, tuple[list[dict[str, Any]], Verdict]] = {
    "no client": ([var("LOG_LEVEL", "info"), var("ENABLE_SSL", "false")], Verdict.NOT_APPLICABLE),
    "verified": ([var("PGSSLMODE", "verify-full"), var("DATABASE_URL", UNKNOWN)], Verdict.PASS),
    "switch": ([var("DB_SSL", "true")], Verdict.PASS),
    "url": ([var("DATABASE_URL", "postgresql://db.example.com/shop?sslmode=require")], Verdict.PASS),
    "pooler in the pod": (
        [var("DB_HOST", "localhost"), var("PGSSLMODE", "disable")],
        Verdict.NOT_APPLICABLE,
    ),
    "pooler in the cluster": (
        [var("DATABASE_URL", "postgresql://u:p@pooler.data.svc:6432/shop?sslmode=disable")],
        Verdict.NOT_APPLICABLE,
    ),
    "unknown mode": ([var("PGSSLMODE", UNKNOWN)], Verdict.UNKNOWN),
    "unknown url": ([var("DATABASE_URL", UNKNOWN)], Verdict.UNKNOWN),
    "from elsewhere": (
        [{"name": "PGSSLMODE", "valueFrom": {"configMapKeyRef": {"name": "elsewhere", "key": "mode"}}}],
        Verdict.UNKNOWN,
    ),
}


@pytest.mark.parametrize("case", sorted(OTHER_CLIENTS))
def test_other_clients(case: str) -> None:
    env, expected = OTHER_CLIENTS[case]
    assert client(*env).verdict is expected


def test_variables_are_read_through_config_maps_and_secrets() -> None:
    off = resource(
        "kubernetes:core/v1:ConfigMap", "off", {"metadata": {"name": "off"}, "data": {"SSL": "false"}}
    )
    url = resource(
        "kubernetes:core/v1:Secret", "url",
        {"metadata": {"name": "url"}, "stringData": {"DATABASE_URL": "postgresql://h.example.com/?sslmode=disable"}},
    )  # fmt: skip
    stack = (database, off, url)
    assert (
        client(envFrom=[{"configMapRef": {"name": "off"}, "prefix": "DB_"}], others=stack).verdict
        is Verdict.FAIL
    )
    assert client(envFrom=[{"secretRef": {"name": "url"}}], others=stack).verdict is Verdict.FAIL
    assert client(envFrom=[{"secretRef": {"name": "elsewhere"}}], others=stack).verdict is Verdict.UNKNOWN
    one = {"name": "DB_SSL", "valueFrom": {"configMapKeyRef": {"name": "off", "key": "SSL"}}}
    assert client(one, others=stack).verdict is Verdict.FAIL
    overridden = client(
        var("DB_SSL", "true"), envFrom=[{"configMapRef": {"name": "off"}, "prefix": "DB_"}], others=stack
    )
    assert overridden.verdict is Verdict.PASS


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_manifests_of_any_shape_are_survived(nonsense: Any) -> None:
    specs: list[Any] = [
        nonsense,
        {"containers": nonsense},
        {"containers": [{"env": nonsense, "envFrom": nonsense}]},
        {"containers": [{"env": [{"name": "DB_SSL", "value": nonsense, "valueFrom": nonsense}]}]},
        {"containers": [{"envFrom": [{"configMapRef": nonsense, "prefix": nonsense}]}]},
    ]
    pods = [
        resource("kubernetes:core/v1:Pod", f"p{index}", {"spec": spec}) for index, spec in enumerate(specs)
    ]
    holder = resource("kubernetes:core/v1:ConfigMap", "c", {"metadata": nonsense, "data": nonsense})
    assert not [
        found for found in RULE.check(Graph([*pods, holder, database])) if "itself failed" in found.text
    ]


BASE = """
import pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s

def cluster(name, force=None, major="17", engine="aurora-postgresql", version=None):
    parameters = [] if force is None else [{"name": "rds.force_ssl", "value": force}]
    group = aws.rds.ClusterParameterGroup(f"{name}-group", family=engine + major, parameters=parameters)
    return aws.rds.Cluster(name, engine=engine, engine_version=version, db_cluster_parameter_group_name=group.name)

def pod(name, env=(), **container):
    env = [{"name": key, "value": value} for key, value in dict(env).items()]
    k8s.apps.v1.Deployment(name, spec={"selector": {}, "template": {"spec": {
        "containers": [{"name": "app", "image": "example.com/app:1", "env": env, **container}]}}})

config = k8s.core.v1.ConfigMap("config", data={"PGSSLMODE": "disable"})
"""
WRONG = {
    "off": 'cluster("off", "0")',
    "old": 'cluster("old", major="16")',
    "old-default-group": 'aws.rds.Cluster("old-default-group", engine="aurora-postgresql", engine_version="16.9")',
    "instance": """
        off = aws.rds.ParameterGroup("off", family="postgres17", parameters=[{"name": "rds.force_ssl", "value": "0"}])
        aws.rds.Instance("instance", engine="postgres", instance_class="db.r6g.large", parameter_group_name=off.name)""",
    "pod": 'pod("pod", {"DB_SSL": "false"})',
    "config-map": 'pod("config-map", env_from=[{"config_map_ref": {"name": config.metadata.name}}])',
    "concat": (
        'pod("concat", {"PGSSLMODE": "disable", "DATABASE_URL": pulumi.Output.concat("postgresql://", shop.endpoint, "/shop")})'
    ),
}
RIGHT = {
    "forced": 'shop = cluster("forced", "1", "16")',
    "by-default": 'cluster("by-default")',
    "new-default-group": 'aws.rds.Cluster("new-default-group", engine="aurora-postgresql", engine_version="17.4")',
    "mysql": 'aws.rds.Cluster("mysql", engine="aurora-mysql")',
    "verified": 'pod("verified", {"PGSSLMODE": "verify-full", "DB_HOST": shop.endpoint})',
    "no-client": 'pod("no-client", {"LOG_LEVEL": "info"})',
    "pooler": 'pod("pooler", {"DATABASE_URL": "postgresql://localhost:6432/shop?sslmode=disable"})',
}
UNKNOWNS = {
    "no-version": 'aws.rds.Cluster("no-version", engine="aurora-postgresql")',
    "unknown-url": 'pod("unknown-url", {"DATABASE_URL": pulumi.Output.concat("postgresql://", shop.endpoint, "/shop")})',
    "external": 'pod("external", env_from=[{"secret_ref": {"name": "made-elsewhere"}}])',
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*RIGHT.values(), *WRONG.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
