"""Argo CD: it brings the services' Deployments into the cluster, from a chart in Git, and keeps them as it says.

The stack says what each pod is, as it does where it deploys by itself, and hands it to the chart as values; Git says what
becomes of them. The values stand in the Application: it cannot read them from a ConfigMap, only from files beside the chart or
in another repository (Argo CD 3.4, "Helm", `valuesObject`).

Sources: argo-helm, chart argo-cd 10.1.1, `values.yaml`; Argo CD, "Declarative Setup", "Projects", "Automated Sync Policy",
"Sync Options", "Diff Customization", "App Deletion" (the finalizer: what an Application made goes before it).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.cluster import Cluster
from components.restricted_pod import restricted_namespace
from settings.delivery import ArgoCdSettings

NAMESPACE = "argocd"
CHART = "argo-cd"
CHART_VERSION = "10.1.1"
"""Of the chart; Argo CD in it is 3.4.4."""

REPOSITORY = "https://argoproj.github.io/argo-helm"
API_VERSION = "argoproj.io/v1alpha1"
IN_CLUSTER = "https://kubernetes.default.svc"

KINDS = (("apps", "Deployment"), ("", "ConfigMap"), ("batch", "Job"))
"""What a chart may make: the Deployment, what it is configured by, hooks. All else of a service is the stack's."""

OWNED_BY_AUTOSCALER = {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}
RETRY = {"limit": 5, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "5m"}}


class ArgoCd(pulumi.ComponentResource):
    """Argo CD in the cluster, and the project to which the services' Applications are confined."""

    def __init__(
        self,
        name: str,
        settings: ArgoCdSettings,
        *,
        cluster: Cluster,
        services_namespace: str,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Register Argo CD, which may make something in `services_namespace` alone."""
        super().__init__("plinth:index:ArgoCd", name, None, opts)
        self._name, self._settings, self._services_namespace = name, settings, services_namespace
        child = pulumi.ResourceOptions(parent=self)
        own = restricted_namespace(NAMESPACE, opts=child.merge(pulumi.ResourceOptions(depends_on=[cluster])))
        controller = kubernetes.helm.v3.Release(
            f"{name}-{CHART}",
            name=CHART,
            chart=CHART,
            version=CHART_VERSION,
            namespace=NAMESPACE,
            repository_opts={"repo": REPOSITORY},
            atomic=True,
            values=values(),
            opts=child.merge(pulumi.ResourceOptions(depends_on=[own])),
        )
        self._project = kubernetes.apiextensions.CustomResource(
            f"{name}-{settings.project}",
            api_version=API_VERSION,
            kind="AppProject",
            metadata={"name": settings.project, "namespace": NAMESPACE},
            spec={
                "description": f"The services of {name}",
                "sourceRepos": [settings.repository],
                "destinations": [{"server": IN_CLUSTER, "namespace": services_namespace}],
                "clusterResourceWhitelist": [],
                "namespaceResourceWhitelist": [{"group": group, "kind": kind} for group, kind in KINDS],
            },
            opts=child.merge(pulumi.ResourceOptions(depends_on=[controller])),
        )
        self.register_outputs({})

    def deliver(
        self, name: str, service: str, deployment: Mapping[str, Any], *, opts: pulumi.ResourceOptions
    ) -> None:
        """Register the Application `name` whose chart makes `deployment`, the manifest of `service`."""
        kubernetes.apiextensions.CustomResource(
            name,
            api_version=API_VERSION,
            kind="Application",
            metadata={
                "name": service,
                "namespace": NAMESPACE,
                "finalizers": ["resources-finalizer.argocd.argoproj.io"],
            },
            spec={
                "project": self._settings.project,
                "source": {
                    "repoURL": self._settings.repository,
                    "path": self._settings.path_of(service),
                    "targetRevision": self._settings.revision_of(service),
                    "helm": {"releaseName": service, "valuesObject": {"deployment": deployment}},
                },
                "destination": {"server": IN_CLUSTER, "namespace": self._services_namespace},
                "syncPolicy": {
                    "automated": {"prune": True, "selfHeal": True},
                    "syncOptions": [
                        "CreateNamespace=false",
                        "ServerSideApply=true",
                        "RespectIgnoreDifferences=true",
                    ],
                    "retry": RETRY,
                },
                **({} if "replicas" in deployment["spec"] else {"ignoreDifferences": [OWNED_BY_AUTOSCALER]}),
            },
            opts=opts.merge(pulumi.ResourceOptions(depends_on=[self._project])),
        )


def values() -> Mapping[str, Any]:
    """The chart's values. What is not used is not there: no single sign-on, no ApplicationSets, no notifications.

    The API server answers inside the cluster alone. What the pods request is what the capacity budget keeps free
    (`settings/capacity.py`, `ARGOCD_PODS`).
    """
    return {
        "dex": {"enabled": False},
        "notifications": {"enabled": False},
        "applicationSet": {"replicas": 0},
        "controller": {"resources": resources("250m", "512Mi", "1Gi")},
        "repoServer": {"resources": resources("100m", "256Mi", "512Mi")},
        "server": {"resources": resources("50m", "128Mi", "256Mi")},
        "redis": {"resources": resources("50m", "128Mi", "256Mi")},
        "redisSecretInit": {"resources": resources("50m", "128Mi", "128Mi")},
    }


def resources(cpu: str, memory: str, limit: str) -> Mapping[str, Any]:
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": limit}}
