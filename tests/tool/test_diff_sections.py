"""What `plinth diff` reads beside the events: the pack's books, the lines of resources, the keys of the stack file."""

from __future__ import annotations

import json

import pytest

from plinth.diffing.places import StackKeys, positions_of
from plinth.diffing.verdicts import verdict_sections
from plinth.program import Program
from plinth.reports.model import Place

URN = "urn:pulumi:prod::shop::aws:ec2/vpc:Vpc::vpc"


def test_waivers_in_force_and_counts_rule_by_rule(tmp_path):
    counts = {"fail": 0, "undecided": 1, "waived": 2, "pass": 0, "notApplicable": 4}
    waiver = {"reason": "migrated in May", "owner": "platform", "expires": "2026-05-01"}
    findings = [
        {"rule": "tags", "verdict": "waived", "urn": URN, "text": "t", "waiver": waiver},
        {"rule": "tags", "verdict": "undecided", "urn": URN, "text": "t"},
    ]
    books = {"version": 1, "rules": [{"id": "tags", **counts}], "findings": findings}
    (tmp_path / "verdicts.json").write_text(json.dumps(books))
    waived, judged = verdict_sections(tmp_path / "verdicts.json")
    assert waived.rows == (("tags", "vpc", "platform", "2026-05-01", "migrated in May"),)
    assert judged.rows == (("tags", "-", "1", "2", "-", "4"),)
    assert len(judged.headings) == len(judged.rows[0])


@pytest.mark.parametrize("books", [None, "{}", '{"version": 2}'])
def test_another_pack_has_no_books(tmp_path, books):
    if books:
        (tmp_path / "verdicts.json").write_text(books)
    assert verdict_sections(tmp_path / "verdicts.json") == ()


def call(method: str, *files: str, urn: str = URN) -> str:
    frames = [{"pc": {"uri": f"file://{file}", "line": 7 + index}} for index, file in enumerate(files)]
    return json.dumps(
        {"method": method, "request": {"stackTrace": {"frames": [{}, *frames]}}, "response": {"urn": urn}}
    )


def test_the_innermost_line_of_the_program_counts(tmp_path):
    register, log = "/pulumirpc.ResourceMonitor/RegisterResource", tmp_path / "calls.json"
    inside = f"{tmp_path}/components/my%20network.py"
    calls = [
        call("/pulumirpc.ResourceMonitor/Invoke", inside, urn="other"),
        call(register, "/usr/lib/x.py", f"{tmp_path}/.venv/lib/sdk.py", inside, f"{tmp_path}/__main__.py"),
        call(register, "/usr/lib/x.py", urn="foreign"),
    ]
    log.write_text("\n".join(calls))
    assert dict(positions_of(log, tmp_path)) == {URN: Place("components/my network.py", 9)}


STACK_FILE = """config:
  aws:region: us-east-1
  shop:network:
    zones: [a, b]
  shop:services:
    order-service:
      port: 3000
    order: {port: 1}
"""


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("shop-prod-order-service", 6), ("shop-prod-order-service-config", 6), ("shop-prod-order", 8),
        ("shop-prod-network", 3), ("shop-prod-1", 1), ("reorder", 1),
    ],
)  # fmt: skip
def test_a_resource_is_named_after_a_key(tmp_path, name, line):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(STACK_FILE)
    assert StackKeys(Program.find(tmp_path), "prod").named_after(name) == Place("Pulumi.prod.yaml", line)


def test_an_error_names_a_key(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(STACK_FILE)
    keys = StackKeys(Program.find(tmp_path), "prod")
    said = "Pulumi.prod.yaml: 1 problem, so nothing was planned.\n  shop:services.order-service.port: is no port."
    assert keys.said_in(said) == Place("Pulumi.prod.yaml", 7)
    assert keys.said_in("something else") == Place("Pulumi.prod.yaml", 1)
    assert StackKeys(Program.find(tmp_path), "dev").said_in(said) == Place("Pulumi.yaml", 1)
