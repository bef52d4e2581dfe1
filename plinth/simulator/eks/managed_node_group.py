"""`eks.ManagedNodeGroup`: a node group, and a launch template if something asks for one."""

from __future__ import annotations

from typing import Any

from plinth.simulator.eks.component import Built, Child, Component
from plinth.simulator.eks.core import Core
from plinth.simulator.eks.values import Reference
from plinth.simulator.errors import Refused

PASSED_ON = (
    "amiType", "capacityType", "forceUpdateVersion", "instanceTypes", "labels", "nodeGroupName", "nodeGroupNamePrefix",
    "releaseVersion", "remoteAccess", "tags", "taints", "updateConfig",
)  # fmt: skip
UNDERSTOOD = {
    *PASSED_ON, "cluster", "clusterName", "diskSize", "enableIMDSv2", "ignoreScalingChanges", "launchTemplate", "nodeRole",
    "nodeRoleArn", "scalingConfig", "subnetIds", "version",
}  # fmt: skip
"""Left out: what writes user data or chooses an image by itself, and placement groups."""
SCALING_DEFAULTS = {"desiredSize": 2, "minSize": 1, "maxSize": 2}


def build(component: Component) -> Built:
    """Register the node group. Raises `Refused` without a role."""
    component.refuse_others(UNDERSTOOD)
    core = Core.of(component)
    role_arn = component.arg("nodeRoleArn")
    if role_arn is None and not isinstance(component.arg("nodeRole"), Reference):
        raise Refused("An IAM role, or role ARN must be provided to create a managed node group")
    component = component.register_self()
    if role_arn is None:
        role_arn = component.arn_of("nodeRole")
    template = register_launch_template(component)
    group = component.child(
        "aws:eks/nodeGroup:NodeGroup",
        component.name,
        node_group_inputs(component, core, role_arn, template),
        ignore_changes=["scalingConfig.desiredSize"]
        if component.known("ignoreScalingChanges", False)
        else [],
    )
    outputs = {"nodeGroup": group.reference, "placementGroupName": ""}
    component.register_outputs(outputs)
    return Built(component.urn, outputs)


def register_launch_template(component: Component) -> Child | None:
    if not component.known("enableIMDSv2", False):
        return None
    inputs: dict[str, Any] = {
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 2, "httpEndpoint": "enabled"}
    }
    if component.arg("diskSize") is not None:
        inputs["blockDeviceMappings"] = [
            {"deviceName": "/dev/xvda", "ebs": {"volumeSize": component.arg("diskSize")}}
        ]
    return component.child(
        "aws:ec2/launchTemplate:LaunchTemplate", f"{component.name}-launchTemplate", inputs
    )


def node_group_inputs(
    component: Component, core: Core, role_arn: Any, template: Child | None
) -> dict[str, Any]:
    own_template = component.arg("launchTemplate")
    inputs: dict[str, Any] = {name: component.arg(name) for name in PASSED_ON}
    inputs |= {
        "clusterName": component.arg("clusterName") or core.output("cluster", "name"),
        "nodeRoleArn": role_arn,
        "subnetIds": component.arg("subnetIds") or core.get("subnetIds"),
        "scalingConfig": component.arg("scalingConfig") or SCALING_DEFAULTS,
    }
    if template:
        version = template.output("latestVersion").map(str)
        inputs["launchTemplate"] = {"id": template.id_output, "version": version}
    elif own_template:
        inputs["launchTemplate"] = own_template
    elif component.arg("diskSize") is not None:
        inputs["diskSize"] = component.arg("diskSize")
    if not own_template:
        inputs["version"] = component.arg("version") or core.output("cluster", "version")
    return inputs
