"""What RDS refuses of clusters, instances, parameter groups and subnet groups.

Wording: as AWS answered to users of the Terraform AWS provider and the RDS API (hashicorp/terraform-provider-aws #17373,
#27459; terraform-aws-modules/terraform-aws-rds #451; mattermost/mattermost-load-test-ng #707; crossplane-contrib/provider-aws
#1692; cloudposse/terraform-aws-rds-cluster #181; aws/aws-cdk #32232), else RDS API reference, "Errors" of each action. The
wording for capacities between the steps and for a lower maximum than minimum was not checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aws_facts import aurora
from aws_facts.postgresql_parameters import PARAMETERS
from plinth.simulator.aws.placement import SUBNET, strangers, vpcs, zones
from plinth.simulator.aws.rds import (
    AURORA_POSTGRESQL,
    CLUSTER,
    CLUSTER_INSTANCE,
    CLUSTER_PARAMETER_GROUP,
    PARAMETER_GROUP,
    SUBNET_GROUP,
    actual_version,
)
from plinth.simulator.check import Failure
from plinth.simulator.creation import Creation
from plinth.simulator.rules import Rules, Values, at, conflicting, known

PASSWORDS = ("masterPassword", "masterPasswordWo")


def cluster_arguments(values: Values) -> Iterator[Failure]:
    yield from conflicting(values, "manageMasterUserPassword", *PASSWORDS)
    yield from conflicting(values, "snapshotIdentifier", "globalClusterIdentifier", "restoreToPointInTime")
    scaling: Any = known(values, "serverlessv2ScalingConfiguration") or {}
    for name, low in (("minCapacity", aurora.MIN_ACU), ("maxCapacity", 1)):
        value = known(scaling, name)
        if value is not None and not low <= value <= aurora.MAX_ACU:
            yield at(
                f"serverlessv2ScalingConfiguration.{name}",
                f"expected {'min' if low < 1 else 'max'}_capacity to be in the range "
                f"({low:.6f} - {aurora.MAX_ACU:.6f}), got {value:.6f}",
            )


def instance_arguments(values: Values) -> Iterator[Failure]:
    yield from conflicting(values, "manageMasterUserPassword", "password", "passwordWo")


def cluster_change(creation: Creation, old: Values) -> Iterator[str]:
    inputs = creation.inputs
    group = creation.find(SUBNET_GROUP, inputs.get("dbSubnetGroupName"))
    yield from in_one_vpc(creation, group.get("vpcId"))
    yield from capacity(inputs.get("serverlessv2ScalingConfiguration"))
    if inputs.get("engine") != AURORA_POSTGRESQL:
        return
    before, after = str(old.get("engineVersionActual") or ""), actual_version(inputs)
    if after != before:
        yield from available(after)
        yield from upgrade(creation, old, before, after) if before else ()
    name = inputs.get("dbClusterParameterGroupName")
    yield from of_family(creation, CLUSTER_PARAMETER_GROUP, name, after)


def available(version: str) -> Iterator[str]:
    if version not in aurora.ENGINE_VERSIONS or version in aurora.RETIRED_VERSIONS:
        yield f"InvalidParameterCombination: Cannot find version {version} for {AURORA_POSTGRESQL}"


def upgrade(creation: Creation, old: Values, before: str, after: str) -> Iterator[str]:
    """Aurora user guide, "Performing a major version upgrade"."""
    inputs = creation.inputs
    if before in aurora.ENGINE_VERSIONS and not aurora.upgradable(before, after):
        yield f"InvalidParameterCombination: Cannot upgrade {AURORA_POSTGRESQL} from {before} to {after}"
    if aurora.major(before) == aurora.major(after):
        return
    if not inputs.get("allowMajorVersionUpgrade"):
        yield (
            "InvalidParameterCombination: The AllowMajorVersionUpgrade flag must be present when upgrading to a new "
            "major version."
        )
    # The provider sends the group's name only when it has changed.
    group = inputs.get("dbClusterParameterGroupName")
    if group == old.get("dbClusterParameterGroupName"):
        yield from custom("cluster", group)
    members = instances_of(creation, creation.id)
    if members and not inputs.get("dbInstanceParameterGroupName"):
        yield from custom("instance", members[0].get("dbParameterGroupName"))
    yield from of_family(creation, PARAMETER_GROUP, inputs.get("dbInstanceParameterGroupName"), after)


def custom(label: str, group: Any) -> Iterator[str]:
    if group and not str(group).startswith("default."):
        yield (
            f"InvalidParameterCombination: The current DB {label} parameter group {group} is custom. You must explicitly "
            f"specify a new DB {label} parameter group, either default or custom, for the engine version upgrade."
        )


def of_family(creation: Creation, type_: str, group: Any, version: str) -> Iterator[str]:
    """Whether parameter group `group` is for engine version `version`."""
    wanted = aurora.family(version)
    name = str(group or "")
    family = (
        name.removeprefix("default.")
        if name.startswith("default.")
        else creation.find(type_, name).get("family")
    )
    if family and family != wanted:
        yield (
            f"InvalidParameterCombination: The parameter group {group} with DBParameterGroupFamily {family} can't be used "
            f"for this instance. Use a parameter group with DBParameterGroupFamily {wanted}."
        )


def capacity(scaling: Mapping[str, Any] | None) -> Iterator[str]:
    """The provider has seen to the range already."""
    if not scaling:
        return
    low, high = scaling["minCapacity"], scaling["maxCapacity"]
    for label, value in (("minimum", low), ("maximum", high)):
        if value % aurora.ACU_STEP:
            yield (
                f"InvalidParameterValue: Serverless v2 {label} capacity {value} isn't valid. The capacity must be a "
                f"multiple of {aurora.ACU_STEP}."
            )
    if low > high:
        yield (
            f"InvalidParameterValue: Serverless v2 maximum capacity {high} isn't valid. The maximum capacity must be at "
            f"least {low}."
        )


def in_one_vpc(creation: Creation, vpc: Any) -> Iterator[str]:
    """RDS has one text for clusters and instances, and takes the default VPC where no subnet group says another."""
    for other in strangers(creation, creation.inputs.get("vpcSecurityGroupIds"), vpc):
        yield (
            "InvalidParameterCombination: The DB instance and EC2 security group are in different VPCs. The DB instance is "
            f"in {vpc} and the EC2 security group is in {other}"
        )


def cluster_deletion(creation: Creation) -> Iterator[str]:
    inputs = creation.inputs
    if inputs.get("deletionProtection"):
        yield (
            "InvalidParameterCombination: Cannot delete protected Cluster, please disable deletion protection and try "
            "again."
        )
    if not inputs.get("skipFinalSnapshot") and not inputs.get("finalSnapshotIdentifier"):
        yield "RDS Cluster final_snapshot_identifier is required when skip_final_snapshot is false"
    if instances_of(creation, creation.id):
        yield (
            "InvalidDBClusterStateFault: Cluster cannot be deleted, it still contains DB instances in non-deleting state."
        )


def instances_of(creation: Creation, cluster_id: str) -> list[Mapping[str, Any]]:
    """The instances of a cluster, by their identifiers."""
    found = (record.properties for record in creation.others(CLUSTER_INSTANCE))
    return [item for item in found if item.get("clusterIdentifier") == cluster_id]


def cluster_instance_change(creation: Creation, _old: Values) -> Iterator[str]:
    inputs = creation.inputs
    cluster = creation.find(CLUSTER, inputs.get("clusterIdentifier"))
    size = str(inputs.get("instanceClass"))
    if inputs.get("engine") != AURORA_POSTGRESQL:
        return
    version = str(cluster.get("engineVersionActual") or actual_version(inputs))
    if size == aurora.SERVERLESS_CLASS:
        if cluster and not cluster.get("serverlessv2ScalingConfiguration"):
            yield (
                "InvalidDBClusterStateFault: Set the Serverless v2 scaling configuration on the parent DB cluster before "
                "creating a Serverless v2 DB instance."
            )
    elif size not in aurora.INSTANCE_CLASSES:
        yield (
            "InvalidParameterCombination: RDS does not support creating a DB instance with the following combination: "
            f"DBInstanceClass={size}, Engine={AURORA_POSTGRESQL}, EngineVersion={version}, "
            "LicenseModel=postgresql-license. For supported combinations of instance class and database engine version, "
            "see the documentation."
        )
    yield from of_family(creation, PARAMETER_GROUP, inputs.get("dbParameterGroupName"), version)


def instance_change(creation: Creation, _old: Values) -> Iterator[str]:
    group = creation.find(SUBNET_GROUP, creation.inputs.get("dbSubnetGroupName"))
    yield from in_one_vpc(creation, group.get("vpcId"))


def instance_deletion(creation: Creation) -> Iterator[str]:
    inputs = creation.inputs
    if inputs.get("deletionProtection"):
        yield (
            "InvalidParameterCombination: Cannot delete protected DB Instance, please disable deletion protection and try "
            "again."
        )
    if not inputs.get("skipFinalSnapshot") and not inputs.get("finalSnapshotIdentifier"):
        yield "final_snapshot_identifier is required when skip_final_snapshot is false"


def subnet_group_change(creation: Creation, old: Values) -> Iterator[str]:
    ids = creation.inputs.get("subnetIds")
    found = set(vpcs(creation, SUBNET, ids).values())
    if old.get("vpcId") and found - {old["vpcId"]}:
        yield "InvalidParameterValue: The new Subnets are not in the same Vpc as the existing subnet group"
    if len(found) > 1:
        yield (
            "InvalidSubnet: The requested subnet is invalid, or multiple subnets were requested that are not all in a "
            "common VPC."
        )
    covered = zones(creation, ids)
    if covered is not None and len(covered) < 2:
        yield (
            "DBSubnetGroupDoesNotCoverEnoughAZs: The DB subnet group doesn't meet Availability Zone (AZ) coverage "
            f"requirement. Current AZ coverage: {', '.join(sorted(covered))}. Add subnets to cover at least 2 AZs."
        )


def parameters_change(level: str) -> Callable[[Creation, Values], Iterator[str]]:
    """The check of a parameter group; `level` is "cluster" or "instance"."""

    def change(creation: Creation, _old: Values) -> Iterator[str]:
        family = str(creation.inputs.get("family"))
        engine, number = family[: len(AURORA_POSTGRESQL)], family[len(AURORA_POSTGRESQL) :]
        if engine == AURORA_POSTGRESQL and not number.isdecimal() and number != "9.6":
            yield f"InvalidParameterValue: ParameterGroupFamily {family} is not a valid parameter group family"
        facts = PARAMETERS.get(family)
        if facts is None:
            return
        parameters: list[Mapping[str, Any]] = creation.inputs.get("parameters") or []
        for given in parameters:
            fact = facts.get(given["name"])
            if fact is None or not getattr(fact, level):
                yield f"InvalidParameterValue: Could not find parameter with name: {given['name']}"
            elif not fact.modifiable:
                yield f"InvalidParameterValue: The parameter {given['name']} cannot be modified."
            elif fact.static and (given.get("applyMethod") or "immediate") == "immediate":
                yield "InvalidParameterCombination: cannot use immediate apply method for static parameter"

    return change


RULES: Mapping[str, Rules] = {
    CLUSTER: Rules(cluster_arguments, cluster_change, cluster_deletion),
    CLUSTER_INSTANCE: Rules(change=cluster_instance_change),
    CLUSTER_PARAMETER_GROUP: Rules(change=parameters_change("cluster")),
    PARAMETER_GROUP: Rules(change=parameters_change("instance")),
    SUBNET_GROUP: Rules(change=subnet_group_change),
    "aws:rds/instance:Instance": Rules(instance_arguments, instance_change, instance_deletion),
}
