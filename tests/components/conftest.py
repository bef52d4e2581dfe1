"""The two stacks of this project, brought up once for all tests that look at them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, Rehearsal, Result

PARTS = ("__main__.py", "Pulumi.yaml", "components", "settings", "aws_facts")


@dataclass(frozen=True)
class Stack:
    """A copy of the project whose stack `name` is up; `preview` is the first one."""

    rehearsal: Rehearsal
    name: str
    preview: Result

    @cached_property
    def resources(self) -> list[dict[str, Any]]:
        return self.rehearsal.state(self.name)

    def of_type(self, type_: str) -> dict[str, dict[str, Any]]:
        """Resources of a type by logical name."""
        return {item["urn"].rpartition("::")[2]: item for item in self.resources if item["type"] == type_}

    def only(self, type_: str) -> dict[str, Any]:
        (item,) = self.of_type(type_).values()
        return item


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


@pytest.fixture(scope="module", params=["prod", "dev"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    rehearsal = copy_project(tmp_path_factory.mktemp("stack"))
    preview = rehearsal("preview", "--policy-pack", str(ROOT / "policies"), stack=request.param)
    rehearsal("up", stack=request.param)
    return Stack(rehearsal, request.param, preview)


@pytest.fixture
def project(tmp_path: Path) -> Rehearsal:
    return copy_project(tmp_path)
