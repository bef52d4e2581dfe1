"""What `plinth rehearse` keeps away from the real stack, and what it says to mistakes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plinth.errors import UserError
from plinth.program import Program, read_yaml
from plinth.rehearsal import without_ciphertext

ROOT = Path(__file__).parent.parent.parent
VPC = 'import pulumi_aws as aws\naws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")\n'
LONG = """
import asyncio, pulumi
pulumi.run(lambda: asyncio.sleep(60))
"""
"""The end of a program that goes on for a minute after it has registered what it makes."""


def plinth(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "plinth", *arguments], cwd=cwd, text=True, capture_output=True, check=False,
        env={**os.environ, **(env or {})},
    )  # fmt: skip


def test_no_program_here(tmp_path):
    done = plinth("rehearse", "preview", cwd=tmp_path)
    assert done.returncode == 1
    assert "no Pulumi.yaml here or in a folder above" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_folder_does_not_exist(tmp_path):
    done = plinth("rehearse", "-C", "nowhere", "preview", cwd=tmp_path)
    assert (done.returncode, "no such folder" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [("a: [", "cannot be read as YAML"), ("- 1", "no mapping"), ("runtime: python", "`name:` is missing")],
)
def test_a_broken_project_file(tmp_path, text, says):
    (tmp_path / "Pulumi.yaml").write_text(text)
    with pytest.raises(UserError, match=says):
        Program.find(tmp_path)


def test_two_stacks_and_none_named(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    for stack in ("dev", "prod"):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text("config: {}\n")
    done = plinth("rehearse", "preview", cwd=tmp_path, env={"PULUMI_STACK": ""})
    assert done.returncode == 1
    assert "-s NAME (dev, prod)" in done.stderr


def test_a_mistyped_stack_is_not_made(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}\n")
    done = plinth("rehearse", "preview", "-s", "prdo", cwd=tmp_path)
    assert done.returncode == 1
    assert "Did you mean -s prod?" in done.stderr


def test_yaml_is_read_as_pulumi_reads_it(tmp_path):
    (tmp_path / "f.yaml").write_text("a: yes\nb: off\nc: true\nd: '1.10'\ne: 2\n")
    assert read_yaml(tmp_path / "f.yaml") == {"a": "yes", "b": "off", "c": True, "d": "1.10", "e": 2}


def test_config_is_the_real_stacks(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    done = plinth("rehearse", "config", "set", "a", "b", "-s", "dev", cwd=tmp_path)
    assert done.returncode == 1
    assert "belongs to the real stack" in done.stderr
    assert not (tmp_path / "Pulumi.dev.yaml").exists()


def test_ciphertext_becomes_a_placeholder():
    config = {"a:password": {"secure": "v1:abc"}, "a:list": [{"secure": "v1:d"}, 2], "a:plain": {"secure": 1}}
    assert without_ciphertext(config) == {
        "a:password": "rehearsed-secret",
        "a:list": ["rehearsed-secret", 2],
        "a:plain": {"secure": 1},
    }


@pytest.mark.engine
def test_the_stack_file_is_never_written_and_needs_no_key(make_rehearsal):
    rehearsal = make_rehearsal(
        VPC + 'import pulumi\npulumi.export("p", pulumi.Config().require_secret("password"))'
    )
    file = rehearsal.folder / "Pulumi.test.yaml"
    text = json.dumps(
        {
            "secretsprovider": "awskms://alias/key",
            "encryptedkey": "AQICAHg",
            "config": {"aws:region": "ap-northeast-2", "case:password": {"secure": "v1:abcdef:0123"}},
        }
    )
    file.write_text(text)
    result = rehearsal("up")
    assert file.read_text() == text
    assert "rehearsed-secret" not in result.output
    rehearsal("destroy")
    rehearsal("stack", "rm", "--yes", stack="test")
    assert file.read_text() == text


@pytest.mark.engine
def test_credentials_do_not_reach_the_program(make_rehearsal):
    rehearsal = make_rehearsal(
        "import os, pulumi\n"
        "found = [key for key in os.environ if key.startswith('AWS_') and 'KEY' in key or key == 'PULUMI_ACCESS_TOKEN']\n"
        "pulumi.export('found', found)\n"
        "pulumi.export('backend', os.environ['PULUMI_BACKEND_URL'])\n"
    )
    stolen = {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "x",
        "PULUMI_ACCESS_TOKEN": "pul-x",
    }
    result = rehearsal("up", env=stolen)
    assert "AKIAIOSFODNN7EXAMPLE" not in result.output
    outputs = json.loads(rehearsal("stack", "output", "--json").output)
    assert outputs["found"] == []
    assert outputs["backend"].startswith("file://")


@pytest.mark.engine
def test_the_exit_code_is_pulumis(make_rehearsal):
    rehearsal = make_rehearsal(VPC)
    refused = rehearsal("preview", "--expect-no-changes", expect_exit=None)
    assert refused.exit_code != 0
    assert "no changes were expected" in refused.output
    assert rehearsal("nonsense", expect_exit=None).exit_code != 0


@pytest.mark.engine
def test_ctrl_c_ends_everything_and_the_next_run_goes_on(make_rehearsal):
    rehearsal = make_rehearsal(VPC + LONG)
    process = up_until(rehearsal.folder, "Vpc vpc created")
    interrupted = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode != 0
    assert time.monotonic() - interrupted < 10
    rehearsal.write(VPC)
    assert rehearsal("up").exit_code == 0


@pytest.mark.engine
def test_the_simulator_ends_with_the_engine(make_rehearsal):
    rehearsal = make_rehearsal(VPC)
    rehearsal("preview")
    deadline = time.monotonic() + 5
    while (left := simulators_of(rehearsal.folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []


def up_until(folder: Path, line: str) -> subprocess.Popen[str]:
    """An `up` in a session of its own, as far as `line` of its output."""
    flags = ["--yes", "--skip-preview", "--non-interactive", "-s", "test"]
    process = subprocess.Popen(
        [sys.executable, "-m", "plinth", "rehearse", "up", *flags],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    assert any(line in output for output in process.stdout)
    return process


@pytest.mark.engine
def test_what_the_state_consists_of_is_replaced_in_one_step(make_rehearsal):
    rehearsal = make_rehearsal(VPC)
    rehearsal("up")
    files = [file for file in (rehearsal.folder / ".plinth" / "state").rglob("*") if file.is_file()]
    assert "test.json" in {file.name for file in files}
    assert not [file for file in files if file.suffix == ".attrs"]


def simulators_of(folder: Path) -> list[str]:
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listing.splitlines() if "plinth.simulator" in line and str(folder) in line]


@pytest.mark.engine
def test_a_killed_update_leaves_no_lock_and_is_recovered(make_rehearsal):
    rehearsal = make_rehearsal(VPC + LONG)
    process = up_until(rehearsal.folder, "Vpc vpc created")
    process.kill()
    process.communicate(timeout=30)
    rehearsal.write(VPC)
    rehearsal("up")
    rehearsal("preview", "--expect-no-changes")
    rehearsal("destroy")
    assert rehearsal.state() == []
