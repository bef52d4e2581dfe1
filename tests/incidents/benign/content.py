"""What CloudFront delivers, and who lets it read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.variation import Added, Change, Copied, Linked, Place, Removed, Variations
from tests.incidents.flips import OWNER_ONLY, Flip, cdn

CDN: Place = ("Distribution", "cdn")
ARN = "arn:aws:cloudfront::123456789012:distribution/E1PICTURES"
EVERY_ARN = "arn:aws:cloudfront::123456789012:distribution/*"
BUCKET: Place = ("s3/bucket:Bucket", "pictures")
BUCKET_ARN = "arn:aws:s3:::shop-pictures-123456789012"
KEY: Place = ("kms/key:Key", "pictures")
KEY_POLICY: Place = ("KeyPolicy", "pictures")
BUCKET_POLICY: Place = ("BucketPolicy", "pictures")
BLOCK: Place = ("BucketPublicAccessBlock", "pictures")
ENCRYPTION: Place = ("BucketServerSideEncryptionConfiguration", "pictures")
DEFAULT = ("rules", 0, "applyServerSideEncryptionByDefault")
ONCE_THERE = Flip(*CDN, ("arn",), ARN)
"""The distribution is there already, so that texts are known."""


def text(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def let_in(action: str | list[str], resource: str | list[str] = "*", **said: Any) -> dict[str, Any]:
    """CloudFront may do `action` for the distribution; `said` in place of the usual elements."""
    usual = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Condition": {"StringEquals": {"AWS:SourceArn": ARN}},
    }
    return {**usual, "Action": action, "Resource": resource, **said}


def key_policy(*statements: Mapping[str, Any]) -> list[Change]:
    return [ONCE_THERE, Flip(*KEY_POLICY, ("policy",), text(OWNER_ONLY, *statements))]


def bucket_policy(*statements: Mapping[str, Any]) -> list[Change]:
    return [ONCE_THERE, Flip(*BUCKET_POLICY, ("policy",), text(*statements))]


def where(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def origins(*said: Mapping[str, Any]) -> list[Change]:
    return [cdn("origins", value=list(said))]


def failover(region: str) -> list[Change]:
    """A second bucket, with all that the first one has."""
    parts = (BUCKET_POLICY, BLOCK, ENCRYPTION)
    return [
        Copied(BUCKET, region, {("region",): region, ("bucket",): f"shop-pictures-{region}"}),
        *(Copied(part, region, {("region",): region}) for part in parts),
        *(Linked((kind, region), "bucket", [(BUCKET[0], region)]) for kind, _ in parts),
        *origins(PICTURES, {**PICTURES, "originId": region}),
        Linked(CDN, "origins", [BUCKET, (BUCKET[0], region), ("OriginAccessControl", "pictures")]),
    ]


READ = let_in("s3:GetObject", f"{BUCKET_ARN}/*")
FOR_ALL = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET_ARN, f"{BUCKET_ARN}/*"]}
WITHOUT_TLS = {**FOR_ALL, **where("Bool", "aws:SecureTransport", "false")}
OLD_TLS = {**FOR_ALL, **where("NumericLessThan", "s3:TlsVersion", "1.2")}
IMPORTER = {**READ, "Principal": {"AWS": "arn:aws:iam::123456789012:role/importer"}, "Condition": {}}
INSIDE = {**READ, "Principal": "*", **where("StringEquals", "aws:SourceVpce", "vpce-0a1b2c3d")}
SNS = let_in(
    ["kms:Decrypt", "kms:GenerateDataKey*"], Principal={"Service": "sns.amazonaws.com"}, Condition={}
)
BOTH = {"Service": ["cloudfront.amazonaws.com", "delivery.logs.amazonaws.com"]}
UPLOADS = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]

PICTURES = {"originId": "pictures", "domainName": UNKNOWN, "originAccessControlId": UNKNOWN}
HTTPS = {
    "originProtocolPolicy": "https-only",
    "httpPort": 80,
    "httpsPort": 443,
    "originSslProtocols": ["TLSv1.2"],
}
API = {"originId": "api", "domainName": "shop.example.com", "customOriginConfig": HTTPS}
WEBSITE = {**API, "domainName": "old-shop.s3-website.ap-northeast-2.amazonaws.com"}
IN_VPC = {"originId": "api", "domainName": UNKNOWN, "vpcOriginConfig": {"vpcOriginId": UNKNOWN}}
BLOCKED: dict[str, Any] = dict.fromkeys(
    ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
)
ALIAS = Added(
    "aws:kms/alias:Alias",
    "pictures",
    {"name": "alias/pictures", "targetKeyId": UNKNOWN},
    {"targetKeyId": KEY},
)
WITHIN = {
    "rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": UNKNOWN}}
}

VARIATIONS: Variations = {
    "cdn-kms-decrypt": {
        "the policy's text, once it is known": key_policy(let_in("kms:Decrypt")),
        "a list of actions": key_policy(let_in(["kms:Decrypt", "kms:DescribeKey"])),
        "a list of services": key_policy(let_in("kms:Decrypt", Principal=BOTH)),
        "a pattern of actions": key_policy(let_in("kms:Decrypt*")),
        "the condition in small letters": key_policy(let_in("kms:Decrypt", **where("StringEquals", "aws:sourcearn", [ARN]))),
        "the condition as an ARN": key_policy(let_in("kms:Decrypt", **where("ArnEquals", "aws:SourceArn", ARN))),
        "all distributions of the account": key_policy(let_in("kms:Decrypt", **where("ArnLike", "AWS:SourceArn", EVERY_ARN))),
        "all distributions of the account, before there is one": [
            Flip(*KEY_POLICY, ("policy",), text(OWNER_ONLY, let_in("kms:Decrypt", **where("StringLike", "AWS:SourceArn", EVERY_ARN)))),
        ],
        "the account as well": key_policy(
            let_in("kms:Decrypt", Condition={"StringEquals": {"AWS:SourceArn": ARN, "AWS:SourceAccount": "123456789012"}})
        ),
        "a policy in the key itself": [
            Removed(KEY_POLICY), Flip(*KEY, ("policy",), UNKNOWN), Linked(KEY, "policy", [CDN]),
        ],
        "one statement that is no list": [
            ONCE_THERE, Flip(*KEY_POLICY, ("policy",), json.dumps({"Statement": let_in("kms:Decrypt")})),
        ],
        "others who may use the key": key_policy(let_in("kms:Decrypt"), SNS),
        "uploads": [
            cdn("defaultCacheBehavior", "allowedMethods", value=UPLOADS),
            *key_policy(let_in(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*"])),
        ],
        "two layers of encryption": [Flip(*ENCRYPTION, (*DEFAULT, "sseAlgorithm"), "aws:kms:dsse")],
        "a bucket key": [Flip(*ENCRYPTION, ("rules", 0, "bucketKeyEnabled"), value=True)],
        "the key by its alias": [
            ALIAS, Linked(ENCRYPTION, "rules", [("kms/alias:Alias", "pictures")]),
        ],
        "the key by its alias's name": [
            ALIAS, Flip(*ENCRYPTION, (*DEFAULT, "kmsMasterKeyId"), "alias/pictures"), Linked(ENCRYPTION, "rules", []),
        ],
        "encryption within the bucket": [
            Removed(ENCRYPTION), Flip(*BUCKET, ("serverSideEncryptionConfiguration",), WITHIN),
            Linked(BUCKET, "serverSideEncryptionConfiguration", [KEY]),
        ],
        "another origin beside the bucket": origins(PICTURES, API),
    },
    "cdn-origin-access": {
        "the policy's text, once it is known": bucket_policy(READ),
        "a list of actions and resources": bucket_policy(let_in(["s3:GetObject", "s3:ListBucket"], [BUCKET_ARN, f"{BUCKET_ARN}/*"])),
        "all distributions of the account": bucket_policy({**READ, **where("ArnLike", "AWS:SourceArn", EVERY_ARN)}),
        "nobody without TLS": bucket_policy(READ, WITHOUT_TLS),
        "nobody with old TLS": bucket_policy(READ, OLD_TLS),
        "a role that writes": bucket_policy(READ, IMPORTER),
        "everybody within the VPC": bucket_policy(READ, INSIDE),
        "an origin access identity that is empty": [cdn("origins", 0, "s3OriginConfig", value={"originAccessIdentity": ""})],
        "another origin beside the bucket": origins(PICTURES, API),
        "a load balancer in the VPC beside the bucket": origins(PICTURES, IN_VPC),
        "a bucket's website beside the bucket": origins(PICTURES, WEBSITE),
        "the bucket by its host's name": origins({**PICTURES, "domainName": "shop-pictures-123456789012.s3.ap-northeast-2.amazonaws.com"}),
        "a bucket in another region to fail over to": failover("ap-northeast-1"),
        "the policy within the bucket": [
            Removed(BUCKET_POLICY), Flip(*BUCKET, ("policy",), UNKNOWN), Linked(BUCKET, "policy", [CDN]),
        ],
        "a private ACL": [Added("aws:s3/bucketAcl:BucketAcl", "pictures", {"bucket": UNKNOWN, "acl": "private"}, {"bucket": BUCKET})],
        "a bucket for logs, which has an ACL": [
            Copied(BUCKET, "logs", {("bucket",): "shop-logs-123456789012", ("acl",): "log-delivery-write"}),
        ],
        "public access blocked for the account": [
            Removed(BLOCK),
            Added("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", "account", BLOCKED),
        ],
    },
}  # fmt: skip
