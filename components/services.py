"""The stack's services in the cluster: the namespace that they share, its network policies and secrets, and each of them.

Owns the namespace `services`, which takes restricted pods only, and the secrets that people fill in. A service without an
image is not deployed. One namespace for all makes addresses short (`http://order-service:3000`); who may use them is said by
network policies, and what a pod may do by its own account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from aws_facts.rds_roots import root_certificate
from components.argocd import ArgoCd
from components.backends import Backends
from components.bootstrap_job import digest
from components.cluster import Cluster
from components.external_secrets import ExternalSecrets
from components.keys import encryption_key
from components.restricted_pod import restricted_namespace
from components.service import Endpoint, Place, ServiceWorkload
from components.service_network import close_namespace
from settings.environment import ROOT_CERTIFICATE, environment
from settings.service import Service
from settings.stack import StackSettings

NAMESPACE = "services"

GATED = {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"}
"""A rollout waits until the load balancer, too, finds a new pod healthy (AWS Load Balancer Controller, "Pod readiness
gate"). The first pods of a service are made before its binding, and have none."""


class Services(pulumi.ComponentResource):
    """All services of the stack that have an image."""

    endpoints: Mapping[str, Endpoint]
    """Where each service with a port listens, by service: what an Ingress needs."""

    secret_arns: Mapping[str, pulumi.Output[str]]
    """The secrets that people fill in, by service."""

    deployments: Sequence[str]
    """The names of the Deployments in `NAMESPACE`."""

    def __init__(
        self,
        name: str,
        settings: StackSettings,
        *,
        cluster: Cluster,
        backends: Backends,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Register the services of `settings`; `opts` carries a provider for aws and one for the Kubernetes of `cluster`."""
        super().__init__("plinth:index:Services", name, None, opts)
        self._name, self._settings = name, settings
        self._surroundings = settings.surroundings
        self._child = pulumi.ResourceOptions(parent=self)
        deployed = {label: service for label, service in settings.services.items() if service.image}
        namespace = restricted_namespace(
            NAMESPACE,
            labels=GATED,
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=[cluster])),
        )
        in_namespace = self._child.merge(pulumi.ResourceOptions(depends_on=[namespace]))
        close_namespace(f"{name}-{NAMESPACE}", namespace=NAMESPACE, opts=in_namespace)
        secrets = ExternalSecrets(
            name,
            namespace=namespace,
            namespace_name=NAMESPACE,
            cluster=cluster,
            region=settings.region,
            opts=self._child,
        )
        certificates = self._make_certificates(in_namespace)
        self.secret_arns = self._make_secrets(deployed)
        place = Place(
            namespace=NAMESPACE,
            certificates=certificates,
            network=settings.network,
            nodes=settings.cluster,
            cluster=cluster,
            backends=backends,
            facts=backends.facts,
            ready=[secrets.store],
            argocd=self._make_argocd(cluster),
        )
        self.deployments = list(deployed)
        workloads = {label: self._deploy(label, service, place) for label, service in deployed.items()}
        self.endpoints = {
            label: workload.endpoint for label, workload in workloads.items() if workload.endpoint
        }
        self.register_outputs({"secret_arns": self.secret_arns})

    def _make_argocd(self, cluster: Cluster) -> ArgoCd | None:
        """None where the stack delivers by itself."""
        said = self._settings.argocd
        if not said:
            return None
        return ArgoCd(self._name, said, cluster=cluster, services_namespace=NAMESPACE, opts=self._child)

    def _make_certificates(self, opts: pulumi.ResourceOptions) -> str:
        """The ConfigMap with which clients verify the database (incident `database-tls`), and its name."""
        data = {ROOT_CERTIFICATE.rpartition("/")[2]: root_certificate(self._settings.region)}
        label = f"rds-root-{digest(data)}"
        kubernetes.core.v1.ConfigMap(
            f"{self._name}-rds-root",
            metadata={"name": label, "namespace": NAMESPACE},
            data=data,
            immutable=True,
            opts=opts,
        )
        return label

    def _make_secrets(self, deployed: Mapping[str, Service]) -> Mapping[str, pulumi.Output[str]]:
        """Secrets without a value: people write them, and no value of theirs is in Pulumi's state."""
        wanted = [label for label, service in deployed.items() if service.secrets]
        if not wanted:
            return {}
        key = encryption_key(
            f"{self._name}-own-secrets",
            f"Encrypts the secrets that people fill in for the services of {self._name}",
            opts=self._child,
        )
        return {
            label: aws.secretsmanager.Secret(
                f"{self._name}-{label}-own",
                description=f"For people to fill in: {', '.join(deployed[label].secrets)} of {label}",
                kms_key_id=key.arn,
                opts=self._child,
            ).arn
            for label in wanted
        }

    def _deploy(self, label: str, service: Service, place: Place) -> ServiceWorkload:
        settings = self._settings
        secrets = {
            "database": service.own_database(label),
            "cache": settings.cache,
            "search": settings.search,
        }
        versions = {name: made.password_version for name, made in secrets.items() if made}
        return ServiceWorkload(
            f"{self._name}-{label}",
            label,
            service,
            variables=environment(label, service, self._surroundings),
            secret_versions={**versions, "own": service.secrets_version},
            own_secret_arn=self.secret_arns.get(label),
            place=place,
            opts=self._child,
        )
