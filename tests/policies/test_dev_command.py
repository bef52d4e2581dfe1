"""`dev-command` on recorded resources; a preview of it is in `test_workload_rules.py`."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.rule import Verdict
from incidents.rules.dev_command import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.manifests import container, env, manifest, pods
from tests.policies.stacks import verdict


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["npm", "run", "dev"], Verdict.FAIL),
        (["sh", "-c", "exec yarn dev"], Verdict.FAIL),
        (["npm", "run", "start:dev"], Verdict.FAIL),
        (["nodemon", "server.js"], Verdict.FAIL),
        (["./node_modules/.bin/nodemon", "server.js"], Verdict.FAIL),
        (["python", "manage.py", "runserver", "0.0.0.0:8000"], Verdict.FAIL),
        (["python", "/app/manage.py", "runserver"], Verdict.FAIL),
        (["uvicorn", "app:app", "--reload"], Verdict.FAIL),
        (["npx", "next", "dev"], Verdict.FAIL),
        (["npm", "run", "start"], Verdict.PASS),
        (["npm", "run", "dev:seed-of-the-year"], Verdict.PASS),
        (["python", "manage.py", "migrate"], Verdict.PASS),
        (["gunicorn", "app", "--reload-engine", "poll"], Verdict.PASS),
        (["config-reloader", "--reload-url=http://localhost:9090/-/reload"], Verdict.PASS),
        (["next", "start"], Verdict.PASS),
        (["ls", "/dev"], Verdict.PASS),
        (UNKNOWN, Verdict.UNKNOWN),
        (None, Verdict.PASS),
    ],
)
def test_commands(command: Any, expected: Verdict) -> None:
    assert verdict(RULE, pods(container(command=command))) is expected
    assert verdict(RULE, pods(container(args=command), kind="CronJob")) is expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"NODE_ENV": "development"}, Verdict.FAIL),
        ({"RAILS_ENV": "development"}, Verdict.FAIL),
        ({"FLASK_DEBUG": "1"}, Verdict.FAIL),
        ({"NODE_ENV": "production"}, Verdict.PASS),
        ({"FLASK_DEBUG": "0"}, Verdict.PASS),
        ({"LOG_LEVEL": "development"}, Verdict.PASS),
        ({"NODE_ENV": UNKNOWN}, Verdict.UNKNOWN),
    ],
)
def test_modes(variables: dict[str, Any], expected: Verdict) -> None:
    assert verdict(RULE, pods(container(env=env(**variables)))) is expected


def test_a_mode_from_a_config_map() -> None:
    config = manifest("ConfigMap", "modes", data={"NODE_ENV": "development"})
    client = pods(container(envFrom=[{"configMapRef": {"name": "modes"}}]))
    assert verdict(RULE, client, config) is Verdict.FAIL
