"""`plinth check-stack`: file, line, key and remedy, fast enough for each commit."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT

LIMIT_SECONDS = 1.5


def check(*files: Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "plinth", "check-stack", *map(str, files)],
        capture_output=True, text=True, check=False, cwd=cwd,
    )  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    return Path(shutil.copy(ROOT / "Pulumi.dev.yaml", tmp_path))


def test_all_stack_files_of_the_project_in_time() -> None:
    before = os.times()
    done = check()
    after = os.times()
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.rpartition("/")[2] for line in done.stdout.splitlines()] == [
        f"{file.name}: no problem" for file in sorted(ROOT.glob("Pulumi.*.yaml"))
    ]
    # Its own time on the processor, which does not depend on what else the machine does.
    used = after.children_user + after.children_system - before.children_user - before.children_system
    assert 0 < used < LIMIT_SECONDS


def test_pulumi_is_not_imported() -> None:
    script = (
        "import sys; from plinth.stack_files import check_stack_files; check_stack_files([]); "
        "print([name for name in sys.modules if name.startswith('pulumi')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, text=True, capture_output=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("owner: platform@example.com", "ownr: me", "plinth:tags: no owner"),
        ("disk_gib: 20", "disk_gb: 20", "Did you mean `disk_gib`?"),
        ("t4g.large, ", "t4g.lrge, ", "Did you mean `t4g.large`?"),
        ("zones: [ap-northeast-2a, ap-northeast-2c]", "zones: [ap-northeast-2a]", "plinth:network.zones: 1 zone(s)"),
        ("port: 3000", "port: 0", "plinth:services.order-service.port: 0 is too small"),
        ("port: 3000", "port: 3000\n      port: 3001", "`port` stands on line"),
        ("aws:region: ap-northeast-2", "aws:region: mars-1", "aws:region: 'mars-1' is no AWS region"),
        ("plinth:stage: dev", "plinth:stage: [", "cannot be read as YAML"),
        ("plinth:stage: dev", "plinth:stage: !!int x", "cannot be read as YAML"),
        ("plinth:stage: dev", "plinth:stage: 2026-02-30", "'2026-02-30' is not known. Write 'prod' or 'dev'"),
    ],
)  # fmt: skip
def test_a_problem_is_named_with_its_line(file: Path, old: str, new: str, text: str) -> None:
    content = file.read_text()
    assert content.count(old) == 1
    file.write_text(content.replace(old, new))
    done = check(file)
    assert (done.returncode, done.stdout) == (1, "")
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    if "cannot be read" in text:
        return
    line = 1 + content[: content.index(old)].count("\n")
    header = {"ownr: me": line - 1, "port: 3000\n      port: 3001": line + 1}
    assert f"Pulumi.dev.yaml:{header.get(new, line)}: " in done.stderr


def test_the_problems_of_all_files_are_shown_at_once(file: Path) -> None:
    shutil.copy(file, file.with_name("Pulumi.b.yaml"))
    for path in (file, file.with_name("Pulumi.b.yaml")):
        path.write_text(path.read_text().replace("disk_gib", "disk_gb"))
    done = check(cwd=file.parent)
    assert done.stderr.startswith("error: 2 problems in stack files")
    assert done.stderr.count("Did you mean `disk_gib`?") == 2


@pytest.mark.parametrize("source", [".pre-commit-config.yaml", ".pre-commit-hooks.yaml"])
def test_the_hook_is_for_stack_files_only(source: str) -> None:
    content = yaml.safe_load((ROOT / source).read_text())
    hooks = (
        content
        if isinstance(content, list)
        else [hook for repo in content["repos"] for hook in repo["hooks"]]
    )
    [hook] = [hook for hook in hooks if hook["id"] == "check-stack"]
    assert hook["entry"].endswith("plinth check-stack")
    assert re.search(hook["files"], "Pulumi.prod.yaml")
    assert not re.search(hook["files"], "Pulumi.yaml")
