"""`plinth budget` as a user runs it: tables for people, the stack's own errors, and an exit code for scripts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TITLES = ["Pods, CPU and memory", "Database connections", "Connections to each cache node"]

Project = Callable[..., Path]


def budget(folder: Path, stack: str = "prod", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "plinth", "budget", "-s", stack, "-C", str(folder)],
        capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | environment,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Makes a copy of the project's prod stack, with other values at some keys (`services.order-service.pool`)."""

    def make(**changes: Any) -> Path:
        shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
        file = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())
        if "services" in changes:
            del file["config"]["plinth:ingress"]  # it names services that are no longer there
        for key, value in changes.items():
            *above, last = f"plinth:{key}".split(".")
            section = file["config"]
            for step in above:
                section = section[step]
            section[last] = value
        (tmp_path / "Pulumi.prod.yaml").write_text(yaml.safe_dump(file, sort_keys=False))
        return tmp_path

    return make


def titles(output: str) -> list[str]:
    return [title for title in TITLES if any(line.startswith(title) for line in output.splitlines())]


@pytest.mark.parametrize("stack", ["prod", "dev"])
def test_the_projects_own_stacks_fit(stack: str) -> None:
    done = budget(ROOT, stack)
    assert (done.returncode, done.stderr) == (0, "")
    assert titles(done.stdout) == TITLES
    assert done.stdout.count("  fits\n") == 3
    assert "too much" not in done.stdout


def test_the_tables_say_how_the_sums_come_about(project: Project) -> None:
    services = {
        "orders": {"replicas": 4, "requests": {"cpu": "1", "memory": "1Gi"}, "database": True, "pool": 7},
        "carts": {"replicas": 1, "requests": {"cpu": "1", "memory": "1Gi"}, "database": True},
        "worker": {
            "replicas": 2,
            "requests": {"cpu": "1", "memory": "1Gi"},
            "cache_connections": 3,
            "needs": ["redis"],
        },
    }
    database = {"version": "17.4", "instances": {"class": "db.t4g.medium"}}
    cache = {"version": "8.0", "node_type": "cache.t4g.micro"}
    done = budget(project(services=services, database=database, cache=cache))
    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    for row in (
        "orders 5 7 35",
        "carts 2 10 (computed) 20",
        "(bootstrap and migrations) 5",
        "(kept free) 15",
        "all 75 of 405 fits",
        "worker 3 3 9",
        "all 59 of 20000 fits",
    ):
        assert row.split() in rows


def test_the_output_does_not_depend_on_the_terminal() -> None:
    narrow = budget(ROOT, COLUMNS="40", TERM="xterm-256color").stdout
    assert narrow == budget(ROOT, COLUMNS="200", TERM="dumb").stdout
    assert narrow.isascii()
    assert "\x1b" not in narrow


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"services.order-service.replicas": 400}, "plinth:cluster.node_groups: "),
        ({"services.order-service.pool": 900}, "plinth:database.instances.class: db.r6g.large takes 1722 connections"),
        (
            {
                "services.order-service.cache_connections": 1000,
                "services.order-service.needs": ["redis"],
                "services.order-service.replicas": 70,
                "services.order-service.requests": {"cpu": "1m", "memory": "4Mi"},
                "services.order-service.pool": 1,
            },
            "plinth:cache.node_type: ",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_shown_and_ends_in_the_stacks_own_words(
    project: Project, changes: dict[str, Any], problem: str
) -> None:
    done = budget(project(**changes))
    assert done.returncode == 1
    assert titles(done.stdout) == TITLES
    assert "too much" in done.stdout
    assert done.stderr.startswith("error: Pulumi.prod.yaml: ")
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def test_a_section_that_is_wrong_does_not_hide_the_others(project: Project) -> None:
    done = budget(project(cluster={"version": "1.35"}))
    assert done.returncode == 1
    assert titles(done.stdout) == TITLES[1:]
    assert "plinth:cluster.node_groups: is missing" in done.stderr


def test_a_stack_without_database_and_cache_has_one_table(project: Project) -> None:
    gateway = {"replicas": 1, "requests": {"cpu": "100m", "memory": "64Mi"}}
    done = budget(project(database=None, cache=None, services={"api-gateway": gateway}))
    assert done.returncode == 0
    assert titles(done.stdout) == TITLES[:1]


def test_values_mean_what_they_mean_to_pulumi(project: Project) -> None:
    """A section may be JSON in a text, as `pulumi config set` writes it; `no` is a text, as in YAML 1.2."""
    folder = project()
    file = folder / "Pulumi.prod.yaml"
    content = yaml.safe_load(file.read_text())
    content["config"]["plinth:cluster"] = json.dumps(content["config"]["plinth:cluster"])
    content["config"]["plinth:services"] = {}
    del content["config"]["plinth:ingress"]
    text = yaml.safe_dump(content, sort_keys=False)
    file.write_text(text)
    assert budget(folder).returncode == 0
    file.write_text(text.replace("plinth:stage: prod", "plinth:stage: no"))
    assert "plinth:stage: 'no' is not known" in budget(folder).stderr


@pytest.mark.parametrize(
    ("stack", "text"),
    [
        ("nope", "Pulumi.nope.yaml: no such stack file, so there is nothing to add up. Stacks here: prod."),
        ("prod", "Pulumi.prod.yaml: cannot be read as YAML"),
    ],
)
def test_a_file_that_is_missing_or_broken(project: Project, stack: str, text: str) -> None:
    folder = project()
    (folder / "Pulumi.prod.yaml").write_text("config: [")
    done = budget(folder, stack)
    assert (done.returncode, done.stdout) == (1, "")
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_the_settings_are_the_tools_own(project: Project) -> None:
    """Another checkout, or any program with a module of that name, is never imported."""
    folder = project()
    (folder / "settings.py").write_text("raise SystemExit('imported')")
    script = Path(sys.executable).with_name("plinth")
    done = subprocess.run([script, "budget", "-s", "prod"], capture_output=True, text=True, check=False, cwd=folder)  # fmt: skip
    assert done.returncode == 0, done.stderr
