"""What Elastic Load Balancing refuses of load balancers, target groups and listeners.

Sources: Terraform AWS provider, `validate.go` and `target_group.go` of `elbv2`. AWS's wording: as it answered to users
(hashicorp/terraform-provider-aws #15145, #48071; robertdebock/terraform-aws-vault #5; pulumi/pulumi-awsx #1242;
kubernetes-sigs/aws-load-balancer-controller #2134), else the descriptions of Elastic Load Balancing API reference; those
for protection, use, security groups and listeners on the same port were not checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from plinth.simulator.aws.blocks import block
from plinth.simulator.aws.edge import HTTPS_PROTOCOLS, MODULES, subnets_of, type_of_balancer
from plinth.simulator.aws.placement import strangers, vpc_of_subnets, zones
from plinth.simulator.check import Failure
from plinth.simulator.creation import Creation
from plinth.simulator.rules import Rules, Values, at, between, conflicting, known, one_of

HTTP_PROTOCOLS = ("HTTP", "HTTPS")
HTTP_STICKINESS = ("lb_cookie", "app_cookie")
HEALTH_RANGES = (
    ("interval", "interval", 5, 300),
    ("timeout", "timeout", 2, 120),
    ("healthyThreshold", "healthy_threshold", 2, 10),
    ("unhealthyThreshold", "unhealthy_threshold", 2, 10),
)
INTERVAL, TIMEOUT = 30, 5
"""Seconds of a health check over HTTP when nothing is said."""


def name_problems(name: str) -> Iterator[str]:
    if len(name) > 32:
        yield '"name" cannot be longer than 32 characters'
    if not re.fullmatch(r"[0-9A-Za-z-]+", name):
        yield 'only alphanumeric characters and hyphens allowed in "name"'
    if name.startswith("-"):
        yield '"name" cannot begin with a hyphen'
    if name.endswith("-"):
        yield '"name" cannot end with a hyphen'


def named(values: Values) -> Iterator[Failure]:
    yield from conflicting(values, "name", "namePrefix")
    name = known(values, "name")
    for problem in name_problems(name) if isinstance(name, str) else ():
        yield at("name", problem)


def load_balancer_arguments(values: Values) -> Iterator[Failure]:
    yield from named(values)
    name = known(values, "name")
    if isinstance(name, str) and name.startswith("internal-"):
        yield at("name", '"name" cannot begin with "internal-"')
    yield from conflicting(values, "subnets", "subnetMappings")
    yield from one_of(values, "loadBalancerType", ("application", "network", "gateway"))


def load_balancer_change(creation: Creation, _old: Values) -> Iterator[str]:
    """An application load balancer is in two zones at least, and no load balancer twice in one."""
    ids = subnets_of(creation.inputs)
    covered = zones(creation, ids)
    application = type_of_balancer(creation.inputs) == "application"
    if application and len(ids) < 2:
        yield "ValidationError: At least two subnets in two different Availability Zones must be specified"
    if covered is not None and len(covered) < len(ids):
        yield (
            "InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same Availability "
            "Zone"
        )
    vpc = vpc_of_subnets(creation, ids)
    if any(strangers(creation, creation.inputs.get("securityGroups"), vpc)):
        yield "InvalidConfigurationRequest: One or more security groups are invalid"


def load_balancer_deletion(creation: Creation) -> Iterator[str]:
    if creation.inputs.get("enableDeletionProtection"):
        yield (
            f"OperationNotPermitted: Load balancer '{creation.id}' cannot be deleted because deletion protection is enabled"
        )


def target_group_arguments(values: Values) -> Iterator[Failure]:
    yield from named(values)
    yield from between(values, "port", 1, 65535)
    yield from between(values, "deregistrationDelay", 0, 3600)
    slow = known(values, "slowStart")
    if slow not in (None, 0):
        yield from between(values, "slowStart", 30, 900)
    kind = values.get("targetType", "instance")
    for name, argument in (("port", "port"), ("protocol", "protocol"), ("vpcId", "vpc_id")):
        if isinstance(kind, str) and kind != "lambda" and values.get(name) is None:
            yield at(name, f'Attribute "{argument}" must be specified when "target_type" is "{kind}"')
    yield from health_check_arguments(block(values.get("healthCheck")), known(values, "protocol"))


def health_check_arguments(check: Values, protocol: Any) -> Iterator[Failure]:
    for name, argument, low, high in HEALTH_RANGES:
        value = known(check, name)
        if value is not None and not low <= float(value) <= high:
            yield at(
                f"healthCheck.{name}",
                f"expected health_check.0.{argument} to be in the range ({low} - {high}), got {value}",
            )
    path = known(check, "path")
    if isinstance(path, str) and not path.startswith("/"):
        yield at("healthCheck.path", 'invalid value for health_check.0.path (must begin with "/")')
    if known(check, "protocol") == "TCP" and protocol in HTTP_PROTOCOLS:
        yield at(
            "healthCheck.protocol",
            f'Attribute "health_check[0].protocol" cannot have value "TCP" when "protocol" is "{protocol}"',
        )


def target_group_change(creation: Creation, _old: Values) -> Iterator[str]:
    inputs = creation.inputs
    check = block(inputs.get("healthCheck"))
    if float(check.get("interval") or INTERVAL) <= float(check.get("timeout") or TIMEOUT):
        yield "ValidationError: Health check interval must be greater than the timeout."
    kind = block(inputs.get("stickiness")).get("type")
    if kind and (inputs.get("protocol") in HTTP_PROTOCOLS) != (kind in HTTP_STICKINESS):
        yield (
            f"InvalidConfigurationRequest: Stickiness type '{kind}' is not supported for target groups with the "
            f"{inputs.get('protocol')} protocol"
        )


def target_group_deletion(creation: Creation) -> Iterator[str]:
    """A group that traffic goes to cannot go; so a group of a fixed name cannot be replaced behind its listener."""
    users = [
        record
        for module in MODULES
        for kind in ("listener:Listener", "listenerRule:ListenerRule")
        for record in creation.others(f"aws:{module}/{kind}")
    ]
    if any(creation.id in json.dumps(record.properties) for record in users):
        yield f"ResourceInUse: Target group '{creation.id}' is currently in use by a listener or a rule"


def listener_change(creation: Creation, _old: Values) -> Iterator[str]:
    inputs = creation.inputs
    certificate, balancer = inputs.get("certificateArn"), inputs.get("loadBalancerArn")
    if inputs.get("protocol") in HTTPS_PROTOCOLS and not certificate:
        yield f"ValidationError: A certificate must be specified for {inputs['protocol']} listeners"
    yield from certificate_region(creation)
    others = (record.properties for record in creation.others(creation.type) if record.id != creation.id)
    if (balancer, inputs.get("port")) in [(item.get("loadBalancerArn"), item.get("port")) for item in others]:
        yield f"DuplicateListener: A listener already exists on this port for this load balancer '{balancer}'"


def certificate_region(creation: Creation, _old: Values | None = None) -> Iterator[str]:
    """Load balancers take certificates of their own region."""
    arn = creation.inputs.get("certificateArn")
    if arn and str(arn).startswith("arn:aws:acm:") and str(arn).split(":")[3] != creation.region:
        yield f"ValidationError: Certificate ARN '{arn}' is not valid"


def rule_change(creation: Creation, _old: Values) -> Iterator[str]:
    """A listener has one rule of a priority; one that another rule is about to leave is still taken."""
    listener, priority = creation.inputs.get("listenerArn"), creation.inputs.get("priority")
    others = (
        record.properties
        for module in MODULES
        for record in creation.others(f"aws:{module}/listenerRule:ListenerRule")
        if record.id != creation.id
    )
    if priority is not None and (listener, priority) in [
        (item.get("listenerArn"), item.get("priority")) for item in others
    ]:
        yield f"PriorityInUse: Priority '{priority:g}' is currently in use"


OF_MODULE: Mapping[str, Rules] = {
    "loadBalancer:LoadBalancer": Rules(load_balancer_arguments, load_balancer_change, load_balancer_deletion),
    "targetGroup:TargetGroup": Rules(target_group_arguments, target_group_change, target_group_deletion),
    "listener:Listener": Rules(change=listener_change),
    "listenerRule:ListenerRule": Rules(change=rule_change),
    "listenerCertificate:ListenerCertificate": Rules(change=certificate_region),
}
RULES: Mapping[str, Rules] = {
    f"aws:{module}/{type_}": rules for module in MODULES for type_, rules in OF_MODULE.items()
}
