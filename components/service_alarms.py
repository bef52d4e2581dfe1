"""What is watched of each service's pods, by Container Insights.

Sources: CloudWatch user guide, "Amazon EKS and Kubernetes Container Insights with enhanced observability metrics";
amazon-contributing/opentelemetry-collector-contrib, `awscontainerinsightreceiver/internal/stores/podstore.go` (`PodName` is the
Deployment's name; each pod tells each minute how often its containers restarted since the minute before).
"""

from __future__ import annotations

from collections.abc import Iterator

from components.alarms import Watch
from components.cluster import Cluster
from components.container_insights import NAMESPACE
from components.services import NAMESPACE as SERVICES
from components.services import Services
from settings.alarms import AlarmSettings


def service_watches(services: Services, cluster: Cluster, alarms: AlarmSettings) -> Iterator[Watch]:
    """The alarms of the Deployments of `services`, which run on `cluster`."""
    for service in services.deployments:
        dimensions = {"ClusterName": cluster.cluster_name, "Namespace": SERVICES, "PodName": service}
        yield Watch(
            f"service-{service}-restarts",
            f"Containers of {service} restarted more than {alarms.container_restarts} times in {alarms.minutes} minutes.",
            NAMESPACE, "pod_number_of_container_restarts", dimensions, "Sum", alarms.container_restarts, summed=True,
        )  # fmt: skip
        yield Watch(
            f"service-{service}-unavailable",
            f"A pod of {service} is not available: it does not start, or is not ready.",
            NAMESPACE, "status_replicas_unavailable", dimensions, "Maximum", 0,
        )  # fmt: skip
