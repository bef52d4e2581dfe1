"""Logs and metrics of containers in CloudWatch: Container Insights with enhanced observability, by EKS's add-on.

Owns the add-on, its role and the log groups that its agents write to. They would make the groups by themselves, without
retention (incident `log-retention`).

Sources: CloudWatch user guide, "Quick start with the Amazon CloudWatch Observability EKS add-on" (service account, policy),
"Install the CloudWatch agent with the Amazon CloudWatch Observability EKS add-on or the Helm chart" (configuration), "Set up
Fluent Bit as a DaemonSet to send logs to CloudWatch Logs" and "Container Insights performance log reference" (log groups);
aws-observability/helm-charts 6.2.0, `_helpers.tpl` (what is not configured is off).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from aws_facts.eks import CONTAINER_INSIGHTS
from components.iam import POD_IDENTITY, service_role
from settings.cluster import ClusterSettings

NAMESPACE = "ContainerInsights"
"""Of the metrics."""

LOGS = ("application", "dataplane", "host", "performance")

CONFIGURATION = {
    # The agent's own configuration in place of the usual one, which also injects Application Signals into pods.
    "agent": {
        "config": {"logs": {"metrics_collected": {"kubernetes": {"enhanced_container_insights": True}}}}
    },
    "containerLogs": {"enabled": True},
}


class ContainerInsights(pulumi.ComponentResource):
    """CloudWatch's agent and Fluent Bit on every node of a cluster."""

    def __init__(
        self,
        name: str,
        settings: ClusterSettings,
        *,
        cluster_name: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Register the add-on of the cluster `name` once `after` are there: the nodes that its pods need."""
        super().__init__("plinth:index:ContainerInsights", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        groups = [
            aws.cloudwatch.LogGroup(
                f"{name}-containers-{log}",
                name=f"/aws/containerinsights/{name}/{log}",
                retention_in_days=settings.log_retention_days,
                opts=child,
            )
            for log in LOGS
        ]
        role, attachments = service_role(
            f"{name}-container-insights",
            service=POD_IDENTITY,
            description="Lets CloudWatch's agents send logs and metrics of containers",
            managed_policies=["CloudWatchAgentServerPolicy"],
            opts=child,
        )
        aws.eks.Addon(
            f"{name}-container-insights",
            addon_name=CONTAINER_INSIGHTS,
            addon_version=settings.addon_versions[CONTAINER_INSIGHTS],
            cluster_name=cluster_name,
            configuration_values=json.dumps(CONFIGURATION),
            pod_identity_associations=[
                aws.eks.AddonPodIdentityAssociationArgs(role_arn=role.arn, service_account="cloudwatch-agent")
            ],
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="PRESERVE",
            opts=child.merge(pulumi.ResourceOptions(depends_on=[*after, *groups, *attachments])),
        )
        self.register_outputs({})
