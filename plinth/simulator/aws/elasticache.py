"""ElastiCache: replication groups, single clusters, their parameter and subnet groups, users.

Shapes: ElastiCache user guide, "Finding connection endpoints"; Terraform AWS provider, the page of each type. Versions and
node types are those of Valkey and Redis OSS; Memcached is taken as it comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aws_facts import elasticache as facts
from plinth.simulator.aws.naming import arn, filled, of_input, text
from plinth.simulator.aws.placement import vpc_of_subnets
from plinth.simulator.cloud import stack_of
from plinth.simulator.creation import Creation, Kind
from plinth.simulator.values import UNKNOWN

REPLICATION_GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
PARAMETER_GROUP = "aws:elasticache/parameterGroup:ParameterGroup"
SUBNET_GROUP = "aws:elasticache/subnetGroup:SubnetGroup"

DIRECTIONS = {
    "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
    "north": "n", "south": "s", "east": "e", "west": "w", "central": "c",
}  # fmt: skip
REGION_CODES = {"ap-northeast-2": "apn2"}
"""Regions whose short form is irregular."""

MEMCACHED_PORT = 11211


def domain(creation: Creation) -> str:
    """What stands behind the names of all caches that an account has in a region, the region in short (`use1`)."""
    account = replace(creation, urn=stack_of(creation.urn), id=creation.region)
    area, direction, number = creation.region.rsplit("-", 2)
    code = REGION_CODES.get(creation.region, f"{area}{DIRECTIONS.get(direction, direction)}{number}")
    return f"{account.hex(6, 'elasticache')}.{code}.cache.amazonaws.com"


def engine_of(values: Mapping[str, Any]) -> str:
    return str(values.get("engine") or "redis")


def version_of(values: Mapping[str, Any]) -> str:
    """The engine version that is asked for; the newest when it is none, or "6.x"."""
    wanted = str(values.get("engineVersion") or "")
    newest = [
        version
        for version in facts.ENGINE_VERSIONS.get(engine_of(values), ())
        if version.startswith(wanted.removesuffix("x"))
    ]
    return newest[-1] if newest and (not wanted or wanted.endswith("x")) else wanted


def actual_version(values: Mapping[str, Any]) -> str:
    """With the patch number that only AWS knows."""
    version = version_of(values)
    return f"{version}.0" if version.count(".") == 1 else version


def default_group(values: Mapping[str, Any]) -> str:
    engine = engine_of(values)
    if engine not in facts.ENGINE_VERSIONS:
        return f"default.{engine}"
    return f"default.{facts.family(engine, version_of(values))}{'.cluster.on' if is_sharded(values) else ''}"


def is_sharded(values: Mapping[str, Any]) -> bool:
    """Whether cluster mode is on: said, or by more than one shard."""
    mode = values.get("clusterMode")
    return mode in {"enabled", "compatible"} if mode else (values.get("numNodeGroups") or 1) > 1


def nodes(values: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Shard and place in it of each node, counted from 1."""
    shards = values.get("numNodeGroups") or 1
    if values.get("numNodeGroups") or values.get("replicasPerNodeGroup") is not None:
        per_shard = 1 + (values.get("replicasPerNodeGroup") or 0)
    else:
        per_shard = values.get("numCacheClusters") or 1
    return [(shard + 1, place + 1) for shard in range(shards) for place in range(per_shard)]


def members(creation: Creation, id_: str) -> list[str]:
    sharded = is_sharded(creation.inputs)
    return [
        f"{id_}-{shard:04}-{place:03}" if sharded else f"{id_}-{place:03}"
        for shard, place in nodes(creation.inputs)
    ]


def endpoints(creation: Creation, id_: str) -> Mapping[str, str]:
    """Without cluster mode a primary and a reader, with it one for all; other names with TLS than without."""
    end, tls = domain(creation), creation.inputs.get("transitEncryptionEnabled") is True
    short, _, region = end.partition(".")
    if is_sharded(creation.inputs):
        every = f"clustercfg.{id_}.{end}" if tls else f"{id_}.{short}.clustercfg.{region}"
        return {
            "configurationEndpointAddress": every,
            "primaryEndpointAddress": "",
            "readerEndpointAddress": "",
        }
    return {
        "configurationEndpointAddress": "",
        "primaryEndpointAddress": f"master.{id_}.{end}" if tls else f"{id_}.{short}.ng.0001.{region}",
        "readerEndpointAddress": f"replica.{id_}.{end}" if tls else f"{id_}-ro.{short}.ng.0001.{region}",
    }


SHAPE = (
    "clusterMode", "engine", "engineVersion", "numCacheClusters", "numCacheNodes", "numNodeGroups", "port",
    "replicasPerNodeGroup",
)  # fmt: skip


