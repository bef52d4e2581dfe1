"""What each format shows, by structure; what it must not do with foreign text is in test_injection.py."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from plinth.reports.events import read_events
from plinth.reports.format import Format
from plinth.reports.markdown import LIMIT, MARKER, REST
from plinth.reports.model import Diagnostic, Place, Report, Section, Verdict, worst
from plinth.reports.output import RENDERERS
from tests.reports.logs import component, judged, resource, said, summary, urn, violation

SERVICES = "shop:index:ServiceDatabases"
LOGIN = f"{SERVICES}$shop:index:DatabaseLogin"
CLUSTER = "aws:rds/cluster:Cluster"


def small() -> Report:
    """A data loss, an identity lost, an update with noise and a long value, a creation; a violation, advice, a warning."""
    long = {"policy": "x" * 500 + "old" + "y" * 500}, {"policy": "x" * 500 + "new" + "y" * 500}
    events = [
        component(SERVICES, "shop"),
        component(LOGIN, "orders", "create", parent=urn(SERVICES, "shop")),
        resource("create", "aws:secretsmanager/secret:Secret", "orders", None, {"name": "orders"}, parent=urn(LOGIN, "orders")),
        resource("update", "aws:iam/policy:Policy", "p", long[0] | {"etag": "1"}, long[1] | {"etag": "2"}),
        resource("replace", "aws:ec2/subnet:Subnet", "a", {"vpcId": "1"}, {"vpcId": "2"}, detailed={"vpcId": "update-replace"}),
        resource("delete", CLUSTER, "db", {}, None, protect=True),
        violation("single-vpc", urn(CLUSTER, "db"), "A second VPC.\nIt stands elsewhere. Remedy: move it."),
        violation("alarms", urn(CLUSTER, "db"), "No alarm.\nNobody watches.", "advisory"),
        judged("node-label"),
        said("warning", "look out"),
        summary(),
    ]  # fmt: skip
    return read_events(events)


def large(services: int) -> Report:
    """One change that makes each of many services new, and takes a database away."""
    events = [component(SERVICES, "shop"), resource("delete", CLUSTER, "db", {}, None)]
    for number in range(services):
        name = f"service-{number:04}"
        events.append(component(LOGIN, name, "create", parent=urn(SERVICES, "shop")))
        for type_ in ("random:index/randomPassword:RandomPassword", "aws:secretsmanager/secret:Secret"):
            events.append(resource("create", type_, name, None, {"name": name}, parent=urn(LOGIN, name)))
        events.append(violation("alarms", urn(LOGIN, name), "No alarm.\nNobody watches.", "advisory"))
        events.append(resource("update", "aws:iam/policy:Policy", name, {"a": "1" * 400}, {"a": "2" * 400}))
    return read_events([*events, judged("node-label"), summary()])


@pytest.mark.parametrize(("services", "stacks"), [(1000, 1), (1000, 3), (5, 1)])
def test_a_comment_stays_under_the_limit_and_says_what_is_left_out(services, stacks):
    report = large(services)
    comment = RENDERERS[Format.MARKDOWN]([report] * stacks)
    assert len(comment) <= LIMIT
    assert comment.startswith(MARKER)
    assert comment.count("**delete** `aws:rds Cluster` `db`") == stacks, (
        "the loss of data is told for each stack"
    )
    assert comment.count(REST) == (stacks if services == 1000 else 0)
    assert comment.count("<details>") == comment.count("</details>")
    if services == 1000:
        assert len(comment) > LIMIT * 0.9


def test_an_endless_name_crowds_nobody_out_of_the_comment():
    bucket = "aws:s3/bucket:Bucket"
    endless = [resource("delete", bucket, f"{number}{'x' * 100_000}", {}, None) for number in range(5)]
    report = read_events([*endless, resource("delete", bucket, "db", {}, None), summary()])
    comment = RENDERERS[Format.MARKDOWN]([report])
    assert len(comment) <= LIMIT
    assert "- **delete** `aws:s3 Bucket` `db`" in comment


def test_a_page_of_a_thousand_services_has_them_all():
    page = RENDERERS[Format.HTML]([large(1000)])
    assert page.count("data-text=") == 1 + 1000 * 4
    assert len(page) < 6_000_000


@pytest.mark.parametrize("format_", [Format.TERMINAL, Format.MARKDOWN, Format.HTML])
def test_the_worst_comes_first(format_):
    page = RENDERERS[format_]([small()])
    places = [
        page.index(text)
        for text in ("aws:rds Cluster", "aws:ec2 Subnet", "aws:iam Policy", "aws:secretsmanager Secret")
    ]
    assert places == sorted(places)
    assert "it is protected" in page


def test_markdown():
    page = RENDERERS[Format.MARKDOWN]([small()])
    assert "> [!CAUTION]\n> **Data is deleted or replaced**\n>\n> - **delete** `aws:rds Cluster` `db`" in page
    assert "`aws:ec2 Subnet` `a`, because of `vpcId`" in page
    assert (
        "`…xxxxxxxxxxxxxxxxxxxxoldyyyyyyyyyyyyyyyyyyyy…` → `…xxxxxxxxxxxxxxxxxxxxnewyyyyyyyyyyyyyyyyyyyy…`"
        in page
    )
    assert "computed values and hashes: 1" in page
    assert (
        page.index("Blocked by policy")
        < page.index("Advice")
        < page.index("<details>")
        < page.index("Warnings")
    )
    assert "Policies: 1 passed, 2 did not" in page
    assert "`aws:secretsmanager Secret` `orders` in `DatabaseLogin orders`" in page


def test_a_report_without_a_policy_pack_says_so():
    for format_ in (Format.MARKDOWN, Format.HTML, Format.TERMINAL):
        assert "No policy pack judged it" in RENDERERS[format_]([read_events([summary()])])


def test_sections_of_others():
    picture = Section("Picture", svg="<svg/>", mermaid="flowchart LR\n  a --> b")
    cost = Section("Cost", ("What", "Monthly"), (("Database", "1 | 2"),))
    report = Report("prod", sections=(cost, picture))
    comment = RENDERERS[Format.MARKDOWN]([report])
    assert "| What | Monthly |\n| --- | --- |\n| Database | 1 &#124; 2 |" in comment
    assert "```mermaid\nflowchart LR\n  a --> b\n```" in comment
    assert "data:image/svg+xml;base64," in RENDERERS[Format.HTML]([report])
    assert json.loads(RENDERERS[Format.JSON]([report]))["stacks"][0]["sections"][0]["title"] == "Cost"


def test_a_stack_whose_file_is_removed_is_no_green_tick():
    report = Report("dev", diagnostics=(Diagnostic(False, "Pulumi.dev.yaml is removed"),), removed=True)
    for format_ in (Format.MARKDOWN, Format.HTML, Format.TERMINAL):
        page = RENDERERS[format_]([report])
        assert "stack file removed" in page
        assert "Pulumi.dev.yaml is removed" in page
        assert "no change" not in page
    assert worst([report]) is Verdict.CHANGES
    assert "<skipped" in RENDERERS[Format.JUNIT]([report])


def test_json():
    document = json.loads(RENDERERS[Format.JSON]([small()]))
    (stack,) = document["stacks"]
    assert (document["version"], document["verdict"], stack["verdict"]) == (1, "blocked", "blocked")
    assert stack["counts"] == {"delete": 1, "replace": 1, "update": 1, "create": 2}
    assert stack["changes"][0]["loss"] == "data"


def test_sarif():
    document = json.loads(RENDERERS[Format.SARIF]([small()]))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted(set(rules))
    assert "node-label" in rules, "what passed is named too"
    found = {(result["ruleId"], result["level"]) for result in run["results"]}
    assert found == {("single-vpc", "error"), ("alarms", "warning"), ("data-loss", "warning")}
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "Pulumi.prod.yaml"
        assert location["physicalLocation"]["region"]["startLine"] >= 1
    assert len({result["partialFingerprints"]["plinth/v1"] for result in run["results"]}) == 3


def test_sarif_points_to_the_place_that_is_known():
    places = {urn(CLUSTER, "db"): Place("data base.py", 7), "broken": Place("Pulumi.prod.yaml", 3)}
    report = replace(
        small(), diagnostics=(Diagnostic(True, "broken"), Diagnostic(True, "else")), places=places
    )
    results = json.loads(RENDERERS[Format.SARIF]([report]))["runs"][0]["results"]
    found = {
        (result["ruleId"], place["artifactLocation"]["uri"], place["region"]["startLine"])
        for result in results
        for place in [result["locations"][0]["physicalLocation"]]
    }
    assert found == {
        ("single-vpc", "data%20base.py", 7), ("alarms", "data%20base.py", 7), ("data-loss", "data%20base.py", 7),
        ("program-error", "Pulumi.prod.yaml", 3), ("program-error", "Pulumi.prod.yaml", 1),
    }  # fmt: skip


def test_junit():
    (suite,) = ElementTree.fromstring(RENDERERS[Format.JUNIT]([small()]))  # noqa: S314 - our own
    cases = {case.get("name"): [child.tag for child in case] for case in suite}
    assert cases == {"preview": [], "alarms": ["system-out"], "node-label": [], "single-vpc": ["failure"]}
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "1", "0")


def test_junit_of_a_preview_that_failed():
    report = read_events([said("error", "plinth:x: wrong"), summary("failed")])
    (suite,) = ElementTree.fromstring(RENDERERS[Format.JUNIT]([report]))  # noqa: S314 - our own
    assert suite.get("errors") == "1"
    assert suite[0][0].text == "plinth:x: wrong"


@pytest.mark.parametrize("format_", list(Format))
def test_order_does_not_depend_on_the_engines(format_):
    events = [resource("update", CLUSTER, name, {"a": 1}, {"a": 2}) for name in "abc"]
    pages = {RENDERERS[format_]([read_events([*order, summary()])]) for order in (events, events[::-1])}
    assert len(pages) == 1
