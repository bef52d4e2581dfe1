"""Stack files on disk: what they say, where they say it, whether it is right, and how one is written safely.

Nothing here imports Pulumi, so that a check takes a fraction of a second.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import yaml

from plinth.errors import UserError
from plinth.program import Program, parse_yaml, read_text
from plinth.yaml_outline import DuplicateKey, Outline, outline
from settings import SettingsError, StackSettings, load

Edit = tuple[int, int, str]
"""From where to where, in characters, and what stands there afterwards."""


@dataclass(frozen=True)
class StackFile:
    """The text of a stack file, which may not be on disk yet, and the project whose keys it has."""

    path: Path
    text: str
    project: str

    @classmethod
    def of(cls, program: Program, stack: str, consequence: str) -> StackFile:
        """The file of `stack`. Raises `UserError` with the `consequence` when there is none."""
        path = program.stack_file(stack)
        if not path.is_file():
            known = ", ".join(program.stack_names()) or "none"
            raise UserError(f"{path}: no such stack file, so {consequence}. Stacks here: {known}.")
        return cls(path, read_text(path), str(program.definition["name"]))

    @cached_property
    def config(self) -> dict[str, Any]:
        """The configuration as the stack's program gets it: its own keys without namespace, and `region`.

        Defaults in `Pulumi.yaml` are not read: this project has none. Raises `UserError`.
        """
        given: Any = parse_yaml(self.text, self.path).get("config")
        config = cast("Mapping[str, Any]", given if isinstance(given, Mapping) else {})
        own = f"{self.project}:"
        values = {
            key.removeprefix(own): as_pulumi(value) for key, value in config.items() if key.startswith(own)
        }
        return values | {"region": config.get("aws:region")}

    @cached_property
    def outline(self) -> Outline:
        """Where everything stands. Raises `UserError` when the file is no YAML or says a key twice."""
        try:
            return outline(self.text)
        except DuplicateKey as problem:
            raise UserError(f"{self.path}:{problem}") from problem
        except yaml.YAMLError as problem:
            raise UserError(f"{self.path}: cannot be read as YAML: {problem}") from problem

    def section(self, name: str) -> Outline | None:
        """Where the value of this project's key `name` stands."""
        config = self.outline.children.get("config")
        return config.children.get(f"{self.project}:{name}") if config else None

    def check(self) -> StackSettings:
        """The settings that it says. Raises `SettingsError`."""
        return load(self.config, source=self.path.name)

    def problems(self) -> Iterator[str]:
        """What is wrong, a line each, behind file and line."""
        try:
            _ = self.outline  # Refuses a key that is said twice, which no reader after it would see.
            self.check()
        except UserError as error:
            yield str(error)
        except SettingsError as error:
            config = self.outline.children.get("config", self.outline)
            yield from (f"{self.path}:{config.line_of(problem)}: {problem}" for problem in error.problems)

    def edited(self, edits: Sequence[Edit]) -> StackFile:
        """The file with `edits`, which do not overlap, made in its text."""
        text = self.text
        for start, end, new in sorted(edits, reverse=True):
            text = text[:start] + new + text[end:]
        return replace(self, text=text)

    def write(self) -> None:
        """Put the text on disk: all of it or nothing, whatever happens meanwhile."""
        mode = self.path.stat().st_mode & 0o777 if self.path.exists() else 0o644
        handle, aside = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(self.text.encode("utf-8"))
            Path(aside).chmod(mode)
            Path(aside).replace(self.path)
        finally:
            Path(aside).unlink(missing_ok=True)


def as_pulumi(value: Any) -> Any:
    """A value as Pulumi hands it over: objects and lists by way of JSON, all else as text, which may be JSON in its turn."""
    if value is None:
        return None
    if isinstance(value, Mapping | list):
        return json.loads(json.dumps(value, default=str))
    text = str(value).lower() if isinstance(value, bool) else str(value)
    try:
        return json.loads(text) if text[:1] in {"{", "["} else text
    except ValueError:
        return text


def check_stack_files(files: Iterable[Path]) -> None:
    """Check `files`, or all stack files of the program here. Raises `UserError` with all that is wrong in any of them."""
    paths = list(files) or all_stack_files()
    found = [problem for path in paths for problem in opened(path).problems()]
    if found:
        count = f"{len(found)} problem{'s' if len(found) > 1 else ''}"
        raise UserError("\n  ".join([f"{count} in stack files, so nothing could be planned.", *found]))
    for path in paths:
        print(f"{path}: no problem")  # noqa: T201


def all_stack_files() -> list[Path]:
    program = Program.find(Path.cwd())
    return [program.stack_file(stack) for stack in program.stack_names()]


def opened(path: Path) -> StackFile:
    program = Program.find(path.resolve().parent)
    return StackFile(path, read_text(path), str(program.definition["name"]))
