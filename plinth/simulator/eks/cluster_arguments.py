"""The arguments of `eks.Cluster`: which are understood, and what the real provider refuses."""

from __future__ import annotations

from plinth.simulator.eks.component import Component
from plinth.simulator.errors import Refused

MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")

MODELLED = frozenset({
    "accessEntries", "authenticationMode", "bootstrapSelfManagedAddons",
    "clusterSecurityGroupTags", "clusterTags", "createOidcProvider", "deletionProtection",
    "enableConfigMapMutable", "enabledClusterLogTypes", "encryptionConfigKeyArn", "endpointPrivateAccess",
    "endpointPublicAccess", "ipFamily", "kubeProxyAddonOptions", "kubernetesServiceIpAddressRange", "name",
    "nodeSecurityGroupTags", "privateSubnetIds", "providerCredentialOpts", "publicAccessCidrs", "publicSubnetIds",
    "skipDefaultNodeGroup", "skipDefaultSecurityGroups", "subnetIds", "tags", "upgradePolicy",
    "useDefaultVpcCni", "version", "vpcCniOptions", "vpcId",
})  # fmt: skip
WITHOUT_EFFECT = frozenset({
    "desiredCapacity", "gpu", "instanceType", "maxSize", "minSize", "nodeAmiId", "nodeAssociatePublicIpAddress",
    "nodePublicKey", "nodeRootVolumeEncrypted", "nodeRootVolumeSize", "nodeSubnetIds", "nodeUserData", "proxy",
})  # fmt: skip
"""Of the default node group, which must be skipped, and of HTTPS calls that the simulator does not make."""


def refuse(component: Component) -> None:
    """Raise `Refused` for what the real provider refuses, in its words, and for what is not simulated."""
    refuse_mode(component)
    where = f"eks.Cluster {component.name}"
    if component.arg("subnetIds") is not None and (
        component.arg("publicSubnetIds") is not None or component.arg("privateSubnetIds") is not None
    ):
        raise Refused(
            f"{where}: subnetIds, and the use of publicSubnetIds and/or privateSubnetIds are mutually exclusive. "
            "Choose a single approach."
        )
    if component.arg("publicAccessCidrs") is not None and component.arg("endpointPublicAccess") is False:
        raise Refused(f"{where}: `publicAccessCidrs` can only be set when `endpointPublicAccess` is true")
    component.refuse_others(MODELLED | WITHOUT_EFFECT)
    if not component.known("skipDefaultNodeGroup", False):
        raise Refused(
            f"{where}: its default node group is not simulated. Write skip_default_node_group=True and an "
            "eks.ManagedNodeGroup, which is what pulumi-eks recommends."
        )
    if component.arg("vpcId") is None:
        raise Refused(
            f"{where}: without a vpcId it goes into the account's default VPC, which the simulator does not have. "
            "Write vpc_id."
        )
    if component.arg("authenticationMode") != "API":
        raise Refused(
            f"{where}: authentication by the aws-auth ConfigMap is not simulated. "
            'Write authentication_mode="API" and access_entries.'
        )


def refuse_mode(component: Component) -> None:
    mode, where = component.arg("authenticationMode"), f"eks.Cluster {component.name}"
    if mode is not None and mode not in MODES:
        raise Refused(
            f"{where}: Invalid value for authenticationMode: {mode}. Allowed values are: {', '.join(MODES)}."
        )
    for name in ("roleMappings", "userMappings", "instanceRoles"):
        if mode == "API" and component.arg(name):
            raise Refused(
                f"{where}: The '{name}' property does not support non-empty values when 'authenticationMode' is "
                "set to 'API'."
            )
    if component.arg("accessEntries") and mode not in ("API", "API_AND_CONFIG_MAP"):
        state = "not set" if mode is None else f"set to '{mode}'"
        raise Refused(
            f"{where}: The 'accessEntries' property is not supported when 'authenticationMode' is {state}."
        )
