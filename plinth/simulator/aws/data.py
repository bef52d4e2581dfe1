"""RDS, ElastiCache, S3 and queues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plinth.simulator.aws.naming import arn, of_input
from plinth.simulator.creation import Creation, Kind


def rds_cluster(creation: Creation, id_: str) -> Mapping[str, Any]:
    """Aurora's endpoints (Aurora user guide, "Amazon Aurora endpoint connections")."""
    domain = f"{creation.hex(12, 'domain')}.{creation.region}.rds.amazonaws.com"
    return {
        "arn": arn(creation, f"cluster:{id_}"),
        "endpoint": f"{id_}.cluster-{domain}",
        "readerEndpoint": f"{id_}.cluster-ro-{domain}",
        "clusterResourceId": f"cluster-{creation.hex(26, 'resource').upper()}",
        "hostedZoneId": f"Z{creation.hex(13, 'zone').upper()}",
    }


def replication_group(creation: Creation, id_: str) -> Mapping[str, Any]:
    domain = f"{creation.hex(6, 'domain')}.{creation.region}.cache.amazonaws.com"
    return {
        "arn": arn(creation, f"replicationgroup:{id_}"),
        "primaryEndpointAddress": f"master.{id_}.{domain}",
        "readerEndpointAddress": f"replica.{id_}.{domain}",
    }


def bucket(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {
        "arn": f"arn:aws:s3:::{id_}",
        "bucketDomainName": f"{id_}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{id_}.s3.{creation.region}.amazonaws.com",
    }


KINDS: Mapping[str, Kind] = {
    "aws:rds/subnetGroup:SubnetGroup": Kind(
        of_input("name"),
        lambda creation, id_: {"arn": arn(creation, f"subgrp:{id_}")},
        {"description": "Managed by Pulumi"},
        unique=True,
    ),
    "aws:rds/cluster:Cluster": Kind(
        of_input("clusterIdentifier"), rds_cluster, autoname="clusterIdentifier", unique=True
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": Kind(
        of_input("name"),
        lambda creation, id_: {"arn": arn(creation, f"subnetgroup:{id_}")},
        {"description": "Managed by Pulumi"},
        unique=True,
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": Kind(
        of_input("replicationGroupId"), replication_group, autoname="replicationGroupId", unique=True
    ),
    "aws:s3/bucket:Bucket": Kind(of_input("bucket"), bucket, autoname="bucket", unique=True),
}
