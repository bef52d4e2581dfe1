"""`eks.Cluster`: role, security groups, control plane, add-ons, access entries, kubeconfig."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from pulumi.runtime.proto import provider_pb2 as proto

from plinth.simulator import values as wire
from plinth.simulator.eks import cluster_arguments, kubeconfig
from plinth.simulator.eks.access import register_access
from plinth.simulator.eks.addon import register_kube_proxy
from plinth.simulator.eks.component import Built, Child, Component, together
from plinth.simulator.eks.monitor import connect, state_of
from plinth.simulator.eks.roles import ServiceRole, service_role
from plinth.simulator.eks.security_groups import (
    SecurityGroups,
    register_cluster_group,
    register_node_group_rules,
)
from plinth.simulator.eks.values import Out, Reference, is_unknown, parse, resolve, whole
from plinth.simulator.eks.vpc_cni import register_vpc_cni

THUMBPRINT = "0" * 40
NONE: list[str] = []


def build(component: Component) -> Built:
    """Register the cluster and its children. Raises `Refused`."""
    cluster_arguments.refuse(component)
    component = component.register_self()
    role, group = together(lambda: register_role(component), lambda: register_group(component))
    cluster = register_control_plane(component, role, group)
    options = component.mapping("providerCredentialOpts")
    # The aws CLI's profile is for the component's own provider only: others may have other profiles.
    config = kubeconfig.of(cluster, {**options, "profileName": None})
    groups, _, cni, oidc, kubernetes = together(
        lambda: register_node_group_rules(component, group, cluster) if group else None,
        lambda: register_kube_proxy(component, cluster),
        lambda: register_vpc_cni(component, cluster, register_access(component, cluster)),
        lambda: register_oidc(component, cluster) if component.known("createOidcProvider", False) else None,
        lambda: register_kubernetes_provider(component, kubeconfig.of(cluster, options)),
    )
    outputs = outputs_of(component, Parts(cluster, groups, role, config, cni, oidc, kubernetes))
    component.register_outputs(outputs)
    return Built(component.urn, outputs)


def register_control_plane(component: Component, role: ServiceRole, group: Child | None) -> Child:
    """The `aws:eks/cluster:Cluster` and nothing else."""
    arg, name = component.arg, component.name
    vpc_config = {
        "endpointPrivateAccess": arg("endpointPrivateAccess"),
        "endpointPublicAccess": arg("endpointPublicAccess"),
        "publicAccessCidrs": arg("publicAccessCidrs"),
        "securityGroupIds": [group.id_output] if group else None,
        "subnetIds": whole(subnets_of(component)),
    }
    key = arg("encryptionConfigKeyArn")
    inputs: dict[str, Any] = {
        "name": arg("name"),
        "roleArn": role.role.output("arn"),
        "version": arg("version"),
        "vpcConfig": {key_: value for key_, value in vpc_config.items() if value is not None},
        "accessConfig": {
            "authenticationMode": arg("authenticationMode"),
            "bootstrapClusterCreatorAdminPermissions": True,
        },
        "bootstrapSelfManagedAddons": arg("bootstrapSelfManagedAddons", True),
        "deletionProtection": arg("deletionProtection"),
        "enabledClusterLogTypes": arg("enabledClusterLogTypes"),
        "encryptionConfig": whole({"provider": {"keyArn": key}, "resources": ["secrets"]}) if key else None,
        "kubernetesNetworkConfig": kubernetes_network_of(component),
        "upgradePolicy": arg("upgradePolicy"),
        "tags": {
            "Name": f"{name}-eksCluster",
            **component.mapping("clusterTags"),
            **component.mapping("tags"),
        },
    }
    return component.child(
        "aws:eks/cluster:Cluster",
        f"{name}-eksCluster",
        inputs,
        after=role.attachments,
        ignore_changes=["accessConfig.bootstrapClusterCreatorAdminPermissions", "bootstrapSelfManagedAddons"],
    )


def kubernetes_network_of(component: Component) -> Out | None:
    """Only if a service range or an IP family is given; a range is for IPv4 only."""
    cidr, family = component.arg("kubernetesServiceIpAddressRange"), component.arg("ipFamily", "ipv4")
    if not cidr and component.arg("ipFamily") is None:
        return None
    return whole({"ipFamily": family, **({"serviceIpv4Cidr": cidr} if cidr and family == "ipv4" else {})})


def register_role(component: Component) -> ServiceRole:
    return service_role(
        component,
        f"{component.name}-eksRole",
        "eks.amazonaws.com",
        "Allows EKS to manage clusters on your behalf.",
        ["AmazonEKSClusterPolicy"],
    )


def register_group(component: Component) -> Child | None:
    return None if component.known("skipDefaultSecurityGroups", False) else register_cluster_group(component)


def register_kubernetes_provider(component: Component, config: Out) -> Child:
    return component.child(
        "pulumi:providers:kubernetes",
        f"{component.name}-eks-k8s",
        {
            "kubeconfig": config.map(kubeconfig.to_json),
            "enableConfigMapMutable": component.arg("enableConfigMapMutable"),
        },
    )


def register_oidc(component: Component, cluster: Child) -> Child:
    issuer = cluster.output("identities").get(0, "oidcs", 0, "issuer")
    return component.child(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        f"{component.name}-oidcProvider",
        {"clientIdLists": ["sts.amazonaws.com"], "thumbprintLists": [THUMBPRINT], "url": issuer},
    )


def subnets_of(component: Component) -> list[Any]:
    """The cluster's subnets: as one list, or the public ones and then the private."""
    return component.items("subnetIds") or [
        *component.items("publicSubnetIds"),
        *component.items("privateSubnetIds"),
    ]


