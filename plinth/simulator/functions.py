"""Provider functions (invokes): what a program looks up."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from zlib import crc32

from plinth.simulator.aws.policy_document import render
from plinth.simulator.aws.route53 import ZONE, bare, foreign_zone
from plinth.simulator.cloud import Cloud
from plinth.simulator.creation import ACCOUNT
from plinth.simulator.errors import Refused

Arguments = Mapping[str, Any]
ZONE_LETTERS = "abc"


def region_of(arguments: Arguments, region: str) -> str:
    return str(arguments.get("region") or region)


def get_region(arguments: Arguments, _cloud: Cloud, region: str) -> dict[str, Any]:
    name = region_of(arguments, region)
    return {
        "id": name,
        "name": name,
        "region": name,
        "description": name,
        "endpoint": f"ec2.{name}.amazonaws.com",
    }


def get_partition(_arguments: Arguments, _cloud: Cloud, _region: str) -> dict[str, Any]:
    return {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


def get_caller_identity(_arguments: Arguments, _cloud: Cloud, _region: str) -> dict[str, Any]:
    return {
        "id": ACCOUNT,
        "accountId": ACCOUNT,
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/rehearsal/rehearsal",
        "userId": "AROAREHEARSAL:rehearsal",
    }


def get_availability_zones(arguments: Arguments, _cloud: Cloud, region: str) -> dict[str, Any]:
    name = region_of(arguments, region)
    names = [f"{name}{letter}" for letter in ZONE_LETTERS]
    return {
        "id": name,
        "names": names,
        "zoneIds": [f"az-{letter}" for letter in ZONE_LETTERS],
        "groupNames": [name],
        "region": name,
        "state": "available",
    }


def get_addon_version(arguments: Arguments, _cloud: Cloud, region: str) -> dict[str, Any]:
    name = str(arguments["addonName"])
    return {
        "id": name,
        "addonName": name,
        "kubernetesVersion": arguments["kubernetesVersion"],
        "mostRecent": arguments.get("mostRecent", False),
        "region": region_of(arguments, region),
        "version": "v1.0.0-eksbuild.1",
    }


def get_parameter(arguments: Arguments, _cloud: Cloud, region: str) -> dict[str, Any]:
    name = str(arguments["name"])
    if not name.startswith("/aws/service/"):
        raise Refused(
            f"aws:ssm/getParameter: couldn't find resource: parameter {name!r} is not in the simulated account. "
            "Only AWS's public parameters (/aws/service/...) are."
        )
    value = "ami-0123456789abcdef0" if name.endswith("image_id") else "simulated"
    arn = f"arn:aws:ssm:{region_of(arguments, region)}::parameter{name}"
    return {"id": name, "name": name, "arn": arn, "type": "String", "value": value, "version": 1}


def get_ami(arguments: Arguments, _cloud: Cloud, _region: str) -> dict[str, Any]:
    """An image that fits most uses: x86_64, and the root device of Amazon Linux."""
    return {
        **arguments,
        "id": "ami-0123456789abcdef0",
        "imageId": "ami-0123456789abcdef0",
        "architecture": "x86_64",
        "rootDeviceName": "/dev/xvda",
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": "20"}}],
        "ownerId": ACCOUNT,
    }


def look_up(
    type_: str, label: str, keys: Mapping[str, str]
) -> Callable[[Arguments, Cloud, str], dict[str, Any]]:
    """A function that finds one existing thing: `keys` maps its arguments to the properties of type `type_`."""

    def function(arguments: Arguments, cloud: Cloud, _region: str) -> dict[str, Any]:
        wanted = {keys[name]: value for name, value in arguments.items() if name in keys and value}
        tags: Mapping[str, str] = dict(arguments.get("tags") or {})
        for record in cloud.of_type(type_):
            have = {**record.properties, "id": record.id}
            own_tags: Any = have.get("tags") or {}
            fits = all(have.get(key) == value for key, value in wanted.items())
            if fits and all(own_tags.get(key) == value for key, value in tags.items()):
                return have
        raise Refused(
            f"no matching {label} found: {json.dumps({**wanted, **({'tags': tags} if tags else {})})}"
        )

    return function


def get_subnets(arguments: Arguments, cloud: Cloud, _region: str) -> dict[str, Any]:
    filters: list[Mapping[str, Any]] = arguments.get("filters") or []
    vpcs: set[str] = {value for entry in filters if entry["name"] == "vpc-id" for value in entry["values"]}
    found = cloud.of_type("aws:ec2/subnet:Subnet")
    return {
        "id": "subnets",
        "ids": [record.id for record in found if not vpcs or record.properties.get("vpcId") in vpcs],
    }


def get_zone(arguments: Arguments, cloud: Cloud, _region: str) -> dict[str, Any]:
    """A zone that a program has made, else one that another tool has made: most domains are older than their stack."""
    name, zone_id = bare(str(arguments.get("name") or "")), arguments.get("zoneId")
    private = bool(arguments.get("privateZone") or arguments.get("vpcId"))
    for record in cloud.of_type(ZONE):
        have = record.properties
        named = zone_id == record.id or (name and bare(str(have.get("name"))) == name)
        if named and (zone_id or private == bool(have.get("vpcs"))):
            return {**have, "id": record.id, "name": bare(str(have.get("name"))), "privateZone": private}
    if not name:
        raise Refused(
            f"no matching Route 53 Hosted Zone found: {json.dumps({'zone_id': zone_id})}. Of a zone that the simulated cloud "
            "has no record of, only the name says enough to answer: ask by name, or give the values in the stack's "
            "configuration."
        )
    return foreign_zone(name, private=private)


def get_policy_document(arguments: Arguments, _cloud: Cloud, _region: str) -> dict[str, Any]:
    text = json.dumps(render(arguments), indent=2)
    return {
        **arguments,
        "id": str(crc32(text.encode())),
        "json": text,
        "minifiedJson": json.dumps(json.loads(text)),
    }


FUNCTIONS: Mapping[str, Callable[[Arguments, Cloud, str], dict[str, Any]]] = {
    "aws:index/getRegion:getRegion": get_region,
    "aws:index/getPartition:getPartition": get_partition,
    "aws:index/getCallerIdentity:getCallerIdentity": get_caller_identity,
    "aws:index/getAvailabilityZones:getAvailabilityZones": get_availability_zones,
    "aws:eks/getAddonVersion:getAddonVersion": get_addon_version,
    "aws:ssm/getParameter:getParameter": get_parameter,
    "aws:ec2/getAmi:getAmi": get_ami,
    "aws:ec2/getSubnets:getSubnets": get_subnets,
    "aws:ec2/getVpc:getVpc": look_up(
        "aws:ec2/vpc:Vpc", "EC2 VPC", {"id": "id", "cidrBlock": "cidrBlock", "default": "default"}
    ),
    "aws:ec2/getSubnet:getSubnet": look_up(
        "aws:ec2/subnet:Subnet",
        "EC2 Subnet",
        {"id": "id", "vpcId": "vpcId", "cidrBlock": "cidrBlock", "availabilityZone": "availabilityZone"},
    ),
    "aws:ec2/getSecurityGroup:getSecurityGroup": look_up(
        "aws:ec2/securityGroup:SecurityGroup",
        "EC2 Security Group",
        {"id": "id", "vpcId": "vpcId", "name": "name"},
    ),
    "aws:eks/getCluster:getCluster": look_up("aws:eks/cluster:Cluster", "EKS Cluster", {"name": "name"}),
    "aws:iam/getRole:getRole": look_up("aws:iam/role:Role", "IAM Role", {"name": "name"}),
    "aws:kms/getKey:getKey": look_up("aws:kms/key:Key", "KMS Key", {"keyId": "id"}),
    "aws:iam/getPolicyDocument:getPolicyDocument": get_policy_document,
    "aws:route53/getZone:getZone": get_zone,
}


def call(token: str, arguments: Arguments, cloud: Cloud, region: str) -> dict[str, Any]:
    """The answer of function `token`. Raises `Refused` for one that the simulator does not know."""
    function = FUNCTIONS.get(token)
    if function is None:
        known = ", ".join(sorted(name.rpartition(":")[2] for name in FUNCTIONS))
        raise Refused(
            f"{token} is a look-up that the simulator does not answer, so what depends on it cannot be rehearsed. "
            f"Give the value in the stack's configuration, or add it to plinth/simulator/functions.py. Known: {known}."
        )
    return function(arguments, cloud, region)
