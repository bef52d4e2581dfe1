"""`eks.NodeGroupV2`: self-managed nodes in an Auto Scaling group, which carry the node security group."""

from __future__ import annotations

from typing import Any

from plinth.simulator.eks import user_data
from plinth.simulator.eks.component import Built, Child, Component
from plinth.simulator.eks.core import Core
from plinth.simulator.eks.security_groups import register_nodes
from plinth.simulator.eks.values import Out, Reference, is_unknown, urns_of, whole
from plinth.simulator.errors import Refused
from plinth.simulator.values import UNKNOWN

ARCHITECTURES = {True: "arm64", False: "x86_64"}
DEVICE = "/dev/xvda"
"""The root device of Amazon Linux 2023's image."""

ROOT_VOLUME = {
    "nodeRootVolumeEncrypted": "encrypted",
    "nodeRootVolumeSize": "volumeSize",
    "nodeRootVolumeType": "volumeType",
    "nodeRootVolumeIops": "iops",
    "nodeRootVolumeThroughput": "throughput",
    "nodeRootVolumeDeleteOnTermination": "deleteOnTermination",
}
UNDERSTOOD = {
    *ROOT_VOLUME, "amiId", "autoScalingGroupTags", "cluster", "clusterIngressRule", "clusterIngressRuleId", "desiredCapacity",
    "enableDetailedMonitoring", "extraNodeSecurityGroups", "ignoreScalingChanges", "instanceProfile", "instanceProfileName",
    "instanceType", "keyName", "launchTemplateTagSpecifications", "maxSize", "minRefreshPercentage", "minSize",
    "nodeAssociatePublicIpAddress", "nodeSecurityGroup", "nodeSecurityGroupId", "nodeSubnetIds", "spotPrice", "version",
}  # fmt: skip
"""Left out: what writes more into the user data, other operating systems, and key pairs."""


def build(component: Component) -> Built:
    """Register the nodes. Raises `Refused` without an instance profile."""
    component.refuse_others(UNDERSTOOD)
    if component.arg("instanceProfile") is None and component.arg("instanceProfileName") is None:
        raise Refused("an instanceProfile or instanceProfileName is required")
    given = component.arg("nodeSecurityGroup") or component.arg("nodeSecurityGroupId")
    ingress = component.arg("clusterIngressRule") or component.arg("clusterIngressRuleId")
    if given is not None and ingress is None:
        raise Refused(
            "clusterIngressRule or clusterIngressRuleId is required when nodeSecurityGroup is manually specified"
        )
    core = Core.of(component)
    component = component.register_self()
    outputs: dict[str, Any] = {"extraNodeSecurityGroups": component.arg("extraNodeSecurityGroups")}
    if given is None:
        groups = register_nodes(
            component,
            cluster_group_id(core),
            cluster_name=core.output("cluster", "name"),
            vpc_id=core.get("vpcId"),
            tags=core.get("tags"),
        )
        group_id, ingress = groups.node.id_output, groups.ingress_rule.id_output
        outputs["nodeSecurityGroup"] = groups.node.reference
    else:
        group_id = id_of(given)
        outputs["nodeSecurityGroup"] = component.arg("nodeSecurityGroup")
    template = register_launch_template(component, core, group_id, id_of(ingress))
    group = register_scaling_group(component, core, template)
    outputs |= {"autoScalingGroup": group.reference, "nodeSecurityGroupId": group_id}
    component.register_outputs(outputs)
    return Built(component.urn, {key: value for key, value in outputs.items() if value is not None})


def id_of(given: Any) -> Any:
    """The id of a resource that is given by reference or by id."""
    if isinstance(given, Reference):
        return Out(UNKNOWN if given.id is None else given.id, frozenset({given.urn}))
    return given


def cluster_group_id(core: Core) -> Out:
    """The control plane's security group: pulumi-eks's own, else the one that EKS makes."""
    own = core.output("clusterSecurityGroup", "id")
    if own.value is not None:
        return own
    return core.output("cluster", "vpcConfig").get("clusterSecurityGroupId")


