"""Load balancers and what leads to them.

Shapes: Service Authorization Reference, "Elastic Load Balancing V2": the ids are ARNs, and those of listeners and rules go
on from their load balancer's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from plinth.simulator.aws.blocks import blocks
from plinth.simulator.aws.naming import arn, filled, joined, text
from plinth.simulator.aws.placement import listed, vpc_of_subnets
from plinth.simulator.cloud import stack_of
from plinth.simulator.creation import Creation, Kind

TYPES_IN_ARNS = {"application": "app", "network": "net", "gateway": "gwy"}
SSL_POLICY = "ELBSecurityPolicy-2016-08"
"""What a listener with a certificate speaks when nothing is said."""

HTTPS_PROTOCOLS = ("HTTPS", "TLS")


def load_balancer_arn(creation: Creation) -> str:
    kind = TYPES_IN_ARNS.get(type_of_balancer(creation.inputs), "app")
    return arn(creation, f"loadbalancer/{kind}/{text(creation, 'name')}/{creation.hex(16)}")


def type_of_balancer(values: Mapping[str, Any]) -> str:
    return str(values.get("loadBalancerType") or "application")


def subnets_of(values: Mapping[str, Any]) -> list[str]:
    """The subnets of a load balancer, said in either way."""
    mapped = [str(item["subnetId"]) for item in blocks(values.get("subnetMappings"))]
    return [*listed(values.get("subnets")), *mapped]


def load_balancer(creation: Creation, id_: str) -> Mapping[str, Any]:
    name, region = text(creation, "name"), creation.region
    of_region = replace(creation, urn=stack_of(creation.urn), id=region)
    return {
        "arn": id_,
        "arnSuffix": id_.partition(":loadbalancer/")[2],
        "dnsName": f"{name}-{creation.number(10**9, 'dns')}.{region}.elb.amazonaws.com",
        "zoneId": f"Z{of_region.hex(13, 'load balancers').upper()}",
        "vpcId": vpc_of_subnets(creation, subnets_of(creation.inputs)),
        **filled(creation, ipAddressType="ipv4", subnets=subnets_of(creation.inputs), internal=False),
    }


def target_group(creation: Creation, id_: str) -> Mapping[str, Any]:
    plain = creation.inputs.get("protocol") in ("HTTP", "HTTPS")
    version = filled(creation, protocolVersion="HTTP1") if plain else {}
    return {
        "arn": id_,
        "arnSuffix": id_.rpartition(":")[2],
        "loadBalancerArns": [],
        **version,
        **filled(creation, ipAddressType="ipv4"),
    }


def listener(creation: Creation, id_: str) -> Mapping[str, Any]:
    protocol = creation.inputs.get("protocol") or "HTTP"
    secure = protocol in HTTPS_PROTOCOLS
    return {"arn": id_, **filled(creation, protocol="HTTP", sslPolicy=SSL_POLICY if secure else "")}


def below(parent: str, before: str, after: str) -> Callable[[Creation], str]:
    """ARNs that go on from that of the resource in input `parent`."""
    return lambda creation: f"{text(creation, parent).replace(before, after, 1)}/{creation.hex(16)}"


def same_arn(_creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"arn": id_}


OF_MODULE: Mapping[str, Kind] = {
    "loadBalancer:LoadBalancer": Kind(
        load_balancer_arn,
        load_balancer,
        {"loadBalancerType": "application", "enableDeletionProtection": False},
    ),
    "targetGroup:TargetGroup": Kind(
        lambda creation: arn(creation, f"targetgroup/{text(creation, 'name')}/{creation.hex(16)}"),
        target_group,
        {"deregistrationDelay": 300, "slowStart": 0, "targetType": "instance"},
    ),
    "listener:Listener": Kind(
        below("loadBalancerArn", ":loadbalancer/", ":listener/"), listener, autoname=None
    ),
    "listenerRule:ListenerRule": Kind(
        below("listenerArn", ":listener/", ":listener-rule/"), same_arn, autoname=None
    ),
    "listenerCertificate:ListenerCertificate": Kind(
        joined("_", "listenerArn", "certificateArn"), autoname=None
    ),
}
MODULES = ("lb", "alb")
"""Pulumi has Elastic Load Balancing under two names."""

KINDS: Mapping[str, Kind] = {
    f"aws:{module}/{type_}": kind for module in MODULES for type_, kind in OF_MODULE.items()
}
