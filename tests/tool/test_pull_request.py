"""The pull-request workflow's own step, run as the workflow runs it: no secret, a clean environment."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.components.conftest import PARTS
from tests.conftest import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.engine
def test_each_stack_is_rehearsed_and_a_mistake_fails(tmp_path):
    for part in (*PARTS, "policies", ".github", "Makefile", "pyproject.toml", "requirements.lock"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    shutil.copy(ROOT / "Pulumi.dev.yaml", tmp_path)
    (tmp_path / ".gitignore").write_text(".venv\n.plinth/\n__pycache__/\n")
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / "Makefile").write_text(".venv/.installed:\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "base")
    base = git(tmp_path, "rev-parse", "HEAD")
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("disk_gib: 20", "disk_gib: 40"))

    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LANG": "C.UTF-8"}
    step = [".github/rehearse-stacks", base]
    done = subprocess.run(step, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "## Stack `dev` passes" in done.stdout
    assert "20 => 40" in done.stdout
    assert "2 to update" in done.stdout or "1 to update" in done.stdout
    assert "to create" not in done.stdout

    file.write_text(file.read_text().replace("disk_gib: 40", "disk_gb: 40"))
    done = subprocess.run(step, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "## Stack `dev` **fails**" in done.stdout
    assert "Did you mean `disk_gib`?" in done.stdout
    assert git(tmp_path, "worktree", "list").count("\n") == 0


@pytest.mark.parametrize("file", sorted(WORKFLOWS.glob("*.yml")), ids=lambda file: file.name)
def test_workflows_ask_for_nothing_that_a_fork_lacks(file):
    text = file.read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert "secrets." not in text
    assert "pull_request_target" not in text
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if "uses" in step:
                assert len(step["uses"].partition("@")[2]) == 40, step["uses"]
            # What a pull request's author writes reaches a shell as a variable, never as text of the script.
            assert "${{" not in step.get("run", "")
