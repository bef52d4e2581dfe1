"""`eks.Addon`, and the add-on that each cluster gets beside the VPC CNI: kube-proxy."""

from __future__ import annotations

import json
from typing import Any

from plinth.simulator.eks.component import Built, Child, Component
from plinth.simulator.eks.core import Core
from plinth.simulator.eks.values import Out, whole
from plinth.simulator.values import UNKNOWN

ADDON = "aws:eks/addon:Addon"


def build(component: Component) -> Built:
    """`eks.Addon`: always below the cluster, whatever parent is given; it registers no outputs."""
    cluster = component.arg("cluster")
    core = Core.of(component)
    component = component.register_self(parent=cluster.urn)
    values = component.arg("configurationValues")
    component.child(
        ADDON,
        component.name,
        {
            "addonName": component.arg("addonName"),
            "addonVersion": component.arg("addonVersion"),
            "clusterName": core.output("cluster", "name"),
            "configurationValues": whole(values).map(json.dumps) if values is not None else None,
            "preserve": component.arg("preserve"),
            "resolveConflictsOnCreate": component.arg("resolveConflictsOnCreate"),
            "resolveConflictsOnUpdate": component.arg("resolveConflictsOnUpdate"),
            "serviceAccountRoleArn": component.arg("serviceAccountRoleArn"),
            "podIdentityAssociations": component.arg("podIdentityAssociations"),
            "tags": component.arg("tags"),
        },
    )
    return Built(component.urn, {})


def register_kube_proxy(component: Component, cluster: Child) -> None:
    options = component.mapping("kubeProxyAddonOptions")
    if options.get("enabled") is False:
        return
    component.child(
        ADDON,
        f"{component.name}-kube-proxy",
        {
            "addonName": "kube-proxy",
            "addonVersion": options.get("version") or latest(component, cluster, "kube-proxy"),
            "clusterName": cluster.output("name"),
            "configurationValues": configuration(options.get("configurationValues")),
            "preserve": True,
            "resolveConflictsOnCreate": options.get("resolveConflictsOnCreate") or "OVERWRITE",
            "resolveConflictsOnUpdate": options.get("resolveConflictsOnUpdate") or "OVERWRITE",
            "tags": component.arg("tags"),
        },
    )


def configuration(values: Any) -> Out | None:
    return whole(values).map(json.dumps) if values is not None else None


def latest(component: Component, cluster: Child, addon: str) -> Out:
    """The version that AWS recommends today: asked for once the cluster's version is known, and so it moves by itself."""
    version = cluster.output("version")
    if cluster.id is UNKNOWN or version.value is None or version.value is UNKNOWN:
        return Out(UNKNOWN, version.urns)
    arguments = {"addonName": addon, "kubernetesVersion": version.value, "mostRecent": True}
    answer = component.invoke("aws:eks/getAddonVersion:getAddonVersion", arguments)
    return Out(answer["version"], version.urns)
