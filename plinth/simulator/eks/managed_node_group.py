"""`eks.ManagedNodeGroup`: a node group, and a launch template if something asks for one."""

from __future__ import annotations

from typing import Any, cast

from plinth.simulator.eks.component import Built, Child, Component
from plinth.simulator.eks.monitor import state_of
from plinth.simulator.eks.values import Out, Reference
from plinth.simulator.errors import Refused
from plinth.simulator.values import UNKNOWN

CUSTOM_NODES = (
    "kubeletExtraArgs", "bootstrapExtraArgs", "bottlerocketSettings", "nodeadmExtraOptions", "userData", "amiId",
)  # fmt: skip
PASSED_ON = (
    "amiType", "capacityType", "forceUpdateVersion", "instanceTypes", "labels", "nodeGroupName", "nodeGroupNamePrefix",
    "releaseVersion", "remoteAccess", "tags", "taints", "updateConfig",
)  # fmt: skip
SCALING_DEFAULTS = {"desiredSize": 2, "minSize": 1, "maxSize": 2}


def core_of(component: Component) -> Out:
    """The `core` of the cluster that the component names: unknown as a whole until the cluster exists."""
    cluster = component.arg("cluster")
    if isinstance(cluster, Reference):
        state = state_of(component.monitor, cluster.urn)
        # A reference to a component carries no dependency; what is inside `core` does, once it is known.
        core = Out(state.get("core", UNKNOWN))
        eks_cluster = core.get("cluster").value
        urn = cast("dict[str, str]", eks_cluster).get("urn") if isinstance(eks_cluster, dict) else None
        return Out(core.value, frozenset({urn} if urn else ()))
    return cluster if isinstance(cluster, Out) else Out(cluster)


def build(component: Component) -> Built:
    """Register the node group. Raises `Refused` without a role."""
    core = core_of(component)
    role_arn = component.arg("nodeRoleArn")
    if role_arn is None and not isinstance(component.arg("nodeRole"), Reference):
        raise Refused("An IAM role, or role ARN must be provided to create a managed node group")
    custom = [name for name in CUSTOM_NODES if component.arg(name) is not None]
    if custom:
        raise Refused(
            f"eks.ManagedNodeGroup {component.name}: {', '.join(custom)} needs user data that is not simulated. Give a "
            "launch_template of your own in the rehearsal."
        )
    component = component.register_self()
    if role_arn is None:
        role_arn = role_arn_of(component)
    template = register_launch_template(component)
    group = component.child(
        "aws:eks/nodeGroup:NodeGroup",
        component.name,
        node_group_inputs(component, core, role_arn, template),
        after=component.request.dependencies,
        ignore_changes=["scalingConfig.desiredSize"]
        if component.known("ignoreScalingChanges", False)
        else [],
    )
    outputs = {"nodeGroup": group.reference, "placementGroupName": ""}
    component.register_outputs(outputs)
    return Built(component.urn, outputs)


def role_arn_of(component: Component) -> Out:
    role: Reference = component.arg("nodeRole")
    state = state_of(component.monitor, role.urn)
    return Out(state.get("arn", UNKNOWN), frozenset({role.urn}))


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
    component: Component, core: Out, role_arn: Any, template: Child | None
) -> dict[str, Any]:
    own_template = component.arg("launchTemplate")
    inputs: dict[str, Any] = {name: component.arg(name) for name in PASSED_ON}
    inputs |= {
        "clusterName": component.arg("clusterName") or core.get("clusterName"),
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
        inputs["version"] = component.arg("version") or core.get("clusterVersion")
    return inputs
