"""The two stacks of this project, brought up once for all tests that look at them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, Rehearsal, Result

PARTS = ("__main__.py", "Pulumi.yaml", "aws_facts", "components", "database_bootstrap", "settings")


@dataclass(frozen=True)
class Stack:
    """A copy of the project whose stack `name` was brought up.

    `preview` is the first one, `up` what brought it up, `resources` and `outputs` what it left, `passwords` what was made
    up: all stay readable when the stack is taken down.
    """

    rehearsal: Rehearsal
    name: str
    preview: Result
    up: Result
    resources: list[dict[str, Any]]
    outputs: dict[str, Any]
    passwords: list[str]

    def of_type(self, type_: str) -> dict[str, dict[str, Any]]:
        """Resources of a type by logical name."""
        return {item["urn"].rpartition("::")[2]: item for item in self.resources if item["type"] == type_}

    def only(self, type_: str) -> dict[str, Any]:
        (item,) = self.of_type(type_).values()
        return item

    def id_of(self, type_: str, name: str) -> str:
        return self.of_type(type_)[f"plinth-{self.name}{name}"]["id"]

    def inputs(self, type_: str, name: str = "") -> dict[str, Any]:
        """The inputs of the resource that is called after the stack and `name`."""
        return self.of_type(type_)[f"plinth-{self.name}{name}"]["inputs"]


def copy_project(folder: Path) -> Rehearsal:
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    for file in ROOT.glob("Pulumi.*.yaml"):
        shutil.copy(file, folder)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return Rehearsal(folder)


def change(rehearsal: Rehearsal, stack: str, edit: Callable[[dict[str, Any]], Any]) -> None:
    """Edit the stack file's configuration in place."""
    file = rehearsal.folder / f"Pulumi.{stack}.yaml"
    content: dict[str, dict[str, Any]] = yaml.safe_load(file.read_text())
    edit(content["config"])
    file.write_text(yaml.safe_dump(content))


def strict_pack(rehearsal: Rehearsal) -> tuple[str, ...]:
    """The arguments for the policy pack in strict mode: what cannot be decided counts as a finding."""
    levels = rehearsal.folder / "strict.json"
    levels.write_text(json.dumps({"undecided": "mandatory"}), encoding="utf-8")
    return "--policy-pack", str(ROOT / "policies"), "--policy-pack-config", str(levels)


def changed(result: Result, *operations: str) -> set[str]:
    """Logical names of the resources for which one of `operations` is planned or done."""
    return {urn.rpartition("::")[2] for urn, op in result.steps.items() if op in operations}


def replaced(result: Result) -> set[str]:
    return {urn.rpartition("::")[2] for urn, op in result.steps.items() if "replace" in op}


@pytest.fixture(scope="session", params=["prod", "dev"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    rehearsal, name = copy_project(tmp_path_factory.mktemp("stack")), request.param
    preview = rehearsal("preview", "--policy-pack", str(ROOT / "policies"), stack=name)
    up = rehearsal("up", stack=name)
    outputs = json.loads(rehearsal("stack", "output", "--json", stack=name).output)
    exported = json.loads(rehearsal("stack", "export", "--show-secrets", stack=name).output)
    passwords = [
        json.loads(item["outputs"]["result"]["plaintext"])
        for item in exported["deployment"]["resources"]
        if item["type"] == "random:index/randomPassword:RandomPassword"
    ]
    return Stack(rehearsal, name, preview, up, rehearsal.state(name), outputs, passwords)


@pytest.fixture
def project(tmp_path: Path) -> Rehearsal:
    return copy_project(tmp_path)
