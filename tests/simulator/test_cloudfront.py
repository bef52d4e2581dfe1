"""CloudFront: distributions and what they are made of."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.simulator.account import Account, Refusal

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
CERTIFICATE = "aws:acm/certificate:Certificate"
CONTROL = "aws:cloudfront/originAccessControl:OriginAccessControl"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
Inputs = dict[str, Any]

ORIGIN = {"originId": "content", "domainName": "content.s3.ap-northeast-2.amazonaws.com"}
INPUTS = {
    "enabled": True,
    "origins": [ORIGIN],
    "defaultCacheBehavior": {
        "targetOriginId": "content",
        "viewerProtocolPolicy": "redirect-to-https",
        "allowedMethods": ["GET", "HEAD"],
        "cachedMethods": ["GET", "HEAD"],
    },
    "restrictions": {"geoRestriction": {"restrictionType": "none"}},
    "viewerCertificate": {"cloudfrontDefaultCertificate": True},
}
FOREIGN_CERTIFICATE = "arn:aws:acm:{}:123456789012:certificate/12345678-0000-0000-0000-000000000000"
NOT_COVERED = "InvalidViewerCertificate: The certificate that is attached to your distribution doesn't cover"


def certificate(arn: str) -> Inputs:
    return {"acmCertificateArn": arn, "sslSupportMethod": "sni-only"}


def test_a_distribution(aws: Account) -> None:
    made = aws.create(DISTRIBUTION, **INPUTS)
    assert re.fullmatch(r"E[0-9A-Z]{13}", made["id"])
    assert made["arn"] == f"arn:aws:cloudfront::123456789012:distribution/{made['id']}"
    assert re.fullmatch(r"d[0-9a-z]{13}\.cloudfront\.net", made["domainName"])
    assert made["hostedZoneId"] == "Z2FDTNDATAQYW2"
    assert made["trustedKeyGroups"] == [{"enabled": False, "items": []}]
    behavior = {**INPUTS["defaultCacheBehavior"], "trustedKeyGroups": ["group"]}
    signed = aws.create(DISTRIBUTION, "signed", **{**INPUTS, "defaultCacheBehavior": behavior})
    assert signed["trustedKeyGroups"][0]["enabled"] is True
    assert signed["domainName"] != made["domainName"]


@pytest.mark.parametrize(
    ("type_", "id_", "arn"),
    [
        ("originAccessControl:OriginAccessControl", "E[0-9A-Z]{13}", "origin-access-control"),
        ("originAccessIdentity:OriginAccessIdentity", "E[0-9A-Z]{13}", "origin-access-identity"),
        ("cachePolicy:CachePolicy", "[0-9a-f-]{36}", "cache-policy"),
        ("originRequestPolicy:OriginRequestPolicy", "[0-9a-f-]{36}", "origin-request-policy"),
        ("responseHeadersPolicy:ResponseHeadersPolicy", "[0-9a-f-]{36}", "response-headers-policy"),
        ("function:Function", "main", "function"),
        ("keyGroup:KeyGroup", "[0-9a-f-]{36}", ""),
        ("publicKey:PublicKey", "K[0-9A-Z]{13}", ""),
    ],
)
def test_ids_and_arns(aws: Account, type_: str, id_: str, arn: str) -> None:
    made = aws.create(f"aws:cloudfront/{type_}", name="main")
    assert re.fullmatch(id_, made["id"])
    assert made["etag"]
    assert made.get("arn", "") == (arn and f"arn:aws:cloudfront::123456789012:{arn}/{made['id']}")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"aliases": ["cdn.example.com"]},
            "InvalidViewerCertificate: To add an alternate domain name (CNAME) to a CloudFront distribution, you must",
        ),
        (
            {"viewerCertificate": certificate(FOREIGN_CERTIFICATE.format("ap-northeast-2"))},
            "InvalidViewerCertificate: The specified SSL certificate doesn't exist, isn't in us-east-1 region",
        ),
        ({"viewerCertificate": certificate("cdn.example.com")}, "The specified SSL certificate doesn't exist"),
        (
            {"defaultCacheBehavior": {**INPUTS["defaultCacheBehavior"], "targetOriginId": "contents"}},
            "NoSuchOrigin: One or more of your origins or origin groups do not exist.",
        ),
        (
            {"orderedCacheBehaviors": [{"targetOriginId": "api", "pathPattern": "/api/*"}]},
            "NoSuchOrigin",
        ),
        (
            {"originGroups": [{"originId": "both", "members": [{"originId": "content"}, {"originId": "spare"}]}]},
            "NoSuchOrigin",
        ),
        (
            {
                "origins": [
                    {**ORIGIN, "originAccessControlId": "E1", "s3OriginConfig": {"originAccessIdentity": "i/c/E2"}}
                ]
            },
            "Cannot use both Origin Access Control and Origin Access Identity on an origin",
        ),
        (
            {"webAclId": "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/1"},
            "InvalidWebACLId: Web ACL is not accessible by the requester.",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(aws: Account, change: Inputs, words: str) -> None:
    with pytest.raises(Refusal, match=re.escape(words)):
        aws.create(DISTRIBUTION, **{**INPUTS, **change})
    aws.create(DISTRIBUTION, **INPUTS)
    with pytest.raises(Refusal, match=re.escape(words)):
        aws.update(DISTRIBUTION, **{**INPUTS, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"aliases": ["a.example.com"], "viewerCertificate": certificate(FOREIGN_CERTIFICATE.format("us-east-1"))},
        {"aliases": ["a.example.com"], "viewerCertificate": {"iamCertificateId": "ASCA"}},
        {"webAclId": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/shop/1"},
        {"webAclId": "473e64fd-f30b-4765-81a0-62ad96dd167a"},
        {"origins": [{**ORIGIN, "s3OriginConfig": {"originAccessIdentity": "origin-access-identity/cloudfront/E2"}}]},
        {
            "originGroups": [{"originId": "both", "members": [{"originId": "content"}]}],
            "defaultCacheBehavior": {**INPUTS["defaultCacheBehavior"], "targetOriginId": "both"},
        },
    ],
)  # fmt: skip
def test_what_another_tool_has_made_counts_as_right(aws: Account, change: Inputs) -> None:
    assert aws.create(DISTRIBUTION, **{**INPUTS, **change})


@pytest.mark.parametrize(
    ("host", "covered"),
    [
        ("example.com", True),
        ("cdn.example.com", True),
        ("*.example.com", True),
        ("a.cdn.example.com", False),
        ("cdn.example.net", False),
    ],
)
def test_a_certificate_covers_its_names_and_one_label_of_its_wildcard(aws: Account, host: str, covered: bool):
    arn = aws.create(
        CERTIFICATE,
        domainName="example.com",
        subjectAlternativeNames=["*.example.com"],
        validationMethod="DNS",
        region="us-east-1",
    )["arn"]
    inputs = {**INPUTS, "aliases": ["www.example.com", host], "viewerCertificate": certificate(arn)}
    if covered:
        assert aws.create(DISTRIBUTION, **inputs)
        return
    with pytest.raises(Refusal, match=NOT_COVERED):
        aws.create(DISTRIBUTION, **inputs)


def test_a_host_is_one_distribution_s(aws: Account) -> None:
    named = {
        **INPUTS,
        "aliases": ["cdn.example.com"],
        "viewerCertificate": certificate(FOREIGN_CERTIFICATE.format("us-east-1")),
    }
    aws.create(DISTRIBUTION, **named)
    assert aws.update(DISTRIBUTION, **{**named, "comment": "the same host"})
    with pytest.raises(
        Refusal, match="CNAMEAlreadyExists: One or more of the CNAMEs you provided are already"
    ):
        aws.create(DISTRIBUTION, "second", **named)


def test_an_access_control_is_for_origins_of_its_type(aws: Account) -> None:
    control = aws.create(
        CONTROL,
        name="content",
        originAccessControlOriginType="s3",
        signingBehavior="always",
        signingProtocol="sigv4",
    )["id"]
    assert aws.create(DISTRIBUTION, **{**INPUTS, "origins": [{**ORIGIN, "originAccessControlId": control}]})
    custom = {**ORIGIN, "originAccessControlId": control, "customOriginConfig": {"httpPort": 80}}
    with pytest.raises(Refusal, match="The origin type and OAC origin type differ"):
        aws.create(DISTRIBUTION, "custom", **{**INPUTS, "origins": [custom]})


def test_a_web_acl_is_named_by_its_arn(aws: Account) -> None:
    acl = aws.create(WEB_ACL, name="content", scope="CLOUDFRONT", region="us-east-1")
    with pytest.raises(Refusal, match="InvalidWebACLId"):
        aws.create(DISTRIBUTION, **INPUTS, webAclId=acl["id"])
    assert aws.create(DISTRIBUTION, **INPUTS, webAclId=acl["arn"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"httpVersion": "http4"}, "expected http_version to be one of"),
        ({"priceClass": "cheap"}, "expected price_class to be one of"),
    ],
)
def test_what_the_provider_refuses(aws: Account, change: Inputs, words: str) -> None:
    assert any(words in reason for reason in aws.check(DISTRIBUTION, **INPUTS, **change))


@pytest.mark.parametrize(
    ("type_", "change", "replaces"),
    [
        (DISTRIBUTION, {"aliases": ["x"]}, False),
        (DISTRIBUTION, {"staging": True}, True),
        (CONTROL, {"signingBehavior": "never"}, False),
        ("aws:cloudfront/cachePolicy:CachePolicy", {"defaultTtl": 5}, False),
        ("aws:cloudfront/publicKey:PublicKey", {"encodedKey": "x"}, True),
        ("aws:cloudfront/publicKey:PublicKey", {"comment": "x"}, False),
        ("aws:cloudfront/function:Function", {"code": "x"}, False),
        ("aws:cloudfront/function:Function", {"name": "x"}, True),
    ],
)
def test_what_replaces(aws: Account, type_: str, change: Inputs, replaces: bool) -> None:
    assert bool(aws.replaced_by(type_, {}, change)) is replaces
