"""The JSON Schema that editors check stack files with: as fresh as the settings, and no stricter than they are."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from plinth.stack_schema import stack_schema
from tests.conftest import ROOT
from tests.settings.files import REMOVED, Changes, accepted, changed, refused

FILE = ROOT / "schema" / "stack.schema.json"
STACK_FILES = sorted(ROOT.glob("Pulumi.*.yaml"))


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads(FILE.read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_file_is_fresh() -> None:
    assert json.loads(FILE.read_text()) == stack_schema(), "stale: run `make schema`"


@pytest.mark.parametrize("file", STACK_FILES, ids=lambda file: file.name)
def test_our_stack_files_are_valid_and_name_their_schema(file: Any, validator: Draft202012Validator) -> None:
    text = file.read_text()
    assert text.startswith("# yaml-language-server: $schema=schema/stack.schema.json\n")
    assert list(validator.iter_errors(yaml.safe_load(text))) == []


def errors(validator: Draft202012Validator, changes: Changes) -> list[str]:
    config = {f"plinth:{key}": value for key, value in changed(changes).items()}
    config["aws:region"] = config.pop("plinth:region")
    return [error.message for error in validator.iter_errors({"config": config})]


WRONG: list[Changes] = [
    {"netwrok": {}},
    {"tags": REMOVED},
    {"region": "ap-northeast-9"},
    {"cluster.node_groups.general.instance_types": ["m6i.tiny"]},
    {"cluster.node_groups.general.disk_gb": 40},
    {"cluster.version": 1.35},
    {"database.instances.class": "db.r6g.small"},
    {"services.order-service.replicas": -1},
    {"services.order-service.port": "http"},
]


@pytest.mark.parametrize("changes", WRONG, ids=lambda changes: next(iter(changes)))
def test_what_is_wrong_is_refused_as_the_settings_do(
    changes: Changes, validator: Draft202012Validator
) -> None:
    assert errors(validator, changes)
    assert refused(changes)


RIGHT: list[Changes] = [
    {"services.order-service.requests": {"cpu": 1, "memory": "1Gi"}},
    {"services.order-service.replicas": {"min": 1, "max": 2}},
    {"services.order-service.database": {"name": "orders", "extensions": ["pg_trgm"]}},
    {"content.uploads": {"limit": "2Mi"}},
    {"network.flow_logs_retention_days": None},
]


@pytest.mark.parametrize("changes", RIGHT, ids=lambda changes: next(iter(changes)))
def test_what_the_settings_take_is_valid(changes: Changes, validator: Draft202012Validator) -> None:
    assert accepted(changes)
    assert errors(validator, changes) == []


def test_sections_and_keys_are_described() -> None:
    schema = stack_schema()
    sections = schema["$defs"]
    assert sections["NodeGroup"]["properties"]["disk_gib"]["description"] == "The root volume in GiB."
    assert sections["DatabaseSettings"]["properties"]["version"]["examples"] == ["17.4"]
    assert "plinth:network" in schema["properties"]["config"]["properties"]
    assert all(section.get("description") for section in sections.values())
