"""`service-database`, `schema-migration` and `job-immutability` share this stack: one server, one Job, its clients."""

from __future__ import annotations

from typing import Any

import pytest

from database_bootstrap import DatabaseSpec, render
from incidents.graph import Graph
from incidents.rule import Verdict
from incidents.rules.job_immutability import RULE as IMMUTABILITY
from incidents.rules.schema_migration import ANNOTATION
from incidents.rules.schema_migration import RULE as MIGRATION
from incidents.rules.service_database import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import resource, verdict

server = resource(
    "aws:rds/cluster:Cluster",
    "db",
    {"engine": "aurora-postgresql", "databaseName": "first", "masterUsername": "boss"},
)
HOST = "db.eu-west-1.rds.example.com"


def pods(kind: str, name: str, *said: dict[str, Any], metadata: Any = None, **spec: Any) -> Any:
    containers = {"containers": [{"name": "app", "image": "shop:1", **item} for item in said]}
    props = {
        "kind": kind,
        "metadata": {"name": name, **(metadata or {})},
        "spec": {"template": {"spec": {**containers, **spec}}},
    }
    return resource(f"kubernetes:{'batch' if kind == 'Job' else 'apps'}/v1:{kind}", name, props)


def env(**variables: Any) -> dict[str, Any]:
    return {"env": [{"name": name, "value": value} for name, value in variables.items()]}


def job(*command: Any, **variables: Any) -> Any:
    return pods("Job", "job", {"command": list(command), **env(**variables)})


def app(**variables: Any) -> Any:
    return pods("Deployment", "app", env(**{"DB_HOST": HOST, **variables}))


SHOP = job("sh", "-c", "psql -c 'CREATE ROLE shop LOGIN' -c 'CREATE DATABASE shop_db OWNER shop'")


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        (app(DB_NAME="shop_db", DB_USER="shop"), Verdict.PASS),
        (app(DB_NAME="ops_db"), Verdict.FAIL),
        (app(DB_NAME="shop_db", DB_USER="other"), Verdict.FAIL),
        (app(ORDERS_DATABASE_NAME="ops_db"), Verdict.FAIL),
        (app(PGDATABASE="first"), Verdict.PASS),
        (app(POSTGRES_DB="ops_db"), Verdict.FAIL),
        (app(DATABASE_URL=f"postgresql://shop:$(P)@{HOST}/shop_db?sslmode=require"), Verdict.PASS),
        (app(DATABASE_URL=f"postgresql://shop:$(P)@{HOST}/ops_db"), Verdict.FAIL),
        (app(DATABASE_URL=f"postgresql://other:$(P)@{HOST}/shop_db"), Verdict.FAIL),
        (app(DATABASE_URL="postgresql://$(DB_HOST)/$(DB_NAME)", DB_NAME="ops_db"), Verdict.FAIL),
        (app(DATABASE_URL="postgresql://$(DB_HOST)/$(ELSEWHERE)"), Verdict.UNKNOWN),
        (app(DATABASE_URL=UNKNOWN), Verdict.UNKNOWN),
        (app(DB_NAME=UNKNOWN), Verdict.UNKNOWN),
        (app(DB_HOST="pgbouncer", DB_NAME="ops_db"), Verdict.NOT_APPLICABLE),
        (pods("StatefulSet", "app", env(POSTGRES_DB="ops_db")), Verdict.NOT_APPLICABLE),
        (pods("Deployment", "app", {}), Verdict.NOT_APPLICABLE),
    ],
)
def test_what_a_workload_asks_for(client: Any, expected: Verdict) -> None:
    assert verdict(RULE, client, SHOP, server) is expected


CLIENT = app(DB_NAME="shop_db", DB_USER="shop")


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([job("createuser --login shop && createdb -O shop shop_db")], Verdict.PASS),
        ([job('create user "shop"; create database "shop_db"')], Verdict.PASS),
        ([job('create user shop; create database "SHOP_DB"')], Verdict.FAIL),
        ([job("CREATE USER SHOP; CREATE DATABASE $DB", DB="shop_db")], Verdict.PASS),
        ([job("CREATE USER shop; CREATE DATABASE $i")], Verdict.UNKNOWN),
        ([job(UNKNOWN)], Verdict.UNKNOWN),
        ([], Verdict.FAIL),
        (
            [
                resource("postgresql:index/database:Database", "d", {"name": "shop_db"}),
                resource("postgresql:index/role:Role", "r", {"name": "shop"}),
            ],
            Verdict.PASS,
        ),
    ],
)
def test_what_is_provisioned(others: list[Any], expected: Verdict) -> None:
    assert verdict(RULE, CLIENT, server, *others) is expected


def test_the_table_of_the_bootstrap_job() -> None:
    files = render([DatabaseSpec(name="shop_db", owner="shop", read_only=None)])
    table = resource(
        "kubernetes:core/v1:ConfigMap", "files", {"metadata": {"name": "files"}, "data": dict(files)}
    )
    mounted = pods("Job", "job", {}, volumes=[{"name": "files", "configMap": {"name": "files"}}])
    assert verdict(RULE, CLIENT, server, mounted, table) is Verdict.PASS
    assert verdict(RULE, app(DB_NAME="ops_db"), server, mounted, table) is Verdict.FAIL
    assert verdict(RULE, CLIENT, server, table) is Verdict.FAIL


