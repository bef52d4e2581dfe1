"""`cdn-origin-access` on plain programs: who reads the bucket, and by which way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.cdn_origin_access import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

ARN = "arn:aws:cloudfront::123456789012:distribution/EDFDVBD6EXAMPLE"
GRANT = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudfront.amazonaws.com"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::images/*",
    "Condition": {"StringEquals": {"AWS:SourceArn": ARN}},
}
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
TLS_ONLY = {**OPEN, "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
BLOCKED = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)  # fmt: skip
CONTROL = {
    "id": "E2QWRUHAPOMQZL",
    "signingBehavior": "always",
    "signingProtocol": "sigv4",
    "originAccessControlOriginType": "s3",
}


def parts(**changes: Any) -> dict[str, Resource]:
    """A distribution and all that belongs to it; `changes` are of the origin, or the properties of a part by its name."""
    origin = {
        "originId": "s3",
        "domainName": "images.s3.us-east-1.amazonaws.com",
        "originAccessControlId": CONTROL["id"],
        **changes.get("origin", {}),
    }
    policy = json.dumps(
        {"Version": "2012-10-17", "Statement": [TLS_ONLY, *changes.get("statements", [GRANT])]}
    )
    types: dict[str, tuple[str, dict[str, Any]]] = {
        "cdn": ("aws:cloudfront/distribution:Distribution", {"arn": ARN, "origins": [origin]}),
        "bucket": ("aws:s3/bucket:Bucket", {"bucket": "images"}),
        "control": ("aws:cloudfront/originAccessControl:OriginAccessControl", CONTROL),
        "block": ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", {"bucket": "images", **BLOCKED}),
        "policy": ("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "images", "policy": policy}),
        "acl": ("aws:s3/bucketAcl:BucketAcl", {"bucket": "images", "acl": "private"}),
    }
    return {
        name: resource(type_, name, {**props, **changes.get(name, {})})
        for name, (type_, props) in types.items()
        if changes.get(name, {}) is not None
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"origin": {"originAccessControlId": ""}}, "no origin access control"),
        (
            {"origin": {"s3OriginConfig": {"originAccessIdentity": "origin-access-identity/cloudfront/E1"}}},
            "an origin access identity",
        ),
        ({"control": {"signingBehavior": "no-override"}}, "signingBehavior no-override, not always"),
        ({"control": {"signingBehavior": "never"}}, "signingBehavior never"),
        ({"block": None}, "no public access block"),
        ({"block": {"blockPublicPolicy": False}}, "leaves blockPublicPolicy off"),
        ({"block": {"restrictPublicBuckets": None}}, "leaves restrictPublicBuckets off"),
        ({"acl": {"acl": "public-read"}}, "a public ACL (public-read)"),
        (
            {
                "acl": {
                    "acl": None,
                    "accessControlPolicy": {
                        "grants": [{"grantee": {"uri": "http://acs.amazonaws.com/groups/global/AllUsers"}}]
                    },
                }
            },
            "a public ACL",
        ),
        ({"policy": None}, "no policy that lets CloudFront in"),
        ({"statements": []}, "does not let cloudfront.amazonaws.com do s3:GetObject"),
        ({"statements": [GRANT, OPEN]}, "lets everybody read"),
        ({"statements": [{**GRANT, "Condition": {}}]}, "anybody's account"),
        ({"statements": [{**GRANT, "Resource": "arn:aws:s3:::images"}]}, "needs '/*'"),
        (
            {
                "statements": [
                    GRANT,
                    {
                        **GRANT,
                        "Condition": {},
                        "Principal": {
                            "AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"
                        },
                    },
                ]
            },
            "lets an origin access identity read",
        ),
    ],
)
def test_each_way_around_the_cdn_is_found(changes: dict[str, Any], said: str) -> None:
    assert verdict(RULE, *parts().values()) is Verdict.PASS
    found = findings(RULE, *parts(**changes).values())["cdn"]
    assert found.verdict is Verdict.FAIL
    assert said in found.text.partition("Visitors get")[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"cdn": {"origins": UNKNOWN}},
        {"control": None},
        {"bucket": None},
        {"block": {"bucket": UNKNOWN}},
        {"policy": {"policy": UNKNOWN}},
        {"policy": {"policy": "nonsense"}},
    ],
)
def test_what_is_not_known_is_undecided(changes: dict[str, Any]) -> None:
    assert verdict(RULE, *parts(**changes).values()) is Verdict.UNKNOWN


def test_other_readers_of_the_account_are_no_finding() -> None:
    role = {**GRANT, "Principal": {"AWS": "arn:aws:iam::123456789012:role/backup"}, "Condition": {}}
    office = {**OPEN, "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}
    assert verdict(RULE, *parts(statements=[GRANT, role, office]).values()) is Verdict.PASS


def test_an_origin_that_is_no_bucket_is_not_judged() -> None:
    custom = parts(origin={"domainName": "api.example.com", "customOriginConfig": {"httpPort": 80}})
    assert verdict(RULE, *custom.values()) is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    for name, part in parts().items():
        odd = {name: dict.fromkeys(part.props, nonsense)}
        found = RULE.check(Graph(parts(**odd).values()))
        assert not [finding for finding in found if "itself failed" in finding.text]


BASE = """
import json
import pulumi, pulumi_aws as aws

