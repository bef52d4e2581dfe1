"""What variations of several subjects are made of: places of the clean stack, rules between its groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.variation import Added, Change, Copied, Linked, Place
from tests.incidents.flips import APP, Flip, deployment

TAGS = {"owner": "platform@example.com", "environment": "prod", "service": "shop"}

VPC: Place = ("ec2/vpc:Vpc", "shop")
EKS: Place = ("eks/cluster:Cluster", "shop")
AURORA: Place = ("rds/cluster:Cluster", "shop")
REDIS: Place = ("ReplicationGroup", "shop")
EDGE: Place = ("SecurityGroup", "edge")
DATABASE: Place = ("SecurityGroup", "database")
CACHE: Place = ("SecurityGroup", "cache")
PUBLIC: Sequence[Place] = [("Subnet", "public-0"), ("Subnet", "public-1")]
PRIVATE: Sequence[Place] = [("Subnet", "private-0"), ("Subnet", "private-1")]
DATA: Sequence[Place] = [("Subnet", "data-0"), ("Subnet", "data-1")]


def ports(first: int, last: int, protocol: str = "tcp", **said: Any) -> dict[str, Any]:
    """A rule as it stands inside a group, or in `ec2.SecurityGroupRule`."""
    return {"protocol": protocol, "fromPort": first, "toPort": last, **said}


def inline(group: Place, *rules: Mapping[str, Any]) -> Flip:
    return Flip(*group, ("ingress",), list(rules))


def between(name: str, group: Place, source: Place, **said: Any) -> list[Change]:
    """A rule like that for the pods' port, for `group` from `source`, but for `said`."""
    rule = ("SecurityGroupIngressRule", name)
    return [
        Copied(("SecurityGroupIngressRule", "pods"), name, {(prop,): value for prop, value in said.items()}),
        Linked(rule, "securityGroupId", [group]),
        Linked(rule, "referencedSecurityGroupId", [source]),
    ]


def old_rule(name: str, group: Place, rule: Mapping[str, Any], source: Place | None = None) -> Added:
    """A rule of `group`, from `source` if given, as `ec2.SecurityGroupRule` spells it."""
    ids = {"securityGroupId": group} | ({"sourceSecurityGroupId": source} if source else {})
    said = {"type": "ingress", **rule, **dict.fromkeys(ids, UNKNOWN)}
    return Added("aws:ec2/securityGroupRule:SecurityGroupRule", name, said, ids)


def function(name: str, *stands_in: Place) -> list[Change]:
    """A Lambda function, in the subnets and with the groups of `stands_in`."""
    said = {"runtime": "python3.13", "handler": "report.handle", "role": UNKNOWN, "tagsAll": TAGS}
    added = Added("aws:lambda/function:Function", name, said)
    if not stands_in:
        return [added]
    place = ("lambda/function:Function", name)
    vpc = {"subnetIds": [UNKNOWN] * 2, "securityGroupIds": [UNKNOWN], "vpcId": UNKNOWN}
    return [added, Flip(*place, ("vpcConfig",), vpc), Linked(place, "vpcConfig", stands_in)]


def proxy(name: str, *groups: Place) -> list[Change]:
    """An RDS Proxy in the data subnets."""
    said = {"engineFamily": "POSTGRESQL", "requireTls": True, "tagsAll": TAGS}
    ids = {"vpcSubnetIds": [UNKNOWN] * 2, "vpcSecurityGroupIds": [UNKNOWN] * len(groups)}
    place = ("rds/proxy:Proxy", name)
    return [
        Added("aws:rds/proxy:Proxy", name, {**said, **ids}),
        Linked(place, "vpcSubnetIds", DATA),
        Linked(place, "vpcSecurityGroupIds", groups),
    ]


def endpoint(name: str) -> list[Change]:
    """An interface endpoint in the private subnets, with a security group called like it."""
    place = ("VpcEndpoint", name)
    return [
        Copied(EDGE, name),
        Copied(("VpcEndpoint", "s3"), name, {("vpcEndpointType",): "Interface"}),
        Flip(*place, ("subnetIds",), [UNKNOWN] * 2),
        Linked(place, "subnetIds", PRIVATE),
        Linked(place, "securityGroupIds", [("SecurityGroup", name)]),
    ]


def told(variable: str, value: Any) -> list[Change]:
    """The pods of `orders` have `variable` in place of `TRUST_PROXY`, which no rule reads."""
    return said_instead("TRUST_PROXY", variable, value)


def said_instead(old: str, variable: str, value: Any) -> list[Change]:
    """The pods of `orders` have `variable` in place of `old`."""
    place = (*APP, "env", f"@{old}")
    return [deployment((*place, "value"), value), deployment((*place, "name"), variable)]


def configured(**variables: str) -> list[Change]:
    """The pods of `orders` have more variables, by a ConfigMap of the stack."""
    metadata = {"name": "settings", "namespace": "shop"}
    return [
        Added("kubernetes:core/v1:ConfigMap", "settings", {"metadata": metadata, "data": variables}),
        deployment((*APP, "envFrom"), [{"configMapRef": {"name": "settings"}}]),
    ]