def test_a_database_elsewhere_is_undecided() -> None:
    assert verdict(RULE, CLIENT) is Verdict.UNKNOWN


MIGRATE = {"command": ["alembic", "upgrade", "head"]}


@pytest.mark.parametrize(
    ("client", "others", "expected"),
    [
        (CLIENT, [], Verdict.FAIL),
        (CLIENT, [pods("Job", "job", MIGRATE)], Verdict.PASS),
        (CLIENT, [pods("Job", "job", {**MIGRATE, "image": "other:1"})], Verdict.FAIL),
        (CLIENT, [pods("Job", "job", {"command": ["seed"]})], Verdict.FAIL),
        (CLIENT, [pods("Job", "job", {"command": UNKNOWN})], Verdict.UNKNOWN),
        (CLIENT, [pods("Job", "job", {"command": ["bin/tables"]}, metadata={"annotations": {ANNOTATION: "runs"}})], Verdict.PASS),
        (CLIENT, [pods("Job", "job", {"image": "other:1"}, metadata={"annotations": {ANNOTATION: "runs"}})], Verdict.FAIL),
        (pods("Deployment", "app", env(DB_HOST=HOST), initContainers=[MIGRATE]), [], Verdict.PASS),
        (pods("Deployment", "app", env(DB_HOST=HOST), metadata={"annotations": {ANNOTATION: "none"}}), [], Verdict.PASS),
        (
            pods("Deployment", "app", env(DB_HOST=HOST), metadata={"labels": {"app": "shop"}}),
            [pods("Job", "job", {**MIGRATE, "image": "other:1"}, metadata={"labels": {"app": "shop"}})],
            Verdict.PASS,
        ),
        (pods("Deployment", "app", {}), [], Verdict.NOT_APPLICABLE),
    ],
)  # fmt: skip
def test_migrations(client: Any, others: list[Any], expected: Verdict) -> None:
    assert verdict(MIGRATION, client, *others) is expected


@pytest.mark.parametrize(
    ("metadata", "spec", "expected"),
    [
        ({"name": "migrate"}, {}, Verdict.FAIL),
        ({"name": "migrate-v2"}, {}, Verdict.FAIL),
        ({"name": "shop-databases"}, {}, Verdict.FAIL),
        ({"name": "migrate-1f3a9c02be"}, {}, Verdict.PASS),
        ({"name": "migrate-x7k2p9"}, {}, Verdict.PASS),
        ({"name": "migrate-1f3a9c02be"}, {"ttlSecondsAfterFinished": 60.0}, Verdict.FAIL),
        ({"name": "migrate", "annotations": {"pulumi.com/autonamed": "true"}}, {}, Verdict.PASS),
        ({"generateName": "migrate-"}, {}, Verdict.PASS),
        ({"name": UNKNOWN}, {}, Verdict.UNKNOWN),
    ],
)
def test_jobs(metadata: Any, spec: Any, expected: Verdict) -> None:
    made = resource("kubernetes:batch/v1:Job", "job", {"metadata": metadata, "spec": spec})
    assert verdict(IMMUTABILITY, made) is expected


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    shapes = [nonsense, {"template": {"spec": nonsense}}, {"template": {"spec": {"containers": nonsense}}}]
    odd = [
        resource(f"kubernetes:x/v1:{kind}", f"{kind}-{index}", {"kind": kind, "spec": shape, "metadata": nonsense})
        for kind in ("Job", "CronJob", "Deployment", "Pod")
        for index, shape in enumerate(shapes)
    ]  # fmt: skip
    maps = [resource("kubernetes:core/v1:ConfigMap", "map", {"data": nonsense})]
    graph = Graph([*odd, *maps, server])
    for rule in (RULE, MIGRATION, IMMUTABILITY):
        assert not [found for found in rule.check(graph) if "itself failed" in found.text]


BASE = """
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
server = aws.rds.Cluster("db", engine="aurora-postgresql", engine_version="17.4", master_username="boss",
    manage_master_user_password=True, skip_final_snapshot=True)
def template(image, command=None, **env):
    env = [{"name": name, "value": value} for name, value in env.items()]
    return {"metadata": {"labels": {"app": image}}, "spec": {"restart_policy": "Never" if command else "Always",
        "containers": [{"name": "app", "image": image, "command": command, "env": env}]}}
def deployment(name, database):
    kubernetes.apps.v1.Deployment(name, metadata={"name": name}, spec={"selector": {"match_labels": {"app": name}},
        "template": template(name, DB_HOST=server.endpoint, DB_NAME=database)})
def job(resource, name, image, *command):
    kubernetes.batch.v1.Job(resource, metadata={"name": name} if name else {},
        spec={"template": template(image, list(command))})
job("databases", "databases-1f3a9c02be", "postgres", "psql", "-c", "CREATE DATABASE shop_db")
job("migrate", "migrate", "shop", "npm", "run", "migrate")
job("automatic", None, "other", "true")
deployment("shop", "shop_db")
deployment("ops", "ops_db")
deployment("later", server.id)
"""


@pytest.mark.engine
def test_in_a_preview(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [])
    assert failed(result, RULE) == {"ops"}
    assert undecided(result, RULE) == {"later"}
    assert failed(result, MIGRATION) == {"ops", "later"}
    levels = {level: failed(result, IMMUTABILITY, level) for level in ("mandatory", "advisory")}
    assert set().union(*levels.values()) == {"migrate"}
