"""The incidents of `examples/incidents`: each changes one fact of the stack in `examples/raw_stack`, its passing twin."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from settings import SettingsError, load
from tests.conftest import ROOT, Rehearsal

EXAMPLES = ROOT / "examples"
TWIN = EXAMPLES / "raw_stack"
STACK = "prod"


@dataclass(frozen=True)
class Case:
    """One incident. `instead` stands in `file` where the twin has `fact`.

    Its rule must fail a resource called `resource`, and say `says`. Cases whose facts hide each other are of different
    `preview`s. `settings` is a key of a stack file and a value that says the same there, None where no key could.
    """

    id: str
    systems: Sequence[str]
    file: str
    fact: str
    instead: str
    preview: int
    resource: str
    says: str
    settings: tuple[Sequence[str], Any] | None


def read(folder: Path) -> Case:
    said = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    broken, finding, settings = said["broken"], said["finding"], said.get("settings")
    return Case(
        id=folder.name,
        systems=said["systems"],
        file=broken["file"],
        fact=broken["fact"],
        instead=broken["instead"],
        preview=broken.get("preview", 1),
        resource=finding["resource"],
        says=finding["says"],
        settings=(settings["key"], settings["value"]) if settings else None,
    )


def cases() -> list[Case]:
    """All of them, by their ids."""
    return [read(file.parent) for file in sorted(EXAMPLES.glob("incidents/*/case.toml"))]


def program(folder: Path, broken: Iterable[Case] = ()) -> Rehearsal:
    """The twin in an empty `folder`, with the facts of `broken` changed. Raises `ValueError` for a fact it does not have."""
    copy = folder / "examples" / TWIN.name
    shutil.copytree(TWIN, copy, ignore=shutil.ignore_patterns("__pycache__", ".plinth"))
    (folder / ".venv").symlink_to(ROOT / ".venv")
    for case in broken:
        file = copy / case.file
        text = file.read_text(encoding="utf-8")
        if text.count(case.fact) != 1:
            raise ValueError(
                f"{case.id}: {case.file} has {text.count(case.fact)} of the fact, not one: {case.fact}"
            )
        file.write_text(text.replace(case.fact, case.instead), encoding="utf-8")
    return Rehearsal(copy)


def refusal(case: Case) -> str:
    """What the settings answer to a stack file that says the same; empty if they take it, or have no place to say it."""
    if case.settings is None:
        return ""
    config: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text(encoding="utf-8"))["config"]
    values = {
        key.removeprefix("plinth:"): value for key, value in config.items() if key.startswith("plinth:")
    }
    (first, *path), value = case.settings
    place: dict[str, Any] = {"": values}
    for key in ("", first.removeprefix("plinth:"), *path)[:-1]:
        place = place[key]
    place[[first.removeprefix("plinth:"), *path][-1]] = value
    try:
        load({**values, "region": config["aws:region"]})
    except SettingsError as problems:
        return problems.problems[0]
    return ""
