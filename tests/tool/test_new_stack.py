"""`plinth new-stack`: a copy that can stand beside the stack it is copied from, and never in the place of one."""

from __future__ import annotations

import difflib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def new_stack(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "plinth", "new-stack", "-C", str(folder), *arguments],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for file in ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"):
        shutil.copy(ROOT / file, tmp_path)
    return tmp_path


def new_lines(old: Path, new: Path) -> list[str]:
    lines = difflib.ndiff(old.read_text().splitlines(), new.read_text().splitlines())
    return [line[2:].strip() for line in lines if line.startswith("+ ")]


def test_only_what_two_stacks_cannot_share_differs(project: Path) -> None:
    prod = project / "Pulumi.prod.yaml"
    prod.write_text(
        prod.read_text().replace("zone: example.com", "zone: example.com\n    create: true  # ours")
    )
    done = new_stack(project, "staging", "--from", "prod")
    assert (done.returncode, done.stderr) == (0, "")
    changes = [
        "environment: staging", "cidr: 10.21.0.0/16", "create: false  # ours", "domain: cdn-staging.example.com",
        "domain: staging.example.com",
    ]  # fmt: skip
    assert new_lines(prod, project / "Pulumi.staging.yaml") == changes
    assert "plinth rehearse preview -s staging" in done.stdout
    assert new_stack(project, "review", "--from", "staging").returncode == 0
    assert "cidr: 10.22.0.0/16" in (project / "Pulumi.review.yaml").read_text()


def test_keys_of_the_old_stacks_encryption_stay_behind(project: Path) -> None:
    file = project / "Pulumi.dev.yaml"
    old = file.read_text()
    file.write_text(
        f"secretsprovider: awskms://alias/plinth\nencryptedkey: abc=\n{old}encryptionsalt: v1:abc=\n"
    )
    assert new_stack(project, "review", "--from", "dev").returncode == 0
    assert new_lines(file, project / "Pulumi.review.yaml") == ["environment: review", "cidr: 10.30.16.0/20"]
    text = (project / "Pulumi.review.yaml").read_text()
    assert not any(word in text for word in ("secretsprovider", "encryptedkey", "encryptionsalt"))


@pytest.mark.parametrize(
    ("arguments", "edit", "text"),
    [
        (["prod", "--from", "dev"], {}, "Pulumi.prod.yaml: is there already, and would be lost"),
        (["Staging", "--from", "dev"], {}, "Write up to 20 lower-case letters"),
        (["staging", "--from", "nope"], {}, "no such stack file, so there is nothing to copy. Stacks here: dev, prod."),
        (["staging", "--from", "dev"], {"port: 8080": "prt: 8080"}, "plinth:services.api-gateway.prt: no such key"),
        (["staging", "--from", "dev"], {"owner: platform@example.com": "owner: {secure: v1:abc}"}, "Pulumi.dev.yaml:9: a value"),
        (["staging", "--from", "dev"], {"cidr: 10.30.0.0/20": "cidr: &range 10.30.0.0/20"}, "network.cidr is not written out"),
    ],
)  # fmt: skip
def test_nothing_is_overwritten_or_written_wrong(
    project: Path, arguments: list[str], edit: dict[str, str], text: str
) -> None:
    dev = project / "Pulumi.dev.yaml"
    for old, new in edit.items():
        assert old in dev.read_text()
        dev.write_text(dev.read_text().replace(old, new))
    before = {path: path.read_bytes() for path in project.iterdir()}
    done = new_stack(project, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in project.iterdir()} == before
