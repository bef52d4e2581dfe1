"""CloudWatch's alarms and dashboards, and the log groups.

Refusals: Terraform AWS provider, `aws_cloudwatch_log_group` and `aws_cloudwatch_metric_alarm`; CloudWatch API reference,
`PutMetricAlarm` (its wording for periods was not checked).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from plinth.simulator.aws.naming import arn, of_input
from plinth.simulator.check import Failure
from plinth.simulator.creation import ACCOUNT, Creation, Kind
from plinth.simulator.rules import Rules, Values, at, conflicting, known, one_of

LOG_GROUP_NAME = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")
RETENTION_DAYS = (
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
COMPARISONS = (
    "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold",
)  # fmt: skip
STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
MISSING_DATA = ("breaching", "notBreaching", "ignore", "missing")
SHORT_PERIODS = (10, 20, 30)


def log_group(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"arn": arn(creation, f"log-group:{id_}", "logs")}


def alarm(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"arn": arn(creation, f"alarm:{id_}", "cloudwatch")}


def dashboard(_creation: Creation, id_: str) -> Mapping[str, Any]:
    """Dashboards are in no region (AWS Service Authorization Reference, "Amazon CloudWatch")."""
    return {"dashboardArn": f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{id_}"}


def log_group_arguments(values: Values) -> Iterator[Failure]:
    name = known(values, "name")
    if isinstance(name, str) and not LOG_GROUP_NAME.fullmatch(name):
        yield at(
            "name",
            '"name" isn\'t a valid log group name (alphanumeric characters, underscores, hyphens, slashes, hash signs '
            f'and dots are allowed): "{name}"',
        )
    yield from one_of(values, "retentionInDays", RETENTION_DAYS)


def alarm_arguments(values: Values) -> Iterator[Failure]:
    yield from one_of(values, "comparisonOperator", COMPARISONS)
    yield from one_of(values, "statistic", STATISTICS)
    yield from one_of(values, "treatMissingData", MISSING_DATA)
    yield from conflicting(values, "extendedStatistic", "statistic")
    yield from conflicting(values, "metricName", "metricQueries")


def alarm_change(creation: Creation, _old: Values) -> Iterator[str]:
    period = creation.inputs.get("period")
    if period is not None and period not in SHORT_PERIODS and (period < 60 or period % 60):
        yield f"ValidationError: Period must be 10, 20, 30 or a multiple of 60, got {period}"


KINDS: Mapping[str, Kind] = {
    "aws:cloudwatch/logGroup:LogGroup": Kind(
        of_input("name"), log_group, {"skipDestroy": False}, unique=True
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Kind(
        of_input("name"), alarm, {"actionsEnabled": True, "treatMissingData": "missing"}, unique=True
    ),
    "aws:cloudwatch/dashboard:Dashboard": Kind(
        of_input("dashboardName"), dashboard, autoname="dashboardName", unique=True
    ),
}
RULES: Mapping[str, Rules] = {
    "aws:cloudwatch/logGroup:LogGroup": Rules(log_group_arguments),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Rules(alarm_arguments, alarm_change),
}
