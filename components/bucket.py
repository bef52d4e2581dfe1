"""A private S3 bucket, written once: what is the same for content, logs and whatever comes next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

ABANDONED_UPLOAD_DAYS = 7
"""Parts of uploads that were never completed cost money and are seen by nobody."""

Statement = Mapping[str, Any]
"""A statement of a policy document, as IAM writes it; values may be outputs."""


def policy_document(*statements: Statement) -> pulumi.Output[str]:
    """A policy of IAM's language as JSON."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


class PrivateBucket(pulumi.ComponentResource):
    """A versioned, encrypted bucket without ACLs, that no policy can make public.

    Owns the bucket and its settings, the policy among them: a bucket has one, and `allow` writes it once all who are
    named in it are there. Until then only this account's IAM policies open it.
    """

    bucket_name: pulumi.Output[str]
    arn: pulumi.Output[str]
    regional_domain_name: pulumi.Output[str]
    region: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        noncurrent_days: int,
        expiration_days: int | None = None,
        key_arn: pulumi.Input[str] | None = None,
        force_destroy: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the bucket `name`, encrypted with the KMS key `key_arn` or else with S3's own.

        Overwritten and deleted objects go after `noncurrent_days`, and all others after `expiration_days` if said.
        `force_destroy` lets `destroy` take a bucket that holds objects.
        """
        super().__init__("plinth:index:PrivateBucket", name, None, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)

        bucket = aws.s3.Bucket(name, force_destroy=force_destroy, tags={"Name": name}, opts=self._child)
        self.bucket_name, self.arn, self.region = bucket.bucket, bucket.arn, bucket.region
        self.regional_domain_name = bucket.bucket_regional_domain_name

        self._closed = self._close()
        self._encrypt(key_arn)
        self._keep_versions(noncurrent_days, expiration_days)
        self.register_outputs({"bucket_name": self.bucket_name})

    def allow(self, *statements: Statement) -> aws.s3.BucketPolicy:
        """Write the bucket's policy: `statements`, and that nobody gets in without TLS."""
        tls_only = {
            "Sid": "DenyPlainHttp",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [self.arn, pulumi.Output.concat(self.arn, "/*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        return aws.s3.BucketPolicy(
            self._name,
            bucket=self.bucket_name,
            policy=policy_document(tls_only, *statements),
            # S3 refuses two changes of a bucket's access at once.
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=[self._closed])),
        )

    def _close(self) -> aws.s3.BucketPublicAccessBlock:
        """ACLs off, and public policies refused (S3 user guide, "Blocking public access to your Amazon S3 storage")."""
        aws.s3.BucketOwnershipControls(
            self._name,
            bucket=self.bucket_name,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=self._child,
        )
        return aws.s3.BucketPublicAccessBlock(
            self._name,
            bucket=self.bucket_name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child,
        )

    def _encrypt(self, key_arn: pulumi.Input[str] | None) -> None:
        """A bucket key asks KMS once for many objects (S3 user guide, "Reducing the cost of SSE-KMS")."""
        aws.s3.BucketServerSideEncryptionConfiguration(
            self._name,
            bucket=self.bucket_name,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "AES256" if key_arn is None else "aws:kms",
                        "kms_master_key_id": key_arn,
                    },
                    "bucket_key_enabled": key_arn is not None,
                }
            ],
            opts=self._child,
        )

    def _keep_versions(self, noncurrent_days: int, expiration_days: int | None) -> None:
        versioning = aws.s3.BucketVersioning(
            self._name,
            bucket=self.bucket_name,
            versioning_configuration={"status": "Enabled"},
            opts=self._child,
        )
        aws.s3.BucketLifecycleConfiguration(
            self._name,
            bucket=self.bucket_name,
            rules=[
                {
                    "id": "retention",
                    "status": "Enabled",
                    "filter": {},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": ABANDONED_UPLOAD_DAYS},
                    "noncurrent_version_expiration": {"noncurrent_days": noncurrent_days},
                    "expiration": {"days": expiration_days} if expiration_days else None,
                }
            ],
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=[versioning])),
        )