@dataclass(frozen=True)
class Parts:
    """What the outputs of a cluster are made of."""

    cluster: Child
    groups: SecurityGroups | None
    role: ServiceRole
    kubeconfig: Out
    vpc_cni: Reference | None
    oidc: Child | None
    kubernetes: Child


def outputs_of(component: Component, parts: Parts) -> dict[str, Any]:
    cluster, groups, oidc = parts.cluster, parts.groups, parts.oidc
    own_group = cluster.output("vpcConfig").get("clusterSecurityGroupId")
    issuer = cluster.output("identities").get(0, "oidcs", 0, "issuer")
    cluster_group_id = groups.cluster.id_output if groups else own_group
    node_group_id = groups.node.id_output if groups else own_group
    core: dict[str, Any] = {
        "cluster": cluster.reference,
        "vpcId": component.arg("vpcId"),
        "subnetIds": subnets_of(component),
        "publicSubnetIds": component.arg("publicSubnetIds"),
        "privateSubnetIds": component.arg("privateSubnetIds"),
        "endpoint": cluster.output("endpoint"),
        "clusterSecurityGroup": groups.cluster.reference if groups else None,
        "provider": parts.kubernetes.reference,
        "instanceRoles": NONE,
        "nodeGroupOptions": {
            "nodeSecurityGroup": groups.node.reference if groups else None,
            "clusterIngressRule": groups.ingress_rule.reference if groups else None,
            "version": component.arg("version"),
        },
        "kubeconfig": parts.kubeconfig,
        "vpcCni": parts.vpc_cni,
        "encryptionConfig": cluster.output("encryptionConfig")
        if component.arg("encryptionConfigKeyArn")
        else None,
        "tags": component.arg("tags"),
        "oidcProvider": oidc.reference if oidc else None,
        "clusterIamRole": parts.role.role.reference,
        "nodeSecurityGroupTags": component.arg("nodeSecurityGroupTags"),
        "accessEntries": list(component.mapping("accessEntries").values()),
        "autoModeNodeRoleName": "",
    }
    found: dict[str, Any] = {
        "core": whole({key: value for key, value in core.items() if value is not None}),
        "eksCluster": cluster.reference,
        "kubeconfig": parts.kubeconfig,
        "kubeconfigJson": parts.kubeconfig.map(kubeconfig.to_json),
        "clusterSecurityGroupId": cluster_group_id,
        "nodeSecurityGroupId": node_group_id,
        "clusterIngressRuleId": groups.ingress_rule.output("securityGroupRuleId") if groups else "",
        "oidcProviderArn": oidc.output("arn") if oidc else "",
        "oidcProviderUrl": oidc.output("url") if oidc else "",
        "oidcIssuer": issuer.map(lambda url: str(url).removeprefix("https://")),
        "autoModeNodeRoleName": "",
        "fargateProfileId": "",
        "fargateProfileStatus": "",
        "defaultNodeGroupAsgName": "",
        "instanceRoles": NONE,
    }
    if groups:
        found |= {
            "clusterSecurityGroup": groups.cluster.reference,
            "nodeSecurityGroup": groups.node.reference,
            "eksClusterIngressRule": groups.ingress_rule.reference,
        }
    return found


def get_kubeconfig(request: proto.CallRequest) -> proto.CallResponse:
    """The method `get_kubeconfig(role_arn=, profile_name=)`: the kubeconfig as JSON text, unknown until there is one."""
    arguments = {key: resolve(parse(value)) for key, value in getattr(request, "args").fields.items()}  # noqa: B009
    with connect(request.monitorEndpoint) as monitor:
        config = state_of(monitor, arguments["__self__"]["urn"]).get("kubeconfig")
    options = {name: value for name, value in arguments.items() if name != "__self__"}
    text = wire.UNKNOWN
    if isinstance(config, dict) and not is_unknown(options):
        text = kubeconfig.to_json(kubeconfig.with_options(cast("dict[str, Any]", config), options))
    answer = proto.CallResponse()
    getattr(answer, "return").CopyFrom(wire.to_struct({"result": text}))
    return answer
