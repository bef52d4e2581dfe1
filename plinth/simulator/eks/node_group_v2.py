"""`eks.NodeGroupV2`: self-managed nodes in an Auto Scaling group, which carry the node security group."""

from __future__ import annotations

import base64
from typing import Any

from plinth.simulator.eks.component import Built, Child, Component
from plinth.simulator.eks.managed_node_group import core_of
from plinth.simulator.eks.security_groups import register_nodes
from plinth.simulator.eks.values import Out, Reference
from plinth.simulator.errors import Refused
from plinth.simulator.values import UNKNOWN

ARCHITECTURES = {True: "arm64", False: "x86_64"}


def build(component: Component) -> Built:
    """Register the nodes. Raises `Refused` without an instance profile."""
    if component.arg("instanceProfile") is None and component.arg("instanceProfileName") is None:
        raise Refused("an instanceProfile or instanceProfileName is required")
    core = core_of(component)
    component = component.register_self()
    group_id, ingress, references = security_group(component, core)
    template = register_launch_template(component, core, group_id, ingress)
    cluster_name = core.get("clusterName")
    subnets = component.arg("nodeSubnetIds") or core.get("privateSubnetIds")
    group = component.child(
        "aws:autoscaling/group:Group",
        component.name,
        {
            "desiredCapacity": component.arg("desiredCapacity", 2),
            "minSize": component.arg("minSize", 1),
            "maxSize": component.arg("maxSize", 2),
            "launchTemplate": {
                "name": template.output("name"),
                "version": template.output("latestVersion").map(str),
            },
            "vpcZoneIdentifiers": subnets,
            "instanceRefresh": {"strategy": "Rolling", "preferences": {"minHealthyPercentage": 50}},
            "tags": cluster_name.map(lambda name: scaling_group_tags(str(name))),
        },
        after=ingress,
    )
    outputs = {"autoScalingGroup": group.reference, "nodeSecurityGroupId": group_id, **references}
    component.register_outputs(outputs)
    return Built(component.urn, outputs)


def security_group(component: Component, core: Out) -> tuple[Any, list[str], dict[str, Any]]:
    """The nodes' group: the given one, else one of their own with its rules."""
    given = component.arg("nodeSecurityGroupId")
    if given is not None:
        return given, [], {"extraNodeSecurityGroups": component.arg("extraNodeSecurityGroups")}
    reference = component.arg("nodeSecurityGroup")
    if isinstance(reference, Reference):
        return Out(reference.id or UNKNOWN, frozenset({reference.urn})), [], {"nodeSecurityGroup": reference}
    known = core.get("clusterSecurityGroupId")
    cluster_group = Child(next(iter(core.urns), component.urn), known.value, {})
    groups = register_nodes(
        component, cluster_group, cluster_name=core.get("clusterName"), vpc_id=core.get("vpcId"), tags={}
    )
    return groups.node.id_output, [groups.ingress_rule.urn], {"nodeSecurityGroup": groups.node.reference}


def register_launch_template(component: Component, core: Out, group_id: Any, ingress: list[str]) -> Child:
    profile = component.arg("instanceProfileName")
    reference = component.arg("instanceProfile")
    if profile is None:
        profile = Out(reference.id or UNKNOWN, frozenset({reference.urn}))
    instance_type = component.arg("instanceType", "t3.medium")
    extra = component.items("extraNodeSecurityGroups")
    groups = [group_id, *(Out(group.id or UNKNOWN, frozenset({group.urn})) for group in extra)]
    public = str(component.arg("nodeAssociatePublicIpAddress", True)).lower()
    user_data = core.get("clusterName").map(
        lambda name: base64.b64encode(f"nodes of {name}".encode()).decode()
    )
    return component.child(
        "aws:ec2/launchTemplate:LaunchTemplate",
        f"{component.name}-launchTemplate",
        {
            "imageId": image(component, core, instance_type),
            "instanceType": instance_type,
            "iamInstanceProfile": {"name": profile},
            "networkInterfaces": [{"associatePublicIpAddress": public, "securityGroups": groups}],
            "userData": user_data,
        },
        after=ingress,
    )


def image(component: Component, core: Out, instance_type: Any) -> Any:
    """The AMI that AWS recommends today for the cluster's version."""
    version = core.get("clusterVersion")
    if component.arg("amiId") is not None or version.value is None or version.value is UNKNOWN:
        return component.arg("amiId") or Out(UNKNOWN, version.urns)
    family = str(instance_type).partition(".")[0]
    arch = ARCHITECTURES["g" in family[2:] or family.endswith("g")]
    name = f"/aws/service/eks/optimized-ami/{version.value}/amazon-linux-2023/{arch}/standard/recommended/image_id"
    return Out(component.invoke("aws:ssm/getParameter:getParameter", {"name": name})["value"], version.urns)


def scaling_group_tags(cluster_name: str) -> list[dict[str, Any]]:
    return [
        {"key": f"kubernetes.io/cluster/{cluster_name}", "value": "owned", "propagateAtLaunch": True},
        {"key": "Name", "value": f"{cluster_name}-worker", "propagateAtLaunch": True},
    ]
