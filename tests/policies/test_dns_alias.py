"""`dns-alias` on plain programs: records that lead somewhere, and certificates that fit."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.dns_alias import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

VIEWER = {"acmCertificateArn": UNKNOWN, "minimumProtocolVersion": "TLSv1.2_2021"}


def certificate(name: Any = "example.com", *others: Any, region: Any = "us-east-1") -> Resource:
    props = {"domainName": name, "subjectAlternativeNames": list(others), "region": region, "arn": UNKNOWN}
    return resource("aws:acm/certificate:Certificate", "cert", props)


def distribution(*aliases: Any, behind: Resource | None = None, **viewer: Any) -> Resource:
    said = {
        "aliases": list(aliases),
        "viewerCertificate": {**VIEWER, **viewer},
        "domainName": "d1.cloudfront.net",
    }
    edges = {"viewerCertificate": [behind]} if behind else {}
    return resource("aws:cloudfront/distribution:Distribution", "cdn", said, edges)  # fmt: skip


def record(target: Any, name: Any = "cdn.example.com", behind: Resource | None = None) -> Resource:
    said = {"name": name, "type": "A", "aliases": [{"name": target}]}
    return resource("aws:route53/record:Record", "record", said, {"aliases": [behind]} if behind else {})


@pytest.mark.parametrize(
    ("made", "viewer", "said"),
    [
        (certificate(region="eu-west-1"), {}, "is in eu-west-1, not us-east-1"),
        (certificate("*.other.com"), {}, "does not cover cdn.example.com"),
        (certificate("example.com"), {}, "does not cover cdn.example.com"),
        (certificate("*.example.com"), {"minimumProtocolVersion": "TLSv1.1_2016"}, "is TLSv1.1_2016"),
        (certificate("*.example.com"), {"minimumProtocolVersion": None}, "TLSv1 (AWS default)"),
        (certificate("*.example.com"), {"acmCertificateArn": None}, "no certificate of its own"),
        (None, {"acmCertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/1"}, "is in eu-west-1"),
    ],
)
def test_a_certificate_that_does_not_fit_is_found(
    made: Resource | None, viewer: dict[str, Any], said: str
) -> None:
    cdn = distribution("cdn.example.com", behind=made, **viewer)
    found = findings(RULE, cdn, *([made] if made else []))["cdn"]
    assert found.verdict is Verdict.FAIL
    assert said in found.text.partition("Remedy")[0]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (certificate("*.example.com"), Verdict.PASS),
        (certificate("example.com", "CDN.example.com"), Verdict.PASS),
        (certificate("*.example.com", region=UNKNOWN), Verdict.UNKNOWN),
        (certificate(UNKNOWN), Verdict.UNKNOWN),
        (None, Verdict.UNKNOWN),
    ],
)
def test_a_certificate_that_fits_passes_and_one_that_is_not_known_does_not(
    made: Resource | None, expected: Verdict
) -> None:
    cdn = distribution("cdn.example.com", behind=made)
    assert verdict(RULE, cdn, *([made] if made else [])) is expected


def test_without_aliases_there_is_nothing_to_cover() -> None:
    assert verdict(RULE, distribution()) is Verdict.NOT_APPLICABLE


CDN = distribution("cdn.example.com", "*.img.example.com")
BALANCER = resource("aws:lb/loadBalancer:LoadBalancer", "lb", {"dnsName": "lb-1.us-east-1.elb.amazonaws.com"})


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (record("d1.cloudfront.net"), Verdict.PASS),
        (record("d1.cloudfront.net."), Verdict.PASS),
        (record(UNKNOWN, behind=CDN), Verdict.PASS),
        (record(UNKNOWN, name="cdn", behind=CDN), Verdict.PASS),
        (record(UNKNOWN, name="a.img.example.com", behind=CDN), Verdict.PASS),
        (record(UNKNOWN, name="www.example.com", behind=CDN), Verdict.FAIL),
        (record("d2.cloudfront.net"), Verdict.FAIL),
        (record("d2.cloudfront.net", name="www.example.com"), Verdict.UNKNOWN),
        (record("lb-1.us-east-1.elb.amazonaws.com", name="www.example.com"), Verdict.PASS),
        (record(UNKNOWN), Verdict.UNKNOWN),
        (record(UNKNOWN, name=UNKNOWN, behind=CDN), Verdict.UNKNOWN),
    ],
)
def test_a_record_leads_to_what_answers(subject: Resource, expected: Verdict) -> None:
    assert verdict(RULE, subject, CDN, BALANCER) is expected


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    made = certificate(nonsense, nonsense, region=nonsense)
    for case in ([record(nonsense, nonsense)], [distribution(nonsense, behind=made), made],
                 [distribution("a.example.com", acmCertificateArn=nonsense, minimumProtocolVersion=nonsense)]):  # fmt: skip
        found = RULE.check(Graph(case))
        assert not [finding for finding in found if "itself failed" in finding.text]


BASE = """
import pulumi, pulumi_aws as aws

def certificate(name, domain, region="us-east-1"):
    return aws.acm.Certificate(name, domain_name=domain, validation_method="DNS", region=region)

def cdn(name, made, alias=None, version="TLSv1.2_2021"):
    viewer = {"acm_certificate_arn": made.arn, "ssl_support_method": "sni-only", "minimum_protocol_version": version}
    return aws.cloudfront.Distribution(
        name,
        enabled=True,
        aliases=[alias or f"{name}.example.com"],
        origins=[{"origin_id": "o", "domain_name": "o.example.com", "custom_origin_config": {
            "http_port": 80, "https_port": 443, "origin_protocol_policy": "https-only",
            "origin_ssl_protocols": ["TLSv1.2"]}}],
        default_cache_behavior={
            "target_origin_id": "o", "viewer_protocol_policy": "https-only", "allowed_methods": ["GET", "HEAD"],
            "cached_methods": ["GET", "HEAD"], "cache_policy_id": "658327ea-f89d-4fab-a63d-7e88639e58f6",
        },
        restrictions={"geo_restriction": {"restriction_type": "none"}},
        viewer_certificate=viewer,
    )

def record(name, target, host=None):
    aws.route53.Record(name, zone_id="Z123", name=host or f"{name}.example.com", type="A", aliases=[
        {"name": target, "zone_id": "Z2FDTNDATAQYW2", "evaluate_target_health": False}])

wildcard = certificate("wildcard", "*.example.com")
good = cdn("good", wildcard)
"""
WRONG = {
    "region": 'cdn("region", certificate("elsewhere", "*.example.com", "eu-west-1"))',
    "cover": 'cdn("cover", certificate("apex", "example.com"))',
    "tls": 'cdn("tls", wildcard, version="TLSv1_2016")',
    "stranger": 'record("stranger", good.domain_name)',
    "stale": 'record("stale", "d111111abcdef8.cloudfront.net", "good.example.com")',
}
RIGHT = {
    "exact": 'cdn("exact", certificate("exact", "exact.example.com"))',
    "validated": """
        proven = aws.acm.CertificateValidation("proven", certificate_arn=wildcard.arn, region="us-east-1")
        class Proven:
            arn = proven.certificate_arn
        cdn("validated", Proven)""",
    "good": 'record("good", good.domain_name)',
}
UNKNOWNS = {"foreign": 'record("foreign", "d222222abcdef8.cloudfront.net")'}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
