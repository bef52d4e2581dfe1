"""Elastic Load Balancing: load balancers, target groups, listeners."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.simulator.account import Account, Refusal

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
GROUP = "aws:lb/targetGroup:TargetGroup"
LISTENER = "aws:lb/listener:Listener"
RULE = "aws:lb/listenerRule:ListenerRule"
WEB = {"name": "web", "port": 8080, "protocol": "HTTP", "targetType": "ip", "vpcId": "vpc-1"}
CERTIFICATE = "arn:aws:acm:{}:123456789012:certificate/12345678-0000-0000-0000-000000000000"
FORWARD = [{"type": "forward", "targetGroupArn": "t"}]
Inputs = dict[str, Any]


@pytest.mark.parametrize(("kind", "short"), [("application", "app"), ("network", "net")])
def test_arns_go_on_from_the_load_balancer_s(aws: Account, kind: str, short: str) -> None:
    vpc, subnets, _ = aws.network()
    made = aws.create(BALANCER, name="shop", loadBalancerType=kind, subnets=subnets)
    region = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012"
    (suffix,) = re.fullmatch(rf"{region}:loadbalancer/({short}/shop/[0-9a-f]{{16}})", made["arn"]).groups()  # pyright: ignore
    assert (made["arnSuffix"], made["vpcId"], made["id"]) == (suffix, vpc, made["arn"])
    assert re.fullmatch(r"shop-\d+\.ap-northeast-2\.elb\.amazonaws\.com", made["dnsName"])
    other = aws.create(BALANCER, "other", name="other", subnets=subnets)
    assert other["zoneId"] == made["zoneId"], "the zone is the region's"
    listener = aws.create(LISTENER, loadBalancerArn=made["arn"], port=80, defaultActions=FORWARD)
    assert re.fullmatch(rf"{region}:listener/{suffix}/[0-9a-f]{{16}}", listener["arn"])
    rule = aws.create(RULE, listenerArn=listener["arn"])
    assert re.fullmatch(
        rf"{listener['arn'].replace(':listener/', ':listener-rule/')}/[0-9a-f]{{16}}", rule["arn"]
    )
    group = aws.create(GROUP, **WEB)
    assert re.fullmatch(rf"{region}:targetgroup/web/[0-9a-f]{{16}}", group["arn"])


@pytest.mark.parametrize(
    ("kind", "zones", "words"),
    [
        ("application", "a", "ValidationError: At least two subnets in two different Availability Zones must be"),
        ("application", "aa", "InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in"),
        ("network", "aa", "InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in"),
        ("application", "ab", ""),
        ("network", "a", ""),
    ],
)  # fmt: skip
def test_the_zones_of_a_load_balancer(aws: Account, kind: str, zones: str, words: str) -> None:
    subnets = [aws.network(f"n{index}", zone)[1][0] for index, zone in enumerate(zones)]
    mapped = {"subnetMappings": [{"subnetId": subnet} for subnet in subnets]}
    for name, where in (("listed", {"subnets": subnets}), ("mapped", mapped)):
        inputs = {"name": name, "loadBalancerType": kind, **where}
        if not words:
            assert aws.create(BALANCER, name, **inputs)
            continue
        with pytest.raises(Refusal, match=words):
            aws.create(BALANCER, name, **inputs)


def test_security_groups_are_of_the_same_vpc(aws: Account) -> None:
    _, subnets, own = aws.network()
    _, _, strange = aws.network("other")
    assert aws.create(BALANCER, name="shop", subnets=subnets, securityGroups=[own])
    with pytest.raises(Refusal, match="One or more security groups are invalid"):
        aws.update(BALANCER, name="shop", subnets=subnets, securityGroups=[own, strange])


def test_a_protected_load_balancer_stays(aws: Account) -> None:
    inputs = {"name": "shop", "subnets": ["subnet-1", "subnet-2"]}
    aws.create(BALANCER, **inputs, enableDeletionProtection=True)
    with pytest.raises(Refusal, match=r"OperationNotPermitted: .* because deletion protection is enabled"):
        aws.delete(BALANCER)
    aws.update(BALANCER, **inputs, enableDeletionProtection=False)
    aws.delete(BALANCER)


@pytest.mark.parametrize("user", [LISTENER, RULE])
def test_a_target_group_stays_while_traffic_goes_to_it(aws: Account, user: str) -> None:
    actions = [{"type": "forward", "targetGroupArn": aws.create(GROUP, **WEB)["arn"]}]
    aws.create(user, loadBalancerArn="l", listenerArn="l", defaultActions=actions)
    with pytest.raises(
        Refusal, match=r"ResourceInUse: Target group '.*' is currently in use by a listener or a rule"
    ):
        aws.delete(GROUP)
    aws.delete(user)
    aws.delete(GROUP)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"healthCheck": {"interval": 5}}, "Health check interval must be greater than the timeout"),
        ({"healthCheck": {"interval": 5, "timeout": 2}}, ""),
        ({"healthCheck": {"timeout": 30}}, "Health check interval must be greater than the timeout"),
        (
            {"stickiness": {"type": "source_ip"}},
            "Stickiness type 'source_ip' is not supported for target groups with the HTTP protocol",
        ),
        ({"stickiness": {"type": "lb_cookie"}}, ""),
        (
            {"protocol": "TCP", "stickiness": {"type": "lb_cookie"}},
            "Stickiness type 'lb_cookie' is not supported for target groups with the TCP protocol",
        ),
    ],
)
def test_a_target_group_s_checks(aws: Account, change: Inputs, words: str) -> None:
    if not words:
        assert aws.create(GROUP, **{**WEB, **change})
        return
    with pytest.raises(Refusal, match=words):
        aws.create(GROUP, **{**WEB, **change})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"protocol": "HTTPS"}, "ValidationError: A certificate must be specified for HTTPS listeners"),
        (
            {"protocol": "HTTPS", "certificateArn": CERTIFICATE.format("us-east-1")},
            "ValidationError: Certificate ARN 'arn:aws:acm:us-east-1:.*' is not valid",
        ),
        ({"protocol": "HTTPS", "certificateArn": CERTIFICATE.format("ap-northeast-2")}, ""),
        ({"port": 80}, "DuplicateListener: A listener already exists on this port for this load balancer"),
        ({"port": 80, "loadBalancerArn": "other"}, ""),
    ],
)
def test_listeners(aws: Account, change: Inputs, words: str) -> None:
    inputs = {"loadBalancerArn": "l", "defaultActions": FORWARD}
    aws.create(LISTENER, **inputs, port=80)
    second = {**inputs, "port": 443, **change}
    if not words:
        assert aws.create(LISTENER, "second", **second)
        return
    with pytest.raises(Refusal, match=words):
        aws.create(LISTENER, "second", **second)
    aws.create(LISTENER, "second", **inputs, port=8080)
    with pytest.raises(Refusal, match=words):
        aws.update(LISTENER, "second", **second)


def test_a_priority_is_one_rule_s(aws: Account) -> None:
    aws.create(RULE, listenerArn="l", priority=10.0)
    aws.create(RULE, "other", listenerArn="other", priority=10.0)
    with pytest.raises(Refusal, match="PriorityInUse: Priority '10' is currently in use"):
        aws.create(RULE, "second", listenerArn="l", priority=10.0)
    aws.create(RULE, "second", listenerArn="l", priority=11.0)
    with pytest.raises(Refusal, match="PriorityInUse"):
        aws.update(RULE, "second", listenerArn="l", priority=10.0)
    aws.update(RULE, listenerArn="l", priority=10.0)


def test_a_further_certificate_is_of_the_region_too(aws: Account) -> None:
    type_ = "aws:lb/listenerCertificate:ListenerCertificate"
    with pytest.raises(Refusal, match=r"Certificate ARN '.*' is not valid"):
        aws.create(type_, listenerArn="l", certificateArn=CERTIFICATE.format("us-east-1"))
    assert aws.create(type_, listenerArn="l", certificateArn=CERTIFICATE.format("ap-northeast-2"))


@pytest.mark.parametrize(
    ("type_", "inputs", "words"),
    [
        (BALANCER, {"name": "a" * 33}, '"name" cannot be longer than 32 characters'),
        (BALANCER, {"name": "the_shop"}, 'only alphanumeric characters and hyphens allowed in "name"'),
        (BALANCER, {"name": "internal-shop"}, '"name" cannot begin with "internal-"'),
        (BALANCER, {"loadBalancerType": "classic"}, "expected load_balancer_type to be one of"),
        (GROUP, {**WEB, "name": "-web"}, '"name" cannot begin with a hyphen'),
        (GROUP, {**WEB, "name": "web-"}, '"name" cannot end with a hyphen'),
        (GROUP, {**WEB, "port": 0}, "expected port to be in the range (1 - 65535), got 0"),
        (GROUP, {**WEB, "deregistrationDelay": 3601}, "expected deregistration_delay to be in the range (0 - 3600)"),
        (GROUP, {**WEB, "slowStart": 10}, "expected slow_start to be in the range (30 - 900), got 10"),
        (GROUP, {"targetType": "ip", "port": 80, "protocol": "HTTP"}, '"vpc_id" must be specified when "target_type" is'),
        (GROUP, {**WEB, "healthCheck": {"interval": 1}}, "health_check.0.interval to be in the range (5 - 300), got 1"),
        (GROUP, {**WEB, "healthCheck": {"healthyThreshold": 1}}, "healthy_threshold to be in the range (2 - 10), got 1"),
        (GROUP, {**WEB, "healthCheck": {"path": "health"}}, 'health_check.0.path (must begin with "/")'),
        (GROUP, {**WEB, "healthCheck": {"protocol": "TCP"}}, 'cannot have value "TCP" when "protocol" is "HTTP"'),
    ],
)  # fmt: skip
def test_what_the_provider_refuses(aws: Account, type_: str, inputs: Inputs, words: str) -> None:
    assert any(words in reason for reason in aws.check(type_, **inputs))


def test_what_the_provider_takes(aws: Account) -> None:
    assert aws.check(BALANCER, name="shop", subnets=["subnet-1"]) == []
    assert aws.check(GROUP, **WEB, slowStart=0, healthCheck={"path": "/health", "interval": 10}) == []
    assert aws.check(GROUP, name="function", targetType="lambda") == []


@pytest.mark.parametrize(
    ("type_", "change", "replaces"),
    [
        (BALANCER, {"idleTimeout": 120}, False),
        (BALANCER, {"internal": True}, True),
        (GROUP, {"deregistrationDelay": 30}, False),
        (GROUP, {"healthCheck": {"path": "/x"}}, False),
        (GROUP, {"port": 1}, True),
        (GROUP, {"ipAddressType": "ipv6"}, True),
        (LISTENER, {"certificateArn": "x"}, False),
        (LISTENER, {"loadBalancerArn": "x"}, True),
        ("aws:alb/listenerRule:ListenerRule", {"listenerArn": "x"}, True),
        ("aws:lb/listenerCertificate:ListenerCertificate", {"certificateArn": "x"}, True),
    ],
)
def test_what_replaces(aws: Account, type_: str, change: Inputs, replaces: bool) -> None:
    assert bool(aws.replaced_by(type_, {}, change)) is replaces
