"""KMS keys, written once: rotated each year, thirty days to think a deletion over, found by an alias."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def encryption_key(
    name: str, description: str, *, region: str | None = None, opts: pulumi.ResourceOptions
) -> aws.kms.Key:
    """The customer-managed key `name` in `region`, or else the stack's, which only this account's IAM policies open (KMS's
    default key policy).
    """
    key = aws.kms.Key(
        name,
        description=description,
        enable_key_rotation=True,
        deletion_window_in_days=30,
        region=region,
        opts=opts,
    )
    aws.kms.Alias(name, name=f"alias/{name}", target_key_id=key.key_id, region=region, opts=opts)
    return key
