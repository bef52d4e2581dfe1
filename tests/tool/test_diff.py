"""`plinth diff` on small git repositories, with the real engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from plinth import engine
from plinth.diffing.revisions import Repository
from plinth.errors import UserError
from tests.components.conftest import change, copy_project
from tests.conftest import ROOT

VPC = """import pulumi_aws as aws
tags = {"owner": "platform@example.com", "environment": "test", "service": "shop", "a": "1", "b": "one\\x85line"}
vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", tags=tags)
"""


def diff(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "plinth", "diff", *arguments],
        cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder: Path, message: str) -> str:
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def program(tmp_path):
    """A program without our settings, in a folder of a repository whose only commit is `main`."""
    folder = tmp_path / "repository" / "infra"
    folder.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    for stack in ("dev", "prod"):
        (folder / f"Pulumi.{stack}.yaml").write_text("config:\n  aws:region: ap-northeast-2\n")
    (folder / "__main__.py").write_text(VPC)
    git(folder.parent, "init", "--quiet", "--initial-branch", "main")
    (folder.parent / ".gitignore").write_text(".plinth/\n__pycache__/\n")
    commit(folder.parent, "base")
    return folder


@pytest.mark.engine
def test_three_changes_of_this_project(tmp_path):
    """The Aurora class, a service more, a subnet with another name."""
    project = copy_project(tmp_path)
    (tmp_path / "policies").symlink_to(ROOT / "policies")
    (tmp_path / ".gitignore").write_text(".venv\n.plinth/\n__pycache__/\npolicies\n")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    commit(tmp_path, "base")

    def edit(config):
        config["plinth:database"]["instances"]["class"] = "db.r6g.xlarge"
        config["plinth:services"]["wish-service"] = {
            "port": 3000, "replicas": 2, "requests": {"cpu": "150m", "memory": "256Mi"}, "database": "wish_service",
        }  # fmt: skip

    change(project, "prod", edit)
    network = tmp_path / "components" / "network.py"
    old = 'f"{self._name}-{planned.name}",\n                vpc_id'
    new = old.replace("planned.name", "planned.name.replace('data-a', 'database-a')")
    assert old in network.read_text()
    network.write_text(network.read_text().replace(old, new))

    done = diff(tmp_path, "main", "-s", "prod", "--format", "json", "--output", "report.json")
    assert done.returncode == 2, done.stdout + done.stderr
    (report,) = json.loads((tmp_path / "report.json").read_text())["stacks"]
    first = report["changes"][0]
    assert (first["type"], first["operation"], first["renamed_from"]) == (
        "aws:ec2/subnet:Subnet", "replace", "plinth-prod-data-a",
    )  # fmt: skip
    components = {item["name"]: item["component"] for item in report["changes"]}
    assert components["plinth-prod-database-a"] == ["Network plinth-prod"]
    assert components["plinth-prod-wish-service"] == ["ServiceDatabases plinth-prod", "DatabaseLogin plinth-prod-wish-service"]  # fmt: skip
    classes = {
        (item["name"], *item["component"], prop["old"], prop["new"])
        for item in report["changes"] for prop in item["properties"] if prop["path"] == "instanceClass"
    }  # fmt: skip
    assert classes == {
        (f"plinth-prod-{number}", "Database plinth-prod", "db.r6g.large", "db.r6g.xlarge")
        for number in (1, 2)
    }
    budgets, cost, picture, judged = report["sections"]
    passed = {name: int(passed) for name, *_, passed, _ in judged["rows"] if passed != "-"}
    assert passed["single-vpc"] > 10
    rows = {name: (before, after) for name, before, after in budgets["rows"]}
    pods = [int(said.partition(" of ")[0]) for said in rows["Pods on general, spot"]]
    assert pods[1] == pods[0] + 3, "two replicas, and one more while they are replaced"
    assert rows["Database connections"][0].endswith(" of 1722")
    assert rows["Database connections"][1].endswith(" of 3479")
    assert "Memory on general, spot" in rows
    assert "single-vpc" in report["passed"], "the policy pack judged it"
    costs = {name: (before, after) for name, before, after in cost["rows"]}
    assert set(costs) >= {"Database", "all"}
    assert [name for name, (before, after) in costs.items() if before == after] == []
    assert picture["title"] == "Picture"
    assert re.search(
        "plinth-diff: verdict=changes stacks=prod delete=0 replace=4 update=[0-9]+ create=[0-9]+ import=0 "
        "data-losses=0 blocking=0\n$",
        done.stdout,
    )


@pytest.mark.engine
def test_exit_codes_revisions_and_the_kept_base(program):
    """One base, rehearsed up once for each stack; the working tree, a commit, a program that fails, a strict finding."""
    top = program.parent
    same = diff(program, "main", "-s", "prod")
    assert same.returncode == 0, same.stdout + same.stderr
    assert "verdict=no-change stacks=prod delete=0" in same.stdout
    assert "up, to compare with" in same.stderr

    git(top, "switch", "--quiet", "--create", "change")
    (program / "__main__.py").write_text(VPC.replace('"a": "1"', '"a": "2"'))
    changed = commit(top, "change")
    working_tree = VPC.replace("10.0.0.0", "10.1.0.0")
    (program / "__main__.py").write_text(working_tree)

    committed = diff(program, "main", changed, "--all-stacks", "--format", "markdown")
    assert committed.returncode == 2, committed.stderr
    assert committed.stdout.count("`tags.a`: `1` → `2`") == 2
    assert "plinth-diff: verdict=changes stacks=dev,prod" in committed.stderr
    assert committed.stderr.count("up, to compare with") == 1, "prod's base is kept, dev's is made"
    assert "Budgets" not in committed.stdout, "the program has none of our settings"

    replaced = diff(program, "main", "-s", "prod")
    assert replaced.returncode == 2, replaced.stderr
    assert "replace aws:ec2 Vpc vpc" in replaced.stdout
    assert "forces the replacement" in replaced.stdout
    assert "up, to compare with" not in replaced.stderr

    (program / "__main__.py").write_text(f"{VPC}raise ValueError('broken')")
    broken = diff(program, "main", "-s", "prod")
    assert broken.returncode == 1
    assert "verdict=blocked" in broken.stdout
    assert "ValueError: broken" in broken.stdout
    assert "Traceback" not in broken.stderr

    (program / "__main__.py").write_text(f'{VPC}aws.rds.Cluster("db", engine="aurora-postgresql")\n')
    judged = diff(program, "main", "-s", "prod")
    assert judged.returncode == 1, judged.stdout
    assert "blocked: parameter-group db" in judged.stdout
    assert "blocked: undecided db" in judged.stdout
    assert "Resources judged, rule by rule" in judged.stdout

    (program / "Pulumi.dev.yaml").unlink()
    outputs = ("--output", "report.sarif", "--output", "report.md")
    removed = diff(program, "main", "--all-stacks", *outputs)
    assert "verdict=blocked stacks=prod,dev" in removed.stdout, removed.stderr
    assert "Pulumi.dev.yaml is removed" in (program / "report.md").read_text()
    results = json.loads((program / "report.sarif").read_text())["runs"][0]["results"]
    places = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results}
    lines = {result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in results}
    assert (places, lines) == ({"__main__.py"}, {VPC.count("\n") + 1})
    for name in ("report.sarif", "report.md"):
        (program / name).unlink()

    assert git(top, "status", "--short", "--untracked-files=all").split() == [
        "D",
        "infra/Pulumi.dev.yaml",
        "M",
        "infra/__main__.py",
    ]
    assert git(top, "worktree", "list").count("\n") == 0


@pytest.mark.engine
def test_live_refreshes_and_saves_the_plan(program):
    """With the caller's backend; no cloud is asked, as the program has none in it."""
    (program / "__main__.py").write_text(
        "import pulumi\npulumi.ComponentResource('shop:index:Shop', 'shop')\n"
    )
    state, home = program.parent / "state", program.parent / "home"
    state.mkdir()
    environment = {
        "PULUMI_BACKEND_URL": f"file://{state}", "PULUMI_HOME": str(home), "PULUMI_CONFIG_PASSPHRASE": "x",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }  # fmt: skip
    pulumi = engine.find().pulumi
    subprocess.run([pulumi, "stack", "init", "prod"], cwd=program, env=os.environ | environment, check=True, capture_output=True)  # fmt: skip
    done = diff(program, "--live", "-s", "prod", **environment)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "+ shop:index Shop shop" in done.stdout
    plan = json.loads((program / ".plinth" / "plans" / "prod.json").read_text())
    assert any(urn.endswith("::shop") for urn in plan["resourcePlans"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "compare with what?"),
        (["nope", "-s", "prod"], "'nope': no such commit here"),
        (["main", "-s", "prdo"], "stack 'prdo' has no stack file. Stacks here: dev, prod."),
        (["main"], "which stack is compared? Say it with -s NAME (dev, prod), or --all-stacks."),
        (["main", "--live"], "--live compares with what runs"),
    ],
)
def test_mistakes_end_in_a_text(program, arguments, says):
    done = diff(program, *arguments, PULUMI_STACK="")
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_program_in_no_repository(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    done = diff(tmp_path, "main", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert done.returncode == 1
    assert "is in no git repository" in done.stderr


def test_a_change_is_counted_from_where_it_left_the_base(program):
    repository = Repository.around(program)
    left = repository.revision("main")
    git(program, "switch", "--quiet", "--create", "change")
    (program / "a").write_text("a")
    commit(program, "change")
    git(program, "switch", "--quiet", "main")
    (program / "b").write_text("b")
    commit(program, "main goes on")
    assert repository.fork_point(repository.revision("main"), repository.revision("change")) == left


@pytest.mark.parametrize("name", ["-x", "--output=/tmp/x", "$(touch x)", "a b", "main; touch x", ""])
def test_a_hostile_revision_is_no_option_and_no_command(program, name):
    with pytest.raises(UserError, match="no such commit"):
        Repository.around(program).revision(name)
    assert not (program / "x").exists()


def test_files_are_checked_out_as_they_were(program, tmp_path):
    (program / "Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": {}}))
    repository = Repository.around(program)
    repository.check_out(repository.revision("main"), tmp_path / "aside")
    assert "ap-northeast-2" in (tmp_path / "aside" / "infra" / "Pulumi.prod.yaml").read_text()
    assert (program / "Pulumi.prod.yaml").read_text() == "config: {}\n"
