"""RDS: Aurora clusters and their instances, single databases, parameter and subnet groups, proxies.

Shapes: Aurora user guide, "Amazon Aurora endpoint connections"; RDS user guide, "Amazon Resource Names (ARNs) in Amazon
RDS" and "Password management with Amazon RDS and AWS Secrets Manager"; Terraform AWS provider, the page of each type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from aws_facts import aurora
from aws_facts.rds_roots import CA_IDENTIFIER
from plinth.simulator.aws.naming import arn, filled, of_input, text, uuid_of
from plinth.simulator.aws.placement import vpc_of_subnets
from plinth.simulator.cloud import stack_of
from plinth.simulator.creation import Computed, Creation, Kind
from plinth.simulator.values import UNKNOWN

CLUSTER = "aws:rds/cluster:Cluster"
CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
CLUSTER_PARAMETER_GROUP = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
PARAMETER_GROUP = "aws:rds/parameterGroup:ParameterGroup"
SUBNET_GROUP = "aws:rds/subnetGroup:SubnetGroup"

AURORA_POSTGRESQL = "aurora-postgresql"
PORTS = {"mysql": 3306, "mariadb": 3306, "aurora-mysql": 3306}
WINDOWS = {"preferredBackupWindow": "07:00-07:30", "preferredMaintenanceWindow": "sun:08:00-sun:08:30"}


def domain(creation: Creation) -> str:
    """What RDS puts behind the names of all databases that an account has in a region."""
    account = replace(creation, urn=stack_of(creation.urn), id=creation.region)
    return f"{account.hex(12, 'rds')}.{creation.region}.rds.amazonaws.com"


def identified(name: str) -> Callable[[Creation], str]:
    """Pulumi makes up no identifier for clusters and their instances: the Terraform provider does, `tf-` and 26 digits."""

    def identifier(creation: Creation) -> str:
        prefix = creation.inputs.get(f"{name}Prefix") or "tf-"
        return str(creation.inputs.get(name) or f"{prefix}{creation.hex(26, 'name')}")

    return identifier


def actual_version(values: Mapping[str, Any]) -> Any:
    """The engine version that runs when `values` ask for "17.4", for "17" or for none; unknown while theirs is."""
    if UNKNOWN in (values.get("engine"), values.get("engineVersion")):
        return UNKNOWN
    wanted = str(values.get("engineVersion") or "")
    if values.get("engine") != AURORA_POSTGRESQL or wanted in aurora.ENGINE_VERSIONS:
        return wanted
    newest = [version for version in aurora.ENGINE_VERSIONS if version.startswith(wanted and f"{wanted}.")]
    return newest[-1] if newest else wanted


def default_group(values: Mapping[str, Any]) -> Any:
    """The parameter group of AWS's own that is used when none is given."""
    version = actual_version(values)
    if version is UNKNOWN:
        return UNKNOWN
    if values.get("engine") == AURORA_POSTGRESQL and version:
        return f"default.{aurora.family(version)}"
    return f"default.{values.get('engine')}{version}"


def cluster(creation: Creation, id_: str) -> Mapping[str, Any]:
    inputs, end = creation.inputs, domain(creation)
    return {
        "arn": arn(creation, f"cluster:{id_}"),
        "endpoint": f"{id_}.cluster-{end}",
        "readerEndpoint": f"{id_}.cluster-ro-{end}",
        "clusterResourceId": f"cluster-{creation.hex(26, 'resource').upper()}",
        "hostedZoneId": f"Z{creation.hex(13, 'zone').upper()}",
        "engineVersionActual": actual_version(inputs),
        "masterUserSecrets": master_secrets(creation, "cluster"),
        **filled(
            creation,
            clusterIdentifier=id_,
            engineVersion=actual_version(inputs),
            dbClusterParameterGroupName=default_group(inputs),
            port=PORTS.get(text(creation, "engine"), aurora.DEFAULT_PORT),
            availabilityZones=[f"{creation.region}{letter}" for letter in "abc"],
            backupRetentionPeriod=1,
            caCertificateIdentifier=CA_IDENTIFIER,
            databaseInsightsMode="standard",
            dbSubnetGroupName="default",
            engineLifecycleSupport="open-source-rds-extended-support",
            networkType="IPV4",
            storageEncrypted=False,
            **WINDOWS,
        ),
    }


