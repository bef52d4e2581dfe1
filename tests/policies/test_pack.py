"""The pack on the real engine: its books, its configuration, and what a broken rule does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from incidents.graph import Graph
from incidents.judgement import judge_stack
from incidents.pack import PackRun
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided
from tests.conftest import ROOT
from tests.policies.stacks import resource

PROGRAM = """
    import pulumi_aws as aws

    aws.cloudwatch.LogGroup("kept", retention_in_days=30)
    aws.cloudwatch.LogGroup("for-ever")
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
    aws.lb.TargetGroup("slow", vpc_id=vpc.id, port=80, protocol="HTTP", target_type="ip", deregistration_delay=90)
    aws.cloudwatch.LogGroup("undecided", retention_in_days=vpc.id.apply(len))
"""

BROKEN_RULE = '''
"""`broken`: fails on every log group. Nothing else."""
from incidents.pack import PackRun
from incidents.rule import Finding, Rule, each

def judge(resource):
    raise KeyError("retention")

RULE = Rule("broken", "Breaks.", "None.", lambda graph: each("broken", graph.of_type("aws:cloudwatch/logGroup:LogGroup"), judge), prod_only=True)
'''


def test_a_resource_counts_once_as_the_worst_that_is_said_of_it() -> None:
    names = ("a", "b", "c", "d")
    items = {name: resource("aws:s3/bucket:Bucket", name) for name in names}

    def judge(found: Any) -> Finding:
        if found.name == "c":
            raise Undecided("its name")
        return Finding(
            {"a": Verdict.PASS, "b": Verdict.FAIL, "d": Verdict.NOT_APPLICABLE}[found.name], found.urn
        )

    rule = Rule(
        "r", "", "", lambda graph: [*each("r", graph.resources, judge), Finding(Verdict.FAIL, items["a"].urn)]
    )
    books = judge_stack(Graph(items.values()), [rule, Rule("idle", "", "", lambda _: ())])
    assert books.judgements[0].counts == {"fail": 2, "undecided": 1, "not applicable": 1}
    assert [item.judged_nothing for item in books.judgements] == [False, True]
    assert books.summary().endswith("2 fail, 1 undecided, 0 waived, 0 pass. Nothing to judge for idle.")
    shuffled = reversed(items.values())
    assert (
        judge_stack(Graph(shuffled), [rule]).to_json() == judge_stack(Graph(items.values()), [rule]).to_json()
    )


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the pack with one more rule, which breaks."""
    folder = tmp_path_factory.mktemp("pack") / "policies"
    shutil.copytree(ROOT / "policies", folder, ignore=shutil.ignore_patterns("__pycache__"))
    definition = (folder / "PulumiPolicy.yaml").read_text(encoding="utf-8")
    (folder / "PulumiPolicy.yaml").write_text(
        definition.replace("../.venv", str(ROOT / ".venv")), encoding="utf-8"
    )
    (folder / "incidents" / "rules" / "broken.py").write_text(BROKEN_RULE, encoding="utf-8")
    waivers = [
        {"id": "log-retention", "urn": "urn:pulumi:*::case::*::for-ever", "expires": "2026-06-01"},
        {"id": "log-retention", "urn": "urn:pulumi:*::case::*::nowhere", "expires": "2026-06-01"},
        {"id": "broken", "urn": "urn:pulumi:*::case::*::kept", "expires": "2026-06-01"},
    ]
    text = json.dumps({"waivers": [{**item, "reason": "r", "owner": "o"} for item in waivers]}, indent=1)
    (folder / "waivers.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.engine
def test_the_books_of_a_run(make_rehearsal: Any, pack: Path, tmp_path: Path) -> None:
    rehearsal = make_rehearsal(PROGRAM, stacks=("dev",))
    config = tmp_path / "config.json"
    said = {
        "undecided": "mandatory",
        "deregistration-delay": {"mostSeconds": 120},
        "two-zones": {"mostSecond": 1},
        "singel-vpc": "advisory",
    }
    config.write_text(json.dumps(said), encoding="utf-8")
    flags = ("--policy-pack", str(pack), "--policy-pack-config", str(config))
    env = {"PLINTH_TODAY": "2026-03-01", "PLINTH_VERDICTS": str(tmp_path / "verdicts.json")}
    result = rehearsal("preview", *flags, stack="dev", env=env, expect_exit=None)
    assert result.violations, result.output

    found = [(item["policyName"], item["enforcementLevel"], item["message"]) for item in result.violations]
    on_pack = [
        message for policy, level, message in found if policy == "policy-pack" and level == "mandatory"
    ]
    for part in (
        "broken: the rule itself failed (KeyError: 'retention'), so urn:pulumi:dev::case::aws:cloudwatch/logGroup:LogGroup::kept",
        "no policy `singel-vpc` (did you mean `single-vpc`?)",
        "`two-zones` has no key `mostSecond`",
        "waivers.yaml:10: the waiver of log-retention",
    ):
        assert any(part in message for message in on_pack), (part, on_pack)
    assert ("undecided", "mandatory") in {item[:2] for item in found}
    assert any(policy == "waived" and "waived by o until 2026-06-01: r" in text for policy, _, text in found)
    assert "deregistration-delay" not in {policy for policy, _, _ in found}

    books = json.loads((tmp_path / "verdicts.json").read_text(encoding="utf-8"))
    counts = {item.pop("id"): item for item in books["rules"]}
    log_retention = {
        key: value for key, value in counts["log-retention"].items() if value and isinstance(value, int)
    }
    assert log_retention == {"pass": 1, "undecided": 1, "waived": 1}
    assert counts["deregistration-delay"]["pass"] == 1
    (summary,) = [
        event["policyAnalyzeStackSummaryEvent"]
        for event in result.events
        if "policyAnalyzeStackSummaryEvent" in event
    ]
    assert "deregistration-delay" in summary["passed"]
    assert "cache-tls" not in summary["passed"]
    assert any("Nothing to judge for" in text and "cache-tls" in text for text in result.diagnostics("info"))


@pytest.mark.engine
def test_a_setting_of_another_type_is_refused_by_the_engine(make_rehearsal: Any, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"deregistration-delay": {"mostSeconds": "long"}}', encoding="utf-8")
    flags = ("--policy-pack", str(ROOT / "policies"), "--policy-pack-config", str(config))
    result = make_rehearsal(PROGRAM)("preview", *flags, expect_exit=None)
    assert result.exit_code
    assert "deregistration-delay: mostSeconds" in result.output


@pytest.mark.engine
def test_an_error_outside_of_all_rules_fails_the_preview(make_rehearsal: Any) -> None:
    flags = ("--policy-pack", str(ROOT / "policies"))
    env = {"PLINTH_TODAY": "soon"}
    result = make_rehearsal(PROGRAM)("preview", *flags, env=env, expect_exit=None)
    assert result.exit_code
    assert "Invalid isoformat string: 'soon'" in result.output


def test_a_report_that_cannot_be_written_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLINTH_VERDICTS", "/nowhere/verdicts.json")
    run = PackRun([])
    run.judge([])
    (mistake,) = run.books.mistakes
    assert mistake.startswith(
        "PLINTH_VERDICTS: /nowhere/verdicts.json cannot be written (No such file or directory)"
    )
