"""`cdn-kms-decrypt` on plain programs: key policies as teams write them, half of which let CloudFront in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.cdn_kms_decrypt import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

ARN = "arn:aws:cloudfront::123456789012:distribution/EDFDVBD6EXAMPLE"
ROOT = {
    "Sid": "Enable IAM User Permissions",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "kms:*",
    "Resource": "*",
}
GRANT = {
    "Sid": "AllowCloudFrontServicePrincipalSSE-KMS",
    "Effect": "Allow",
    "Principal": {"Service": "cloudfront.amazonaws.com"},
    "Action": "kms:Decrypt",
    "Resource": "*",
    "Condition": {"StringEquals": {"AWS:SourceArn": ARN}},
}


def grant(**changes: Any) -> dict[str, Any]:
    return {**GRANT, **changes}


def only_if(operator: str, key: str, value: Any) -> dict[str, Any]:
    return grant(Condition={operator: {key: value}})


KEY_POLICIES: dict[str, tuple[list[dict[str, Any]], bool]] = {
    "the developer guide's, account and CloudFront in one statement": (
        [
            grant(
                Principal={
                    "AWS": "arn:aws:iam::123456789012:root",
                    "Service": "cloudfront.amazonaws.com",
                },
                Action=["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*"],
            )
        ],
        True,
    ),
    "a statement of its own": ([ROOT, GRANT], True),
    "lower case, a list, several distributions": (
        [ROOT, only_if("ArnLike", "aws:sourcearn", ["arn:aws:cloudfront::123456789012:distribution/E1", ARN])],
        True,
    ),
    "AWS CDK's, all distributions of the account": (
        [ROOT, only_if("StringLike", "AWS:SourceArn", "arn:aws:cloudfront::123456789012:distribution/*")],
        True,
    ),
    "wildcard action, account said too": (
        [
            ROOT,
            grant(
                Principal={"Service": ["logs.amazonaws.com", "cloudfront.amazonaws.com"]},
                Action="kms:De*",
                Condition={
                    "StringEquals": {"aws:SourceAccount": "123456789012"},
                    "ArnEquals": {"aws:SourceArn": ARN},
                },
            ),
        ],
        True,
    ),
    "KMS's default policy": ([ROOT], False),
    "the bucket's service in place of CloudFront": (
        [ROOT, grant(Principal={"Service": "s3.amazonaws.com"})],
        False,
    ),
    "a wildcard that StringEquals takes literally": (
        [ROOT, only_if("StringEquals", "AWS:SourceArn", "arn:aws:cloudfront::123456789012:distribution/*")],
        False,
    ),
    "another distribution": ([ROOT, only_if("StringEquals", "AWS:SourceArn", ARN[:-1] + "X")], False),
    "everybody's distributions": ([ROOT, {key: GRANT[key] for key in GRANT if key != "Condition"}], False),
    "no decryption": ([ROOT, grant(Action=["kms:DescribeKey", "kms:GenerateDataKey*"])], False),
    "denied again": ([ROOT, GRANT, grant(Effect="Deny", Principal="*", Condition={})], False),
    "any account": ([ROOT, only_if("StringLike", "AWS:SourceArn", "arn:aws:cloudfront::*:distribution/*")], False),
}  # fmt: skip

key = resource("aws:kms/key:Key", "key", {"arn": "arn:key", "policy": UNKNOWN})
bucket = resource("aws:s3/bucket:Bucket", "bucket", {"bucket": "images"})


def encrypted(algorithm: Any = "aws:kms", key_id: Any = "arn:key", **edges: Any) -> Resource:
    default = {"sseAlgorithm": algorithm, "kmsMasterKeyId": key_id}
    props = {"bucket": "images", "rules": [{"applyServerSideEncryptionByDefault": default}]}
    type_ = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    return resource(type_, "encryption", props, edges)


def distribution(arn: Any = ARN, host: Any = "images.s3.us-east-1.amazonaws.com", **props: Any) -> Resource:
    behavior = {"targetOriginId": "s3", "allowedMethods": ["GET", "HEAD"]}
    said = {
        "arn": arn,
        "origins": [{"originId": "s3", "domainName": host}],
        "defaultCacheBehavior": behavior,
        **props,
    }
    return resource("aws:cloudfront/distribution:Distribution", "cdn", said, {"origins": [bucket]})


def key_policy(said: Any, **edges: Any) -> Resource:
    return resource("aws:kms/keyPolicy:KeyPolicy", "policy", {"keyId": "arn:key", "policy": said}, edges)


def text(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.mark.parametrize("name", KEY_POLICIES)
def test_key_policies_as_teams_write_them(name: str) -> None:
    statements, lets_in = KEY_POLICIES[name]
    found = findings(RULE, distribution(), bucket, encrypted(), key, key_policy(text(*statements)))["cdn"]
    assert found.verdict is (Verdict.PASS if lets_in else Verdict.FAIL), found.text
    if not lets_in:
        for part in ("'cdn'", "'bucket'", "'key'", "'policy'", "kms:Decrypt"):
            assert part in found.text
        assert "403" in found.text or "anybody" in found.text


CONDITIONS = {
    "kms:ViaService": {"StringEquals": {"AWS:SourceArn": ARN, "kms:ViaService": "s3.us-east-1.amazonaws.com"}},
    "negated": {"StringNotEquals": {"AWS:SourceArn": "arn:aws:cloudfront::123456789012:distribution/E1"}},
}  # fmt: skip


@pytest.mark.parametrize("name", CONDITIONS)
def test_conditions_that_are_not_read_are_undecided(name: str) -> None:
    policy = key_policy(text(ROOT, grant(Condition=CONDITIONS[name])))
    assert verdict(RULE, distribution(), bucket, encrypted(), key, policy) is Verdict.UNKNOWN


def test_what_is_not_encrypted_with_kms_needs_no_policy() -> None:
    assert verdict(RULE, distribution(), bucket, encrypted("AES256", None)) is Verdict.NOT_APPLICABLE
    assert verdict(RULE, distribution(), bucket) is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("key_id", [None, "alias/aws/s3"])
def test_the_key_of_aws_cannot_let_cloudfront_in(key_id: Any) -> None:
    assert verdict(RULE, distribution(), bucket, encrypted("aws:kms", key_id)) is Verdict.FAIL


def test_a_key_elsewhere_or_a_bucket_elsewhere_is_undecided() -> None:
    assert verdict(RULE, distribution(), bucket, encrypted(key_id="arn:other")) is Verdict.UNKNOWN
    assert verdict(RULE, distribution(host="other.s3.amazonaws.com"), bucket, encrypted()) is Verdict.UNKNOWN


def test_an_unknown_text_counts_by_its_edge() -> None:
    cdn = distribution(arn=UNKNOWN, host=UNKNOWN)
    assert verdict(RULE, cdn, bucket, encrypted(), key, key_policy(UNKNOWN, policy=[cdn])) is Verdict.PASS
    assert verdict(RULE, cdn, bucket, encrypted(), key, key_policy(UNKNOWN, policy=[key])) is Verdict.UNKNOWN


def test_a_literal_text_cannot_name_a_distribution_that_is_yet_to_be_made() -> None:
    new = distribution(arn=UNKNOWN)
    assert verdict(RULE, new, bucket, encrypted(), key, key_policy(text(ROOT, GRANT))) is Verdict.FAIL
    wild = only_if("StringLike", "AWS:SourceArn", "arn:aws:cloudfront::123456789012:distribution/*")
    assert verdict(RULE, new, bucket, encrypted(), key, key_policy(text(ROOT, wild))) is Verdict.PASS
    literal = only_if("StringEquals", "AWS:SourceArn", "arn:aws:cloudfront::123456789012:distribution/*")
    assert verdict(RULE, new, bucket, encrypted(), key, key_policy(text(ROOT, literal))) is Verdict.FAIL


def test_which_of_two_unknown_buckets_is_behind_is_undecided() -> None:
    website = resource("aws:s3/bucket:Bucket", "website", {"bucket": "website"})
    cdn = distribution(host=UNKNOWN)
    both = resource(cdn.type, "cdn", cdn.props, {"origins": [bucket, website]})
    policy = key_policy(text(ROOT))
    assert verdict(RULE, cdn, bucket, encrypted(), key, policy) is Verdict.FAIL
    assert verdict(RULE, both, bucket, website, encrypted(), key, policy) is Verdict.UNKNOWN


def test_uploads_need_data_keys() -> None:
    uploading = {"targetOriginId": "s3", "allowedMethods": ["GET", "HEAD", "PUT", "POST"]}
    cdn = distribution(defaultCacheBehavior=uploading)
    assert verdict(RULE, cdn, bucket, encrypted(), key, key_policy(text(ROOT, GRANT))) is Verdict.FAIL
    both = text(ROOT, grant(Action=["kms:Decrypt", "kms:GenerateDataKey*"]))
    assert verdict(RULE, cdn, bucket, encrypted(), key, key_policy(both)) is Verdict.PASS


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    odd = distribution(origins=nonsense, defaultCacheBehavior=nonsense)
    cases: list[list[Resource]] = [
        [odd],
        [distribution(), key_policy(nonsense), encrypted(nonsense, nonsense)],
    ]
    for case in cases:
        found = RULE.check(Graph([*case, bucket, key]))
        assert not [finding for finding in found if "itself failed" in finding.text]


BASE = f"""
import json
import pulumi, pulumi_aws as aws

