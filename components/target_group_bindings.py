"""Which pods are the targets of a target group: a `TargetGroupBinding` for each service that the edge leads to.

Source: AWS Load Balancer Controller 3.5.0, "TargetGroupBinding" and its webhook: a binding's target group, type and VPC
cannot be changed, so a binding goes with its target group, and the new one stands beside the old one until traffic has
moved. The fields that the webhook would fill in are said, so that they are no drift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as kubernetes

from components.network import Network
from components.service import Endpoint


class TargetGroupBindings(pulumi.ComponentResource):
    """The bindings of a stack's services. `of` has each by its service: pods that wait for it join without a gap."""

    of: Mapping[str, kubernetes.apiextensions.CustomResource]

    def __init__(
        self,
        name: str,
        target_group_arns: Mapping[str, pulumi.Input[str]],
        *,
        endpoints: Mapping[str, Endpoint],
        network: Network,
        after: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register a binding for each service in `target_group_arns` that has an endpoint: the others are not deployed.

        `after` is what must be there before: the controller and the Services.
        """
        super().__init__("plinth:index:TargetGroupBindings", name, None, opts)
        child = pulumi.ResourceOptions(
            parent=self, depends_on=[*after], replace_on_changes=["spec.targetGroupARN", "spec.vpcID"]
        )
        self.of = {
            service: kubernetes.apiextensions.CustomResource(
                f"{name}-{service}",
                api_version="elbv2.k8s.aws/v1beta1",
                kind="TargetGroupBinding",
                metadata={"namespace": endpoints[service].namespace},
                spec={
                    "targetGroupARN": arn,
                    "targetType": "ip",
                    "ipAddressType": "ipv4",
                    "vpcID": network.vpc_id,
                    "serviceRef": {"name": endpoints[service].name, "port": endpoints[service].port},
                },
                opts=child,
            )
            for service, arn in target_group_arns.items()
            if service in endpoints
        }
        self.register_outputs({})
