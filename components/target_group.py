"""The target group of a service: what the load balancer knows of the pods that answer."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from settings.drain import drain
from settings.service import Service

STICKY_SECONDS = 24 * 60 * 60
"""For how long a client with WebSocket connections comes back to the same pod (incident `websocket-stickiness`)."""

SLOW_START_SECONDS = 30
"""The shortest there is: until a new pod gets its full share, beside those that had it."""

CHECK_SECONDS, CHECK_TIMEOUT_SECONDS, CHECKS = 10, 5, 2
"""Two answers in a row take a pod in or out, within twenty seconds."""


def make_target_group(
    name: str, service: Service, *, vpc_id: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> aws.lb.TargetGroup:
    """Register the target group of `service`, which has a port and says where it is healthy.

    Its physical name is made up, within AWS's 32 characters: one with another port then stands beside the old one until the
    listener's rules have moved.
    """
    if service.port is None or service.health is None:
        raise ValueError(f"{name}: a service without a port or health check cannot be a target")
    return aws.lb.TargetGroup(
        name,
        target_type="ip",
        protocol="HTTP",
        port=service.port,
        vpc_id=vpc_id,
        deregistration_delay=drain(service.drain_seconds).deregistration_delay,
        slow_start=SLOW_START_SECONDS,
        stickiness={"type": "lb_cookie", "enabled": service.websocket, "cookie_duration": STICKY_SECONDS},
        health_check={
            "protocol": "HTTP",
            "path": service.health.ready,
            "port": str(service.health.port or service.port),
            "matcher": "200",
            "interval": CHECK_SECONDS,
            "timeout": CHECK_TIMEOUT_SECONDS,
            "healthy_threshold": CHECKS,
            "unhealthy_threshold": CHECKS,
        },
        tags={"Name": name},
        opts=opts,
    )
