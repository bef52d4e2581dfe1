"""One EKS cluster: control plane, add-ons, managed node groups, and who may reach its API.

Owns the cluster, its encryption key, its log groups, its add-ons and its nodes. Owns no workload.
`workload_security_group_id` is the one group that pods carry: rules of databases, caches and load balancers name it
and nothing else (incident `data-port-source`).

Two choices follow from what pulumi-eks was seen to register. Node groups and add-ons are plain `aws.eks` resources
that name the cluster's own outputs: behind pulumi-eks's components their edges to cluster, subnets and VPC are lost
at the first preview, and no policy could judge them. And `create_oidc_provider` is off: it would call AWS at each
preview, and Pod Identity needs none.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from components.container_insights import ContainerInsights
from components.iam import POD_IDENTITY, service_role
from components.network import Network
from components.node_group import NodeGroups
from settings.cluster import ClusterSettings

LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
"""All control-plane log types (EKS user guide, "Send control plane logs to CloudWatch Logs")."""

ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

BEFORE_NODES = ("eks-pod-identity-agent",)
ON_NODES = ("coredns", "metrics-server", "aws-ebs-csi-driver")
"""Add-ons whose pods need a node: EKS reports them ACTIVE only once one runs them."""


class Cluster(pulumi.ComponentResource):
    """The stack's EKS cluster in the private subnets of its `Network`."""

    cluster_name: pulumi.Output[str]
    cluster_arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    workload_security_group_id: pulumi.Output[str]
    auto_scaling_groups: list[pulumi.Output[str]]
    """The names of the Auto Scaling groups that EKS makes for the node groups."""

    ready: list[pulumi.Resource]
    """The add-ons that run on nodes: once they are there, the cluster runs pods."""

    def __init__(
        self,
        name: str,
        settings: ClusterSettings,
        *,
        network: Network,
        tags: Mapping[str, str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the cluster `name`; `tags` go onto nodes and volumes, which no provider default reaches."""
        super().__init__("plinth:index:Cluster", name, None, opts)
        self._name = name
        self._settings = settings
        self._child = pulumi.ResourceOptions(parent=self)

        self._cluster = self._make_control_plane(network)
        control_plane = self._cluster.eks_cluster
        self.cluster_name = control_plane.name
        self.cluster_arn = control_plane.arn
        self.endpoint = control_plane.endpoint
        self.kubeconfig = self._cluster.kubeconfig_json
        self.workload_security_group_id = control_plane.vpc_config.apply(
            lambda vpc_config: vpc_config.cluster_security_group_id or ""
        )

        before_nodes = [self._make_addon(addon) for addon in BEFORE_NODES]
        nodes = NodeGroups(
            name,
            settings,
            cluster_name=self.cluster_name,
            network=network,
            tags=tags,
            after=[self._cluster, *before_nodes],
            opts=self._child,
        )
        self.ready = [self._make_addon(addon, after=nodes.groups) for addon in ON_NODES]
        if settings.container_insights:
            ContainerInsights(
                name,
                settings,
                cluster_name=self.cluster_name,
                after=[self._cluster, *nodes.groups],
                opts=self._child,
            )
        self.auto_scaling_groups = [auto_scaling_group(group) for group in nodes.groups]

        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "endpoint": self.endpoint,
                "workload_security_group_id": self.workload_security_group_id,
            }
        )

    def _make_control_plane(self, network: Network) -> eks.Cluster:
        settings, name = self._settings, self._name
        key = aws.kms.Key(
            f"{name}-secrets",
            description=f"Encrypts the Kubernetes secrets of {name}",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            opts=self._child,
        )
        aws.kms.Alias(f"{name}-secrets", name=f"alias/{name}-secrets", target_key_id=key.id, opts=self._child)
        # EKS would make this group by itself, without retention (incident `log-retention`).
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-control-plane",
            name=f"/aws/eks/{name}/cluster",
            retention_in_days=settings.log_retention_days,
            opts=self._child,
        )
        return eks.Cluster(
            name,
            name=name,
            version=settings.version,
            vpc_id=network.vpc_id,
            private_subnet_ids=network.private_subnet_ids,
            authentication_mode=eks.AuthenticationMode.API,
            access_entries=self._admin_entries(),
            endpoint_private_access=True,
            endpoint_public_access=bool(settings.endpoint_public_cidrs),
            public_access_cidrs=[str(cidr) for cidr in settings.endpoint_public_cidrs] or None,
            encryption_config_key_arn=key.arn,
            enabled_cluster_log_types=LOG_TYPES,
            kubernetes_service_ip_address_range=str(settings.service_cidr) if settings.service_cidr else None,
            deletion_protection=settings.deletion_protection,
            create_oidc_provider=False,
            skip_default_node_group=True,
            skip_default_security_groups=True,
            vpc_cni_options=eks.VpcCniOptionsArgs(
                addon_version=settings.addon_versions["vpc-cni"],
                enable_prefix_delegation=settings.prefix_delegation,
                enable_network_policy=True,
            ),
            kube_proxy_addon_options=eks.KubeProxyAddonOptionsArgs(
                version=settings.addon_versions["kube-proxy"]
            ),
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=[log_group])),
        )

    def _admin_entries(self) -> dict[str, eks.AccessEntryArgs]:
        return {
            admin: eks.AccessEntryArgs(
                principal_arn=role_arn,
                access_policies={
                    "admin": eks.AccessPolicyAssociationArgs(
                        policy_arn=ADMIN_POLICY,
                        access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
                    )
                },
            )
            for admin, role_arn in self._settings.admins.items()
        }

    def _make_addon(self, addon: str, after: list[aws.eks.NodeGroup] | None = None) -> aws.eks.Addon:
        """One EKS add-on at its pinned version, after the node groups whose nodes it needs."""
        identities = [self._ebs_csi_identity()] if addon == "aws-ebs-csi-driver" else None
        return aws.eks.Addon(
            f"{self._name}-{addon}",
            addon_name=addon,
            addon_version=self._settings.addon_versions[addon],
            cluster_name=self.cluster_name,
            pod_identity_associations=identities,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="PRESERVE",
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=[self._cluster, *(after or [])])),
        )

    def _ebs_csi_identity(self) -> aws.eks.AddonPodIdentityAssociationArgs:
        role, _ = service_role(
            f"{self._name}-ebs-csi",
            service=POD_IDENTITY,
            description="Lets the EBS CSI driver make and attach volumes",
            managed_policies=["service-role/AmazonEBSCSIDriverPolicy"],
            opts=self._child,
        )
        return aws.eks.AddonPodIdentityAssociationArgs(
            role_arn=role.arn, service_account="ebs-csi-controller-sa"
        )


def auto_scaling_group(group: aws.eks.NodeGroup) -> pulumi.Output[str]:
    """The name of the one group that a managed node group has."""
    return group.resources.apply(
        lambda resources: next(
            (made.name or "" for item in resources for made in item.autoscaling_groups or []), ""
        )
    )
