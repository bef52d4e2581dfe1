"""The VPC CNI add-on of each cluster, and the configuration that its options become (`vpc_cni_options`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from plinth.simulator.eks.addon import ADDON, latest
from plinth.simulator.eks.component import Child, Component
from plinth.simulator.eks.values import Reference, resolve, whole
from plinth.simulator.errors import Refused

VARIABLES = {
    "customNetworkConfig": ("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", None),
    "cniConfigureRpfilter": ("AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER", None),
    "cniCustomNetworkCfg": ("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "false"),
    "cniExternalSnat": ("AWS_VPC_K8S_CNI_EXTERNALSNAT", "false"),
    "enablePodEni": ("ENABLE_POD_ENI", "false"),
    "enablePrefixDelegation": ("ENABLE_PREFIX_DELEGATION", None),
    "eniConfigLabelDef": ("ENI_CONFIG_LABEL_DEF", None),
    "eniMtu": ("AWS_VPC_ENI_MTU", "9001"),
    "externalSnat": ("AWS_VPC_K8S_CNI_EXTERNALSNAT", None),
    "logFile": ("AWS_VPC_K8S_CNI_LOG_FILE", "/host/var/log/aws-routed-eni/ipamd.log"),
    "logLevel": ("AWS_VPC_K8S_CNI_LOGLEVEL", "DEBUG"),
    "nodePortSupport": ("AWS_VPC_CNI_NODE_PORT_SUPPORT", None),
    "pluginLogFile": ("AWS_VPC_K8S_PLUGIN_LOG_FILE", "/var/log/aws-routed-eni/plugin.log"),
    "pluginLogLevel": ("AWS_VPC_K8S_PLUGIN_LOG_LEVEL", "DEBUG"),
    "vethPrefix": ("AWS_VPC_K8S_CNI_VETHPREFIX", "eni"),
    "warmEniTarget": ("WARM_ENI_TARGET", "1"),
    "warmIpTarget": ("WARM_IP_TARGET", None),
    "warmPrefixTarget": ("WARM_PREFIX_TARGET", None),
}
"""Option to environment variable and its default (pulumi-eks, `nodejs/eks/addons/cni-addon.ts`); a later line wins."""


def register_vpc_cni(component: Component, cluster: Child, entries: Iterable[str]) -> Reference | None:
    """The add-on in its component, after the access entries `entries`; None when it is switched off."""
    if component.known("useDefaultVpcCni", False):
        return None
    options = component.mapping("vpcCniOptions")
    if options.get("securityContextPrivileged"):
        raise Refused(
            f"eks.Cluster {component.name}: vpcCniOptions.securityContextPrivileged: not simulated. Leave it out of the rehearsed stack."
        )
    group = component.child_component("eks:index:VpcCniAddon", f"{component.name}-vpc-cni", entries)
    group.child(
        ADDON,
        f"{component.name}-vpc-cni",
        {
            "addonName": "vpc-cni",
            "addonVersion": options.get("addonVersion") or latest(component, cluster, "vpc-cni"),
            "clusterName": cluster.output("name"),
            "configurationValues": whole(configuration(options)).map(
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
    return Reference(group.urn)


def configuration(options: Mapping[str, Any]) -> dict[str, Any]:
    """The add-on's `configurationValues`: the options as environment variables, below what the program says itself."""
    environment: dict[str, Any] = {}
    for option, (variable, default) in VARIABLES.items():
        said = resolve(options.get(option))
        if said or (default is not None and variable not in environment):
            environment[variable] = as_text(said or default)
    early_demux = as_text(resolve(options.get("disableTcpEarlyDemux")) or False)
    found: dict[str, Any] = dict(resolve(options.get("configurationValues")) or {})
    if options.get("enableNetworkPolicy") is not None:
        found.setdefault("enableNetworkPolicy", as_text(resolve(options["enableNetworkPolicy"])))
    found["env"] = {**environment, **(found.get("env") or {})}
    initial: dict[str, Any] = found.get("init") or {}
    found["init"] = {**initial, "env": {"DISABLE_TCP_EARLY_DEMUX": early_demux, **(initial.get("env") or {})}}
    return found


def as_text(value: Any) -> Any:
    """pulumi-eks writes flags and numbers as texts; an unknown stays one."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return f"{value:g}"
        case _:
            return value
