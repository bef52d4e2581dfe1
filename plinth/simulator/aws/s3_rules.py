"""What S3 refuses of buckets, their policies and their ACLs.

Sources: S3 user guide, "General purpose bucket naming rules", "Blocking public access to your Amazon S3 storage" (what
counts as public, and that new buckets block it), "Controlling ownership of objects and disabling ACLs for your bucket";
S3 API reference, "List of error codes". Wording of the refused policy and of ACLs: as AWS answered to users.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from plinth.simulator.aws.blocks import block
from plinth.simulator.aws.kms import many, parsed, policy_arguments, principals
from plinth.simulator.aws.naming import text
from plinth.simulator.aws.s3 import ACL, BUCKET, OWNERSHIP, POLICY, PUBLIC_ACCESS_BLOCK
from plinth.simulator.cloud import stack_of
from plinth.simulator.creation import ACCOUNT, Creation
from plinth.simulator.rules import Rules, Values

BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
RESERVED_BEGINNINGS = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
ENFORCED = "BucketOwnerEnforced"
"""Object ownership of new buckets, with which ACLs are off."""

OWNER_ACL = "bucket-owner-full-control"
"""The one ACL that may be named while they are off."""

NARROWING = {
    "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:sourceaccount",
    "aws:sourcearn", "aws:sourceip", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpce", "aws:userid",
    "s3:dataaccesspointaccount", "s3:dataaccesspointarn", "s3:x-amz-server-side-encryption-aws-kms-key-id",
}  # fmt: skip
"""Condition keys that make a statement for everybody not public, if they ask for fixed values."""


def bucket_change(creation: Creation, old: Values) -> Iterator[str]:
    name = text(creation, "bucket")
    if old:
        return
    if not is_bucket_name(name):
        yield "InvalidBucketName: The specified bucket is not valid."
    yield from taken(creation, name)
    if creation.inputs.get("acl") not in (None, "private"):
        yield (
            "InvalidBucketAclWithObjectOwnership: Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced "
            "setting"
        )


def is_bucket_name(name: str) -> bool:
    return (
        BUCKET_NAME.fullmatch(name) is not None
        and ".." not in name
        and not ADDRESS.fullmatch(name)
        and not name.startswith(RESERVED_BEGINNINGS)
        and not name.endswith(RESERVED_ENDS)
    )


def taken(creation: Creation, name: str) -> Iterator[str]:
    """A bucket's name is its own in all of AWS; each stack is taken to be another account's."""
    other = creation.cloud.find(BUCKET, name, creation.urn) if creation.cloud else None
    if other is None or other.urn == creation.urn:
        return  # Free, or what a killed run left behind.
    if stack_of(other.urn) == stack_of(creation.urn):
        yield (
            "BucketAlreadyOwnedByYou: Your previous request to create the named bucket succeeded and you already own it."
        )
    else:
        yield (
            "BucketAlreadyExists: The requested bucket name is not available. The bucket namespace is shared by all users "
            "of the system. Please select a different name and try again."
        )


def acl_change(creation: Creation, _old: Values) -> Iterator[str]:
    name, acl = creation.inputs.get("bucket"), str(creation.inputs.get("acl") or "")
    if not creation.find(BUCKET, name):
        return
    rule = block(creation.find(OWNERSHIP, name).get("rule"))
    if rule.get("objectOwnership", ENFORCED) == ENFORCED and acl != OWNER_ACL:
        yield "AccessControlListNotSupported: The bucket does not allow ACLs"
    if acl.startswith("public-") and blocks(creation, "blockPublicAcls"):
        yield "AccessDenied: Access Denied"


def blocks(creation: Creation, setting: str) -> bool:
    """Whether the bucket's public access block, which a new bucket has, stops what `setting` says."""
    found = creation.find(PUBLIC_ACCESS_BLOCK, creation.inputs.get("bucket"))
    return bool(found.get(setting)) if found else True


def policy_change(creation: Creation, _old: Values) -> Iterator[str]:
    name = creation.inputs.get("bucket")
    if not creation.find(BUCKET, name):
        return
    document = parsed(str(creation.inputs.get("policy")))
    own = f"arn:aws:s3:::{name}"
    for statement in many(document.get("Statement")):
        if any(is_elsewhere(str(resource), own) for resource in many(statement.get("Resource"))):
            yield "MalformedPolicy: Policy has invalid resource"
        if is_public(statement) and blocks(creation, "blockPublicPolicy"):
            yield (
                f"AccessDenied: User: arn:aws:sts::{ACCOUNT}:assumed-role/rehearsal/rehearsal is not authorized to "
                f'perform: s3:PutBucketPolicy on resource: "{own}" because public policies are blocked by the '
                "BlockPublicPolicy block public access setting."
            )


def is_elsewhere(resource: str, own: str) -> bool:
    """Whether a resource of a bucket's policy is certainly not the bucket nor in it."""
    bucket = resource.partition("/")[0]
    return bucket != own and not set(bucket) & set("*?")


def is_public(statement: Mapping[str, Any]) -> bool:
    if statement.get("Effect") != "Allow" or "*" not in principals(statement.get("Principal")):
        return False
    conditions: Mapping[str, Mapping[str, Any]] = statement.get("Condition") or {}
    return not any(
        key.lower() in NARROWING and not any(set(str(value)) & set("*?") for value in many(values))
        for test in conditions.values()
        for key, values in test.items()
    )


RULES: Mapping[str, Rules] = {
    BUCKET: Rules(change=bucket_change),
    ACL: Rules(change=acl_change),
    POLICY: Rules(policy_arguments, policy_change),
}