def register_launch_template(component: Component, core: Core, group_id: Any, ingress: Any) -> Child:
    arg = component.arg
    groups = [group_id, *map(id_of, component.items("extraNodeSecurityGroups"))]
    # Nodes must not start before the rule that lets them reach the API.
    security_groups = Out(whole(groups).value, urns_of([*groups, ingress]))
    instance_type, monitoring, price = (
        arg("instanceType", "t3.medium"),
        arg("enableDetailedMonitoring"),
        arg("spotPrice"),
    )
    return component.child(
        "aws:ec2/launchTemplate:LaunchTemplate",
        f"{component.name}-launchTemplate",
        {
            "imageId": image(component, core, instance_type),
            "instanceType": instance_type,
            "iamInstanceProfile": {"name": profile_of(component, core)},
            "keyName": arg("keyName"),
            "instanceMarketOptions": {"marketType": "spot", "spotOptions": {"maxPrice": price}}
            if price
            else None,
            "blockDeviceMappings": root_volume(component),
            "networkInterfaces": [
                {
                    "associatePublicIpAddress": str(arg("nodeAssociatePublicIpAddress", True)).lower(),
                    "securityGroups": security_groups,
                }
            ],
            "userData": user_data.of(core),
            "tagSpecifications": arg("launchTemplateTagSpecifications"),
            "monitoring": None if monitoring is None else {"enabled": monitoring},
        },
    )


def profile_of(component: Component, core: Core) -> Any:
    """The instance profile's name; without an edge while the cluster's options, which may name another, are unknown."""
    if is_unknown(core.data):
        return UNKNOWN
    return component.arg("instanceProfileName") or id_of(component.arg("instanceProfile"))


def root_volume(component: Component) -> list[dict[str, Any]]:
    """What is said of the root volume, as EC2 takes it; nothing leaves the image's own."""
    said = {ec2: component.arg(name) for name, ec2 in ROOT_VOLUME.items()}
    volume = {key: str(value).lower() if isinstance(value, bool) else value for key, value in said.items()}
    volume = {key: value for key, value in volume.items() if value is not None}
    return [{"deviceName": DEVICE, "ebs": volume}] if volume else []


def register_scaling_group(component: Component, core: Core, template: Child) -> Child:
    arg = component.arg
    private = core.get("privateSubnetIds")
    extra_tags = component.mapping("autoScalingGroupTags")
    return component.child(
        "aws:autoscaling/group:Group",
        component.name,
        {
            "desiredCapacity": arg("desiredCapacity", 2),
            "minSize": arg("minSize", 1),
            "maxSize": arg("maxSize", 2),
            "launchTemplate": {
                "name": template.output("name"),
                "version": template.output("latestVersion").map(str),
            },
            "vpcZoneIdentifiers": arg("nodeSubnetIds")
            or (core.get("publicSubnetIds") if private.value is None else private),
            "instanceRefresh": {
                "strategy": "Rolling",
                "preferences": {"minHealthyPercentage": arg("minRefreshPercentage", 50)},
            },
            "tags": core.output("cluster", "name").map(
                lambda name: scaling_group_tags(str(name), extra_tags)
            ),
        },
        ignore_changes=["desiredCapacity"] if component.known("ignoreScalingChanges", False) else [],
    )


def image(component: Component, core: Core, instance_type: Any) -> Any:
    """The AMI that AWS recommends today for the cluster's version."""
    said = component.arg("version")
    version = core.output("cluster", "version") if said is None else Out(said)
    if component.arg("amiId") is not None or is_unknown(version):
        return component.arg("amiId") or Out(UNKNOWN, version.urns)
    family = str(instance_type).partition(".")[0]
    arch = ARCHITECTURES["g" in family[2:] or family.endswith("g")]
    name = f"/aws/service/eks/optimized-ami/{version.value}/amazon-linux-2023/{arch}/standard/recommended/image_id"
    return Out(component.invoke("aws:ssm/getParameter:getParameter", {"name": name})["value"], version.urns)


def scaling_group_tags(cluster_name: str, extra: dict[str, Any]) -> list[dict[str, Any]]:
    tags = {**extra, f"kubernetes.io/cluster/{cluster_name}": "owned", "Name": f"{cluster_name}-worker"}
    return [{"key": key, "value": value, "propagateAtLaunch": True} for key, value in tags.items()]
