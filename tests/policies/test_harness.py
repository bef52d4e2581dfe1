"""The harness on a pack that is not ours: a plain CrossGuard pack of one resource policy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plinth.testing import Cases
from tests.conftest import ROOT

PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def validate(args, report):
    if args.resource_type == "aws:cloudwatch/logGroup:LogGroup" and not args.props.get("retentionInDays"):
        report("Say how long logs are kept.")

PolicyPack("other", [ResourceValidationPolicy("keeps-logs", "Logs end.", validate)], EnforcementLevel.MANDATORY)
"""

CASES = Cases(
    base="""
        import pulumi_aws as aws
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        """,
    broken={"for-ever": 'aws.cloudwatch.LogGroup("for-ever")'},
    benign={"kept": 'aws.cloudwatch.LogGroup("kept", retention_in_days=30)'},
    unknown={"computed": 'aws.cloudwatch.LogGroup("computed", retention_in_days=vpc.id.apply(len))'},
)


def folder(tmp_path: Path, name: str) -> Path:
    made = tmp_path / name
    made.mkdir()
    return made


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    made = folder(tmp_path, "pack")
    runtime = {"name": "python", "options": {"virtualenv": str(ROOT / ".venv")}}
    (made / "PulumiPolicy.yaml").write_text(
        json.dumps({"runtime": runtime, "version": "0.0.1"}), encoding="utf-8"
    )
    (made / "__main__.py").write_text(PACK, encoding="utf-8")
    return made


@pytest.mark.engine
def test_any_pack_can_be_tested_case_by_case(tmp_path: Path, pack: Path) -> None:
    CASES.check(folder(tmp_path, "right"), pack, "keeps-logs")
    swapped = Cases(CASES.base, broken=CASES.benign, benign=CASES.broken, unknown={})
    with pytest.raises(AssertionError) as said:
        swapped.check(folder(tmp_path, "wrong"), pack, "keeps-logs")
    assert "kept should fail, and does not" in str(said.value)
    assert "for-ever fails, and should not" in str(said.value)
