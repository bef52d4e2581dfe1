"""What is watched of the load balancer, the CDN and the firewalls before them.

Sources: Application Load Balancer user guide, "CloudWatch metrics for your Application Load Balancer"; CloudFront developer
guide, "Types of metrics for CloudFront" (in us-east-1, region `Global`); AWS WAF developer guide, "AWS WAF metrics and
dimensions" (a web ACL of CloudFront has no `Region`).
"""

from __future__ import annotations

from collections.abc import Iterator

from components.alarms import Watch
from components.content_delivery import ContentDelivery
from components.edge import Edge
from components.firewall import Firewall
from settings.alarms import AlarmSettings

LOAD_BALANCER, CLOUDFRONT, WAF = "AWS/ApplicationELB", "AWS/CloudFront", "AWS/WAFV2"


def edge_watches(edge: Edge, firewall: Firewall, region: str, alarms: AlarmSettings) -> Iterator[Watch]:
    """The alarms of `edge` and of the firewall before it, all in the stack's `region`."""
    whole = {"LoadBalancer": edge.load_balancer}
    yield Watch(
        "edge-target-errors",
        f"Services give more than {alarms.server_errors} answers of status 5xx a minute.",
        LOAD_BALANCER, "HTTPCode_Target_5XX_Count", whole, "Sum", alarms.server_errors,
    )  # fmt: skip
    yield Watch(
        "edge-errors",
        f"The load balancer itself gives more than {alarms.server_errors} answers of status 5xx a minute: it finds no "
        "healthy pod, or pods go while they answer.",
        LOAD_BALANCER, "HTTPCode_ELB_5XX_Count", whole, "Sum", alarms.server_errors,
    )  # fmt: skip
    yield Watch(
        "edge-response-time",
        f"One request in a hundred takes longer than {alarms.response_seconds:g} s.",
        LOAD_BALANCER, "TargetResponseTime", whole, "p99", alarms.response_seconds,
    )  # fmt: skip
    for service, group in edge.target_groups.items():
        yield Watch(
            f"edge-{service}-unhealthy",
            f"A pod of {service} is not healthy for the load balancer.",
            LOAD_BALANCER, "UnHealthyHostCount", {**whole, "TargetGroup": group}, "Maximum", 0,
        )  # fmt: skip
    yield blocked("edge-blocked", firewall, alarms, Region=region)


def content_watches(content: ContentDelivery, firewall: Firewall, alarms: AlarmSettings) -> Iterator[Watch]:
    """The alarms of the CDN and of the firewall before it, all in us-east-1."""
    dimensions = {"DistributionId": content.distribution_id, "Region": "Global"}
    yield Watch(
        "content-errors",
        f"More than {alarms.content_server_errors_percent} % of the CDN's answers have status 5xx.",
        CLOUDFRONT, "5xxErrorRate", dimensions, "Average", alarms.content_server_errors_percent,
    )  # fmt: skip
    yield Watch(
        "content-refusals",
        f"More than {alarms.content_refusals_percent} % of the CDN's answers have status 4xx.",
        CLOUDFRONT, "4xxErrorRate", dimensions, "Average", alarms.content_refusals_percent,
    )  # fmt: skip
    yield blocked("content-blocked", firewall, alarms)


def blocked(label: str, firewall: Firewall, alarms: AlarmSettings, **region: str) -> Watch:
    return Watch(
        label,
        f"The firewall keeps away more than {alarms.blocked_requests} requests a minute: an attack, or a rule that is wrong.",
        WAF, "BlockedRequests", {"WebACL": firewall.metric_name, "Rule": "ALL", **region}, "Sum", alarms.blocked_requests,
    )  # fmt: skip
