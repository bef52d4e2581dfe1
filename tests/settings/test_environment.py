"""The environment contract: what services get, what they may set, and how a mistake is answered."""

from __future__ import annotations

from typing import Any

import pytest

from settings.env_names import PRESETS, REFERENCE
from settings.environment import Environment, FromSecret, FromStack, environment
from settings.service_problems import GIVEN_BY
from tests.settings.files import accepted, config_of, refused

ORDER = config_of("prod")["services"]["order-service"]


def declared(**keys: Any) -> dict[str, Any]:
    """Changes that leave prod with one service, `order-service`, that says `keys` too."""
    return {"services": {"order-service": {**ORDER, "callers": [], **keys}}}


def environment_of(**keys: Any) -> Environment:
    settings = accepted(declared(**keys))
    return environment("order-service", settings.services["order-service"], settings.surroundings)


def test_the_contract_of_a_service_with_a_database_and_the_cache() -> None:
    given = environment_of(needs=["redis", "bucket", "queue:late-orders", "topic:events"])
    assert given["DB_HOST"] == FromStack("database")
    assert given["DB_PASSWORD"] == FromSecret("database", "password")
    assert given["DB_SSLMODE"] == "verify-full"
    assert given["REDIS_URL"] == "rediss://:$(REDIS_PASSWORD)@$(REDIS_HOST):$(REDIS_PORT)"
    assert given["CDN_BASE_URL"] == "https://cdn.example.com"
    assert given["UPLOAD_MAX_BYTES"] == str(10 * 2**20)
    assert given["UPLOAD_BUCKET"] == FromStack("bucket")
    assert given["QUEUE_LATE_ORDERS_URL"] == FromStack("queue:late-orders")
    assert given["TOPIC_EVENTS_ARN"] == FromStack("topic:events")
    assert (given["OPENSEARCH_ENABLED"], given["RABBITMQ_ENABLED"]) == ("false", "false")


def test_a_reference_is_to_an_earlier_variable() -> None:
    """Kubernetes fills in only what stands before."""
    for preset in PRESETS:
        seen: set[str] = set()
        for name, value in environment_of(needs=["redis"], env_names=preset).items():
            if isinstance(value, str):
                assert {*REFERENCE.findall(value)} <= seen, name
            seen.add(name)


def test_what_is_absent_has_no_other_name_either() -> None:
    given = environment_of(database=False, env_names="spring", required_env=["SERVER_PORT"])
    assert "SPRING_DATASOURCE_URL" not in given
    assert given["SERVER_PORT"] == "$(PORT)"


def test_a_login_by_iam_has_no_password() -> None:
    given = environment_of(database={"auth": "iam"}, migrate="none")
    assert given["DB_AUTH"] == "iam"
    assert not {"DB_PASSWORD", "DATABASE_URL"} & given.keys()


def test_a_service_may_tune_some_of_it() -> None:
    assert environment_of(env={"NODE_ENV": "staging"})["NODE_ENV"] == "staging"


@pytest.mark.parametrize(
    "variable", ["DB_HOST", "DATABASE_URL", "PGSSLROOTCERT", "REDIS_URL", "UPLOAD_BUCKET", "OPENSEARCH_URL"]
)
def test_each_variable_of_the_contract_is_explained_when_it_is_missing(variable: str) -> None:
    assert any(variable.startswith(start) for start in GIVEN_BY)


