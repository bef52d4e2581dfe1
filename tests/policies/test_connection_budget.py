"""`connection-budget` on plain programs: pools of workloads against what their database takes."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.databases import CLUSTER, CLUSTER_GROUP, CLUSTER_INSTANCE
from incidents.graph import Graph
from incidents.rule import Verdict
from incidents.rules.connection_budget import OPERATIONS_CONNECTIONS, RESERVED, RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource

group = resource(
    CLUSTER_GROUP, "group",
    {"name": "group-1", "family": "aurora-postgresql17", "parameters": [{"name": "max_connections", "value": "100"}]},
)  # fmt: skip
database = resource(
    CLUSTER,
    "db",
    {"engine": "aurora-postgresql", "clusterIdentifier": "db", "dbClusterParameterGroupName": "group-1"},
)
instance = resource(CLUSTER_INSTANCE, "one", {"clusterIdentifier": "db", "instanceClass": "db.r6g.large"})
SERVER = (database, instance, group)
ROOM = 100 - RESERVED - OPERATIONS_CONNECTIONS.default


def workload(kind: str = "Deployment", env: Any = None, **spec: Any) -> Any:
    said: dict[str, Any] = {"DB_HOST": "db.example.com", "DB_POOL_SIZE": "5", **(env or {})}
    variables = [{"name": name, "value": value} for name, value in said.items() if value is not None]
    template = {"spec": {"containers": [{"name": "app", "env": variables}]}}
    props = {
        "kind": kind,
        "metadata": {"name": "app"},
        "spec": {"replicas": 1.0, **spec, "template": template},
    }
    return resource(f"kubernetes:apps/v1:{kind}", "app", props)


def judged(app: Any, *others: Any) -> tuple[Verdict, Verdict]:
    """The verdicts on the workload and on the database."""
    found = findings(RULE, app, *SERVER, *others)
    return found["app"].verdict, found["db"].verdict


def scaler(count: int) -> Any:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "app"}, "maxReplicas": float(count)}
    return resource(
        "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
        "scaler",
        {"kind": "HorizontalPodAutoscaler", "spec": spec},
    )


@pytest.mark.parametrize(
    ("app", "pods"),
    [
        (workload(), 2),
        (workload(replicas=4.0), 5),
        (workload(replicas=4.0, strategy={"type": "Recreate"}), 4),
        (workload(replicas=4.0, strategy={"rollingUpdate": {"maxSurge": 3.0}}), 7),
        (workload(replicas=4.0, strategy={"rollingUpdate": {"maxSurge": "50%"}}), 6),
        (workload("StatefulSet", replicas=4.0), 4),
        (workload("Job", parallelism=3.0), 3),
    ],
)
def test_replicas_and_surge_times_pool_must_fit(app: Any, pods: int) -> None:
    spec = app.props["spec"]["template"]["spec"]["containers"][0]["env"]
    for pool, expected in ((ROOM // pods, Verdict.PASS), (ROOM // pods + 1, Verdict.FAIL)):
        spec[1]["value"] = str(pool)
        assert judged(app) == (Verdict.PASS, expected)


def test_an_autoscaler_counts_at_its_most() -> None:
    assert judged(workload(), scaler(3)) == (Verdict.PASS, Verdict.PASS)
    assert judged(workload(), scaler(40)) == (Verdict.PASS, Verdict.FAIL)
    named = findings(RULE, workload(), *SERVER, scaler(40))["db"].text
    assert "takes 100 connections" in named
    assert "50 pods x 5" in named


@pytest.mark.parametrize(
    "env",
    [
        {"DB_POOL_SIZE": None, "DB_POOL_MAX": "50"},
        {"DB_POOL_SIZE": None, "DATABASE_POOL_SIZE": "50"},
        {"DB_POOL_SIZE": None, "PG_MAX_CONNECTIONS": "50"},
        {"DB_POOL_SIZE": None, "DATABASE_URL": "postgresql://db.example.com/shop?connection_limit=50"},
        {"DB_POOL_SIZE": "5", "DB_MAX_OVERFLOW": "45"},
        {"DB_POOL_SIZE": "50", "DB_MAX_OPEN_CONNS": "$(DB_POOL_SIZE)"},
        {"DB_POOL_SIZE": None, "LIMIT": "5", "DB_POOL_MAX": "$(LIMIT)0"},
    ],
)
def test_spellings_of_a_pool(env: dict[str, Any]) -> None:
    assert judged(workload(env=env)) == (Verdict.PASS, Verdict.FAIL)


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (workload(env={"DB_POOL_SIZE": None}), (Verdict.UNKNOWN, Verdict.UNKNOWN)),
        (workload(env={"DB_POOL_SIZE": UNKNOWN}), (Verdict.UNKNOWN, Verdict.UNKNOWN)),
        (
            workload(env={"DB_POOL_SIZE": None, "LIMIT": UNKNOWN, "DB_POOL_MAX": "$(LIMIT)"}),
            (Verdict.UNKNOWN, Verdict.UNKNOWN),
        ),
        (workload(env={"DB_POOL_SIZE": "$(LIMIT)", "LIMIT": "5"}), (Verdict.UNKNOWN, Verdict.UNKNOWN)),
        (workload(env={"DB_POOL_SIZE": "$$(LIMIT)"}), (Verdict.UNKNOWN, Verdict.UNKNOWN)),
        (workload("DaemonSet"), (Verdict.UNKNOWN, Verdict.UNKNOWN)),
        (workload("Job", {"DB_POOL_SIZE": None}), (Verdict.PASS, Verdict.PASS)),
        (workload(env={"DB_HOST": "pgbouncer"}), (Verdict.NOT_APPLICABLE, Verdict.NOT_APPLICABLE)),
        (workload(env={"DB_HOST": None}), (Verdict.NOT_APPLICABLE, Verdict.NOT_APPLICABLE)),
    ],
)
def test_other_workloads(app: Any, expected: tuple[Verdict, Verdict]) -> None:
    assert judged(app) == expected


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    odd = [
        workload(replicas=nonsense),
        workload(strategy=nonsense),
        workload(strategy={"rollingUpdate": {"maxSurge": nonsense}}),
        workload(env={"DB_POOL_SIZE": nonsense}),
    ]
    scale = resource("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "s", {"spec": {"maxReplicas": nonsense,
                     "scaleTargetRef": {"name": "app", "kind": "Deployment"}}})  # fmt: skip
    server = resource(
        CLUSTER, "db", {"engine": "aurora-postgresql", "serverlessv2ScalingConfiguration": nonsense}
    )
    for app in (*odd, workload()):
        for others in (SERVER, (*SERVER, scale), (server,)):
            assert not [found for found in RULE.check(Graph([app, *others])) if "itself failed" in found.text]


BASE = """
import pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s

