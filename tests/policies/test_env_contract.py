"""`env-contract` on recorded resources; a preview of it is in `test_workload_rules.py`."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from incidents.rule import Verdict
from incidents.rules.env_contract import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.manifests import container, env, manifest, pods
from tests.policies.stacks import findings, resource, verdict

RDS = "shop.cluster-x.eu-west-1.rds.amazonaws.com"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, Verdict.NOT_APPLICABLE),
        ({"LOG_LEVEL": "info"}, Verdict.PASS),
        ({"JWT_SECRET": "s3cr3t-of-the-shop"}, Verdict.FAIL),
        ({"STRIPE_API_KEY": "sk_live_0123"}, Verdict.FAIL),
        ({"DB_PASSWORD": UNKNOWN}, Verdict.FAIL),
        ({"AMQP_URL": "amqp://shop:hunter2@rabbitmq:5672"}, Verdict.FAIL),
        ({"DB_PASSWORD": "$(OTHER)", "OTHER": "x"}, Verdict.FAIL),
        ({"DB_PASSWORD_FILE": "/run/secrets/db"}, Verdict.PASS),
        ({"JWT_SECRET": "/run/secrets/jwt"}, Verdict.PASS),
        ({"DB_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db"}, Verdict.PASS),
        ({"ALLOW_EMPTY_PASSWORD": "yes"}, Verdict.PASS),
        ({"NEXT_PUBLIC_MAP_TOKEN": "pk.abc"}, Verdict.PASS),
        ({"MAX_TOKEN": "4096"}, Verdict.PASS),
        ({"DB_HOST": RDS}, Verdict.FAIL),
        ({"DATABASE_URL": f"postgresql://shop:$(PW)@{RDS}/shop"}, Verdict.FAIL),
        ({"REDIS_URL": "rediss://10.0.3.7:6379"}, Verdict.FAIL),
        ({"KAFKA_BROKERS": "kafka:9092,b-1.shop.kafka.eu-west-1.amazonaws.com:9094"}, Verdict.FAIL),
        ({"DB_HOST": UNKNOWN}, Verdict.PASS),
        ({"REDIS_HOST": "redis"}, Verdict.PASS),
        ({"REDIS_URL": "redis://redis.shop.svc.cluster.local:6379"}, Verdict.PASS),
        ({"PAYMENT_API_URL": "https://api.example.com/v1"}, Verdict.PASS),
        ({"SENTRY_DSN": "https://abc@sentry.example.com/1"}, Verdict.PASS),
        ({"DB_NAME": "shop.v2"}, Verdict.PASS),
        ({"DB_HOST": "localhost"}, Verdict.FAIL),
        ({"API_URL": "http://127.0.0.1:3000/v1"}, Verdict.FAIL),
        ({"SELF_URL": "http://localhost:8080/ready"}, Verdict.PASS),
        ({"HOST": "localhost", "LISTEN_ADDR": "127.0.0.1:9", "ALLOWED_HOSTS": "localhost"}, Verdict.PASS),
        ({"NO_PROXY": "localhost,127.0.0.1"}, Verdict.PASS),
        ({"URL": "http://$(NOWHERE)"}, Verdict.FAIL),
        ({"A": "1", "URL": "http://$(A)"}, Verdict.PASS),
        ({"URL": "http://$(A)", "A": "1"}, Verdict.FAIL),
        ({"URL": "http://$(REDIS_SERVICE_HOST) $$(escaped)"}, Verdict.PASS),
    ],
)
def test_variables(variables: dict[str, Any], expected: Verdict) -> None:
    assert verdict(RULE, pods(container(env=env(**variables)))) is expected


def test_a_host_that_a_resource_or_the_configuration_gave(monkeypatch: pytest.MonkeyPatch) -> None:
    database = resource("aws:rds/cluster:Cluster", "db", {"endpoint": RDS})
    client = pods(container(env=env(DB_HOST=RDS)))
    assert (
        verdict(RULE, dataclasses.replace(client, edges={"spec": (database.urn,)}), database) is Verdict.PASS
    )
    assert verdict(RULE, client, database) is Verdict.FAIL
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"case:database": RDS}))
    assert verdict(RULE, client) is Verdict.PASS


def test_localhost_beside_a_container_that_serves_it() -> None:
    client = container(env=env(DB_HOST="localhost", DB_URL="postgres://localhost:5432/shop"))
    proxy = {"name": "pgbouncer", "image": "pgbouncer:1.24", "ports": [{"containerPort": 5432.0}]}
    assert verdict(RULE, pods(client, proxy)) is Verdict.PASS
    assert verdict(RULE, pods(client, {**proxy, "ports": [{"containerPort": 9.0}]})) is Verdict.FAIL
    assert verdict(RULE, pods(client, {**proxy, "ports": None})) is Verdict.PASS


CONFIG = manifest("ConfigMap", "config", data={"host": RDS, "JWT_SECRET": "x"})


def by_key(key: str, **more: Any) -> list[dict[str, Any]]:
    return [{"name": "DB_HOST", "valueFrom": {"configMapKeyRef": {"name": "config", "key": key, **more}}}]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (container(env=by_key("host")), Verdict.PASS),
        (container(env=by_key("hots")), Verdict.FAIL),
        (container(env=by_key("hots", optional=True)), Verdict.PASS),
        (container(env=[*by_key("host"), *env(URL="$(DB_HOST)")]), Verdict.PASS),
        (container(envFrom=[{"configMapRef": {"name": "config"}}], env=env(URL="$(host)")), Verdict.PASS),
        (container(envFrom=[{"configMapRef": {"name": "elsewhere"}}], env=env(URL="$(ANY)")), Verdict.PASS),
        (container(env=UNKNOWN), Verdict.UNKNOWN),
    ],
)
def test_references(said: Any, expected: Verdict) -> None:
    assert verdict(RULE, pods(said), CONFIG) is expected


def test_no_text_shows_a_secret() -> None:
    found = findings(RULE, pods(container(env=env(JWT_SECRET="s3cr3t"))))["shop"]
    assert "JWT_SECRET in container 'app'" in found.text
    assert "s3cr3t" not in found.text
