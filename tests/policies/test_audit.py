"""`plinth audit` on states and recorded previews, and the baseline of waivers that it writes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from incidents.recorded import of_preview, of_state
from incidents.references import is_said
from incidents.unknowns import UNKNOWN, WITHHELD
from plinth.cli import app
from plinth.errors import UserError
from tests.conftest import ROOT
from tests.policies.stacks import STACK, urn

LOGS = "aws:cloudwatch/logGroup:LogGroup"
CIPHERTEXT = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}
TAGS = {"owner": "o", "environment": "e", "service": "s"}
DAY = {"PLINTH_TODAY": "2026-03-01"}


def state_of(name: str, **outputs: Any) -> dict[str, Any]:
    return {
        "urn": urn(LOGS, name),
        "type": LOGS,
        "parent": STACK,
        "inputs": {},
        "outputs": {"id": name, "tags": TAGS, **outputs},
    }


def audit(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["audit", *map(str, arguments)], env=DAY)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    resources = [
        {"urn": STACK, "type": "pulumi:pulumi:Stack"},
        state_of("kept", retentionInDays=30),
        state_of("for-ever"),
        state_of("old"),
        {**state_of("gone"), "delete": True},
    ]
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"version": 3, "deployment": {"resources": resources}}), encoding="utf-8")
    return path


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))


def test_a_state_is_judged_resource_by_resource(state: Path, tmp_path: Path) -> None:
    result = audit("--state", state, "--report", tmp_path / "verdicts.json")
    assert result.exit_code == 1
    assert re.search(r"log-retention +2 +- +- +1 +-", result.output)
    assert "gone" not in result.output
    books = json.loads((tmp_path / "verdicts.json").read_text(encoding="utf-8"))
    assert [item["urn"] for item in books["findings"]] == [urn(LOGS, "for-ever"), urn(LOGS, "old")]


OLD = {"id": "log-retention", "urn": urn(LOGS, "old"), "reason": "r", "owner": "o", "expires": "2026-04-01"}


@pytest.mark.parametrize("before", [None, [], [OLD]], ids=["no file", "none", "one, with less indent"])
def test_a_baseline_of_waivers_lets_the_same_state_pass_and_still_shows_it(
    state: Path, pack: Path, before: list[Any] | None
) -> None:
    file = pack / "waivers.yaml"
    file.unlink()
    if before is not None:
        file.write_text(yaml.safe_dump({"waivers": before}), encoding="utf-8")
    flags = ("--state", state, "--policy-pack", pack)
    written = audit(*flags, "--write-waivers", "--owner", "ops", "--expires", "2026-06-01")
    assert written.exit_code == 0, written.output
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert {item["urn"] for item in content["waivers"]} == {urn(LOGS, "for-ever"), urn(LOGS, "old")}
    again = audit(*flags)
    assert again.exit_code == 0
    assert re.search(r"log-retention +- +- +2 +1 +-", again.output)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Say one of --stack"),
        (("--state", "STATE", "--preview", "STATE"), "Say one of --stack"),
        (("--preview", "STATE"), "has no `steps`"),
        (("--state", "absent.json"), "cannot be read"),
        (("--state", "STATE", "--policy-pack", "."), "not Plinth's policy pack"),
        (("--state", "STATE", "--write-waivers"), "needs --owner"),
        (("--state", "STATE", "--write-waivers", "--owner", "o", "--expires", "2027-01-01"), "180 days"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_without_a_traceback(state: Path, arguments: tuple[str, ...], said: str) -> None:
    result = audit(*(state if item == "STATE" else item for item in arguments))
    assert isinstance(result.exception, UserError)
    assert said in str(result.exception)


def test_secrets_count_as_said_and_unknowns_as_unknown() -> None:
    entry = {**state_of("a", authToken=CIPHERTEXT, n=[{"b": CIPHERTEXT}]), "protect": True}
    (found,) = of_state({"deployment": {"resources": [entry]}})
    assert found.props["authToken"] is WITHHELD
    assert found.props["n"] == [{"b": WITHHELD}]
    assert found.protect
    assert is_said(found, "authToken")
    planned = {"urn": urn(LOGS, "a"), "type": LOGS, "inputs": {
        "__defaults": [], "authToken": "[secret]", "vpcId": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"},
        "propertyDependencies": {"vpcId": [STACK]}}  # fmt: skip
    (found,) = of_preview(
        {"steps": [{"op": "create", "newState": planned}, {"op": "delete", "oldState": {}}]}
    )
    assert found.props == {"id": UNKNOWN, "authToken": WITHHELD, "vpcId": UNKNOWN}
    assert found.edges == {"vpcId": (STACK,)}
    assert not is_said(found, "id")


@pytest.mark.engine
def test_what_a_real_preview_and_state_say(make_rehearsal: Any, tmp_path: Path) -> None:
    rehearsal = make_rehearsal("""
        import pulumi
        import pulumi_aws as aws

        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        aws.ec2.SecurityGroup("world", vpc_id=vpc.id, ingress=[
            {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]}])
        aws.elasticache.ReplicationGroup(
            "cache", description="d", auth_token=pulumi.Output.secret("abcdefghijklmnopqrst"),
            transit_encryption_enabled=True, at_rest_encryption_enabled=True)
    """)  # fmt: skip
    preview = rehearsal("preview", "--json").output
    (tmp_path / "preview.json").write_text(preview[preview.index("{") :], encoding="utf-8")
    rehearsal("up")
    (tmp_path / "state.json").write_text(rehearsal("stack", "export").output, encoding="utf-8")
    for kind in ("preview", "state"):
        report = tmp_path / f"{kind}-verdicts.json"
        assert audit(f"--{kind}", tmp_path / f"{kind}.json", "--report", report).exit_code == 1
        counts = {item["id"]: item for item in json.loads(report.read_text(encoding="utf-8"))["rules"]}
        assert counts["admin-ports-closed"]["fail"] == 1
        assert counts["cache-tls"]["pass"] == 1, kind
