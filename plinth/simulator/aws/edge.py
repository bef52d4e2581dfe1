"""Load balancers and what leads to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from plinth.simulator.aws.naming import arn, text
from plinth.simulator.creation import Creation, Kind


def elb_arn(kind: str) -> Callable[[Creation], str]:
    """Elastic Load Balancing's ids are ARNs (AWS Service Authorization Reference, "Elastic Load Balancing V2")."""
    return lambda creation: arn(creation, f"{kind}/{text(creation, 'name')}/{creation.hex(16)}")


def load_balancer(creation: Creation, id_: str) -> Mapping[str, Any]:
    name = text(creation, "name")
    return {
        "arn": id_,
        "arnSuffix": id_.partition(":loadbalancer/")[2],
        "dnsName": f"{name}-{creation.number(10**9, 'dns')}.{creation.region}.elb.amazonaws.com",
        "zoneId": f"Z{creation.hex(13, 'zone').upper()}",
    }


def target_group(_creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"arn": id_, "arnSuffix": id_.rpartition(":")[2]}


def same_arn(_creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"arn": id_}


LOAD_BALANCER = Kind(elb_arn("loadbalancer/app"), load_balancer)
TARGET_GROUP = Kind(elb_arn("targetgroup"), target_group)
LISTENER = Kind(elb_arn("listener/app"), same_arn)

KINDS: Mapping[str, Kind] = {
    f"aws:{module}/{type_}": kind
    for module in ("lb", "alb")
    for type_, kind in {
        "loadBalancer:LoadBalancer": LOAD_BALANCER,
        "targetGroup:TargetGroup": TARGET_GROUP,
        "listener:Listener": LISTENER,
    }.items()
}
