"""The forms of AWS's identifiers (AWS General Reference, "Amazon Resource Names")."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from plinth.simulator.creation import ACCOUNT, Computed, Creation

GLOBAL_SERVICES = {"iam", "cloudfront", "route53"}
ARN_SERVICES = {
    "alb": "elasticloadbalancing",
    "appautoscaling": "application-autoscaling",
    "lb": "elasticloadbalancing",
    "cloudwatch": "logs",
    "vpc": "ec2",
}


def arn(creation: Creation, resource: str, service: str | None = None) -> str:
    """The ARN of `resource` (`vpc/vpc-0a1b...`) in the creation's account and region."""
    module = creation.type.split(":")[1].split("/")[0]
    service = service or ARN_SERVICES.get(module, module)
    region = "" if service in GLOBAL_SERVICES else creation.region
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


def kebab(token: str) -> str:
    """`aws:ec2/routeTable:RouteTable` is route-table."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", token.rpartition(":")[2]).lower()


def prefixed(prefix: str) -> Callable[[Creation], str]:
    """Ids of EC2's form: the prefix and 17 hex digits, the first of them 0."""
    return lambda creation: f"{prefix}-0{creation.hex(16)}"


def of_input(name: str) -> Callable[[Creation], str]:
    """Ids that are one of the inputs."""
    return lambda creation: str(creation.inputs.get(name, creation.name))


def joined(separator: str, *names: str) -> Callable[[Creation], str]:
    """Ids made of several inputs."""
    return lambda creation: separator.join(str(creation.inputs.get(name, "")) for name in names)


def uuid_of(creation: Creation, purpose: str = "id") -> str:
    return str(uuid.UUID(creation.hex(32, purpose)))


def filled(creation: Creation, **values: Any) -> dict[str, Any]:
    """Those of `values` that the program gives as it gives them, and the others as AWS fills them in."""
    given = creation.inputs
    return {
        name: Computed(value) if given.get(name) is None else given[name] for name, value in values.items()
    }


def text(creation: Creation, name: str, default: Any = "") -> str:
    """An input as text; the logical name's if it is not there."""
    return str(creation.inputs.get(name) or default or creation.name)
