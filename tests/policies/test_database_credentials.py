"""`database-credentials` on plain programs: what is written out, what a resource makes, what configuration says."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from incidents.graph import Graph
from incidents.passwords import configured, in_secret, in_text, in_variable
from incidents.rule import Verdict
from incidents.rules.database_credentials import RULE, SHOWN, STORES
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

SECRET = "hunter2"
made = resource("random:index/randomPassword:RandomPassword", "made")
database = resource(
    "aws:rds/cluster:Cluster", "db", {"masterUsername": "doaadmin", "manageMasterUserPassword": True}
)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DB_PASSWORD", SECRET, True),
        ("PGPASSWORD", SECRET, True),
        ("db.password", SECRET, True),
        ("DB_PWD", SECRET, True),
        ("REDIS_AUTH_TOKEN", SECRET, True),
        ("DB_PASSWORD", UNKNOWN, True),
        ("DATABASE_URL", f"postgresql://shop:{SECRET}@db.example.com/shop", True),
        ("DATABASE_URL", "postgresql://shop:$(DB_PASSWORD)@db.example.com/shop", False),
        ("DATABASE_URL", "postgresql://db.example.com/shop", False),
        ("DB_PASSWORD", "$(FROM_SECRET)", False),
        ("DB_PASSWORD", "", False),
        ("DB_PASSWORD_FILE", "/run/secrets/db", False),
        ("DB_PASSWORD_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db", False),
        ("ALLOW_EMPTY_PASSWORD", "yes", False),
        ("PWD", "/app", False),
        ("PASSWORD_MIN_LENGTH", "12", False),
    ],
)
def test_variables(name: str, value: Any, expected: bool) -> None:
    assert bool(in_variable(name, value)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"export PGPASSWORD={SECRET}", True),
        (f"psql -c \"CREATE ROLE shop PASSWORD '{SECRET}'\"", True),
        (f"ALTER USER shop IDENTIFIED BY '{SECRET}'", True),
        (f"redis-cli -u redis://:{SECRET}@cache", True),
        ("export PGPASSWORD=$DB_PASSWORD", False),
        ("psql -c \"CREATE ROLE shop PASSWORD '$DB_PASSWORD'\"", False),
        ("PGPASSWORD=$(aws secretsmanager get-secret-value --secret-id db)", False),
        ("echo change your password please", False),
    ],
)
def test_texts(text: str, expected: bool) -> None:
    assert bool(in_text(text, "command")) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SECRET, True),
        (json.dumps({"username": "shop", "password": SECRET}), True),
        (json.dumps({"username": "shop", "host": "db.example.com"}), False),
        ("change-me", False),
        ("PLACEHOLDER", False),
        ("{}", False),
    ],
)
def test_secrets(text: str, expected: bool) -> None:
    assert in_secret(text) is expected


def test_configuration_is_read_to_its_depth() -> None:
    config = {"case:db": json.dumps({"password": SECRET}), "aws:region": "eu-west-1"}
    assert SECRET in configured({"PULUMI_CONFIG": json.dumps(config)})
    assert configured({}) == frozenset()


def test_what_a_resource_made_passes_and_no_message_shows_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    props = {"masterPassword": SECRET}
    written = resource("aws:rds/cluster:Cluster", "db", props)
    found = findings(RULE, written)["db"]
    assert found.verdict is Verdict.FAIL
    assert SECRET not in found.text
    assert (
        verdict(RULE, resource("aws:rds/cluster:Cluster", "db", props, {"masterPassword": [made]}), made)
        is Verdict.PASS
    )
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"case:password": SECRET}))
    assert verdict(RULE, written) is Verdict.UNKNOWN


def workload(kind: str, **env: str) -> Any:
    spec = {
        "containers": [{"name": "app", "env": [{"name": key, "value": value} for key, value in env.items()]}]
    }
    return resource(f"kubernetes:x/v1:{kind}", "app", {"kind": kind, "spec": {"template": {"spec": spec}}})


def test_only_a_job_logs_in_as_the_master_user() -> None:
    assert verdict(RULE, workload("Deployment", DB_USER="doaadmin"), database) is Verdict.FAIL
    assert verdict(RULE, workload("Job", DB_USER="doaadmin"), database) is Verdict.PASS
    assert verdict(RULE, workload("Deployment", DB_USER="shop"), database) is Verdict.PASS


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    odd = [
        resource(type_, f"{index}-{prop}", {prop: nonsense, "type": "SecureString"})
        for index, (type_, props) in enumerate({**STORES, **SHOWN}.items())
        for prop in props
    ]
    pods = [
        resource("kubernetes:core/v1:Pod", str(index), {"spec": spec})
        for index, spec in enumerate(
            [nonsense, {"containers": nonsense}, {"containers": [{"env": nonsense, "args": nonsense}]}]
        )
    ]
    maps = [resource("kubernetes:core/v1:ConfigMap", "map", {"data": nonsense})]
    assert not [found for found in RULE.check(Graph([*odd, *pods, *maps])) if "itself failed" in found.text]


BASE = """
import json, pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s, pulumi_random as random

