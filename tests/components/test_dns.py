"""The zone, certificates and aliases, on the real engine."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.components.small_program import Program, bring_up, depends_on, live_and_die
from tests.conftest import Rehearsal

pytestmark = pytest.mark.engine

PROGRAM = """
found = Zone("found", DnsSettings(zone="example.net"))
Zone("dev", DnsSettings(zone="dev.example.net", create=True, parent="example.net"))
pulumi.export("found", found.zone_id)

zone = Zone("shop", DnsSettings(zone="example.com", create=True))
names = ["example.com", "*.example.com", "api.example.com", "example.com"]
regional = Certificate("shop", domains=names, zone=zone)
content = Certificate("content", domains=["cdn.example.com"], zone=zone, region=GLOBAL_REGION)
alias("shop.example.com", zone=zone, target="lb.example.net", target_zone_id="Z0", opts=pulumi.ResourceOptions(parent=zone))
pulumi.export("regional", regional.arn)
pulumi.export("content", content.arn)
pulumi.export("name_servers", zone.name_servers)
"""

RECORD = "aws:route53/record:Record"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"


@pytest.fixture(scope="module")
def program(make_rehearsal: Callable[..., Rehearsal]) -> Program:
    return bring_up(make_rehearsal, PROGRAM)


def test_a_zone_is_looked_up_or_made_and_delegated_to(program: Program):
    assert re.fullmatch("Z[0-9A-F]{20}", program.outputs["found"])
    zones = program.of_type("aws:route53/zone:Zone")
    assert set(zones) == {"shop", "dev"}
    delegation = program.of_type(RECORD)["dev-delegation"]
    assert delegation["inputs"]["zoneId"] == program.outputs["found"]
    assert (delegation["inputs"]["name"], delegation["inputs"]["type"]) == ("dev.example.net", "NS")
    assert zones["dev"]["urn"] in depends_on(program, delegation)


def test_all_records_are_known_at_the_first_preview(program: Program):
    created = {urn for urn, op in program.preview.steps.items() if op == "create"}
    assert {item["urn"] for item in program.resources if item["type"].startswith("aws:")} <= created


def test_a_wildcard_and_its_base_share_one_record(program: Program):
    records = {
        name: item["inputs"]
        for name, item in program.of_type(RECORD).items()
        if item["inputs"]["type"] == "CNAME"
    }
    assert set(records) == {"shop-example.com", "shop-api.example.com", "content-cdn.example.com"}
    assert len({record["name"] for record in records.values()}) == 3
    for record in records.values():
        assert record["allowOverwrite"] is True


def test_certificates_are_where_their_listeners_are_and_issued_before_they_are_used(program: Program):
    certificates = program.of_type("aws:acm/certificate:Certificate")
    assert certificates["shop"]["inputs"]["subjectAlternativeNames"] == ["*.example.com", "api.example.com"]
    assert all(item["inputs"]["validationMethod"] == "DNS" for item in certificates.values())
    issued = program.of_type(VALIDATION)
    for name, region in (("shop", "ap-northeast-2"), ("content", "us-east-1")):
        assert certificates[name]["outputs"]["region"] == issued[name]["outputs"]["region"] == region
        proven = {urn.rpartition("::")[2] for urn in depends_on(program, issued[name]) if RECORD in urn}
        assert proven == {record for record in program.of_type(RECORD) if record.startswith(f"{name}-")}
    assert ":acm:us-east-1:" in program.outputs["content"]


def test_an_alias_answers_over_both_protocols(program: Program):
    zone = program.of_type("aws:route53/zone:Zone")["shop"]
    for type_ in ("A", "AAAA"):
        record = program.of_type(RECORD)[f"shop.example.com-{type_}"]["inputs"]
        assert (record["name"], record["type"]) == ("shop.example.com", type_)
        assert record["zoneId"] == zone["outputs"]["zoneId"]
        assert record["aliases"][0]["name"] == "lb.example.net"


def test_it_lives_and_dies(program: Program):
    live_and_die(program)
