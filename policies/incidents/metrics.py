"""A stack's CloudWatch alarms: which metrics of what they watch, and whether anybody hears them.

Sources: CloudWatch user guide, "Using Amazon CloudWatch alarms", "Combining alarms" (a composite alarm may speak for
others), "Query your CloudWatch metrics with CloudWatch Metrics Insights"; CloudWatch API reference, "PutCompositeAlarm"
(`AlarmRule`); pulumi-aws, `cloudwatch.MetricAlarm`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.graph import Graph, Resource
from incidents.references import NAMING, is_said
from incidents.unknowns import Unknown, as_dict, as_list

METRIC_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE_ALARM = "aws:cloudwatch/compositeAlarm:CompositeAlarm"

MEMBER = re.compile(r"(-\d{3,4})?-\d{3}$")
"""What ElastiCache puts behind a replication group's id to name a node: `-001`, or `-0001-001` in a shard."""


NAMED = re.compile(r'\(\s*(?:"([^"]+)"|([^\s"()]+))\s*\)')
"""The alarms in a composite one's rule, by name or by ARN, in quotes or not: `ALARM(cpu)`, `OK("arn:...:alarm:cpu")`."""


@dataclass(frozen=True)
class Metric:
    """What one alarm looks at. `name` is None where it is not known; `source` is the alarm's property that says it."""

    alarm: Resource
    source: str
    namespace: str | None
    name: str | None
    dimensions: Any


def metrics(graph: Graph) -> list[Metric]:
    """All metrics that alarms of the stack look at, in the order of the alarms' urns."""
    return [metric for alarm in graph.of_type(METRIC_ALARM) for metric in metrics_of(alarm)]


def metrics_of(alarm: Resource) -> Iterator[Metric]:
    """The alarm's own metric, and those of its metric math."""
    queries = alarm.peek("metricQueries")
    if is_said(alarm, "metricName"):
        yield metric_of(alarm, "dimensions", alarm.props)
    elif isinstance(queries, Unknown) and is_said(alarm, "metricQueries"):
        yield Metric(alarm, "metricQueries", None, None, queries)
    for query in map(as_dict, as_list(queries)):
        if as_dict(query.get("metric")):
            yield metric_of(alarm, "metricQueries", query["metric"])
        elif isinstance(query.get("expression"), str):
            yield from insights(alarm, query["expression"])


def metric_of(alarm: Resource, source: str, said: Mapping[str, Any]) -> Metric:
    namespace, name = said.get("namespace"), said.get("metricName")
    return Metric(
        alarm,
        source,
        namespace if isinstance(namespace, str) else None,
        name if isinstance(name, str) else None,
        said.get("dimensions"),
    )


def insights(alarm: Resource, expression: str) -> Iterator[Metric]:
    """The metric of a Metrics Insights query: `SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/RDS", DBInstanceIdentifier)`.

    One with `WHERE` is about the texts that are compared in it.
    """
    found = re.search(
        r"""SELECT\s+\w+\(\s*"?(\w+)"?\s*\)\s+FROM\s+(?:SCHEMA\(\s*)?["']([\w/]+)["']""",
        expression,
        re.IGNORECASE,
    )
    if found:
        _, _, condition = expression.partition("WHERE")
        compared = dict.fromkeys(re.findall(r"'([^']+)'", condition))
        dimensions = {str(index): text for index, text in enumerate(compared)}
        yield Metric(alarm, "metricQueries", found[2], found[1], dimensions)


def watches(graph: Graph, metric: Metric, subject: Resource) -> bool | None:
    """Whether a metric is about `subject`: by a dimension's text, or by the edge of what says it. None if not known.

    A metric without dimensions, or a query without a condition, is about all of its namespace.
    """
    if metric.dimensions in (None, {}):
        return True
    texts = as_dict(metric.dimensions).values()
    names = [name for name in map(subject.peek, (*NAMING, "replicationGroupId", "clusterId", "arnSuffix"))
             if isinstance(name, str)]  # fmt: skip
    if any(isinstance(text, str) and (text in names or MEMBER.sub("", text) in names) for text in texts):
        return True
    targets = graph.dependencies(metric.alarm, metric.source)
    if subject in targets:
        return True
    is_open = isinstance(metric.dimensions, Unknown) or any(isinstance(text, Unknown) for text in texts)
    return None if is_open and not targets else False


def is_heard(graph: Graph, alarm: Resource) -> bool:
    """Whether the alarm, or a composite alarm that names it, does something when it is raised."""
    return acts(alarm) or any(
        acts(composite) and speaks_for(graph, composite, alarm)
        for composite in graph.of_type(COMPOSITE_ALARM)
    )


def acts(alarm: Resource) -> bool:
    return alarm.peek("actionsEnabled") is not False and is_said(alarm, "alarmActions")


def speaks_for(graph: Graph, composite: Resource, alarm: Resource) -> bool:
    rule, name = composite.peek("alarmRule"), alarm.peek("name")
    if alarm in graph.dependencies(composite, "alarmRule"):
        return True
    named = [quoted or bare for quoted, bare in NAMED.findall(rule)] if isinstance(rule, str) else []
    return isinstance(name, str) and any(found.rpartition(":alarm:")[2] == name for found in named)
