"""What a bucket answers to CloudFront that asks for an object.

Objects are not simulated: each is taken to be there and to be encrypted as its bucket says, unless the request is for one
that is missing.

Sources: S3 user guide, "Policies and permissions in Amazon S3" and "Using server-side encryption with AWS KMS keys" (who
reads needs `kms:Decrypt`); S3 API reference, `GetObject` (a missing object is 404 to those who may list the bucket, and 403
to others); CloudFront developer guide, "Restrict access to an Amazon S3 origin" (the service signs for the distribution; an
origin access identity cannot read what SSE-KMS encrypts).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from plinth.requests.answer import Answer, NotEvaluated
from plinth.requests.iam import ANONYMOUS, Decision, Request, decide
from plinth.requests.state import Deployed, State, block, items

BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ENCRYPTIONS = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
KEY, KEY_POLICY, KEY_ALIAS = "aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy", "aws:kms/alias:Alias"

DENIED = "AccessDenied"


@dataclass(frozen=True)
class Reader:
    """Who reads: a principal as policies write it, and the condition keys of its requests."""

    principal: tuple[str, str]
    context: Mapping[str, str]

    def __str__(self) -> str:
        if self.principal == ANONYMOUS:
            return "an anonymous reader"
        source = self.context.get("aws:sourcearn")
        return f"{self.principal[1]}{f' for {source}' if source else ''}"

    def asks(self, action: str, resource: str) -> Request:
        return Request(self.principal, action, resource, self.context)


def read(state: State, bucket: Deployed, path: str, reader: Reader, *, missing: bool) -> Answer:
    """The answer to `reader` that asks `bucket` for the object at `path`, which is not there if it is `missing`."""
    policy = state.first(POLICY, bucket=bucket.get("bucket"))
    where = f"{policy or 'no BucketPolicy'} of {bucket}"

    def decision(action: str, resource: str) -> Decision:
        if reader.principal == ANONYMOUS and is_closed(state, bucket):
            return Decision(False, "the bucket's public access block keeps everybody out")
        return decide(policy.get("policy") if policy else None, reader.asks(action, resource))

    arn = bucket.get("arn")
    if missing:
        listing = decision("s3:ListBucket", arn)
        if listing.allowed:
            return Answer(404, (f"S3: {path} is not in {bucket}",), "NoSuchKey")
        step = f"S3: {path} is not in {bucket}, and {reader} may not know: s3:ListBucket: {listing.reason} ({where})"
        return Answer(403, (step,), DENIED)
    reading = decision("s3:GetObject", f"{arn}{path}")
    if not reading.allowed:
        step = f"S3: {reader} may not do s3:GetObject on {arn}{path}: {reading.reason} ({where})"
        return Answer(403, (step,), DENIED)
    return decrypted(state, bucket, reader).after(f"S3: {where} lets {reader} do s3:GetObject")


def is_closed(state: State, bucket: Deployed) -> bool:
    """Whether a public policy is ignored; new buckets are so."""
    found = state.first(ACCESS_BLOCK, bucket=bucket.get("bucket"))
    return bool(found.get("restrictPublicBuckets")) if found else True


def decrypted(state: State, bucket: Deployed, reader: Reader) -> Answer:
    """The answer of KMS, which S3 asks for the object's key in the reader's name. Raises `NotEvaluated` for others' keys."""
    default = default_encryption(state, bucket)
    if not str(default.get("sseAlgorithm", "")).startswith("aws:kms"):
        return Answer(200, ())
    said = str(default.get("kmsMasterKeyId") or "")
    key = find_key(state, said)
    if key is None and said not in ("", "alias/aws/s3"):
        raise NotEvaluated(
            f"{bucket} is encrypted with {said}, which is no key of this stack: whom it opens for is not known."
        )
    if key is None:
        step = f"KMS: {bucket} is encrypted with the AWS managed key aws/s3, whose policy does not let {reader} in"
        return Answer(403, (step,), DENIED)
    attached = state.first(KEY_POLICY, keyId=key.get("keyId")) or state.first(
        KEY_POLICY, keyId=key.get("arn")
    )
    policy = attached or (key if key.get("policy") else None)
    context = {**reader.context, "kms:viaservice": f"s3.{bucket.get('bucketRegion')}.amazonaws.com"}
    decision = decide(
        policy.get("policy") if policy else None,
        replace(reader, context=context).asks("kms:Decrypt", key.get("arn")),
    )
    where = f"{attached or 'the policy' if policy else 'the default policy'} of {key}"
    if decision.allowed:
        return Answer(200, (f"KMS: {where} lets {reader} do kms:Decrypt",))
    return Answer(
        403, (f"KMS: {reader} may not do kms:Decrypt with {key}: {decision.reason} ({where})",), DENIED
    )


def default_encryption(state: State, bucket: Deployed) -> Mapping[str, Any]:
    """How objects are encrypted that say nothing else."""
    beside = state.first(*ENCRYPTIONS, bucket=bucket.get("bucket"))
    within = block(bucket.get("serverSideEncryptionConfiguration"))
    for rule in items(beside.get("rules") if beside else within.get("rule") or within.get("rules")):
        if default := block(rule.get("applyServerSideEncryptionByDefault")):
            return default
    return {}


def find_key(state: State, said: str) -> Deployed | None:
    """The key of the stack that a bucket names by id, ARN or alias."""
    for alias in state.of_type(KEY_ALIAS):
        if said in (alias.get("name"), alias.get("arn")):
            said = str(alias.get("targetKeyArn"))
    return next((key for key in state.of_type(KEY) if said in (key.get("arn"), key.get("keyId"))), None)
