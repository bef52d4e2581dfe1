"""A Pulumi program on disk, as far as a rehearsal must know it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from plinth.errors import UserError

BOOLEAN = "tag:yaml.org,2002:bool"
TRUE_OR_FALSE = (BOOLEAN, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"))


class Yaml12Loader(yaml.SafeLoader):
    """Reads `yes`, `no`, `on` and `off` as text, as Pulumi's own YAML reader does (YAML 1.2, core schema)."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way
        first: [item for item in resolvers if item[0] != BOOLEAN]
        + ([TRUE_OR_FALSE] if first in "tTfF" else [])
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_date(self, node: yaml.ScalarNode) -> Any:
        """A day that the calendar has not is a text, as it is to Pulumi."""
        try:
            return self.construct_yaml_timestamp(node)
        except (AttributeError, ValueError):
            return node.value


Yaml12Loader.add_constructor("tag:yaml.org,2002:timestamp", Yaml12Loader.construct_date)


@dataclass(frozen=True)
class Program:
    """A Pulumi program on disk: the folder with its `Pulumi.yaml`, and what a rehearsal keeps, beside it unless said."""

    folder: Path
    definition: Mapping[str, Any]
    kept_in: Path | None = None

    @classmethod
    def find(cls, start: Path) -> Program:
        """The program that `pulumi` would run from folder `start`: the nearest `Pulumi.yaml` upwards.

        Raises `UserError` when there is none or when it is not a YAML mapping with a name.
        """
        if not start.is_dir():
            raise UserError(f"{start}: no such folder, so there is nothing to rehearse. Check -C / --cwd.")
        for folder in (start, *start.parents):
            for name in ("Pulumi.yaml", "Pulumi.yml"):
                if (folder / name).is_file():
                    return cls(folder, read_yaml(folder / name, required="name"))
        raise UserError(
            f"{start}: no Pulumi.yaml here or in a folder above, so there is no program to rehearse. "
            "Go to the program's folder, or name it with -C DIR."
        )

    @property
    def home(self) -> Path:
        """The folder that holds everything a rehearsal leaves behind; deleting it forgets all rehearsals."""
        return self.kept_in or self.folder / ".plinth"

    def stack_names(self) -> list[str]:
        """The stacks that have a stack file, in alphabetical order."""
        return sorted(path.name.split(".")[1] for path in self.folder.glob("Pulumi.*.yaml"))

    def stack_file(self, stack: str) -> Path:
        return self.folder / f"Pulumi.{stack}.yaml"

    def rehearsed_stack_file(self, stack: str) -> Path:
        return self.home / "project" / f"Pulumi.{stack}.yaml"


def read_yaml(path: Path, required: str | None = None) -> dict[str, Any]:
    """The mapping in a YAML file; `UserError` when it cannot be read, is none, or lacks the key `required`."""
    content = parse_yaml(read_text(path), path)
    if required and not content.get(required):
        raise UserError(
            f"{path}: `{required}:` is missing, so Pulumi cannot tell which project this is. Add it."
        )
    return content


def read_text(path: Path) -> str:
    """The text of a file with its line ends as they are; `UserError` when it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UserError(f"{path}: cannot be read as YAML: {problem}") from problem


def parse_yaml(text: str, path: Path) -> dict[str, Any]:
    """The mapping that `text`, the content of `path`, says; `UserError` when it is no YAML or no mapping."""
    try:
        content: Any = yaml.load(text, Loader=Yaml12Loader) or {}  # noqa: S506 - a SafeLoader
    except (ValueError, yaml.YAMLError) as problem:
        raise UserError(f"{path}: cannot be read as YAML: {problem}") from problem
    if not isinstance(content, dict):
        raise UserError(f"{path}: holds no mapping of keys to values, so Pulumi cannot read it.")
    return content  # pyright: ignore[reportUnknownVariableType]


def packages(program: Program) -> list[str]:
    """The Pulumi packages to simulate: each provider SDK installed for the tool or for the program."""
    found: set[str] = set()
    for folder in site_packages(program):
        for plugin in folder.glob("pulumi_*/pulumi-plugin.json"):
            description = json.loads(plugin.read_text(encoding="utf-8"))
            if description.get("resource"):
                found.add(
                    description.get("name") or plugin.parent.name.removeprefix("pulumi_").replace("_", "-")
                )
    return sorted(found)


def site_packages(program: Program) -> Iterator[Path]:
    yield from (Path(entry) for entry in sys.path if entry.endswith("-packages"))
    if virtualenv := virtual_environment(program):
        yield from virtualenv.glob("lib/python*/site-packages")


def virtual_environment(program: Program) -> Path | None:
    """The virtual environment that `program` names as its own."""
    runtime = program.definition.get("runtime")
    options = runtime.get("options", {}) if isinstance(runtime, dict) else {}  # pyright: ignore
    virtualenv = options.get("virtualenv")  # pyright: ignore
    return program.folder / str(virtualenv) if virtualenv else None  # pyright: ignore
