"""Content behind CloudFront, on the real engine: one `up`, nothing public, and nothing open before its time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.components.small_program import Program, bring_up, depends_on, live_and_die, statements
from tests.conftest import Rehearsal

pytestmark = pytest.mark.engine

PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----\\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\\n-----END PUBLIC KEY-----"

PROGRAM = f"""
zone = Zone("shop", DnsSettings(zone="example.com", create=True))
firewall = Firewall("content", FirewallSettings(), scope="CLOUDFRONT")
said = {{"domain": "cdn.example.com", "uploads": True}}
content = ContentDelivery(
    "content",
    ContentSettings.model_validate(said),
    zone=zone,
    page_hosts=["shop.example.com", "example.com", "shop.example.com"],
    web_acl_arn=firewall.web_acl_arn,
)
signed = {{
    "domain": "private.example.com",
    "signing_keys": {{"first": "{PUBLIC_KEY}"}},
    "error_pages": {{"404": "/errors/404.html"}},
    "price_class": "PriceClass_200",
    "noncurrent_days": 7,
    "force_destroy": True,
}}
private = ContentDelivery(
    "private", ContentSettings.model_validate(signed), zone=zone, page_hosts=[], web_acl_arn=firewall.web_acl_arn
)
pulumi.export("urls", [content.cdn_base_url, private.cdn_base_url])
pulumi.export("upload_policy", content.upload_policy("chat").apply(lambda text: f"policy: {{text}}"))
pulumi.export("signing_key_ids", private.signing_key_ids)
"""

BUCKET = "aws:s3/bucket:Bucket"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"


@pytest.fixture(scope="module")
def program(make_rehearsal: Callable[..., Rehearsal]) -> Program:
    return bring_up(make_rehearsal, PROGRAM)


def inputs(program: Program, type_: str, name: str = "content") -> dict[str, Any]:
    return program.of_type(type_)[name]["inputs"]


def arn(program: Program, type_: str, name: str = "content") -> str:
    return program.of_type(type_)[name]["outputs"]["arn"]


def test_all_of_it_is_known_at_the_first_preview(program: Program):
    created = {urn for urn, op in program.preview.steps.items() if op == "create"}
    assert {item["urn"] for item in program.resources if item["type"].startswith("aws:")} <= created
    assert "warning" not in program.up.output.lower()


@pytest.mark.parametrize(
    ("name", "actions"), [("content", ["kms:Decrypt", "kms:GenerateDataKey*"]), ("private", ["kms:Decrypt"])]
)
def test_the_key_opens_for_this_distribution_only_once_it_is_there(
    program: Program, name: str, actions: list[str]
):
    policy = program.of_type(KEY_POLICY)[name]
    assert program.of_type(DISTRIBUTION)[name]["urn"] in policy["propertyDependencies"]["policy"]
    assert policy["inputs"]["keyId"] == program.of_type("aws:kms/key:Key")[name]["id"]
    assert statements(policy["inputs"]["policy"]) == {
        "Account": {
            "Sid": "Account",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        "CloudFront": {
            "Sid": "CloudFront",
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": actions,
            "Resource": "*",
            "Condition": {"StringEquals": {"AWS:SourceArn": arn(program, DISTRIBUTION, name)}},
        },
    }


def test_no_key_has_a_second_policy(program: Program):
    for key in program.of_type("aws:kms/key:Key").values():
        assert "policy" not in key["inputs"]
        assert key["inputs"]["enableKeyRotation"] is True
    aliases = program.of_type("aws:kms/alias:Alias")
    assert {item["inputs"]["name"] for item in aliases.values()} == {"alias/content", "alias/private"}


def test_nobody_meets_it_before_it_is_open(program: Program):
    for name, host in (("content", "cdn.example.com"), ("private", "private.example.com")):
        for type_ in ("A", "AAAA"):
            record = program.of_type("aws:route53/record:Record")[f"{host}-{type_}"]
            behind = depends_on(program, record)
            assert program.of_type(KEY_POLICY)[name]["urn"] in behind
            assert program.of_type(BUCKET_POLICY)[name]["urn"] in behind
            distribution = program.of_type(DISTRIBUTION)[name]["outputs"]
            assert record["inputs"]["aliases"][0]["name"] == distribution["domainName"]


def test_nothing_is_public(program: Program):
    buckets = {item["id"] for item in program.of_type(BUCKET).values()}
    assert len(buckets) == 4
    policies = program.of_type(BUCKET_POLICY).values()
    assert {item["inputs"]["bucket"] for item in policies} == buckets
    for item in policies:
        for statement in statements(item["inputs"]["policy"]).values():
            if statement["Effect"] == "Deny":
                assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            else:
                assert list(statement["Principal"]) == ["Service"]
                conditions = {key.lower() for test in statement["Condition"].values() for key in test}
                assert conditions & {"aws:sourcearn", "aws:sourceaccount"}
    closed = program.of_type("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").values()
    assert {item["inputs"]["bucket"] for item in closed} == buckets
    for item in closed:
        flags = {
            value for key, value in item["inputs"].items() if key.startswith(("block", "ignore", "restrict"))
        }
        assert flags == {True}
    owned = program.of_type("aws:s3/bucketOwnershipControls:BucketOwnershipControls").values()
    assert {item["inputs"]["bucket"] for item in owned} == buckets
    assert {item["inputs"]["rule"]["objectOwnership"] for item in owned} == {"BucketOwnerEnforced"}
    assert not program.of_type("aws:s3/bucketAcl:BucketAcl")


def test_only_its_distribution_reads_a_bucket(program: Program):
    for name in ("content", "private"):
        bucket = arn(program, BUCKET, name)
        allowed = statements(inputs(program, BUCKET_POLICY, name)["policy"])
        assert (allowed["CloudFrontReads"]["Action"], allowed["CloudFrontReads"]["Resource"]) == (
            "s3:GetObject",
            f"{bucket}/*",
        )
        assert (allowed["CloudFrontLooks"]["Action"], allowed["CloudFrontLooks"]["Resource"]) == (
            "s3:ListBucket",
            bucket,
        )
        for sid in ("CloudFrontReads", "CloudFrontLooks"):
            condition = {"StringEquals": {"AWS:SourceArn": arn(program, DISTRIBUTION, name)}}
            assert allowed[sid]["Condition"] == condition
        (origin,) = inputs(program, DISTRIBUTION, name)["origins"]
        control = program.of_type("aws:cloudfront/originAccessControl:OriginAccessControl")[name]
        assert origin["originAccessControlId"] == control["id"]
        assert origin["domainName"].endswith(".s3.ap-northeast-2.amazonaws.com")
        assert (control["inputs"]["signingBehavior"], control["inputs"]["signingProtocol"]) == (
            "always",
            "sigv4",
        )
        # A list of all objects would be what `/` is, were there no root object.
        assert inputs(program, DISTRIBUTION, name)["defaultRootObject"]


def test_the_distribution_speaks_modern_protocols_and_stands_behind_the_firewall(program: Program):
    found = inputs(program, DISTRIBUTION)
    assert (found["httpVersion"], found["isIpv6Enabled"]) == ("http2and3", True)
    assert found["aliases"] == ["cdn.example.com"]
    certificate = program.of_type("aws:acm/certificateValidation:CertificateValidation")["content"]["inputs"]
    assert found["viewerCertificate"] == {
        "acmCertificateArn": certificate["certificateArn"],
        "minimumProtocolVersion": "TLSv1.2_2021",
        "sslSupportMethod": "sni-only",
    }
    assert ":acm:us-east-1:" in certificate["certificateArn"]
    assert found["webAclId"] == arn(program, "aws:wafv2/webAcl:WebAcl")
    behavior = found["defaultCacheBehavior"]
    assert behavior["viewerProtocolPolicy"] == "redirect-to-https"
    assert behavior["compress"] is True
    assert behavior["responseHeadersPolicyId"] == "67f7725c-6f97-4210-82d7-5512b31e9d03"


def test_scripts_of_the_stacks_own_pages_get_an_answer_of_their_own(program: Program):
    (rule,) = program.only("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration")["inputs"]["corsRules"]
    assert rule["allowedOrigins"] == ["https://shop.example.com", "https://example.com"]
    assert rule["allowedMethods"] == ["GET", "HEAD", "POST"]
    policy = program.only("aws:cloudfront/cachePolicy:CachePolicy")
    headers = policy["inputs"]["parametersInCacheKeyAndForwardedToOrigin"]["headersConfig"]
    assert headers == {"headerBehavior": "whitelist", "headers": {"items": ["Origin"]}}
    assert inputs(program, DISTRIBUTION)["defaultCacheBehavior"]["cachePolicyId"] == policy["id"]
    managed = "658327ea-f89d-4fab-a63d-7e88639e58f6"
    assert inputs(program, DISTRIBUTION, "private")["defaultCacheBehavior"]["cachePolicyId"] == managed


def test_signed_content_has_a_key_group(program: Program):
    key = program.only("aws:cloudfront/publicKey:PublicKey")
    group = program.only("aws:cloudfront/keyGroup:KeyGroup")
    assert group["inputs"]["items"] == [key["id"]]
    assert inputs(program, DISTRIBUTION, "private")["defaultCacheBehavior"]["trustedKeyGroups"] == [
        group["id"]
    ]
    assert "trustedKeyGroups" not in inputs(program, DISTRIBUTION)["defaultCacheBehavior"]
    assert program.outputs["signing_key_ids"] == {"first": key["id"]}
    assert key["inputs"]["encodedKey"].endswith("\n")


def test_the_rest_follows_the_settings(program: Program):
    private = inputs(program, DISTRIBUTION, "private")
    assert private["priceClass"] == "PriceClass_200"
    assert {"errorCode": 404, "responseCode": 404, "responsePagePath": "/errors/404.html", "errorCachingMinTtl": 10} in [
        {key: value for key, value in item.items() if key != "__defaults"}
        for item in private["customErrorResponses"]
    ]  # fmt: skip
    assert inputs(program, BUCKET, "private")["forceDestroy"] is True
    assert inputs(program, BUCKET)["forceDestroy"] is False
    assert program.outputs["urls"] == ["https://cdn.example.com", "https://private.example.com"]


def test_buckets_are_encrypted_versioned_and_tidied_up(program: Program):
    key = arn(program, "aws:kms/key:Key")
    encryption = program.of_type(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    )
    (content,) = encryption["content"]["inputs"]["rules"]
    assert content["bucketKeyEnabled"] is True
    assert content["applyServerSideEncryptionByDefault"] == {"kmsMasterKeyId": key, "sseAlgorithm": "aws:kms"}
    (logs,) = encryption["content-logs"]["inputs"]["rules"]
    assert logs["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    versioning = program.of_type("aws:s3/bucketVersioning:BucketVersioning").values()
    assert {item["inputs"]["versioningConfiguration"]["status"] for item in versioning} == {"Enabled"}
    lifecycles = program.of_type("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
    assert len(versioning) == len(lifecycles) == 4
    for name, noncurrent, expiration in (
        ("private", 7, None),
        ("content", 30, None),
        ("content-logs", 1, 90),
    ):
        (rule,) = lifecycles[name]["inputs"]["rules"]
        assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
        assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": noncurrent}
        assert rule.get("expiration") == (expiration and {"days": expiration})


def test_requests_are_logged(program: Program):
    logs = program.of_type(BUCKET)["content-logs"]
    s3 = program.of_type("aws:s3/bucketLogging:BucketLogging")["content-logs"]["inputs"]
    assert (s3["bucket"], s3["targetBucket"]) == (program.of_type(BUCKET)["content"]["id"], logs["id"])
    source = program.of_type("aws:cloudwatch/logDeliverySource:LogDeliverySource")["content-logs"]
    destination = program.of_type("aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination")[
        "content-logs"
    ]
    delivery = program.of_type("aws:cloudwatch/logDelivery:LogDelivery")["content-logs"]
    assert source["inputs"]["resourceArn"] == arn(program, DISTRIBUTION)
    assert destination["inputs"]["deliveryDestinationConfiguration"] == {
        "destinationResourceArn": logs["outputs"]["arn"]
    }
    assert delivery["inputs"]["deliveryDestinationArn"] == destination["outputs"]["arn"]
    assert {item["outputs"]["region"] for item in (source, destination, delivery)} == {"us-east-1"}
    writers = statements(inputs(program, BUCKET_POLICY, "content-logs")["policy"])
    folders = {sid: item["Resource"] for sid, item in writers.items() if item["Effect"] == "Allow"}
    assert folders == {
        "S3ServerAccessLogs": f"{logs['outputs']['arn']}/s3/*",
        "AWSLogDeliveryWrite1": f"{logs['outputs']['arn']}/AWSLogs/123456789012/CloudFront/*",
    }


def test_an_uploading_role_gets_its_own_folder_and_the_key(program: Program):
    allowed = statements(program.outputs["upload_policy"].removeprefix("policy: "))
    assert allowed["Objects"]["Resource"] == f"{arn(program, BUCKET)}/chat/*"
    assert "s3:PutObject" in allowed["Objects"]["Action"]
    assert allowed["Encryption"]["Resource"] == arn(program, "aws:kms/key:Key")
    assert "kms:GenerateDataKey" in allowed["Encryption"]["Action"]


def test_it_lives_and_dies(program: Program):
    """Last on purpose: it takes the program's resources down."""
    live_and_die(program)
