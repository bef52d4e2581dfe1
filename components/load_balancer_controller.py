"""AWS Load Balancer Controller: it makes the pods of a service the targets of a target group, and takes them out again.

Here it does nothing else. Load balancer, listeners, rules and security groups are the stack's own (`components/edge.py`):
what the controller would make of an Ingress, no preview shows, no policy judges and no `destroy` finds. So it serves no
Ingress and no Service, and its role is a small part of the policy that its project publishes.

Sources, of version 3.5.0: the chart's values; documentation, "TargetGroupBinding", "Externally Managed Load Balancers" and
"Controller configuration options"; the API calls in `pkg/targetgroupbinding`, `pkg/networking` and `webhooks/elbv2`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.bucket import policy_document
from components.cluster import Cluster
from components.iam import POD_IDENTITY, service_role
from components.network import Network

CHART = "aws-load-balancer-controller"
CHART_VERSION = "3.5.0"
"""The chart and its controller have the same version."""

REPOSITORY = "https://aws.github.io/eks-charts"
NAMESPACE = "kube-system"
ACCOUNT = "aws-load-balancer-controller"

READ = (
    "ec2:DescribeAvailabilityZones", "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
    "elasticloadbalancing:DescribeTags", "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth",
)  # fmt: skip
"""What has no resource to be limited to."""

WRITE = ("elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets")

REQUESTS = {"cpu": "100m", "memory": "128Mi"}
LIMITS = {"memory": "256Mi"}


class LoadBalancerController(pulumi.ComponentResource):
    """The controller in the cluster, with a role of its own. What binds pods depends on it."""

    def __init__(
        self,
        name: str,
        *,
        cluster: Cluster,
        network: Network,
        region: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the controller of `cluster`, whose pods are in `network`.

        `opts` carries a provider for aws and one for the Kubernetes of `cluster`.
        """
        super().__init__("plinth:index:LoadBalancerController", name, None, opts)
        self._name = f"{name}-load-balancer-controller"
        self._child = pulumi.ResourceOptions(parent=self)
        identity = self._make_identity(cluster)
        kubernetes.helm.v3.Release(
            self._name,
            name=CHART,
            chart=CHART,
            version=CHART_VERSION,
            repository_opts={"repo": REPOSITORY},
            namespace=NAMESPACE,
            values=values(cluster.cluster_name, network.vpc_id, region),
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=[cluster, *identity])),
        )
        self.register_outputs({})

    def _make_identity(self, cluster: Cluster) -> list[pulumi.Resource]:
        role, _ = service_role(
            self._name,
            service=POD_IDENTITY,
            description="Lets the load balancer controller make pods targets",
            opts=self._child,
        )
        account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        policy = aws.iam.RolePolicy(
            self._name,
            role=role.name,
            policy=policy_document(
                {"Sid": "Read", "Effect": "Allow", "Action": list(READ), "Resource": "*"},
                {
                    "Sid": "Targets",
                    "Effect": "Allow",
                    "Action": list(WRITE),
                    "Resource": pulumi.Output.concat(
                        "arn:aws:elasticloadbalancing:*:", account_id, ":targetgroup/*"
                    ),
                },
            ),
            opts=self._child,
        )
        association = aws.eks.PodIdentityAssociation(
            self._name,
            cluster_name=cluster.cluster_name,
            namespace=NAMESPACE,
            service_account=ACCOUNT,
            role_arn=role.arn,
            opts=self._child,
        )
        return [policy, association]


def values(
    cluster_name: pulumi.Input[str], vpc_id: pulumi.Input[str], region: str
) -> Mapping[str, pulumi.Input[Any]]:
    """The chart's values. Region and VPC are said, because pods do not reach the instance metadata that else tells."""
    return {
        "clusterName": cluster_name,
        "region": region,
        "vpcId": vpc_id,
        "serviceAccount": {"name": ACCOUNT},
        "resources": {"requests": REQUESTS, "limits": LIMITS},
        "podDisruptionBudget": {"maxUnavailable": 1},
        "createIngressClassResource": False,
        "ingressClassParams": {"create": False},
        "enableServiceMutatorWebhook": False,
        "enableBackendSecurityGroup": False,
        "enableManageBackendSecurityGroupRules": False,
        "enableShield": False,
        "enableWaf": False,
        "enableWafv2": False,
        "controllerConfig": {"featureGates": {"ALBGatewayAPI": False, "NLBGatewayAPI": False}},
    }
