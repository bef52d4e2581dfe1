"""The workflows: what they ask for, what they run, and what a stranger's pull request can make of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.components.conftest import copy_project
from tests.conftest import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.7"
HOSTILE = "x'\"; touch pwned; $(touch pwned) `touch pwned` ${IFS} && touch pwned #\n| touch pwned"


def workflow(name: str) -> dict[Any, Any]:
    return yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())


def steps(content: Mapping[Any, Any]) -> Iterator[dict[str, Any]]:
    for job in content["jobs"].values():
        yield from job.get("steps", [])


def step(name: str, title: str) -> dict[str, Any]:
    [found] = [step for step in steps(workflow(name)) if step.get("name") == title]
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_every_workflow_keeps_to(file: Path) -> None:
    text = file.read_text()
    content = workflow(file.stem)
    assert content["permissions"] in ({"contents": "read"}, {})
    assert "secrets." not in text
    assert "pull_request_target" not in text
    for uses in re.findall(r"uses: (.*)", text):
        assert re.fullmatch(r"\./\.github/.*|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", uses), uses
    for item in steps(content):
        # What a stranger writes reaches a shell or a script as a value, never as a part of its text.
        assert "${{" not in item.get("run", "") + item.get("with", {}).get("script", "")
        if item.get("uses", "").startswith("actions/checkout@"):
            assert item["with"]["persist-credentials"] is False


def test_who_may_write_what() -> None:
    granted = {
        (file.stem, job, scope)
        for file in FILES
        for job, content in workflow(file.stem)["jobs"].items()
        for scope, level in content.get("permissions", {}).items()
        if level == "write"
    }
    assert granted == {
        ("comment", "comment", "pull-requests"),
        ("preview-live", "preview", "id-token"),
        ("deploy", "plan", "id-token"),
        ("deploy", "apply", "id-token"),
        ("drift", "drift", "id-token"),
        ("drift", "report", "issues"),
    }
    # The one with a token that may write after a fork's code has run: it takes the artifact and nothing else.
    assert [item["uses"].split("@")[0] for item in steps(workflow("comment"))] == [
        "actions/download-artifact",
        "actions/github-script",
    ]


def test_deployments_queue_and_apply_the_plan_of_their_own_run() -> None:
    deploy = workflow("deploy")
    assert deploy["concurrency"] == {"group": "deploy-${{ inputs.stack }}", "cancel-in-progress": False}
    assert deploy["jobs"]["apply"]["needs"] == "plan"
    assert deploy["jobs"]["apply"]["environment"] == "${{ inputs.stack }}"
    [download] = [
        item for item in deploy["jobs"]["apply"]["steps"] if "download-artifact" in item.get("uses", "")
    ]
    assert "run-id" not in download["with"]
    assert "--plan plan/plan.json" in step("deploy", "Apply the plan")["run"]


@pytest.mark.skipif(not shutil.which("go"), reason="actionlint is a Go program, and there is no Go here")
def test_actionlint_finds_nothing(tmp_path: Path) -> None:
    command = ["go", "run", ACTIONLINT, "-shellcheck=", "-pyflakes=", *map(str, FILES)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    if "actionlint@" in done.stderr and not done.stdout:
        pytest.skip(f"actionlint cannot be had here: {done.stderr.splitlines()[-1]}")
    assert (done.returncode, done.stdout) == (0, "")


def run_step(item: Mapping[str, Any], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a step's script as GitHub does, with no more in its environment than is said."""
    files = {name: str(folder / name) for name in ("GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    path = f"{folder / 'bin'}:/usr/bin:/bin"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", item["run"]],
        cwd=folder, env={"PATH": path} | files | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A folder in which each program that a step calls writes its arguments down, and does nothing."""
    for program in ("bin/make", "bin/pulumi", ".venv/bin/plinth", ".venv/bin/python"):
        script = tmp_path / program
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(
            '#!/bin/bash\nprintf "%s\\0" "${0##*/}" "$@" "" >> calls\n[ ! -d report ] || : > report/report.md\n'
        )
        script.chmod(0o755)
    return tmp_path


SHELL = [
    pytest.param(item, id=f"{file.stem}: {item.get('name', item['run'])}")
    for file in FILES
    for item in steps(workflow(file.stem))
    if "run" in item and file.stem != "ci"
]


@pytest.mark.parametrize("item", SHELL)
def test_a_hostile_name_stays_one_argument(item: dict[str, Any], recorder: Path) -> None:
    (recorder / "Pulumi.prod.yaml").touch()
    (recorder / "plan").mkdir()
    done = run_step(item, recorder, STACK=HOSTILE, BASE=HOSTILE)
    assert done.returncode == 0, done.stderr
    assert not list(recorder.rglob("pwned*"))
    calls = (recorder / "calls").read_text() if (recorder / "calls").exists() else ""
    if '"$STACK"' in item["run"] or '"$BASE"' in item["run"]:
        assert HOSTILE in calls.split("\0")


def test_stacks_are_listed_from_their_files(recorder: Path) -> None:
    for name in ("Pulumi.yaml", "Pulumi.prod.yaml", 'Pulumi.a"b$(touch pwned).yaml'):
        (recorder / name).touch()
    assert run_step(step("drift", "List the stacks"), recorder).returncode == 0
    written = (recorder / "GITHUB_OUTPUT").read_text()
    assert json.loads(written.removeprefix("names=")) == ['a"b$(touch pwned)', "prod"]
    assert not (recorder / "pwned").exists()


@pytest.mark.parametrize(("status", "passes"), [(0, True), (2, True), (1, False), (130, False)])
def test_changes_pass_and_all_else_blocks(recorder: Path, status: int, passes: bool) -> None:
    plinth = recorder / ".venv" / "bin" / "plinth"
    plinth.write_text(f"{plinth.read_text()}exit {status}\n")
    assert (
        run_step(step("pull-request", "Diff every stack"), recorder, BASE="abc").returncode == 0
    ) == passes


COMMENTER = """
    const written = [];
    const run = {
      head_repository: {owner: {login: 'stranger'}}, head_branch: 'main', head_sha: 'abc', conclusion: 'success',
      html_url: 'https://example.com/run',
    };
    const context = {repo: {owner: 'owner', repo: 'repo'}, payload: {workflow_run: run}};
    const core = {info() {}};
    const answers = {
      pulls: [{number: 6, head: {sha: 'old'}}, {number: 7, head: {sha: HEAD}}],
      comments: COMMENTS,
    };
    const note = kind => async arguments_ => { written.push({kind, ...arguments_}); };
    const github = {
      paginate: async (method, asked) => { written.push({kind: method, ...asked}); return answers[method]; },
      rest: {
        pulls: {list: 'pulls'},
        issues: {listComments: 'comments', updateComment: note('update'), createComment: note('create')},
      },
    };
    (async () => { SCRIPT })().then(() => console.log(JSON.stringify(written)));
"""

NODE = pytest.mark.skipif(
    not shutil.which("node"), reason="the script is for Node.js, and there is none here"
)


def comment(folder: Path, *, head: str = "abc", comments: str = "[]") -> list[dict[str, Any]]:
    """What the script of comment.yml asks and writes, run by Node.js in `folder` against a GitHub that only notes it."""
    [item] = [item for item in steps(workflow("comment")) if "script" in item["with"]]
    program = textwrap.dedent(COMMENTER).replace("HEAD", json.dumps(head)).replace("COMMENTS", comments)
    (folder / "script.js").write_text(program.replace("SCRIPT", item["with"]["script"]))
    done = subprocess.run(["node", "script.js"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@NODE
def test_one_comment_on_the_pull_request_that_github_names(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "report.md").write_text(
        "## prod\n<details><summary>more</summary>\n7 => 8\n</details>\n"
    )
    (tmp_path / "report" / "number").write_text("1")
    *_, written = comment(tmp_path)
    assert (written["kind"], written["issue_number"]) == ("create", 7)
    assert "<details><summary>more</summary>" in written["body"]
    forged = '{"id": 1, "user": {"login": "stranger"}, "body": "<!-- plinth diff -->"}'
    own = '{"id": 2, "user": {"login": "github-actions[bot]"}, "body": "<!-- plinth diff --> old"}'
    *_, updated = comment(tmp_path, comments=f"[{forged}, {own}]")
    assert (updated["kind"], updated["comment_id"]) == ("update", 2)
    assert [item["kind"] for item in comment(tmp_path, head="newer")] == ["pulls"]


@NODE
def test_a_hostile_report_is_tamed(tmp_path: Path) -> None:
    report = tmp_path / "report" / "report.md"
    report.parent.mkdir()
    report.write_text(
        "@everyone ![x](https://example.com/pixel) [safe](https://example.com/evil) [ref][1]\n[1]: https://example.com\n"
        "<script>alert(1)</script><img src=x><!-- hidden --><a href=x>y</a> ${process.exit(3)} `; process.exit(3)\n"
        + "x" * 500_000
    )  # fmt: skip
    body = comment(tmp_path)[-1]["body"]
    assert len(body) < 61_000
    for part in (
        "@everyone",
        "![",
        "](https://example.com/pixel)",
        "](https://example.com/evil)",
        "]:",
        "<script",
        "<img",
        "<a ",
    ):
        assert part not in body, part
    assert body.count("<!--") == 1
    report.unlink()
    report.symlink_to("/etc/passwd")
    body = comment(tmp_path)[-1]["body"]
    assert "There is no report" in body
    assert "root:" not in body


@pytest.mark.engine
def test_a_plan_is_reviewed_and_then_applied(tmp_path: Path) -> None:
    """The steps of preview-live.yml and deploy.yml, on the simulated cloud in place of an account."""
    copy = copy_project(tmp_path)
    project = copy.folder
    shutil.copytree(ROOT / "policies", project / "policies")
    (project / "bin").mkdir()
    pulumi = project / "bin" / "pulumi"
    pulumi.write_text(f'#!/bin/sh\nexec {ROOT}/.venv/bin/plinth rehearse "$@"\n')
    pulumi.chmod(0o755)
    environment = {"STACK": "dev", "PULUMI_EXPERIMENTAL": "true", "HOME": os.environ["HOME"]}
    preview = step("preview-live", "Preview and save the plan")
    apply, check = step("deploy", "Apply the plan"), step("deploy", "Nothing is left to change")
    copy("up", stack="dev")
    file = project / "Pulumi.dev.yaml"
    before = file.read_text()
    file.write_text(before.replace("disk_gib: 20", "disk_gib: 40"))
    for item in (preview, apply, check):
        done = run_step(item, project, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "20 => 40" in (project / "GITHUB_STEP_SUMMARY").read_text()
    file.write_text(before.replace("disk_gib: 20", "disk_gib: 60"))
    refused = run_step(apply, project, **environment)
    assert refused.returncode != 0
    assert "violates plan" in refused.stdout + refused.stderr
