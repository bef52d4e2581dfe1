"""The documentation: it builds without a network, its generated pages are fresh, and what it says can be done."""

from __future__ import annotations

import copy
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from plinth.cli import app
from plinth.reference import PAGES as GENERATED
from plinth.reference.environment_page import variables
from settings import load
from tests.components.conftest import copy_project
from tests.conftest import ROOT
from tests.settings.files import config_of

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
TUTORIAL = DOCS / "tutorial" / "first-rehearsal.md"


def blocks(page: Path, language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return [text for _, text in found]


@pytest.mark.parametrize("file", GENERATED, ids=lambda file: file.stem)
def test_the_generated_pages_are_fresh(file: Path) -> None:
    assert file.read_text() == "\n".join(GENERATED[file]()), "stale: run `make docs`"


def test_the_contract_has_no_variable_that_its_page_lacks() -> None:
    """Another need gives variables only in a case of its own, which the page must have."""
    source = (ROOT / "settings" / "environment.py").read_text()
    given = {
        re.sub(r"{constant\(\w+\)}", "NAME", name) for name in re.findall(r'yield f?"([A-Z][^"]+)",', source)
    }
    assert {name for name, *_ in variables()} == given


def test_every_component_has_its_arguments_and_outputs_on_the_page() -> None:
    page = next(file for file in GENERATED if file.stem == "components").read_text()
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    classes = re.findall(
        r"^class (\w+)\(pulumi\.ComponentResource", "\n".join(sources("components")), re.MULTILINE
    )
    assert sorted(sections) == sorted(classes)
    assert "| `region` | `str` | **required** |" in sections["Network"]
    assert "| `opts` | `pulumi.ResourceOptions \\| None` | `None` |" in sections["Network"]
    assert "| `vpc_id` | `pulumi.Output[str]` |  |" in sections["Network"]
    assert "`auto_scaling_groups` | `list[pulumi.Output[str]]` | The names of the" in sections["Cluster"]


def sources(folder: str) -> Iterator[str]:
    return (file.read_text() for file in sorted((ROOT / folder).glob("*.py")))


def test_the_site_builds_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--quiet",
        "--strict",
        "--site-dir",
        str(tmp_path / "site"),
    ]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for page in (tmp_path / "site").rglob("*.html"):
        loaded = re.findall(
            r'<(?:script|link|img|iframe)[^>]*(?:src|href)="((?:https?:)?//[^"]*)"', page.read_text()
        )
        assert loaded == [], page.name


def commands() -> Iterator[tuple[str, str]]:
    """Each call of `plinth` in the documentation, with its page."""
    for page in PAGES:
        text = re.sub(r"\\\n\s*", "", page.read_text())
        for line in re.findall(
            r"(?<![\w/-])(?<!<!-- )(?:\.venv/bin/)?plinth ([a-z-]+[^\n`|&;]*)", "\n".join(code_of(text))
        ):
            yield page.name, line.split("  #")[0]


def code_of(text: str) -> list[str]:
    fenced = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    return [*fenced, *re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))]


@pytest.mark.parametrize(("page", "line"), sorted(set(commands())))
def test_commands_and_their_options_exist(page: str, line: str) -> None:
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    name, *arguments = shlex.split(line)
    assert name in known
    if name == "rehearse":
        return
    options = {option for parameter in known[name].params for option in parameter.opts}
    assert {argument for argument in arguments if argument.startswith("-")} <= options


def merged(config: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    result = copy.copy(config)
    for key, value in change.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def settings_blocks() -> Iterator[Any]:
    for page in PAGES:
        for index, text in enumerate(blocks(page, "yaml")):
            content = yaml.safe_load(text)
            if any(key.startswith("plinth:") for key in content):
                yield pytest.param(content, id=f"{page.stem}-{index}")
            elif page.stem == "rotate-a-password":
                yield pytest.param({"plinth:services": content}, id=f"{page.stem}-{index}")


@pytest.mark.parametrize("content", list(settings_blocks()))
def test_what_pages_write_into_a_stack_file_is_accepted(content: dict[str, Any]) -> None:
    change = {key.removeprefix("plinth:"): value for key, value in content.items()}
    assert load(merged(config_of("prod"), change))


def test_every_alarm_has_a_line() -> None:
    page = (DOCS / "how-to" / "respond-to-alarms.md").read_text()
    said = re.findall(r"^\| `([a-z.-]+)`", page, re.MULTILINE)
    source = {
        part: (ROOT / "components" / f"{part}_alarms.py").read_text()
        for part in ("database", "edge", "cache", "service")
    }
    database = re.findall(r'"(database-[a-z-]+)"', source["database"])
    others = [
        re.sub(r"{\w+}", "...", label)
        for label in re.findall(r'"((?:edge|content|service)-[a-z{}-]+)"', source["edge"] + source["service"])
    ]
    cache = re.findall(r'^ +(?:\(|rows.*\n +\()?"([a-z-]+)",', source["cache"], re.MULTILINE)
    wanted = [*database, *others, *(f"cache-...-{label}" for label in cache)]
    assert sorted(said) == sorted(wanted)


def test_the_commands_that_write_stack_files(tmp_path: Path) -> None:
    for file in ROOT.glob("Pulumi*.yaml"):
        shutil.copy(file, tmp_path)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    for text in blocks(DOCS / "how-to" / "add-a-service.md", "sh"):
        if "rehearse" not in text:
            done = subprocess.run(
                ["bash", "-ec", text], cwd=tmp_path, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, text + done.stderr
    services = yaml.safe_load((tmp_path / "Pulumi.prod.yaml").read_text())["config"]["plinth:services"]
    assert list(services)[-2:] == ["wish-service", "gift-service"]
    assert services["gift-service"]["migrate"] == ["npm", "run", "migrate"]


@pytest.mark.engine
def test_the_tutorial_word_for_word(tmp_path: Path) -> None:
    """Each marked block, as a reader would paste it, in a copy of the project."""
    copy_project(tmp_path)
    for part in ("policies", "plinth", "Makefile", "pyproject.toml", "requirements.lock"):
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / part)
    # The copy shares this project's environment, which must look as new as the files that it is made from.
    for part in ("pyproject.toml", "requirements.lock"):
        os.utime(tmp_path / part, (0, 0))
    marked = re.findall(r"<!-- (run|fails) -->\n```sh\n(.*?)```", TUTORIAL.read_text(), re.DOTALL)
    assert len(marked) == TUTORIAL.read_text().count("```sh") == 6
    before = (tmp_path / "Pulumi.dev.yaml").read_text()
    for mark, text in marked:
        done = subprocess.run(
            ["bash", "-e", "-c", text],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == (mark == "fails"), text + done.stdout + done.stderr
        if "--diff" in text:
            assert "wish-service" in done.stdout
            assert "to create" in done.stdout
    after = (tmp_path / "Pulumi.dev.yaml").read_text()
    assert after.startswith(before)
    assert "wish-service" in after
    assert "crowd-service" not in after
