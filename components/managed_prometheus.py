"""Amazon Managed Service for Prometheus: a workspace, and an AWS managed collector that reads the services' metrics.

Owns the workspace, its collector (the scraper), the collector's security group and way in, and the log group of both. The
collector asks the Kubernetes API which pods say `prometheus.io/scrape`, `path` and `port`: no address is written down
(incident `scrape-targets`). It runs outside the cluster, with a network interface in each private subnet.

The workspace is encrypted with a key that AWS owns: with one of the account's, a collector needs two roles more. The
collector's service-linked role needs nothing here either: AWS makes its access entry, as the cluster authenticates by its API.

Sources: Amazon Managed Service for Prometheus user guide, "Using an AWS managed collector" (private endpoint, two zones,
access entries, what a configuration may say, customer managed keys); EKS user guide, "View Amazon EKS security group
requirements for clusters" (the API's interfaces and managed nodes carry the cluster security group); Prometheus,
"Configuration" (`kubernetes_sd_config`, `relabel_config`); CloudWatch Logs user guide, "Enable logging from AWS services"
(`/aws/vendedlogs/`). That interfaces of a collector may carry a group of their own was not tried on an account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import yaml

from components.cluster import Cluster
from components.network import Network
from components.security_groups import admit, closed_group, let_out
from components.service_pod import NAME_LABEL
from components.services import NAMESPACE
from settings.cluster import ClusterSettings
from settings.managed_prometheus import ManagedPrometheus as ManagedPrometheusSettings
from settings.service import Service

KUBERNETES_API = 443
SCRAPER_COMPONENTS = ["COLLECTOR", "EXPORTER", "SERVICE_DISCOVERY"]
ENDED = "Failed|Succeeded"
"""Phases of pods that nobody can ask any more."""


class ManagedPrometheus(pulumi.ComponentResource):
    """The workspace of a stack's metrics, and what fills it."""

    endpoint: pulumi.Output[str]
    """The workspace's, for Grafana's data source, which signs its requests (SigV4)."""

    def __init__(
        self,
        name: str,
        settings: ClusterSettings,
        prometheus: ManagedPrometheusSettings,
        *,
        services: Mapping[str, Service],
        cluster: Cluster,
        network: Network,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Register `name`. The collector gets to the ports of those of `services` that are deployed and say `metrics`."""
        super().__init__("plinth:index:ManagedPrometheus", name, None, opts)
        self._label = f"{name}-prometheus"
        self._child = pulumi.ResourceOptions(parent=self)
        log_group = aws.cloudwatch.LogGroup(
            self._label,
            name=f"/aws/vendedlogs/prometheus/{name}",
            retention_in_days=settings.log_retention_days,
            opts=self._child,
        )
        log_streams = pulumi.Output.concat(log_group.arn, ":*")
        workspace = aws.amp.Workspace(
            name,
            alias=name,
            logging_configuration={"log_group_arn": log_streams},
            tags={"Name": name},
            opts=self._child,
        )
        aws.amp.WorkspaceConfiguration(
            name,
            workspace_id=workspace.id,
            retention_period_in_days=prometheus.retention_days,
            opts=self._child,
        )
        group = self._make_security_group(metrics_ports(services), cluster=cluster, network=network)
        scraper = aws.amp.Scraper(
            name,
            alias=name,
            source={
                "eks": {
                    "cluster_arn": cluster.cluster_arn,
                    "subnet_ids": network.private_subnet_ids,
                    "security_group_ids": [group.id],
                }
            },
            destination={"amp": {"workspace_arn": workspace.arn}},
            scrape_configuration=scrape_configuration(name, prometheus.scrape_interval_seconds),
            tags={"Name": name},
            opts=self._child,
        )
        aws.amp.ScraperLoggingConfiguration(
            name,
            scraper_id=scraper.id,
            scraper_components=SCRAPER_COMPONENTS,
            logging_destination={"cloudwatch_logs": {"log_group_arn": log_streams}},
            opts=self._child,
        )
        self.endpoint = workspace.prometheus_endpoint
        self.register_outputs({"endpoint": self.endpoint})

    def _make_security_group(
        self, ports: set[int], *, cluster: Cluster, network: Network
    ) -> aws.ec2.SecurityGroup:
        """A group that gets to the Kubernetes API and to `ports` of pods."""
        group = closed_group(
            self._label, "Prometheus: to metrics of pods", vpc_id=network.vpc_id, opts=self._child
        )
        nodes = cluster.workload_security_group_id
        for port in sorted({KUBERNETES_API, *ports}):
            label = f"{self._label}-{port}"
            let_out(label, "To the cluster", group=group.id, target=nodes, port=port, opts=self._child)
            admit(label, "From Prometheus", group=nodes, source=group.id, port=port, opts=self._child)
        return group


def metrics_ports(services: Mapping[str, Service]) -> set[int]:
    """Where the services that have pods show metrics."""
    return {service.metrics_port for service in services.values() if service.image and service.metrics_port}


def scrape_configuration(cluster: str, interval_seconds: int) -> str:
    """Prometheus's configuration, in YAML: the pods of the services that ask for it, as their annotations say.

    A pod is found once for each port that it declares; what is left of these after relabeling is the same target.
    """
    pod, annotation = "__meta_kubernetes_pod", "__meta_kubernetes_pod_annotation_prometheus_io"
    relabeling: list[Mapping[str, Any]] = [
        {"source_labels": [f"{annotation}_scrape"], "action": "keep", "regex": "true"},
        {"source_labels": [f"{pod}_phase"], "action": "drop", "regex": ENDED},
        {"source_labels": [f"{annotation}_path"], "regex": "(.+)", "target_label": "__metrics_path__"},
        {
            "source_labels": [f"{pod}_ip", f"{annotation}_port"],
            "separator": ":",
            "regex": r"(.+:\d+)",
            "target_label": "__address__",
        },
        {"source_labels": [f"{pod}_label_{as_label(NAME_LABEL)}"], "target_label": "service"},
        {"source_labels": [f"{pod}_name"], "target_label": "pod"},
    ]
    job = {
        "job_name": NAMESPACE,
        "kubernetes_sd_configs": [{"role": "pod", "namespaces": {"names": [NAMESPACE]}}],
        "relabel_configs": relabeling,
    }
    settings = {"scrape_interval": f"{interval_seconds}s", "external_labels": {"cluster": cluster}}
    return yaml.safe_dump({"global": settings, "scrape_configs": [job]}, sort_keys=False)


def as_label(key: str) -> str:
    """A Kubernetes label's key as Prometheus spells it."""
    return "".join(character if character.isalnum() else "_" for character in key)
