"""A stack that was brought up by an earlier version of this program keeps its data when it meets the present one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.baselines.__main__ import FOLDER
from tests.components.conftest import changed, replaced
from tests.conftest import Rehearsal

pytestmark = pytest.mark.engine

BASELINES = sorted(FOLDER.glob("*/*.json"))

DATA = (
    "aws:ec2/subnet:", "aws:ec2/vpc:", "aws:eks/cluster:", "aws:elasticache/replicationGroup:", "aws:kms/key:",
    "aws:rds/cluster:", "aws:rds/clusterInstance:", "aws:s3/bucket:", "aws:secretsmanager/secret:",
)  # fmt: skip
"""What holds data, keys to it, or the place that it cannot leave."""

ANNOUNCED: dict[str, set[str]] = {}
"""By milestone, the replacements and deletions that the changelog announces, by logical name."""


def test_every_milestone_has_the_stacks_of_its_time():
    assert BASELINES
    for state in BASELINES:
        assert (state.parent / f"Pulumi.{state.stem}.yaml").is_file()


@pytest.mark.parametrize("state", BASELINES, ids=lambda state: f"{state.parent.name}-{state.stem}")
def test_no_data_is_replaced_or_deleted(project: Rehearsal, state: Path):
    stack = state.stem
    shutil.copy(state.parent / f"Pulumi.{stack}.yaml", project.folder)
    project("stack", "import", "--file", str(state), stack=stack)
    result = project("preview", stack=stack)
    lost = {
        urn.rpartition("::")[2]
        for urn, op in result.steps.items()
        if op == "delete" and urn.split("::")[2].split("$")[-1].startswith(DATA)
    }
    announced = ANNOUNCED.get(state.parent.name, set())
    assert replaced(result) | lost <= announced
    # The state was met at all: a stack that is made anew would spare it too.
    assert len(changed(result, "same", "update")) > 20


def test_a_program_that_would_replace_the_production_database_is_refused(project: Rehearsal):
    state = FOLDER / "data-tier" / "prod.json"
    shutil.copy(state.parent / "Pulumi.prod.yaml", project.folder)
    program = project.folder / "components" / "database.py"
    program.write_text(program.read_text().replace("storage_encrypted=True", "storage_encrypted=False"))
    project("stack", "import", "--file", str(state), stack="prod")
    refused = project("preview", stack="prod", expect_exit=1)
    (said,) = (error for error in refused.diagnostics("error") if "Cluster::plinth-prod" in error)
    assert "unable to replace resource" in said
