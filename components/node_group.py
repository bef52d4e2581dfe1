"""The cluster's managed node groups: one role, and a launch template and a group for each entry of the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.iam import service_role
from components.network import Network
from settings.cluster import ClusterSettings, NodeGroup

NODE_POLICIES = (
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonSSMManagedInstanceCore",
)
"""EKS user guide, "Amazon EKS node IAM role"; the last opens Session Manager, which stands in for SSH."""

AMI_TYPES = {"amd64": "AL2023_x86_64_STANDARD", "arm64": "AL2023_ARM_64_STANDARD"}

ROOT_DEVICE = "/dev/xvda"


class NodeGroups(pulumi.ComponentResource):
    """Managed nodes in the private subnets. Their pods carry the cluster security group that EKS makes."""

    groups: list[aws.eks.NodeGroup]

    def __init__(
        self,
        name: str,
        settings: ClusterSettings,
        *,
        cluster_name: pulumi.Input[str],
        network: Network,
        tags: Mapping[str, str],
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Register a group for each of `settings.node_groups`, none before `after` is there.

        `tags` are put on instances and volumes. `after` is no `depends_on` of `opts`, because Pulumi does not hand that
        down from a component to its children.
        """
        super().__init__("plinth:index:NodeGroups", name, None, opts)
        self._name = name
        self._settings = settings
        self._cluster_name = cluster_name
        self._network = network
        self._tags = tags
        self._after = after
        self._child = pulumi.ResourceOptions(parent=self)
        self._role, self._permissions = service_role(
            f"{name}-node",
            service="ec2.amazonaws.com",
            description=f"The nodes of {name}",
            managed_policies=NODE_POLICIES,
            opts=self._child,
        )
        self.groups = [self._make_group(label, group) for label, group in settings.node_groups.items()]
        self.register_outputs({})

    def _make_group(self, label: str, group: NodeGroup) -> aws.eks.NodeGroup:
        template = self._make_launch_template(label, group)
        return aws.eks.NodeGroup(
            f"{self._name}-{label}",
            cluster_name=self._cluster_name,
            subnet_ids=self._network.private_subnet_ids,
            node_role_arn=self._role.arn,
            version=self._settings.version,
            release_version=self._settings.release_version(group),
            ami_type=AMI_TYPES[group.arch],
            capacity_type=group.capacity.eks,
            instance_types=list(group.instance_types),
            labels=dict(group.labels),
            taints=[
                aws.eks.NodeGroupTaintArgs(key=taint.key, value=taint.value, effect=taint.effect)
                for taint in group.taints
            ],
            launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                min_size=group.min, max_size=group.max, desired_size=group.desired
            ),
            update_config=aws.eks.NodeGroupUpdateConfigArgs(max_unavailable_percentage=33),
            # An autoscaler moves the desired size; putting it back would drain nodes in use.
            opts=self._child.merge(
                pulumi.ResourceOptions(
                    depends_on=[*self._permissions, *self._after],
                    ignore_changes=["scalingConfig.desiredSize"],
                )
            ),
        )

    def _make_launch_template(self, label: str, group: NodeGroup) -> aws.ec2.LaunchTemplate:
        name = f"{self._name}-{label}"
        return aws.ec2.LaunchTemplate(
            name,
            description=f"Nodes of {name}: IMDSv2 for the host alone, encrypted disk",
            update_default_version=True,
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled",
                http_tokens="required",
                # One hop ends at the node: pods take their role from Pod Identity, never the node's.
                http_put_response_hop_limit=1,
            ),
            block_device_mappings=[
                aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name=ROOT_DEVICE,
                    ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_type="gp3",
                        volume_size=group.disk_gib,
                        encrypted="true",
                        delete_on_termination="true",
                    ),
                )
            ],
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(
                    resource_type=resource_type, tags={"Name": name, **self._tags}
                )
                for resource_type in ("instance", "volume")
            ],
            opts=self._child,
        )