def master_secrets(creation: Creation, label: str) -> list[dict[str, Any]]:
    """The secret of a master user whose password RDS manages."""
    if not creation.inputs.get("manageMasterUserPassword"):
        return []
    name = f"rds!{label}-{uuid_of(creation, 'secret')}-{creation.hex(6, 'secret suffix')}"
    key = creation.inputs.get("masterUserSecretKmsKeyId") or arn(
        creation, f"key/{uuid_of(creation, 'key')}", "kms"
    )
    return [
        {
            "kmsKeyId": Computed(key),
            "secretArn": Computed(arn(creation, f"secret:{name}", "secretsmanager")),
            "secretStatus": Computed("active"),
        }
    ]


def revised(label: str) -> Callable[[Creation, Mapping[str, Any]], Mapping[str, Any]]:
    """The version that runs follows the one that is asked for, and the secret comes and goes with RDS's management."""

    def outputs(creation: Creation, old: Mapping[str, Any]) -> Mapping[str, Any]:
        secrets = [
            {key: item.value for key, item in secret.items()} for secret in master_secrets(creation, label)
        ]
        now = {"engineVersionActual": actual_version(creation.inputs), "masterUserSecrets": secrets}
        return {key: value for key, value in now.items() if old.get(key) != value}

    return outputs


def cluster_instance(creation: Creation, id_: str) -> Mapping[str, Any]:
    parent = creation.find(CLUSTER, creation.inputs.get("clusterIdentifier"))
    version = parent.get("engineVersionActual") or actual_version(creation.inputs)
    tier = creation.inputs.get("promotionTier") or 0
    writers = [
        record
        for record in creation.others(CLUSTER_INSTANCE)
        if record.properties.get("clusterIdentifier") == creation.inputs.get("clusterIdentifier")
        and record.properties.get("writer")
    ]
    return {
        "arn": arn(creation, f"db:{id_}"),
        "dbiResourceId": f"db-{creation.hex(26, 'resource').upper()}",
        "endpoint": f"{id_}.{domain(creation)}",
        "engineVersionActual": version,
        "port": parent.get("port", aurora.DEFAULT_PORT),
        "storageEncrypted": parent.get("storageEncrypted", False),
        "kmsKeyId": parent.get("kmsKeyId") or "",
        "networkType": "IPV4",
        "writer": tier == 0 and not writers,
        **filled(
            creation,
            identifier=id_,
            engineVersion=version,
            dbParameterGroupName=default_group({**creation.inputs, "engineVersion": version}),
            dbSubnetGroupName=parent.get("dbSubnetGroupName", "default"),
            availabilityZone=f"{creation.region}{'abc'[creation.number(3, 'zone')]}",
            caCertIdentifier=CA_IDENTIFIER,
            publiclyAccessible=False,
            **WINDOWS,
        ),
    }


def instance(creation: Creation, _id: str) -> Mapping[str, Any]:
    """A single database. Its id is RDS's resource id, its endpoint has the port."""
    name = text(creation, "identifier")
    address = f"{name}.{domain(creation)}"
    port = creation.inputs.get("port") or PORTS.get(text(creation, "engine"), aurora.DEFAULT_PORT)
    return {
        "arn": arn(creation, f"db:{name}"),
        "address": address,
        "endpoint": f"{address}:{port}",
        "resourceId": creation.id,
        "hostedZoneId": f"Z{creation.hex(13, 'zone').upper()}",
        "engineVersionActual": actual_version(creation.inputs),
        "masterUserSecrets": master_secrets(creation, "db"),
        "status": "available",
        **filled(creation, port=port, caCertIdentifier=CA_IDENTIFIER, networkType="IPV4"),
    }


