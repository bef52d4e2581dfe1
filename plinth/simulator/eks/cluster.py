"""`eks.Cluster`: role, security groups, control plane, add-ons, access entries, kubeconfig."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from pulumi.runtime.proto import provider_pb2 as proto

from plinth.simulator import values as wire
from plinth.simulator.eks import kubeconfig
from plinth.simulator.eks.access import register_access
from plinth.simulator.eks.addon import register_kube_proxy, register_vpc_cni
from plinth.simulator.eks.component import Built, Child, Component
from plinth.simulator.eks.monitor import connect, state_of
from plinth.simulator.eks.roles import ServiceRole, service_role
from plinth.simulator.eks.security_groups import (
    SecurityGroups,
    register_cluster_group,
    register_node_group_rules,
)
from plinth.simulator.eks.values import Out, is_unknown, parse, resolve, whole
from plinth.simulator.errors import Refused

AUTO_MODE_POLICIES = (
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
THUMBPRINT = "0" * 40
NONE: list[str] = []


def build(component: Component) -> Built:
    """Register the cluster and its children. Raises `Refused`."""
    refuse_what_is_not_simulated(component)
    component = component.register_self()
    auto_mode = bool(component.mapping("autoMode").get("enabled"))
    name = component.name
    role = service_role(
        component,
        f"{name}-eksRole",
        "eks.amazonaws.com",
        "Allows EKS to manage clusters on your behalf.",
        AUTO_MODE_POLICIES if auto_mode else AUTO_MODE_POLICIES[:1],
    )
    with_groups = not (component.known("skipDefaultSecurityGroups", False) or auto_mode)
    group = register_cluster_group(component) if with_groups else None
    cluster = register_control_plane(component, role, group)
    groups = register_node_group_rules(component, group, cluster) if group else None
    register_kube_proxy(component, cluster)
    entries = register_access(component, cluster)
    register_vpc_cni(component, cluster, entries)
    oidc = register_oidc(component, cluster) if component.known("createOidcProvider", False) else None
    config = kubeconfig.of(cluster, component.mapping("providerCredentialOpts"))
    kubernetes = component.child(
        "pulumi:providers:kubernetes", f"{name}-eks-k8s", {"kubeconfig": config.map(kubeconfig.to_json)}
    )
    outputs = outputs_of(component, Parts(cluster, groups, role, config, oidc, kubernetes))
    component.register_outputs(outputs)
    return Built(component.urn, outputs)


def refuse_what_is_not_simulated(component: Component) -> None:
    if not component.known("skipDefaultNodeGroup", False) and not component.arg("fargate"):
        raise Refused(
            f"eks.Cluster {component.name}: its default node group is not simulated. Write skip_default_node_group=True and "
            "an eks.ManagedNodeGroup, which is what pulumi-eks recommends."
        )
    for argument in ("fargate", "autoMode", "roleMappings", "userMappings", "instanceRoles"):
        if component.arg(argument):
            raise Refused(
                f"eks.Cluster {component.name}: {argument} is not simulated yet. Leave it out of the rehearsal."
            )
    if component.arg("accessEntries") and component.arg("authenticationMode") not in (
        "API",
        "API_AND_CONFIG_MAP",
    ):
        raise Refused(
            "Access entries can only be specified when authentication mode is set to `API` or `API_AND_CONFIG_MAP`."
        )
    if component.arg("authenticationMode") not in ("API", "API_AND_CONFIG_MAP"):
        raise Refused(
            f"eks.Cluster {component.name}: authentication by the aws-auth ConfigMap is not simulated. "
            'Write authentication_mode="API" and access_entries.'
        )


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
    service_cidr = arg("kubernetesServiceIpAddressRange")
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
        "kubernetesNetworkConfig": {"ipFamily": "ipv4", "serviceIpv4Cidr": service_cidr}
        if service_cidr
        else None,
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
        after=[*role.attachments, *component.request.dependencies],
        ignore_changes=["accessConfig.bootstrapClusterCreatorAdminPermissions", "bootstrapSelfManagedAddons"],
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
        "tags": component.arg("tags"),
        "oidcProvider": oidc.reference if oidc else None,
        "clusterIamRole": parts.role.role.reference,
        "authenticationMode": component.arg("authenticationMode"),
        "clusterName": cluster.output("name"),
        "clusterVersion": cluster.output("version"),
        "certificateAuthority": cluster.output("certificateAuthority").get("data"),
        "nodeSecurityGroupId": node_group_id,
        "clusterSecurityGroupId": cluster_group_id,
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