ROOT = {ROOT!r}
GRANT = {GRANT!r}

def document(*statements):
    return pulumi.Output.json_dumps({{"Version": "2012-10-17", "Statement": list(statements)}})

def grant(made, **changes):
    return {{**GRANT, "Condition": {{"StringEquals": {{"AWS:SourceArn": made.arn}}}}, **changes}}

def cdn(name, key, algorithm="aws:kms"):
    bucket = aws.s3.Bucket(name)
    default = {{"sse_algorithm": algorithm, "kms_master_key_id": key and key.arn}}
    aws.s3.BucketServerSideEncryptionConfiguration(
        name, bucket=bucket.id, rules=[{{"apply_server_side_encryption_by_default": default}}])
    return aws.cloudfront.Distribution(
        name,
        enabled=True,
        origins=[{{"origin_id": "s3", "domain_name": bucket.bucket_regional_domain_name}}],
        default_cache_behavior={{
            "target_origin_id": "s3", "viewer_protocol_policy": "https-only", "allowed_methods": ["GET", "HEAD"],
            "cached_methods": ["GET", "HEAD"], "cache_policy_id": "658327ea-f89d-4fab-a63d-7e88639e58f6",
        }},
        restrictions={{"geo_restriction": {{"restriction_type": "none"}}}},
        viewer_certificate={{"cloudfront_default_certificate": True}},
    )

