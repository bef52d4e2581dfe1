"""Waivers: what holds, what is refused and in which words, and what a waived finding looks like."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import jsonschema
import pytest
import yaml

from incidents.exceptions import from_exceptions, to_exceptions
from incidents.graph import Graph
from incidents.judgement import judge_stack
from incidents.rule import Finding, Rule, Verdict, defect
from incidents.waivers import HEADER, KEYS, Waiver, load, render, today
from tests.conftest import ROOT
from tests.policies.stacks import STACK, resource, urn

DAY = date(2026, 3, 1)
GOOD = {
    "id": "two-zones",
    "urn": urn("aws:rds/cluster:Cluster", "orders"),
    "reason": "one zone until the move",
    "owner": "data team",
    "expires": DAY + timedelta(days=180),
}
SCHEMA = json.loads((ROOT / "policies" / "waivers.schema.json").read_text(encoding="utf-8"))


def read(tmp_path: Path, text: str) -> tuple[list[Waiver], list[str]]:
    path = tmp_path / "waivers.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, {"two-zones", "cache-tls"}, DAY)


def test_a_whole_waiver_holds_and_knows_its_line(tmp_path: Path) -> None:
    text = f"{HEADER}waivers:\n{render([Waiver(**GOOD, place='')])}"
    (waiver,), mistakes = read(tmp_path, text)
    assert mistakes == []
    assert waiver == Waiver(**GOOD, place="waivers.yaml:3")
    assert read(tmp_path, "waivers: []") == ([], [])
    assert load(tmp_path / "absent.yaml", set(), DAY) == ([], [])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expires": DAY - timedelta(days=1)}, "expired on 2026-02-28"),
        ({"expires": DAY + timedelta(days=181)}, "more than 180 days ahead. The latest day is 2026-08-28"),
        ({"expires": "soon"}, "no date"),
        ({"expires": 2026}, "no date"),
        ({"expires": None}, "missing or no date"),
        ({"id": "two-zone"}, "did you mean `two-zones`?"),
        ({"reason": " "}, "`reason` is missing"),
        ({"owner": 7}, "`owner` is missing or no text"),
        ({"ower": "x"}, "`ower` is no key of a waiver (did you mean `owner`?)"),
        ({"urn": "orders"}, "is no urn"),
        ({"urn": "*"}, "is no urn"),
        ({"urn": "urn:pulumi:test::case::*::*"}, "matches every resource"),
        ({"urn": "urn:pulumi:*::*::*:*/*:*::**"}, "matches every resource"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line_and_waives_nothing(
    tmp_path: Path, change: dict, said: str
) -> None:
    second = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    waivers, (mistake,) = read(tmp_path, yaml.safe_dump({"waivers": [GOOD, second]}, sort_keys=False))
    assert len(waivers) == 1
    assert mistake.startswith("waivers.yaml:7: ")
    assert said in mistake


def test_a_day_that_the_calendar_has_not_is_no_date(tmp_path: Path) -> None:
    text = yaml.safe_dump({"waivers": [GOOD]}).replace("2026-08-28", "2026-02-30")
    waivers, (mistake,) = read(tmp_path, text)
    assert waivers == []
    assert mistake.startswith("waivers.yaml:2: `expires` is missing or no date")


@pytest.mark.parametrize(
    "text",
    [
        "waivers: !!int x",
        "waivers: !!timestamp x",
        "waivers: [",
        "- a",
        "waver: []",
        "waivers: {}",
        "waivers: [1]",
        "waivers: []\nx: 1",
        "",
    ],
)
def test_a_file_of_another_shape_is_a_mistake_and_no_traceback(tmp_path: Path, text: str) -> None:
    waivers, mistakes = read(tmp_path, text)
    assert waivers == []
    assert len(mistakes) == 1
    assert mistakes[0].startswith("waivers.yaml:")


def rule(*findings: Finding) -> Rule:
    return Rule("two-zones", "", "", lambda _graph: findings)


orders = resource("aws:rds/cluster:Cluster", "orders")
other = resource("aws:rds/cluster:Cluster", "other")


def waiver(pattern: str) -> Waiver:
    return Waiver("two-zones", pattern, "r", "o", DAY, "waivers.yaml:3")


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.UNKNOWN])
def test_a_waived_finding_stays_in_the_books(verdict: Verdict) -> None:
    finding = Finding(verdict, orders.urn, "wrong")
    books = judge_stack(
        Graph([orders, other]), [rule(finding)], [waiver("urn:pulumi:test::case::*Cluster::ord*")]
    )
    (judgement,) = books.judgements
    assert judgement.open(verdict) == []
    assert judgement.counts == {"waived": 1}
    (shown,) = books.to_json()["findings"]
    assert shown["verdict"] == "waived"
    assert shown["waiver"]["owner"] == "o"
    assert books.mistakes == []


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (urn("aws:rds/cluster:Cluster", "order"), "waives nothing"),
        ("urn:pulumi:test::case::*a*::*", "matches every resource"),
        ("urn:pulumi:prod::case::*::orders", None),
        ("urn:pulumi:test::shop::*::orders", None),
    ],
)
def test_a_waiver_must_match_something_of_its_stack_and_never_everything(
    pattern: str, said: str | None
) -> None:
    fails = rule(Finding(Verdict.FAIL, orders.urn, "wrong"))
    books = judge_stack(Graph([orders, other]), [fails], [waiver(pattern)])
    assert [said in mistake and "waivers.yaml:3" in mistake for mistake in books.mistakes] == (
        [True] if said else []
    )


def test_a_defect_of_the_pack_cannot_be_waived() -> None:
    broken = rule(defect("two-zones", KeyError("x"), orders.urn))
    books = judge_stack(Graph([orders, other]), [broken], [waiver(orders.urn)])
    assert books.defects
    assert books.judgements[0].waived == {}


def test_names_with_brackets_are_only_text() -> None:
    assert waiver(f"{STACK}::a[0].*").matches(f"{STACK}::a[0].b")
    assert not waiver(f"{STACK}::a[0].*").matches(f"{STACK}::a0.b")


def test_today_can_be_set() -> None:
    assert today({"PLINTH_TODAY": "2026-03-01"}) == DAY
    assert today({}) == date.today()


def test_the_schema_for_editors_says_the_same() -> None:
    item = SCHEMA["properties"]["waivers"]["items"]
    assert tuple(item["properties"]) == tuple(item["required"]) == KEYS
    jsonschema.validate({"waivers": [{**GOOD, "expires": str(GOOD["expires"])}]}, SCHEMA)
    for wrong in ({"waivers": [{"id": "a"}]}, {"waivers": [{**GOOD, "expires": "2026-01-01", "urn": "*"}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, SCHEMA)
    assert (ROOT / "policies" / "waivers.yaml").read_text(encoding="utf-8").startswith(HEADER)


def test_waivers_go_to_pulumis_exceptions_and_back() -> None:
    fails = rule(Finding(Verdict.FAIL, orders.urn, "a"), Finding(Verdict.FAIL, other.urn, "b"))
    held = waiver("urn:pulumi:test::case::aws:rds/*::o*")
    stack = resource("pulumi:pulumi:Stack", "case-test")
    books = judge_stack(Graph([stack, orders, other]), [fails], [held])
    exceptions = to_exceptions(books.to_json()["findings"])
    assert exceptions == [
        {
            "policyPack": "plinth",
            "reason": "r (o)",
            "expiresAt": "2026-03-01T23:59:59Z",
            "match": [{"policies": ["two-zones"], "targets": [orders.urn, other.urn]}],
        }
    ]
    back = from_exceptions(exceptions, "o", DAY)
    assert [(item.id, item.urn, item.expires) for item in back] == [
        ("two-zones", orders.urn, DAY),
        ("two-zones", other.urn, DAY),
    ]
    del exceptions[0]["expiresAt"]
    later = DAY + timedelta(days=9)
    assert {item.expires for item in from_exceptions(exceptions, "o", later)} == {later}
