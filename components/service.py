"""One service in the cluster: its pods, who reaches them, what they may do, and what runs beside them.

Owns the service account and its role, the Deployment or the Application that makes it, the Service, disruption budget and
autoscaler, network policies, the migration and the scheduled commands. Owns no database, no secret that holds its password,
and no way in from outside: an Ingress finds in `endpoint` what it needs.

A rollout: the migration first (a Job that never changes: its name carries a hash of all that it does), then new pods beside
the old ones, a quarter more at once, as the capacity budget has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_kubernetes as kubernetes

from components.argocd import ArgoCd
from components.backends import Backends
from components.bootstrap_job import digest
from components.cluster import Cluster
from components.external_secrets import external_secret
from components.service_deployment import HISTORY, deployment, manifest, metadata
from components.service_network import open_service
from components.service_pod import SERVER, PodSource, job_template
from components.service_role import make_role
from settings.cluster import ClusterSettings
from settings.connections import MIGRATION_CONNECTIONS
from settings.environment import Environment, FromSecret
from settings.health import Health
from settings.network import NetworkSettings
from settings.placement import placements
from settings.service import Replicas, Service

MIGRATION, CRON = "migration", "cron"
MIGRATION_RETRIES = 2
MIGRATION_DEADLINE_SECONDS = 1800
CPU_PERCENT = 70
"""Of the requests, at which the autoscaler adds pods."""


@dataclass(frozen=True)
class Place:
    """What all services of a stack share: the namespace and its objects, and what else there is."""

    namespace: str
    certificates: str
    network: NetworkSettings
    nodes: ClusterSettings
    cluster: Cluster
    backends: Backends
    facts: Mapping[str, pulumi.Input[str]]
    """What a `FromStack` variable stands for."""

    ready: Sequence[pulumi.Resource]
    """What has to be there before any pod of a service."""

    argocd: ArgoCd | None
    """What delivers Deployments; None where the stack makes them."""


@dataclass(frozen=True)
class Endpoint:
    """Where a service listens in the cluster: the Kubernetes Service's name and namespace, its port, and the pods' health."""

    name: str
    namespace: str
    port: int
    health: Health


class ServiceWorkload(pulumi.ComponentResource):
    """What runs of the service `label`, and everything that belongs to it alone."""

    endpoint: Endpoint | None = None
    """None for a worker."""

    def __init__(
        self,
        name: str,
        label: str,
        service: Service,
        *,
        variables: Environment,
        secret_versions: Mapping[str, int],
        own_secret_arn: pulumi.Input[str] | None,
        place: Place,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Register `name`. `secret_versions` count the secrets that `variables` may name: another number, other pods."""
        super().__init__("plinth:index:Service", name, None, opts)
        self._name, self._label, self._service, self._place = name, label, service, place
        self._child = pulumi.ResourceOptions(parent=self)
        keys = {key: value for key, value in variables.items() if isinstance(value, FromSecret)}
        held = {key: [value.secret, value.key, secret_versions[value.secret]] for key, value in keys.items()}
        secret = f"{label}-{digest(held)}"
        self._source = PodSource(
            label,
            service,
            variables,
            secret,
            placements(service, place.nodes),
            place.facts,
            place.certificates,
        )

        before = [
            *place.ready,
            self._make_account(),
            *make_role(
                name,
                label,
                service,
                backends=place.backends,
                cluster=place.cluster,
                namespace=place.namespace,
                opts=self._child,
            ),
            *self._make_secret(keys, own_secret_arn),
        ]
        open_service(
            name,
            label,
            service,
            namespace=place.namespace,
            network=place.network,
            managed_prometheus=place.nodes.managed_prometheus is not None,
            opts=self._in(place.ready),
        )
        self._make_deployment([*before, *self._make_migration(before)])
        for cron in service.cron:
            self._make_cron(cron, before)
        if service.port:
            self._make_service(service.port)
        if service.min_replicas > 1:
            self._make_disruption_budget()
        if isinstance(service.replicas, Replicas):
            self._make_autoscaler(service.replicas)
        self.register_outputs({})

    def _in(self, resources: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
        """Options of a child that comes after `resources`."""
        return self._child.merge(pulumi.ResourceOptions(depends_on=list(resources)))

    def _make_account(self) -> kubernetes.core.v1.ServiceAccount:
        return kubernetes.core.v1.ServiceAccount(
            self._name,
            metadata={"name": self._label, "namespace": self._place.namespace},
            automount_service_account_token=False,
            opts=self._in(self._place.ready),
        )

    def _make_secret(
        self, keys: dict[str, FromSecret], own_secret_arn: pulumi.Input[str] | None
    ) -> list[pulumi.Resource]:
        """The variables that are secret. A new version is a new Secret beside the old, which running pods still have."""
        arns = {**self._place.backends.secret_arns(self._label)}
        if own_secret_arn is not None:
            arns["own"] = own_secret_arn
        if not keys:
            return []
        made = external_secret(
            self._name,
            object_name=self._source.secret,
            namespace=self._place.namespace,
            keys={key: (arns[value.secret], value.key) for key, value in keys.items()},
            opts=self._in(self._place.ready),
        )
        return [made]

    def _make_migration(self, before: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        """The schema, brought up to date before new pods start (incident `schema-migration`)."""
        command = self._service.migrate
        if not command or command == "none":
            return []
        source = self._migrating()
        # What only the deployed stack knows is left out of the hash: at preview it would make a name that is not known.
        known = replace(source, facts={fact: fact for fact in source.facts})
        content = digest(job_template(known, MIGRATION, command))
        databases = self._place.backends.service_databases
        job = kubernetes.batch.v1.Job(
            f"{self._name}-migration",
            metadata={
                "name": f"{self._label}-{MIGRATION}-{content}",
                "namespace": self._place.namespace,
                "annotations": {"plinth.dev/schema-migration": "runs"},
            },
            spec={
                "backoff_limit": MIGRATION_RETRIES,
                "active_deadline_seconds": MIGRATION_DEADLINE_SECONDS,
                "template": job_template(source, MIGRATION, command),
            },
            opts=self._in([*before, *(databases.jobs if databases else ())]),
        )
        return [job]

    def _migrating(self) -> PodSource:
        """As the connection budget has it, a migration takes less than a pod."""
        if not self._service.database:
            return self._source
        pool = {"DB_POOL_MAX": str(MIGRATION_CONNECTIONS)}
        return replace(self._source, variables={**self._source.variables, **pool})

    def _make_deployment(self, before: Sequence[pulumi.Resource]) -> None:
        """The pods that serve. Where Argo CD delivers, a chart in Git makes them of the same manifest."""
        databases, place = self._place.backends.service_databases, self._place
        jobs = databases.jobs if databases and self._service.database else ()
        opts = self._in([*before, *jobs])
        if place.argocd:
            deployed = manifest(self._source, place.namespace)
            place.argocd.deliver(self._name, self._label, deployed, opts=opts)
            return
        kubernetes.apps.v1.Deployment(
            self._name,
            metadata=metadata(self._source, place.namespace),
            spec=deployment(self._source),
            opts=opts,
        )

    def _make_cron(self, cron: str, before: Sequence[pulumi.Resource]) -> None:
        said = self._service.cron[cron]
        kubernetes.batch.v1.CronJob(
            f"{self._name}-{cron}",
            metadata={"name": f"{self._label}-{cron}", "namespace": self._place.namespace},
            spec={
                "schedule": said.schedule,
                "time_zone": "Etc/UTC",
                "concurrency_policy": "Forbid",
                "successful_jobs_history_limit": 1,
                "failed_jobs_history_limit": HISTORY,
                "job_template": {
                    "spec": {
                        "backoff_limit": 1,
                        "active_deadline_seconds": said.deadline_seconds,
                        "template": job_template(self._source, CRON, said.command),
                    }
                },
            },
            opts=self._in(before),
        )

    def _make_service(self, port: int) -> None:
        kubernetes.core.v1.Service(
            self._name,
            metadata={
                "name": self._label,
                "namespace": self._place.namespace,
                "labels": self._source.labels(SERVER),
            },
            spec={
                "selector": self._source.labels(SERVER),
                "ports": [{"name": "http", "port": port, "target_port": port}],
            },
            opts=self._in(self._place.ready),
        )
        if self._service.health:
            self.endpoint = Endpoint(self._label, self._place.namespace, port, self._service.health)

    def _make_disruption_budget(self) -> None:
        """A node that is drained takes one pod at a time."""
        kubernetes.policy.v1.PodDisruptionBudget(
            self._name,
            metadata={"name": self._label, "namespace": self._place.namespace},
            spec={"max_unavailable": 1, "selector": {"match_labels": self._source.labels(SERVER)}},
            opts=self._in(self._place.ready),
        )

    def _make_autoscaler(self, replicas: Replicas) -> None:
        cpu = {"type": "Utilization", "average_utilization": CPU_PERCENT}
        kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
            self._name,
            metadata={"name": self._label, "namespace": self._place.namespace},
            spec={
                "scale_target_ref": {"api_version": "apps/v1", "kind": "Deployment", "name": self._label},
                "min_replicas": replicas.min,
                "max_replicas": replicas.max,
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": cpu}}],  # pyright: ignore
            },
            opts=self._in(self._place.ready),
        )
