"""`eks.Addon`, and the two add-ons that each cluster gets: kube-proxy and the VPC CNI."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from plinth.simulator.eks.component import Built, Child, Component
from plinth.simulator.eks.managed_node_group import core_of
from plinth.simulator.eks.values import Out, resolve, whole
from plinth.simulator.values import UNKNOWN

ADDON = "aws:eks/addon:Addon"

CNI_DEFAULTS = {
    "AWS_VPC_CNI_NODE_PORT_SUPPORT": "true",
    "AWS_VPC_ENI_MTU": "9001",
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "false",
    "AWS_VPC_K8S_CNI_EXTERNALSNAT": "false",
    "AWS_VPC_K8S_CNI_LOGLEVEL": "DEBUG",
    "AWS_VPC_K8S_CNI_LOG_FILE": "/host/var/log/aws-routed-eni/ipamd.log",
    "AWS_VPC_K8S_CNI_VETHPREFIX": "eni",
    "AWS_VPC_K8S_PLUGIN_LOG_FILE": "/var/log/aws-routed-eni/plugin.log",
    "AWS_VPC_K8S_PLUGIN_LOG_LEVEL": "DEBUG",
    "ENABLE_POD_ENI": "false",
    "WARM_ENI_TARGET": "1",
}


def build(component: Component) -> Built:
    """`eks.Addon`: always below the cluster, whatever parent is given; it registers no outputs."""
    cluster = component.arg("cluster")
    core = core_of(component)
    component = component.register_self(parent=cluster.urn)
    values = component.arg("configurationValues")
    component.child(
        ADDON,
        component.name,
        {
            "addonName": component.arg("addonName"),
            "addonVersion": component.arg("addonVersion"),
            "clusterName": core.get("clusterName"),
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


def register_vpc_cni(component: Component, cluster: Child, entries: Iterable[str]) -> None:
    if component.known("useDefaultVpcCni", False):
        return
    options = component.mapping("vpcCniOptions")
    group = component.child_component("eks:index:VpcCniAddon", f"{component.name}-vpc-cni", entries)
    group.child(
        ADDON,
        f"{component.name}-vpc-cni",
        {
            "addonName": "vpc-cni",
            "addonVersion": options.get("addonVersion") or latest(component, cluster, "vpc-cni"),
            "clusterName": cluster.output("name"),
            "configurationValues": whole(cni_configuration(options)).map(
                lambda known: json.dumps(known, sort_keys=True, separators=(",", ":"))
            ),
            "preserve": True,
            "resolveConflictsOnCreate": options.get("resolveConflictsOnCreate") or "OVERWRITE",
            "resolveConflictsOnUpdate": options.get("resolveConflictsOnUpdate") or "OVERWRITE",
            "serviceAccountRoleArn": options.get("serviceAccountRoleArn"),
            "tags": component.arg("tags"),
        },
    )
    group.register_outputs({})


def cni_configuration(options: Mapping[str, Any]) -> dict[str, Any]:
    environment = dict(CNI_DEFAULTS)
    if options.get("enablePrefixDelegation"):
        environment["ENABLE_PREFIX_DELEGATION"] = "true"
        if options.get("warmPrefixTarget") is not None:
            environment["WARM_PREFIX_TARGET"] = str(resolve(options["warmPrefixTarget"]))
    found: dict[str, Any] = {"env": environment, "init": {"env": {"DISABLE_TCP_EARLY_DEMUX": "false"}}}
    if options.get("enableNetworkPolicy"):
        found["enableNetworkPolicy"] = "true"
    return {**found, **(options.get("configurationValues") or {})}


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
