"""S3's buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plinth.simulator.aws.naming import of_input
from plinth.simulator.creation import Creation, Kind


def bucket(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {
        "arn": f"arn:aws:s3:::{id_}",
        "bucketDomainName": f"{id_}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{id_}.s3.{creation.region}.amazonaws.com",
    }


KINDS: Mapping[str, Kind] = {
    "aws:s3/bucket:Bucket": Kind(of_input("bucket"), bucket, autoname="bucket", unique=True),
}