def subnet_group(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {
        "arn": arn(creation, f"subgrp:{id_}"),
        "supportedNetworkTypes": ["IPV4"],
        "vpcId": vpc_of_subnets(creation, creation.inputs.get("subnetIds")),
    }


def parameter_group(label: str) -> Callable[[Creation, str], Mapping[str, Any]]:
    return lambda creation, id_: {"arn": arn(creation, f"{label}:{id_}")}


def proxy(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {
        "arn": arn(creation, f"db-proxy:prx-0{creation.hex(16, 'arn')}"),
        "endpoint": f"{id_}.proxy-{domain(creation)}",
        **filled(creation, idleClientTimeout=1800, defaultAuthScheme="NONE"),
    }


def proxy_targets(creation: Creation, _id: str) -> Mapping[str, Any]:
    """The one target group that each proxy has."""
    return {"arn": arn(creation, f"target-group:prx-tg-0{creation.hex(16, 'arn')}"), "name": "default"}


def proxy_target_id(creation: Creation) -> str:
    kind, name = tracked(creation)
    return f"{text(creation, 'dbProxyName')}/{text(creation, 'targetGroupName')}/{kind}/{name}"


def proxy_target(creation: Creation, _id: str) -> Mapping[str, Any]:
    kind, name = tracked(creation)
    found = creation.find(CLUSTER, name)
    is_cluster = kind == "TRACKED_CLUSTER"
    return {
        "type": kind,
        "rdsResourceId": name,
        "trackedClusterId": name if is_cluster else "",
        "endpoint": "" if is_cluster else f"{name}.{domain(creation)}",
        "port": found.get("port", aurora.DEFAULT_PORT),
        "targetArn": arn(creation, f"{'cluster' if is_cluster else 'db'}:{name}"),
    }


def tracked(creation: Creation) -> tuple[str, str]:
    """What a proxy leads to: its type in the RDS API and its identifier."""
    if creation.inputs.get("dbClusterIdentifier"):
        return "TRACKED_CLUSTER", text(creation, "dbClusterIdentifier")
    return "RDS_INSTANCE", text(creation, "dbInstanceIdentifier")


KINDS: Mapping[str, Kind] = {
    SUBNET_GROUP: Kind(of_input("name"), subnet_group, {"description": "Managed by Pulumi"}, unique=True),
    CLUSTER_PARAMETER_GROUP: Kind(
        of_input("name"), parameter_group("cluster-pg"), {"description": "Managed by Pulumi"}, unique=True
    ),
    PARAMETER_GROUP: Kind(
        of_input("name"), parameter_group("pg"), {"description": "Managed by Pulumi"}, unique=True
    ),
    CLUSTER: Kind(
        identified("clusterIdentifier"),
        cluster,
        {"engineMode": "provisioned", "applyImmediately": False},
        autoname=None,
        unique=True,
        revised=revised("cluster"),
    ),
    CLUSTER_INSTANCE: Kind(
        identified("identifier"),
        cluster_instance,
        {"autoMinorVersionUpgrade": True, "promotionTier": 0, "monitoringInterval": 0},
        autoname=None,
        unique=True,
    ),
    "aws:rds/instance:Instance": Kind(
        lambda creation: f"db-{creation.hex(26, 'resource').upper()}",
        instance,
        autoname="identifier",
        revised=revised("db"),
    ),
    "aws:rds/proxy:Proxy": Kind(of_input("name"), proxy, unique=True),
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": Kind(
        of_input("dbProxyName"), proxy_targets, unique=True
    ),
    "aws:rds/proxyTarget:ProxyTarget": Kind(proxy_target_id, proxy_target, unique=True),
}