def cluster(name, *classes, max_connections=None, **said):
    parameters = [{"name": "max_connections", "value": str(max_connections)}] if max_connections else []
    group = aws.rds.ClusterParameterGroup(f"{name}-group", family="aurora-postgresql17", parameters=parameters)
    made = aws.rds.Cluster(name, engine="aurora-postgresql", engine_version="17.4", db_cluster_parameter_group_name=group.name, **said)
    for number, kind in enumerate(classes):
        aws.rds.ClusterInstance(f"{name}-{number}", cluster_identifier=made.id, engine="aurora-postgresql", instance_class=kind)
    return made

def pod(name, database, pool=10, replicas=2, **env):
    env = {"DB_HOST": database.endpoint, **({"DB_POOL_SIZE": str(pool)} if pool else {}), **env}
    env = [{"name": key, "value": value} for key, value in env.items()]
    return k8s.apps.v1.Deployment(name, spec={"replicas": replicas, "selector": {}, "template": {"spec": {
        "containers": [{"name": "app", "image": "example.com/app:1", "env": env}]}}})

def scaled(deployment, most):
    k8s.autoscaling.v2.HorizontalPodAutoscaler("most", spec={"min_replicas": 1, "max_replicas": most, "scale_target_ref": {
        "api_version": "apps/v1", "kind": "Deployment", "name": deployment.metadata.name}})
"""
WRONG = {
    "large": 'pod("many", cluster("large", "db.r6g.large"), pool=50, replicas=40)',
    "smallest-counts": 'pod("two", cluster("smallest-counts", "db.r6g.4xlarge", "db.t4g.medium"), pool=50, replicas=10)',
    "said": 'pod("said-app", cluster("said", "db.r6g.large", max_connections=100), pool=50)',
    "serverless": """
        pod("acu", cluster("serverless", "db.serverless", serverlessv2_scaling_configuration={"min_capacity": 0.5, "max_capacity": 1}),
            pool=50, replicas=4)""",
    "scaled": 'scaled(pod("hpa", cluster("scaled", "db.t4g.medium"), pool=20), 30)',
    "shared": """
        busy = cluster("shared", "db.t4g.medium")
        for number in range(8):
            pod(f"service-{number}", busy, pool=20)""",
    "config-map": """
        other = cluster("config-map", "db.t4g.medium")
        values = k8s.core.v1.ConfigMap("values", data={"DB_HOST": other.endpoint, "DB_POOL_SIZE": "100"})
        k8s.apps.v1.Deployment("mapped", spec={"replicas": 10, "selector": {}, "template": {"spec": {"containers": [{
            "name": "app", "image": "example.com/app:1", "env_from": [{"config_map_ref": {"name": values.metadata.name}}]}]}}})""",
}
RIGHT = {
    "fits": 'fits = cluster("fits", "db.r6g.large", "db.r6g.large"); pod("fitting", fits)',
    "idle": 'cluster("idle", "db.t4g.medium")',
    "mysql": 'aws.rds.Cluster("mysql", engine="aurora-mysql")',
    "pooler": 'k8s.core.v1.Pod("pooler", spec={"containers": [{"name": "app", "env": [{"name": "DB_HOST", "value": "pgbouncer"}]}]})',
    "no-client": 'k8s.core.v1.Pod("no-client", spec={"containers": [{"name": "app", "env": [{"name": "LOG", "value": "info"}]}]})',
}
OPEN = 'pod("no-pool", cluster("open", "db.r6g.large"), pool=None)'


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*RIGHT.values(), *WRONG.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set()


@pytest.mark.engine
def test_a_workload_without_a_pool_leaves_its_database_undecided(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [OPEN, WRONG["said"]])
    assert failed(result, RULE) == {"said"}
    assert undecided(result, RULE) == {"no-pool", "open"}
