"""Passwords that nobody writes, and texts that only look like one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.parts import AURORA, TAGS, configured, told
from tests.incidents.benign.variation import Added, Change, Linked, Place, Variations
from tests.incidents.flips import APP, GONE, Flip, aurora, deployment

MADE: Place = ("RandomPassword", "cache")
SECRET: Place = ("secretsmanager/secret:Secret", "orders")


def master(prop: str) -> list[Change]:
    """The master's password comes from a resource."""
    return [aurora("manageMasterUserPassword", GONE), aurora(prop, UNKNOWN), Linked(AURORA, prop, [MADE])]


def secret(text: Any, *sources: Place) -> list[Change]:
    said = {"secretId": UNKNOWN, "secretString": text}
    return [
        Added("aws:secretsmanager/secretVersion:SecretVersion", "orders", said, {"secretId": SECRET}),
        *([Linked(("SecretVersion", "orders"), "secretString", sources)] if sources else []),
    ]


def cache_user(**said: Any) -> Added:
    props = {"userId": "orders", "userName": "orders", "engine": "redis", "tagsAll": TAGS, **said}
    return Added(
        "aws:elasticache/user:User", "orders", props, {"passwords": MADE} if "passwords" in said else {}
    )


def migration(*arguments: str) -> Sequence[Change]:
    return [Flip("Job", "orders-migration", (*APP, "args"), list(arguments))]


def for_databases(old: str, variable: str, value: str) -> list[Change]:
    """The job that makes the databases has `variable` in place of `old`."""
    place = (*APP, "env", f"@{old}")
    return [Flip("Job", "databases", (*place, key), text) for key, text in (("value", value), ("name", variable))]  # fmt: skip


PARAMETER = {"type": "String", "value": "password=shown-on-the-form", "tagsAll": TAGS}
KUBERNETES_SECRET = {
    "metadata": {"name": "orders-database", "namespace": "shop"},
    "stringData": {"password": UNKNOWN},
}
FUNCTION = {"environment": {"variables": {"DB_SECRET_ARN": UNKNOWN, "DB_USER": "report"}}, "tagsAll": TAGS}
USER_DATA = """\
#!/bin/bash
sed -i 's/^PasswordAuthentication yes/PasswordAuthentication no/' /etc/ssh/sshd_config
PGPASSWORD="$(aws secretsmanager get-secret-value --secret-id shop/report)" psql -f report.sql
"""

VARIATIONS: Variations = {
    "database-credentials": {
        "a master password that a resource made": master("masterPassword"),
        "a master password that no state keeps": master("masterPasswordWo"),
        "a secret with a made password": secret(UNKNOWN, AURORA, MADE),
        "a secret that a person fills later": secret(json.dumps({"username": "orders", "password": "change-me"})),
        "a parameter that is no secret": [Added("aws:ssm/parameter:Parameter", "page", PARAMETER)],
        "a cache's user with a made password": [cache_user(passwords=[UNKNOWN])],
        "a cache's user by IAM": [cache_user(authenticationMode={"type": "iam"})],
        "a Kubernetes secret with a made password": [
            Added("kubernetes:core/v1:Secret", "orders-database", KUBERNETES_SECRET, {"stringData": MADE}),
        ],
        "a file that holds it": told("DB_PASSWORD_FILE", "/run/secrets/database/password"),
        "the secret's ARN": told("DB_PASSWORD_ARN", "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:shop/orders-AbCdEf"),
        "a variable in a URL that the program is given": [
            deployment((*APP, "args"), ["--database-url=postgresql://orders:$(DB_PASSWORD)@$(DB_HOST):5432/orders_db"]),
        ],
        "rules about passwords": configured(PASSWORD_MIN_LENGTH="12", PASSWORD_HASHER="argon2id", RESET_PASSWORD_PATH="/reset"),
        "a switch": told("ALLOW_EMPTY_PASSWORD", "no"),
        "a properties file that names a variable": configured(
            **{"application.properties": "spring.datasource.username=orders\nspring.datasource.password=${DB_PASSWORD}\n"}
        ),
        "a settings file about passwords": configured(
            **{"settings.yaml": "password:\n  min_length: 12\n  reset_after_days: 90\n"}
        ),
        "a job that logs in as the master user": for_databases("PGDATABASE", "PGUSER", "master"),
        "a script that fetches it": migration("export PGPASSWORD=$(aws secretsmanager get-secret-value --secret-id orders)"),
        "a script that reads it from a file": migration('PGPASSWORD="$(cat /run/secrets/password)" npm run migrate'),
        "a file by its path": migration("--from-file=password=/run/secrets/database/password"),
        "psql's variable": migration("-v", "password=$(DB_PASSWORD)", "-c", "ALTER ROLE orders PASSWORD :'password'"),
        "a function that is told where it is": [Added("aws:lambda/function:Function", "report", FUNCTION, {"environment": SECRET})],
        "user data that fetches it": [
            Added("aws:ec2/launchTemplate:LaunchTemplate", "report", {"userData": USER_DATA, "tagsAll": TAGS}),
        ],
    },
}  # fmt: skip
