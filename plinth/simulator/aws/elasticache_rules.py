"""What ElastiCache refuses, and which changes of a replication group replace it only sometimes.

Wording: as AWS answered to users (hashicorp/terraform-provider-aws #27748 and #17004; aws/aws-cli #5007;
aws-controllers-k8s/community #1594; pulumi/pulumi-aws #4620), and the checks of the Terraform AWS provider
(`internal/service/elasticache/replication_group.go`). That of a version that does not exist is RDS's, that of subnets of
several VPCs the API reference's, and that of a single cluster of Valkey is from memory; they were not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_facts import elasticache as facts
from plinth.simulator.aws.elasticache import (
    PARAMETER_GROUP,
    REPLICATION_GROUP,
    SUBNET_GROUP,
    engine_of,
    version_of,
)
from plinth.simulator.aws.placement import SUBNET, strangers, vpcs
from plinth.simulator.check import Failure
from plinth.simulator.creation import Creation
from plinth.simulator.rules import Rules, Values, at, conflicting, known, one_of

AUTH_TOKEN = re.compile(r"[^@\"/\s]{16,128}")
ENGINES = ("redis", "valkey")
FIRST_WITH_OPTIONAL_TLS = (7, 0)
"""TLS can be switched in place from Redis OSS 7.0.5 on, the first 7 that ElastiCache had."""


def replication_group_arguments(values: Values) -> Iterator[Failure]:
    yield from one_of(values, "engine", ENGINES)
    yield from conflicting(values, "authToken", "userGroupIds")
    yield from conflicting(values, "numCacheClusters", "numNodeGroups", "replicasPerNodeGroup")
    token = known(values, "authToken")
    if isinstance(token, str) and not AUTH_TOKEN.fullmatch(token):
        yield at(
            "authToken",
            '"auth_token" must contain from 16 to 128 alphanumeric characters or symbols (excluding @, ", and /)',
        )
    failover, count = known(values, "automaticFailoverEnabled"), known(values, "numCacheClusters")
    if known(values, "multiAzEnabled") is True and failover in (None, False):
        yield Failure("multiAzEnabled", "automatic_failover_enabled must be true if multi_az_enabled is true")
    if failover is True and count is not None and count < 2:
        said = '"num_cache_clusters": must be at least 2 if automatic_failover_enabled is true'
        yield Failure("numCacheClusters", said)


def user_arguments(values: Values) -> Iterator[Failure]:
    passwords: list[Any] = known(values, "passwords") or []
    for password in passwords:
        if isinstance(password, str) and not 16 <= len(password) <= 128:
            yield at("passwords", "expected length of passwords to be in the range (16 - 128)")


def cluster_change(creation: Creation, _old: Values) -> Iterator[str]:
    if engine_of(creation.inputs) == "valkey":
        yield (
            "InvalidParameterValue: This API doesn't support Valkey engine. Please use CreateReplicationGroup API for "
            "Valkey cluster creation."
        )


def replication_group_change(creation: Creation, _old: Values) -> Iterator[str]:
    inputs = creation.inputs
    engine, version = engine_of(inputs), version_of(inputs)
    if version not in facts.ENGINE_VERSIONS[engine]:
        yield f"InvalidParameterCombination: Cannot find version {version} for {engine}"
    yield from of_family(creation, facts.family(engine, version))
    if inputs.get("authToken") and inputs.get("transitEncryptionEnabled") is not True:
        yield "InvalidParameterValue: The AUTH token is only supported when encryption-in-transit is enabled"
    name = inputs.get("subnetGroupName")
    vpc = creation.find(SUBNET_GROUP, name).get("vpcId")
    for other in strangers(creation, inputs.get("securityGroupIds"), vpc):
        yield f"InvalidParameterCombination: Subnet group [{name}] belongs to a different VPC [{vpc}] than [{other}]"


def of_family(creation: Creation, wanted: str) -> Iterator[str]:
    name = str(creation.inputs.get("parameterGroupName") or "")
    group = creation.find(PARAMETER_GROUP, name.lower())
    is_default = name.startswith("default.")
    family = name.removeprefix("default.").removesuffix(".cluster.on") if is_default else group.get("family")
    if family and family != wanted:
        yield (
            f"InvalidParameterCombination: Expected a parameter group of family {wanted} but found one of family {family}"
        )


def parameters_change(creation: Creation, _old: Values) -> Iterator[str]:
    family = str(creation.inputs.get("family"))
    names = facts.PARAMETERS.get(family)
    parameters: list[Mapping[str, Any]] = creation.inputs.get("parameters") or []
    for parameter in parameters:
        if names is not None and parameter["name"] not in names:
            yield f"InvalidParameterValue: Parameter {parameter['name']} doesn't exist"


def subnet_group_change(creation: Creation, _old: Values) -> Iterator[str]:
    if len(set(vpcs(creation, SUBNET, creation.inputs.get("subnetIds")).values())) > 1:
        yield (
            "InvalidSubnet: The requested subnet is invalid, or multiple subnets were requested that are not all in a "
            "common VPC."
        )


def replaces(old: Values, new: Values) -> Sequence[str]:
    """A downgrade, from Valkey back to Redis OSS too, and TLS switched on an old engine."""
    before, after = engine_of(old), engine_of(new)
    found: list[str] = []
    if before == "valkey" and after == "redis":
        found.append("engine")
    if before == after and number(version_of(new)) < number(version_of(old)):
        found.append("engineVersion")
    if before == "redis" and number(version_of(old)) < FIRST_WITH_OPTIONAL_TLS:
        found.append("transitEncryptionEnabled")
    return found


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


RULES: Mapping[str, Rules] = {
    REPLICATION_GROUP: Rules(replication_group_arguments, replication_group_change, replaces=replaces),
    "aws:elasticache/cluster:Cluster": Rules(change=cluster_change),
    "aws:elasticache/user:User": Rules(user_arguments),
    PARAMETER_GROUP: Rules(change=parameters_change),
    SUBNET_GROUP: Rules(change=subnet_group_change),
}
