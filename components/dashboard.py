"""One CloudWatch dashboard a stack: what users see first, and then what it runs on, down to the nodes.

Sources: CloudWatch API reference, "Dashboard body structure and syntax" (a grid of 24 columns); for the names of metrics the
user guides that `components/*_alarms.py` name, and EC2 user guide, "CloudWatch metrics that are available for your instances"
(of a whole Auto Scaling group too; a node's memory is not among them).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.cache import Cache
from components.content_delivery import ContentDelivery
from components.database import Database
from components.dns import GLOBAL_REGION
from components.edge import Edge

WIDTH, HEIGHT = 8, 6
"""In units of the grid: three graphs make a row."""

PERIOD_SECONDS = 60

Metric = Sequence[Any]
"""A line of a graph: namespace, name, dimensions by turns, and options; values may be outputs."""


@dataclass(frozen=True)
class Graph:
    """One graph of the dashboard, whose lines are of `region` or else the stack's."""

    title: str
    metrics: Sequence[Metric]
    statistic: str
    region: str | None = None


class Dashboard(pulumi.ComponentResource):
    """The stack's dashboard, with a row for each of its parts that are there."""

    def __init__(
        self,
        name: str,
        *,
        region: str,
        edge: Edge | None,
        content: ContentDelivery | None,
        database: Database | None,
        cache: Cache | None,
        node_groups: Sequence[pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the dashboard `name` in `region`. `node_groups` are the names of the nodes' Auto Scaling groups."""
        super().__init__("plinth:index:Dashboard", name, None, opts)
        rows = [
            *([edge_graphs(edge)] if edge else []),
            *([content_graphs(content)] if content else []),
            *([database_graphs(database)] if database else []),
            *([cache_graphs(cache)] if cache else []),
            node_graphs(node_groups),
        ]
        aws.cloudwatch.Dashboard(
            name,
            dashboard_name=name,
            dashboard_body=pulumi.Output.json_dumps({"widgets": list(widgets(rows, region))}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def widgets(rows: Sequence[Sequence[Graph]], region: str) -> Iterator[Mapping[str, Any]]:
    for row, graphs in enumerate(rows):
        for column, graph in enumerate(graphs):
            yield {
                "type": "metric",
                "x": column * WIDTH,
                "y": row * HEIGHT,
                "width": WIDTH,
                "height": HEIGHT,
                "properties": {
                    "title": graph.title,
                    "metrics": list(graph.metrics),
                    "stat": graph.statistic,
                    "region": graph.region or region,
                    "period": PERIOD_SECONDS,
                    "view": "timeSeries",
                },
            }


def edge_graphs(edge: Edge) -> Sequence[Graph]:
    of = ["LoadBalancer", edge.load_balancer]

    def metric(name: str, **options: str) -> Metric:
        return ["AWS/ApplicationELB", name, *of, options]

    errors = ("HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "HTTPCode_Target_4XX_Count")
    times = [metric("TargetResponseTime", stat=statistic) for statistic in ("p50", "p95", "p99")]
    return (
        Graph("Requests", [metric("RequestCount")], "Sum"),
        Graph("Errors", [metric(name) for name in errors], "Sum"),
        Graph("Response time (s)", times, "p99"),
    )


def content_graphs(content: ContentDelivery) -> Sequence[Graph]:
    of = ["DistributionId", content.distribution_id, "Region", "Global"]

    def graph(title: str, *names: str, statistic: str) -> Graph:
        return Graph(title, [["AWS/CloudFront", name, *of] for name in names], statistic, GLOBAL_REGION)

    return (
        graph("CDN requests", "Requests", statistic="Sum"),
        graph("CDN errors (%)", "5xxErrorRate", "4xxErrorRate", statistic="Average"),
        graph("CDN bytes", "BytesDownloaded", statistic="Sum"),
    )


def database_graphs(database: Database) -> Sequence[Graph]:
    of = ["DBClusterIdentifier", database.cluster_identifier]
    return (
        Graph("Database CPU (%)", [["AWS/RDS", "CPUUtilization", *of]], "Maximum"),
        Graph("Database connections", [["AWS/RDS", "DatabaseConnections", *of]], "Maximum"),
        Graph("Database free memory (bytes)", [["AWS/RDS", "FreeableMemory", *of]], "Minimum"),
    )


def cache_graphs(cache: Cache) -> Sequence[Graph]:
    names = {
        "Cache CPU (%)": "EngineCPUUtilization",
        "Cache memory (%)": "DatabaseMemoryUsagePercentage",
        "Cache connections": "CurrConnections",
    }
    return [
        Graph(
            title, [["AWS/ElastiCache", name, "CacheClusterId", node] for node in cache.node_ids], "Maximum"
        )
        for title, name in names.items()
    ]


def node_graphs(groups: Sequence[pulumi.Input[str]]) -> Sequence[Graph]:
    def metrics(namespace: str, name: str) -> list[Metric]:
        return [[namespace, name, "AutoScalingGroupName", group] for group in groups]

    return (
        Graph("Node CPU (%)", metrics("AWS/EC2", "CPUUtilization"), "Maximum"),
        Graph("Node network in (bytes)", metrics("AWS/EC2", "NetworkIn"), "Sum"),
        Graph("Nodes that fail their checks", metrics("AWS/EC2", "StatusCheckFailed"), "Maximum"),
    )
