"""A resource that a program has renamed is still the same one in AWS, and in nobody's way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.account import Account

WEB_ACL = {"name": "content", "scope": "REGIONAL"}
DISTRIBUTION = {
    "aliases": ["cdn.example.com"],
    "viewerCertificate": {"iamCertificateId": "ASCA"},
    "origins": [{"originId": "content"}],
    "defaultCacheBehavior": {"targetOriginId": "content"},
}


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:s3/bucket:Bucket", {"bucket": "market-content"}),
        ("aws:wafv2/webAcl:WebAcl", WEB_ACL),
        ("aws:cloudfront/distribution:Distribution", DISTRIBUTION),
        ("aws:lb/listener:Listener", {"loadBalancerArn": "l", "port": 80}),
        ("aws:route53/record:Record", {"zoneId": "Z", "name": "a.example.com", "type": "A"}),
    ],
)
def test_a_renamed_resource_is_changed(aws: Account, type_: str, inputs: dict[str, Any]) -> None:
    aws.create(type_, "before", **inputs)
    aws.made[type_, "after"] = aws.made[type_, "before"]
    assert aws.update(type_, "after", **inputs, tags={"Name": "after"})["id"] == aws.made[type_, "before"][0]