def bucket(name, blocked=True, acl=None, opts=None):
    made = aws.s3.Bucket(name, opts=opts)
    if blocked:
        aws.s3.BucketPublicAccessBlock(name, bucket=made.id, block_public_acls=True, block_public_policy=True,
                                       ignore_public_acls=True, restrict_public_buckets=True, opts=opts)
    if acl:
        aws.s3.BucketAcl(name, bucket=made.id, acl=acl)
    return made

def cdn(name, made, behavior="always", identity=None, opts=None):
    control = behavior and aws.cloudfront.OriginAccessControl(
        name, origin_access_control_origin_type="s3", signing_behavior=behavior, signing_protocol="sigv4", opts=opts)
    origin = {"origin_id": "s3", "domain_name": made.bucket_regional_domain_name}
    if control:
        origin["origin_access_control_id"] = control.id
    if identity:
        origin["s3_origin_config"] = {"origin_access_identity": identity.cloudfront_access_identity_path}
    return aws.cloudfront.Distribution(
        name,
        enabled=True,
        origins=[origin],
        default_cache_behavior={
            "target_origin_id": "s3", "viewer_protocol_policy": "https-only", "allowed_methods": ["GET", "HEAD"],
            "cached_methods": ["GET", "HEAD"], "cache_policy_id": "658327ea-f89d-4fab-a63d-7e88639e58f6",
        },
        restrictions={"geo_restriction": {"restriction_type": "none"}},
        viewer_certificate={"cloudfront_default_certificate": True},
        opts=opts,
    )

def let_in(name, made, arn, opts=None, **principal):
    grant = {"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": "s3:GetObject",
             "Resource": pulumi.Output.concat(made.arn, "/*"), "Condition": {"StringEquals": {"AWS:SourceArn": arn}}}
    document = {"Version": "2012-10-17", "Statement": [grant]}
    aws.s3.BucketPolicy(name, bucket=made.id, policy=pulumi.Output.json_dumps(document), opts=opts)

def whole(name, let=True, behavior="always", **changes):
    made = bucket(name, **changes)
    distribution = cdn(name, made, behavior)
    if let:
        let_in(name, made, distribution.arn)
"""
WRONG = {
    "no-control": 'whole("no-control", behavior=None)',
    "never": 'whole("never", behavior="never")',
    "identity": """
        known = bucket("identity")
        let_in("identity", known,
               cdn("identity", known, None, aws.cloudfront.OriginAccessIdentity("identity")).arn)""",
    "not-blocked": 'whole("not-blocked", blocked=False)',
    "public-acl": 'whole("public-acl", acl="public-read")',
    "no-policy": 'whole("no-policy", let=False)',
    "public": """
        public = bucket("public")
        cdn("public", public)
        aws.s3.BucketPolicy("public", bucket=public.id, policy=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::public-1/*"}]}))""",
}
RIGHT = {
    "whole": 'whole("whole")',
    "below": """
        class Their(pulumi.ComponentResource):
            def __init__(self):
                super().__init__("their:index:Cdn", "their")
                below = pulumi.ResourceOptions(parent=self)
                made = bucket("below", opts=below)
                let_in("below", made, cdn("below", made, opts=below).arn, opts=below)
        Their()""",
}
UNKNOWNS = {
    "elsewhere": """
        from types import SimpleNamespace
        cdn("elsewhere", SimpleNamespace(bucket_regional_domain_name="theirs.s3.eu-west-1.amazonaws.com"))"""
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