def is_shaped(values: Mapping[str, Any]) -> bool:
    """Whether it is known what the group will look like: while it is not, nothing follows from it."""
    return not any(values.get(name) is UNKNOWN for name in SHAPE)


def replication_group(creation: Creation, id_: str) -> Mapping[str, Any]:
    inputs = creation.inputs
    if not is_shaped(inputs):
        return {"arn": arn(creation, f"replicationgroup:{id_}")}
    places = nodes(inputs)
    return {
        "arn": arn(creation, f"replicationgroup:{id_}"),
        **endpoints(creation, id_),
        "clusterEnabled": is_sharded(inputs),
        "engineVersionActual": actual_version(inputs),
        "memberClusters": members(creation, id_),
        **filled(
            creation,
            engine="redis",
            engineVersion=version_of(inputs),
            clusterMode="enabled" if is_sharded(inputs) else "disabled",
            parameterGroupName=default_group(inputs),
            numCacheClusters=len(places),
            numNodeGroups=places[-1][0],
            replicasPerNodeGroup=places[-1][1] - 1,
            subnetGroupName="default",
            transitEncryptionEnabled=False,
            # Valkey is always encrypted at rest (ElastiCache user guide, "At-rest encryption in ElastiCache").
            atRestEncryptionEnabled=engine_of(inputs) == "valkey",
            autoMinorVersionUpgrade=True,
            ipDiscovery="ipv4",
            networkType="ipv4",
            snapshotWindow="07:00-08:00",
            maintenanceWindow="sun:05:00-sun:06:00",
        ),
    }


def revised(creation: Creation, old: Mapping[str, Any]) -> Mapping[str, Any]:
    """Version, nodes and endpoints follow what is asked for."""
    if not is_shaped(creation.inputs):
        return {}
    now = {
        "engineVersionActual": actual_version(creation.inputs),
        "memberClusters": members(creation, creation.id),
        "clusterEnabled": is_sharded(creation.inputs),
        **endpoints(creation, creation.id),
    }
    return {key: value for key, value in now.items() if old.get(key) != value}


def cluster(creation: Creation, id_: str) -> Mapping[str, Any]:
    """A cluster without replication: one node of Redis OSS, or some of Memcached, which have a name for all."""
    if not is_shaped(creation.inputs):
        return {"arn": arn(creation, f"cluster:{id_}")}
    memcached = engine_of(creation.inputs) == "memcached"
    short, _, region = domain(creation).partition(".")
    port = creation.inputs.get("port") or (MEMCACHED_PORT if memcached else facts.DEFAULT_PORT)
    addresses = [
        f"{id_}.{short}.{place + 1:04}.{region}" for place in range(creation.inputs.get("numCacheNodes") or 1)
    ]
    every = f"{id_}.{short}.cfg.{region}" if memcached else ""
    return {
        "arn": arn(creation, f"cluster:{id_}"),
        "cacheNodes": [
            {"id": f"{place:04}", "address": address, "port": port}
            for place, address in enumerate(addresses, start=1)
        ],
        "clusterAddress": every,
        "configurationEndpoint": f"{every}:{port}" if every else "",
        "engineVersionActual": actual_version(creation.inputs),
        **filled(
            creation,
            engine="redis",
            engineVersion=version_of(creation.inputs),
            parameterGroupName=default_group(creation.inputs),
            port=port,
            numCacheNodes=1,
            subnetGroupName="default",
        ),
    }


def subnet_group(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {
        "arn": arn(creation, f"subnetgroup:{id_}"),
        "vpcId": vpc_of_subnets(creation, creation.inputs.get("subnetIds")),
    }


KINDS: Mapping[str, Kind] = {
    SUBNET_GROUP: Kind(of_input("name"), subnet_group, {"description": "Managed by Pulumi"}, unique=True),
    PARAMETER_GROUP: Kind(
        lambda creation: text(creation, "name").lower(),
        lambda creation, id_: {"arn": arn(creation, f"parametergroup:{id_}")},
        {"description": "Managed by Pulumi"},
        unique=True,
    ),
    REPLICATION_GROUP: Kind(
        of_input("replicationGroupId"),
        replication_group,
        {"multiAzEnabled": False, "automaticFailoverEnabled": False},
        autoname="replicationGroupId",
        unique=True,
        revised=revised,
    ),
    "aws:elasticache/cluster:Cluster": Kind(
        of_input("clusterId"), cluster, autoname="clusterId", unique=True
    ),
    "aws:elasticache/user:User": Kind(
        of_input("userId"), lambda creation, id_: {"arn": arn(creation, f"user:{id_}")}, unique=True
    ),
    "aws:elasticache/userGroup:UserGroup": Kind(
        of_input("userGroupId"), lambda creation, id_: {"arn": arn(creation, f"usergroup:{id_}")}, unique=True
    ),
}