@pytest.mark.parametrize(
    ("keys", "key", "said"),
    [
        ({"needs": ["redi"]}, "needs[0]", "Did you mean `redis`?"),
        ({"needs": ["queue:"]}, "needs[0]", "queue:orders"),
        ({"needs": ["queue:Orders"]}, "needs[0]", "names no queue"),
        ({"callers": ["api-gatway"]}, "callers", "is no service of this stack"),
        ({"env": {"STRIPE_API_KEY": "x"}}, "env.STRIPE_API_KEY", "under `secrets`"),
        ({"env": {"HOOK": "https://u:hunter2@example.com"}}, "env.HOOK", "key or a password"),
        ({"env": {"UPSTREAM": "http://localhost:3000"}}, "env.UPSTREAM", "into the pod itself"),
        ({"env": {"SESSION_STORE": "redis://cache:6379"}}, "env.SESSION_STORE", "incident cache-tls"),
        ({"env": {"NODE_ENV": "development"}}, "env.NODE_ENV", "incident dev-command"),
        ({"env": {"DEBUG": "true"}}, "env.DEBUG", "incident dev-command"),
        ({"env": {"CORS_ORIGINS": "*"}}, "env.CORS_ORIGINS", "incident cors-origin"),
        ({"env": {"REPLICA": "shop.abc.ap-northeast-2.rds.amazonaws.com"}}, "env.REPLICA", "`needs`"),
        ({"env": {"PG_OPTIONS": "sslmode=disable"}}, "env.PG_OPTIONS", "incident database-tls"),
        ({"env": {"DB_HOST": "db"}}, "env", "DB_HOST is given by the stack"),
        ({"env": {"a b": "c"}}, "env.a b", "is no name of a variable"),
        ({"secrets": ["DB_PASSWORD"]}, "secrets", "DB_PASSWORD is given by the stack"),
        ({"required_env": ["REDIS_URL"]}, "required_env", "Say needs: [redis]."),
        ({"required_env": ["JWT_SECRET"]}, "required_env", "under `secrets`"),
        ({"env_names": "rails"}, "env_names", "Write 'default', 'django'"),
        ({"env_names": {"names": {"CACHE": "redis"}}}, "env_names.names.CACHE", "$(DB_HOST)"),
        ({"env_names": {"names": {"CACHE": "$(REDIS_URL)"}}}, "env_names.names.CACHE", "needs: [redis]"),
        ({"writable_paths": ["logs"]}, "writable_paths[0]", "'/app/logs'"),
        ({"writable_paths": ["/app"]}, "writable_paths[0]", "an empty folder would be in its place"),
        ({"cron": {"x": {"schedule": "61 * * * *", "command": ["a"]}}}, "cron.x.schedule", "is no schedule"),
        ({"cron": {"x": {"schedule": "* * * *", "command": ["a"]}}}, "cron.x.schedule", "is no schedule"),
        ({"cron": {"x" * 40: {"schedule": "@daily", "command": ["a"]}}}, f"cron.{'x' * 40}", "52 characters"),
        ({"needs": ["postgres"], "database": False, "migrate": None}, "needs", "database: false"),
    ],
)  # fmt: skip
def test_what_is_refused(keys: dict[str, Any], key: str, said: str) -> None:
    (found,) = refused(declared(**keys))
    assert found.startswith(f"plinth:services.order-service.{key}: ")
    assert said in found
    assert "hunter2" not in found


@pytest.mark.parametrize(
    ("need", "changes", "said"),
    [
        ("redis", {"cache": None}, "Add a section `plinth:cache`"),
        ("bucket", {"content.uploads": False}, "Write `uploads: true` under `plinth:content`"),
    ],
)
def test_a_need_that_the_stack_does_not_have(need: str, changes: dict[str, Any], said: str) -> None:
    (found,) = refused({**declared(needs=[need]), **changes})
    assert found.startswith("plinth:services.order-service.needs: ")
    assert said in found


def test_two_services_may_not_share_a_cron_job() -> None:
    def with_cron(name: str) -> dict[str, Any]:
        return {
            **ORDER,
            "callers": [],
            "database": False,
            "cron": {name: {"schedule": "@daily", "command": ["a"]}},
        }

    (found,) = refused({"services": {"shop": with_cron("late-orders"), "shop-late": with_cron("orders")}})
    assert found.startswith(
        "plinth:services.shop-late.cron.orders: shop-late-orders is a CronJob of shop too"
    )


def test_postgres_is_a_database() -> None:
    said = {key: value for key, value in ORDER.items() if key != "database"}
    settings = accepted({"services": {"order-service": {**said, "callers": [], "needs": ["postgres"]}}})
    database = settings.services["order-service"].own_database("order-service")
    assert database
    assert database.name == "order_service"
