"""Container Insights on the project's stacks: logs that expire, a role of its own, and alarms on what it measures."""

from __future__ import annotations

import json

import pytest

from aws_facts.eks import CONTAINER_INSIGHTS
from tests.components.conftest import Stack
from tests.settings.files import accepted

pytestmark = pytest.mark.engine

ADDON, LOG_GROUP, ALARM = (
    "aws:eks/addon:Addon",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
)


def test_dev_has_none(stack: Stack):
    made = {item["inputs"]["addonName"] for item in stack.of_type(ADDON).values()}
    assert (CONTAINER_INSIGHTS in made) is (stack.name == "prod")
    assert any("-containers-" in name for name in stack.of_type(LOG_GROUP)) is (stack.name == "prod")


def test_the_agents_write_into_groups_that_expire(stack: Stack):
    if stack.name == "dev":
        pytest.skip("none on dev")
    addon = stack.of_type(ADDON)["plinth-prod-container-insights"]
    cluster = addon["inputs"]["clusterName"]
    groups = [item for name, item in stack.of_type(LOG_GROUP).items() if "-containers-" in name]
    assert {item["inputs"]["name"] for item in groups} == {
        f"/aws/containerinsights/{cluster}/{log}" for log in ("application", "dataplane", "host", "performance")
    }  # fmt: skip
    assert {item["inputs"]["retentionInDays"] for item in groups} == {90}
    assert {item["urn"] for item in groups} <= set(addon["dependencies"])
    nodes = {item["urn"] for item in stack.of_type("aws:eks/nodeGroup:NodeGroup").values()}
    assert nodes <= set(addon["dependencies"])


def test_the_agents_have_a_role_and_inject_nothing(stack: Stack):
    if stack.name == "dev":
        pytest.skip("none on dev")
    addon = stack.inputs(ADDON, "-container-insights")
    (identity,) = addon["podIdentityAssociations"]
    role = stack.of_type("aws:iam/role:Role")["plinth-prod-container-insights"]
    assert identity == {"roleArn": role["outputs"]["arn"], "serviceAccount": "cloudwatch-agent"}
    configured = json.loads(addon["configurationValues"])
    collected = configured["agent"]["config"]["logs"]["metrics_collected"]
    assert collected == {"kubernetes": {"enhanced_container_insights": True}}
    assert configured["containerLogs"] == {"enabled": True}


def test_each_service_has_alarms_that_people_hear(stack: Stack):
    if stack.name == "dev":
        pytest.skip("no alarms on dev")
    alarms = stack.of_type(ALARM)
    (topic,) = (
        item for name, item in stack.of_type("aws:sns/topic:Topic").items() if name == "plinth-prod-alarms"
    )
    cluster = stack.outputs["cluster_name"]
    for service in accepted({}, "prod").services:
        restarts, unavailable = (
            alarms[f"plinth-prod-service-{service}-{label}"]["inputs"]
            for label in ("restarts", "unavailable")
        )
        for inputs in (restarts, unavailable):
            assert inputs["dimensions"] == {
                "ClusterName": cluster, "Namespace": "services", "PodName": service,
            }  # fmt: skip
            assert inputs["alarmActions"] == [topic["outputs"]["arn"]]
        assert (restarts["statistic"], restarts["period"], restarts["evaluationPeriods"]) == ("Sum", 300, 1)
        assert (unavailable["statistic"], unavailable["period"], unavailable["evaluationPeriods"]) == (
            "Maximum",
            60,
            5,
        )
        assert (restarts["threshold"], unavailable["threshold"]) == (2, 0)
