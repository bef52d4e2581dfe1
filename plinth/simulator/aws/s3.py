"""S3's buckets. All that is set on one apart from it has the bucket's name for its id.

Shapes: S3 user guide, "Virtual hosting of buckets"; Terraform AWS provider, `aws_s3_bucket` and `aws_s3_bucket_acl`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plinth.simulator.aws.naming import filled, joined, of_input
from plinth.simulator.creation import Creation, Kind

BUCKET = "aws:s3/bucket:Bucket"
ACL = "aws:s3/bucketAcl:BucketAcl"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
PUBLIC_ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
OF_BUCKETS = (
    POLICY,
    OWNERSHIP,
    PUBLIC_ACCESS_BLOCK,
    "aws:s3/bucketAccelerateConfiguration:BucketAccelerateConfiguration",
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketNotification:BucketNotification",
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
    "aws:s3/bucketRequestPaymentConfiguration:BucketRequestPaymentConfiguration",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration",
)


def bucket(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {
        "arn": f"arn:aws:s3:::{id_}",
        "bucketDomainName": f"{id_}.s3.amazonaws.com",
        "bucketRegion": creation.region,
        "bucketRegionalDomainName": f"{id_}.s3.{creation.region}.amazonaws.com",
        **filled(creation, requestPayer="BucketOwner"),
    }


KINDS: Mapping[str, Kind] = {
    BUCKET: Kind(of_input("bucket"), bucket, {"forceDestroy": False}, autoname="bucket"),
    ACL: Kind(joined(",", "bucket", "acl")),
    **{type_: Kind(of_input("bucket")) for type_ in OF_BUCKETS},
}
