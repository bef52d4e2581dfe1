"""What a change of the stack file plans, and what a mistake in it says."""

from __future__ import annotations

import pytest

from tests.components.conftest import change, changed, replaced
from tests.conftest import Rehearsal

pytestmark = pytest.mark.engine


def test_changes_of_a_running_stack(project: Rehearsal):
    project("up", stack="dev")

    def third_zone(config):
        config["plinth:network"]["zones"].append("ap-northeast-2b")

    original = (project.folder / "Pulumi.dev.yaml").read_text()
    change(project, "dev", third_zone)
    result = project("preview", stack="dev")
    assert not any("Subnet" in urn and "replace" in op for urn, op in result.steps.items())
    data = [op for urn, op in result.steps.items() if "aws:rds/" in urn or "aws:elasticache/" in urn]
    assert sorted(op for op in data if op != "same") == ["update", "update"], "the two subnet groups"
    assert {urn.rpartition("::")[2] for urn, op in result.steps.items() if op == "create" and "subnet:Subnet" in urn} == {
        "plinth-dev-public-b", "plinth-dev-private-b", "plinth-dev-data-b",
    }  # fmt: skip

    (project.folder / "Pulumi.dev.yaml").write_text(original)
    change(project, "dev", lambda config: config["plinth:network"].update(cidr="10.40.0.0/20"))
    assert {"plinth-dev", "plinth-dev-private-a"} <= replaced(project("preview", stack="dev"))

    (project.folder / "Pulumi.dev.yaml").write_text(original)
    change(
        project,
        "dev",
        lambda config: config["plinth:cluster"]["node_groups"]["general"].update(max=4, disk_gib=30),
    )
    result = project("preview", stack="dev")
    assert replaced(result) == set()
    assert changed(result, "update") == {"plinth-dev-general"}


MISTAKES = {
    "typo": (
        lambda config: config["plinth:network"].update(zonez=config["plinth:network"].pop("zones")),
        ["plinth:network.zonez", "Did you mean `zones`?"],
    ),
    "unknown section": (
        lambda config: config.update({"plinth:netwrok": {}}),
        ["plinth:netwrok", "Did you mean `network`?"],
    ),
    "overlapping CIDR": (
        lambda config: config["plinth:network"].update(peer_cidrs=["10.20.128.0/17"]),
        ["10.20.128.0/17", "overlaps", "10.20.0.0/16"],
    ),
    "sixty pods on three t3.medium": (
        lambda config: (
            config["plinth:cluster"].update(
                prefix_delegation=False,
                node_groups={
                    "general": {"capacity": "on-demand", "instance_types": ["t3.medium"], "min": 3, "max": 3}
                },
            ),
            config.update(
                {"plinth:services": {"web": {"replicas": 60, "requests": {"cpu": "10m", "memory": "16Mi"}}}}
            ),
        ),
        ["3 x t3.medium", "pods", "pod-capacity"],
    ),
    "arm64 type for amd64": (
        lambda config: config["plinth:cluster"]["node_groups"]["general"].update(
            instance_types=["m7g.large"]
        ),
        ["m7g.large", "arm64", "amd64", "exec format error"],
    ),
    "no settings at all": (dict.clear, ["1 problem", "there is no such file", "one like Pulumi.dev.yaml"]),
}


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_a_mistake_is_told_without_a_traceback(project: Rehearsal, mistake: str):
    edit, expected = MISTAKES[mistake]
    change(project, "prod", edit)
    result = project("preview", stack="prod", expect_exit=1)
    for text in ["Pulumi.prod.yaml", *expected]:
        assert text in result.output, result.output
    assert "Traceback" not in result.output