def attached(name, *statements, inline=None):
    key = aws.kms.Key(name, policy=inline)
    made = cdn(name, key)
    if statements:
        aws.kms.KeyPolicy(name, key_id=key.id, policy=document(*[
            statement(made) if callable(statement) else statement for statement in statements]))
"""
WRONG = {
    "none": 'attached("none")',
    "default": 'attached("default", ROOT)',
    "inline": 'attached("inline", inline=json.dumps({"Version": "2012-10-17", "Statement": [ROOT]}))',
    "typed": 'attached("typed", ROOT, GRANT)',
    "two": 'attached("two", ROOT, grant, inline=json.dumps({"Version": "2012-10-17", "Statement": [ROOT, GRANT]}))',
    "aws": 'cdn("aws", None)',
}
RIGHT = {
    "right": 'attached("right", ROOT, grant)',
    "wild": """
        wild = {"StringLike": {"aws:SourceArn": "arn:aws:cloudfront::123456789012:distribution/*"}}
        attached("wild", inline=json.dumps({"Version": "2012-10-17", "Statement": [ROOT, {**GRANT, "Condition": wild}]}))""",
    "plain": 'cdn("plain", None, "AES256")',
}
UNKNOWNS = {
    "rendered": """
        key = aws.kms.Key("rendered")
        made = cdn("rendered", key)
        statements = [
            {"actions": ["kms:*"], "resources": ["*"],
             "principals": [{"type": "AWS", "identifiers": ["arn:aws:iam::123456789012:root"]}]},
            {"actions": ["kms:Decrypt"], "resources": ["*"],
             "principals": [{"type": "Service", "identifiers": ["cloudfront.amazonaws.com"]}],
             "conditions": [{"test": "StringEquals", "variable": "AWS:SourceArn", "values": [made.arn]}]}]
        aws.kms.KeyPolicy(
            "rendered", key_id=key.key_id, policy=aws.iam.get_policy_document_output(statements=statements).json)""",
    "late": """
        role = aws.iam.Role("late", assume_role_policy="{}")
        attached("late", {**ROOT, "Principal": {"AWS": role.arn}})""",
    "foreign": """
        from types import SimpleNamespace
        cdn("foreign", SimpleNamespace(arn="arn:aws:kms:us-east-1:123456789012:key/1234abcd"))""",
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
