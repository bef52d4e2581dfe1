"""In which VPC and zones things are, as far as the simulated cloud has a record of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from plinth.simulator.creation import Creation

SUBNET = "aws:ec2/subnet:Subnet"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"


def vpcs(creation: Creation, type_: str, ids: Any) -> dict[str, str]:
    """The VPC of each of `ids` that is on record."""
    found = {id_: creation.find(type_, id_).get("vpcId") for id_ in listed(ids)}
    return {id_: str(vpc) for id_, vpc in found.items() if vpc}


def vpc_of_subnets(creation: Creation, ids: Any) -> str:
    """The VPC that subnets are in; empty when none of them is on record."""
    return next(iter(vpcs(creation, SUBNET, ids).values()), "")


def zones(creation: Creation, ids: Any) -> set[str] | None:
    """The zones of subnets; None unless all of them are on record."""
    found = [creation.find(SUBNET, id_).get("availabilityZone") for id_ in listed(ids)]
    return {str(zone) for zone in found} if all(found) else None


def strangers(creation: Creation, group_ids: Any, vpc: Any) -> Iterator[str]:
    """The VPCs of security groups that are not in `vpc`."""
    of_groups = vpcs(creation, SECURITY_GROUP, group_ids).values()
    return (other for other in of_groups if vpc and other != vpc)


def listed(ids: Any) -> Sequence[str]:
    return ids if isinstance(ids, list) else []  # pyright: ignore[reportUnknownVariableType]