made = random.RandomPassword("made", length=32)
config = pulumi.Config()

def cluster(name, **said):
    return aws.rds.Cluster(name, engine="aurora-postgresql", master_username="doaadmin", **said)

def container(env=(), **said):
    env = [{"name": key, "value": value} for key, value in dict(env).items()]
    return {"name": "app", "image": "example.com/app:1", "env": env, **said}

def pod(name, env=(), **said):
    k8s.apps.v1.Deployment(name, spec={"selector": {}, "template": {"spec": {"containers": [container(env, **said)]}}})

def job(name, env=(), **said):
    k8s.batch.v1.Job(name, spec={"template": {"spec": {"containers": [container(env, **said)]}}})

def secret(name, text):
    return aws.secretsmanager.SecretVersion(name, secret_id=name, secret_string=text)
"""
WRONG = {
    "literal": 'cluster("literal", master_password="hunter2")',
    "marked": 'cluster("marked", master_password=pulumi.Output.secret("hunter2"))',
    "write-only": 'cluster("write-only", master_password_wo="hunter2", master_password_wo_version=1)',
    "instance": 'aws.rds.Instance("instance", engine="postgres", instance_class="db.r6g.large", username="u", password="hunter2")',
    "token": """
        aws.elasticache.ReplicationGroup("token", description="a cache", transit_encryption_enabled=True,
                                         auth_token="hunter2hunter2hunter2")""",
    "version": 'secret("version", json.dumps({"username": "shop", "password": "hunter2"}))',
    "kubernetes": 'k8s.core.v1.Secret("kubernetes", string_data={"DB_PASSWORD": "hunter2"})',
    "parameter": 'aws.ssm.Parameter("parameter", type="SecureString", value="hunter2")',
    "config-map": 'k8s.core.v1.ConfigMap("config-map", data={"DB_PASSWORD": "hunter2"})',
    "env": 'pod("env", {"DB_PASSWORD": "hunter2"})',
    "made-env": 'pod("made-env", {"DB_PASSWORD": made.result})',
    "url": 'pod("url", {"DATABASE_URL": "postgresql://shop:hunter2@db.example.com/shop"})',
    "args": """job("args", args=["psql", "-c", "CREATE ROLE shop PASSWORD 'hunter2'"])""",
    "user-data": 'aws.ec2.LaunchTemplate("user-data", user_data="#!/bin/sh\\nexport DB_PASSWORD=hunter2\\n")',
    "master": 'pod("master", {"DB_USER": "doaadmin"})',
}
RIGHT = {
    "managed": 'right = cluster("managed", manage_master_user_password=True)',
    "random": 'cluster("random", master_password=made.result)',
    "made-secret": 'secret("made-secret", pulumi.Output.json_dumps({"username": "shop", "password": made.result}))',
    "made-kubernetes": 'k8s.core.v1.Secret("made-kubernetes", string_data={"DB_PASSWORD": made.result})',
    "placeholder": 'secret("placeholder", "change-me")',
    "plain-parameter": 'aws.ssm.Parameter("plain-parameter", type="String", value="eu-west-1")',
    "reference": """
        pod("reference", env=(), env_from=[{"secret_ref": {"name": "made-elsewhere"}}])""",
    "file": 'pod("file", {"DB_PASSWORD_FILE": "/run/secrets/db", "DB_USER": "shop"})',
    "bootstrap": 'job("bootstrap", {"DB_USER": "doaadmin"}, args=["psql", "-c", "CREATE ROLE shop PASSWORD :pw"])',
    "settings": 'k8s.core.v1.ConfigMap("settings", data={"PASSWORD_MIN_LENGTH": "12"})',
}
UNKNOWNS = {
    "host": 'k8s.core.v1.Secret("host", string_data={"DB_HOST": right.endpoint})',
    "configured": 'cluster("configured", master_password=config.require_secret("password"))',
    "beside": 'secret("beside", right.endpoint.apply(lambda host: json.dumps({"host": host, "password": "?"})))',
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    cases = [*RIGHT.values(), *WRONG.values(), *UNKNOWNS.values()]
    with_config = partial(make_rehearsal, config={"case:password": f"{SECRET}-configured"})
    result = preview(with_config, BASE, cases)
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
    assert SECRET not in result.output
