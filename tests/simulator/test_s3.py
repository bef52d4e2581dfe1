"""S3: buckets, their names, policies and ACLs."""

from __future__ import annotations

import json
import re
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2 as proto

from plinth.simulator.values import to_struct
from tests.simulator.account import Account, Refusal, urn

BUCKET = "aws:s3/bucket:Bucket"
ACL = "aws:s3/bucketAcl:BucketAcl"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
NAME = "market-content"
ARN = f"arn:aws:s3:::{NAME}"
Inputs = dict[str, Any]


def policy(principal: Any, condition: Any = None, resource: Any = f"{ARN}/*", effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Principal": principal, "Action": "s3:GetObject", "Resource": resource}
    return json.dumps({"Statement": statement | ({"Condition": condition} if condition else {})})


CLOUDFRONT = {"Service": "cloudfront.amazonaws.com"}
PUBLIC = policy("*")


def test_a_bucket(aws: Account) -> None:
    made = aws.create(BUCKET, bucket=NAME)
    assert (made["id"], made["arn"], made["bucketRegion"]) == (NAME, ARN, "ap-northeast-2")
    assert made["bucketRegionalDomainName"] == f"{NAME}.s3.ap-northeast-2.amazonaws.com"
    assert aws.create(VERSIONING, bucket=NAME, versioningConfiguration={"status": "Enabled"})["id"] == NAME


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        (NAME, True),
        ("a.b", True),
        ("0" * 63, True),
        ("ab", False),
        ("0" * 64, False),
        ("Market", False),
        ("market_content", False),
        ("-market", False),
        ("market.", False),
        ("market..content", False),
        ("203.0.113.1", False),
        ("xn--market", False),
        ("market-s3alias", False),
    ],
)
def test_a_bucket_s_name(aws: Account, name: str, valid: bool) -> None:
    if valid:
        assert aws.create(BUCKET, bucket=name)
        return
    with pytest.raises(Refusal, match="InvalidBucketName: The specified bucket is not valid"):
        aws.create(BUCKET, bucket=name)


def test_a_name_is_one_bucket_s_in_all_of_aws(aws: Account) -> None:
    aws.create(BUCKET, bucket=NAME)
    with pytest.raises(Refusal, match="BucketAlreadyOwnedByYou: Your previous request to create the named"):
        aws.create(BUCKET, "second", bucket=NAME, region="eu-west-1")
    of_dev = urn(BUCKET).replace(":prod::", ":dev::")
    request = proto.CreateRequest(urn=of_dev, properties=to_struct({"bucket": NAME}))
    with pytest.raises(
        grpc.RpcError, match="BucketAlreadyExists: The requested bucket name is not available"
    ):
        aws.provider.Create(request)
    assert aws.create(BUCKET, bucket=NAME), "a killed update finds what it has made"
    aws.delete(BUCKET)
    assert aws.create(BUCKET, "second", bucket=NAME)


@pytest.mark.parametrize(
    ("document", "public"),
    [
        (PUBLIC, True),
        (policy({"AWS": "*"}), True),
        (policy({"AWS": ["123456789012", "*"]}), True),
        (policy("*", {"Bool": {"aws:SecureTransport": "true"}}), True),
        (policy("*", {"StringLike": {"aws:SourceArn": "arn:aws:cloudfront::*"}}), True),
        (policy("*", effect="Deny"), False),
        (policy("*", {"StringEquals": {"aws:SourceVpce": "vpce-1"}}), False),
        (policy("*", {"StringEquals": {"AWS:PrincipalOrgID": ["o-1", "o-2"]}}), False),
        (policy({"AWS": "arn:aws:iam::123456789012:root"}), False),
        (policy(CLOUDFRONT), False),
    ],
)
def test_a_public_policy_is_blocked_unless_the_block_is_off(
    aws: Account, document: str, public: bool
) -> None:
    aws.create(BUCKET, bucket=NAME)
    inputs = {"bucket": NAME, "policy": document}
    words = f'perform: s3:PutBucketPolicy on resource: "{ARN}" because public policies are blocked by the'
    for settings in ({}, {"blockPublicPolicy": True}):
        if settings:
            aws.create(BLOCK, bucket=NAME, **settings)
        if public:
            with pytest.raises(
                Refusal, match=f"AccessDenied: User: .* is not authorized to {re.escape(words)}"
            ):
                aws.create(POLICY, **inputs)
        else:
            assert aws.create(POLICY, **inputs)["id"] == NAME
    aws.update(BLOCK, bucket=NAME, blockPublicPolicy=False)
    assert aws.create(POLICY, **inputs)


