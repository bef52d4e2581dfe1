"""Route 53 and ACM: zones, records and certificates."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.simulator.account import Account, Refusal

ZONE = "aws:route53/zone:Zone"
RECORD = "aws:route53/record:Record"
CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
HOST = {"name": "shop.example.com", "type": "A", "records": ["203.0.113.1"], "ttl": 60}
NAMES = {"domainName": "example.com", "subjectAlternativeNames": ["*.example.com", "api.example.com"]}
Inputs = dict[str, Any]


@pytest.fixture
def zone_id(aws: Account) -> str:
    return aws.create(ZONE, name="example.com")["zoneId"]


def test_a_zone(aws: Account) -> None:
    made = aws.create(ZONE, name="example.com")
    assert re.fullmatch(r"Z[0-9A-F]{20}", made["id"])
    assert made["arn"] == f"arn:aws:route53:::hostedzone/{made['id']}"
    assert len(set(made["nameServers"])) == 4
    assert all(
        re.fullmatch(r"ns-\d+\.awsdns-\d\d\.(com|net|org|co\.uk)", name) for name in made["nameServers"]
    )
    assert made["primaryNameServer"] == made["nameServers"][0]


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("shop.example.com", "shop.example.com"),
        ("Shop.example.com.", "shop.example.com"),
        ("shop", "shop.example.com"),
        ("example.com", "example.com"),
        ("*.example.com", "*.example.com"),
        ("shop.notexample.com", "shop.notexample.com.example.com"),
    ],
)
def test_a_record_s_full_name(aws: Account, zone_id: str, name: str, full: str) -> None:
    made = aws.create(RECORD, **{**HOST, "name": name}, zoneId=zone_id)
    assert made["fqdn"] == full
    assert made["id"] == f"{zone_id}_{name.removesuffix('.').lower()}_A"


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (
            {},
            "InvalidChangeBatch: [Tried to create resource record set [name='shop.example.com.', type='A'] but",
        ),
        ({"name": "shop"}, "but it already exists]"),
        (
            {"type": "CNAME", "records": ["example.net"]},
            "RRSet of type CNAME with DNS name shop.example.com. is not permitted as it conflicts with other records",
        ),
        (
            {"type": "CNAME", "name": "example.com", "records": ["example.net"]},
            "RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone example.com.",
        ),
        ({"type": "AAAA", "records": ["2001:db8::1"]}, ""),
        ({"name": "api"}, ""),
        ({"allowOverwrite": True}, ""),
        ({"zoneId": "Z0ELSEWHERE"}, ""),
        ({"setIdentifier": "blue", "weightedRoutingPolicies": [{"weight": 1}]}, ""),
    ],
)
def test_a_second_record(aws: Account, zone_id: str, second: Inputs, words: str) -> None:
    aws.create(RECORD, **HOST, zoneId=zone_id)
    inputs = {**HOST, "zoneId": zone_id, **second}
    if not words:
        assert aws.create(RECORD, "second", **inputs)
        assert aws.update(RECORD, **HOST | {"ttl": 300}, zoneId=zone_id), (
            "the provider overwrites what it has made"
        )
        return
    with pytest.raises(Refusal, match=re.escape(words)):
        aws.create(RECORD, "second", **inputs)


def test_a_record_beside_a_cname(aws: Account, zone_id: str) -> None:
    name = {**HOST, "type": "CNAME", "records": ["example.net"], "zoneId": zone_id}
    aws.create(RECORD, **name)
    with pytest.raises(
        Refusal, match="because a conflicting RRSet of type CNAME with the same DNS name already"
    ):
        aws.create(RECORD, "second", **HOST, zoneId=zone_id)
    assert aws.update(RECORD, **{**name, "ttl": 300})["ttl"] == 300
    assert aws.update(RECORD, **HOST, zoneId=zone_id)["type"] == "A"


def test_a_zone_with_records_stays(aws: Account, zone_id: str) -> None:
    aws.create(RECORD, **HOST, zoneId=zone_id)
    with pytest.raises(Refusal, match="HostedZoneNotEmpty"):
        aws.delete(ZONE)
    aws.delete(RECORD)
    aws.delete(ZONE)


def test_a_certificate(aws: Account) -> None:
    made = aws.create(CERTIFICATE, **NAMES, validationMethod="DNS")
    assert re.fullmatch(r"arn:aws:acm:ap-northeast-2:123456789012:certificate/[0-9a-f-]{36}", made["arn"])
    assert made["status"] == "PENDING_VALIDATION"
    assert made["subjectAlternativeNames"] == ["example.com", "*.example.com", "api.example.com"]
    first, wildcard, api = made["domainValidationOptions"]
    assert re.fullmatch(r"_[0-9a-f]{32}\.example\.com\.", first["resourceRecordName"])
    assert re.fullmatch(r"_[0-9a-f]{32}\.acm-validations\.aws\.", first["resourceRecordValue"])
    assert first["resourceRecordType"] == "CNAME"
    assert wildcard == {**first, "domainName": "*.example.com"}
    assert api["resourceRecordName"].endswith(".api.example.com.")
    elsewhere = aws.create(CERTIFICATE, "cdn", **NAMES, validationMethod="DNS", region="us-east-1")
    assert ":acm:us-east-1:" in elsewhere["arn"]
    assert elsewhere["domainValidationOptions"] == made["domainValidationOptions"]


def prove(aws: Account, certificate: Inputs, zone_id: str, count: int) -> list[str]:
    """Make the records of the first `count` proofs: their names."""
    options = {item["resourceRecordName"]: item for item in certificate["domainValidationOptions"]}
    return [
        aws.create(
            RECORD,
            name,
            name=name,
            type="CNAME",
            records=[item["resourceRecordValue"]],
            ttl=60,
            zoneId=zone_id,
        )["fqdn"]
        for name, item in list(options.items())[:count]
    ]


def test_a_validation_waits_for_its_records(aws: Account, zone_id: str) -> None:
    certificate = aws.create(CERTIFICATE, **NAMES, validationMethod="DNS")
    arn = certificate["arn"]
    missing = certificate["domainValidationOptions"][2]["resourceRecordName"].removesuffix(".")
    with pytest.raises(Refusal, match=r"timeout while waiting for state to become 'ISSUED'"):
        aws.create(VALIDATION, certificateArn=arn)
    said = prove(aws, certificate, zone_id, 1)
    with pytest.raises(Refusal, match=f"missing api.example.com DNS validation record: {missing}"):
        aws.create(VALIDATION, certificateArn=arn, validationRecordFqdns=said)
    with pytest.raises(Refusal, match=r"last state: 'PENDING_VALIDATION'"):
        aws.create(VALIDATION, certificateArn=arn, validationRecordFqdns=[*said, missing])
    said = prove(aws, certificate, zone_id, 2)
    made = aws.create(VALIDATION, certificateArn=arn, validationRecordFqdns=said)
    assert re.fullmatch(r"2026-01-01 00:00:\d\d\.\d{9} \+0000 UTC", made["id"])


def test_what_is_proven_elsewhere_counts_as_proven(aws: Account) -> None:
    arn = aws.create(CERTIFICATE, **NAMES, validationMethod="DNS")["arn"]
    assert aws.create(VALIDATION, certificateArn=arn)
    assert aws.create(VALIDATION, "other", certificateArn="arn:aws:acm:us-east-1:123456789012:certificate/1")


@pytest.mark.parametrize(
    ("type_", "inputs", "words"),
    [
        (CERTIFICATE, {"domainName": "example.com."}, "invalid value for domain_name (cannot end with a period)"),
        (CERTIFICATE, {"domainName": "a.example.com", "validationMethod": "FAX"}, "validation_method to be one of"),
        (CERTIFICATE, {"domainName": "a.example.com", "privateKey": "k"}, '"domain_name": conflicts with private_key'),
        (RECORD, {**HOST, "zoneId": "Z", "aliases": []}, '"aliases": conflicts with ttl'),
    ],
)  # fmt: skip
def test_what_the_provider_refuses(aws: Account, type_: str, inputs: Inputs, words: str) -> None:
    assert any(words in reason for reason in aws.check(type_, **inputs))


def test_a_certificate_needs_a_way_to_prove_it(aws: Account) -> None:
    with pytest.raises(Refusal, match="`certificate_authority_arn` or `validation_method` must be set"):
        aws.create(CERTIFICATE, domainName="example.com")


@pytest.mark.parametrize(
    ("type_", "change", "replaces"),
    [
        (ZONE, {"comment": "x"}, False),
        (ZONE, {"name": "x"}, True),
        (RECORD, {"ttl": 5}, False),
        (RECORD, {"type": "AAAA"}, False),
        (RECORD, {"setIdentifier": "x"}, False),
        (RECORD, {"name": "x"}, True),
        (CERTIFICATE, {"tags": {"a": "b"}}, False),
        (CERTIFICATE, {"subjectAlternativeNames": ["x"]}, True),
        (CERTIFICATE, {"validationOptions": [{"domainName": "x"}]}, True),
        (VALIDATION, {"validationRecordFqdns": ["x"]}, True),
    ],
)
def test_what_replaces(aws: Account, type_: str, change: Inputs, replaces: bool) -> None:
    assert bool(aws.replaced_by(type_, {}, change)) is replaces
