"""`plinth cost` and `plinth graph` as a user runs them, on a plain program of pulumi_aws."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET  # parses what was just drawn

import pytest

from tests.conftest import Rehearsal

PROGRAM = """
    import pulumi_aws as aws

    vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16")
    subnet = aws.ec2.Subnet("data-a", vpc_id=vpc.id, cidr_block="10.0.0.0/24", availability_zone="ap-northeast-2a")
    web = aws.ec2.SecurityGroup("web", vpc_id=vpc.id)
    db = aws.ec2.SecurityGroup("db", vpc_id=vpc.id)
    aws.vpc.SecurityGroupIngressRule(
        "db", security_group_id=db.id, referenced_security_group_id=web.id, ip_protocol="tcp", from_port=5432, to_port=5432,
    )
    for name, group in {"app": web, "worker": db}.items():
        aws.ec2.Instance(
            name, ami="ami-0123456789abcdef0", instance_type="m7g.large", subnet_id=subnet.id,
            vpc_security_group_ids=[group.id],
        )
    aws.kinesis.Stream("clicks", shard_count=1)
"""


def plinth(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "plinth", *arguments, "-s", "test", "-C", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.engine
def test_a_plain_program_is_priced_and_drawn(make_rehearsal: Callable[..., Rehearsal]) -> None:
    folder = make_rehearsal(PROGRAM).folder
    table = plinth(folder, "cost")
    assert (table.returncode, table.stderr) == (0, "")
    assert "146.44" in table.stdout
    assert "clicks: no price in the table" in table.stdout
    assert "unknown, and in no sum: kinesis Stream" in table.stdout

    drawn = plinth(folder, "graph", "--output", str(folder / "it.svg"))
    assert (drawn.returncode, drawn.stdout, drawn.stderr) == (0, "", "")
    text = "".join(ET.parse(folder / "it.svg").getroot().itertext())  # noqa: S314
    assert all(part in text for part in ("10.0.0.0/16", "data-a", "m7g.large", "5432"))


@pytest.mark.engine
def test_a_preview_that_fails_says_why(make_rehearsal: Callable[..., Rehearsal]) -> None:
    folder = make_rehearsal("raise ValueError('no such thing')").folder
    broken = plinth(folder, "cost")
    assert (broken.returncode, broken.stdout) == (1, "")
    assert broken.stderr.startswith(f"error: {folder}: the preview of stack 'test' failed")
    assert "no such thing" in broken.stderr


def test_a_picture_is_not_drawn_for_a_folder_that_is_not_there(tmp_path: Path) -> None:
    lost = plinth(tmp_path, "graph", "--output", "no/such/folder.svg")
    assert (lost.returncode, lost.stdout) == (1, "")
    assert lost.stderr.startswith(
        "error: --output no/such/folder.svg: no/such is no folder that can be written to"
    )