@pytest.mark.parametrize(
    ("resource", "valid"),
    [
        (ARN, True),
        ([ARN, f"{ARN}/*"], True),
        ("*", True),
        ("arn:aws:s3:::market-*/uploads/*", True),
        ("arn:aws:s3:::market-contents/*", False),
        ([ARN, "arn:aws:s3:::other"], False),
    ],
)
def test_a_policy_speaks_of_its_own_bucket(aws: Account, resource: Any, valid: bool) -> None:
    aws.create(BUCKET, bucket=NAME)
    inputs = {"bucket": NAME, "policy": policy(CLOUDFRONT, resource=resource)}
    if valid:
        assert aws.create(POLICY, **inputs)
        return
    with pytest.raises(Refusal, match="MalformedPolicy: Policy has invalid resource"):
        aws.create(POLICY, **inputs)


@pytest.mark.parametrize("settings", [{}, {"rule": {"objectOwnership": "BucketOwnerEnforced"}}])
def test_acls_are_off(aws: Account, settings: Inputs) -> None:
    aws.create(BUCKET, bucket=NAME)
    if settings:
        aws.create(OWNERSHIP, bucket=NAME, **settings)
    with pytest.raises(Refusal, match="AccessControlListNotSupported: The bucket does not allow ACLs"):
        aws.create(ACL, bucket=NAME, acl="private")
    assert aws.create(ACL, bucket=NAME, acl="bucket-owner-full-control")


def test_acls_where_they_are_on(aws: Account) -> None:
    aws.create(BUCKET, bucket=NAME)
    aws.create(OWNERSHIP, bucket=NAME, rule={"objectOwnership": "BucketOwnerPreferred"})
    assert aws.create(ACL, bucket=NAME, acl="log-delivery-write")["id"] == f"{NAME},log-delivery-write"
    with pytest.raises(Refusal, match="AccessDenied: Access Denied"):
        aws.create(ACL, bucket=NAME, acl="public-read")
    aws.create(BLOCK, bucket=NAME, blockPublicAcls=False)
    assert aws.create(ACL, bucket=NAME, acl="public-read")
    with pytest.raises(Refusal, match="InvalidBucketAclWithObjectOwnership: Bucket cannot have ACLs set"):
        aws.create(BUCKET, "old", bucket="market-old", acl="public-read")


def test_what_another_tool_has_made_counts_as_right(aws: Account) -> None:
    assert aws.create(POLICY, bucket="other", policy=PUBLIC)
    assert aws.create(ACL, bucket="other", acl="public-read")


def test_a_policy_is_json(aws: Account) -> None:
    (reason,) = aws.check(POLICY, bucket=NAME, policy="not JSON")
    assert '"policy" contains an invalid JSON policy' in reason


@pytest.mark.parametrize(
    ("type_", "change", "replaces"),
    [
        (BUCKET, {"forceDestroy": True}, False),
        (BUCKET, {"bucket": "x"}, True),
        (ACL, {"acl": "private"}, False),
        (POLICY, {"policy": "{}"}, False),
        (POLICY, {"bucket": "x"}, True),
        (OWNERSHIP, {"bucket": "x"}, True),
        (VERSIONING, {"versioningConfiguration": {"status": "Suspended"}}, False),
        (VERSIONING, {"expectedBucketOwner": "x"}, True),
        ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {"bucket": "x"}, True),
    ],
)
def test_what_replaces(aws: Account, type_: str, change: Inputs, replaces: bool) -> None:
    assert bool(aws.replaced_by(type_, {}, change)) is replaces
