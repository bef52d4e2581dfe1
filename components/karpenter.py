"""Karpenter: a controller that starts the nodes that waiting pods need, and ends those that nobody needs.

It runs on managed nodes, never on its own (the chart's node affinity), and in the cluster's own namespace with a role by Pod
Identity. It makes no instance profile and finds no network by tags: role, profile, subnets and security group are the
stack's, named by id.

Sources: Karpenter 1.14, "NodePools", "NodeClasses", "Disruption", "Upgrade guide" (CRDs in a chart of their own, because Helm
never upgrades those beside a chart's templates), "Compatibility" (Kubernetes 1.36 needs 1.13); EKS user guide, "Create access
entries" (EC2_LINUX).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from aws_facts import node_labels
from components.bucket import policy_document
from components.cluster import Cluster
from components.iam import POD_IDENTITY, service_role
from components.interruptions import Interruptions
from components.karpenter_policy import controller_statements
from components.network import Network
from components.node_group import NODE_POLICIES, ROOT_DEVICE
from settings.cluster import ClusterSettings
from settings.karpenter import CONTROLLERS, NodePool
from settings.karpenter import Karpenter as KarpenterSettings

CHART, CRD_CHART = "karpenter", "karpenter-crd"
REPOSITORY = "oci://public.ecr.aws/karpenter"
VERSION = "1.14.1"
"""Of both charts, and of the controller."""

NAMESPACE = "kube-system"
ACCOUNT = "karpenter"

REQUESTS = {"cpu": "500m", "memory": "1Gi"}
LIMITS = {"memory": "1Gi"}
"""Memory as the getting-started guide has it. The capacity budget keeps room for it (`settings/capacity.py`)."""

EXPIRE_AFTER = "720h"
CONSOLIDATE_AFTER = "5m"
"""For a rollout to end before its nodes are judged."""

BUDGETS = [{"nodes": "10%"}]
"""Of a pool's nodes, rounded up, end at a time, whatever the reason but expiry and interruptions."""


class Karpenter(pulumi.ComponentResource):
    """The controller, its queue, and the pools. It is a child of the cluster, so that what waits for this has nodes."""

    def __init__(
        self,
        name: str,
        settings: ClusterSettings,
        karpenter: KarpenterSettings,
        *,
        cluster: Cluster,
        network: Network,
        region: str,
        tags: Mapping[str, str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Register the controller of `cluster`, which has the name `name`, and the pools of `karpenter`.

        `tags` are put on instances and volumes. `opts` carries a provider for the Kubernetes of `cluster`.
        """
        super().__init__(
            "plinth:index:Karpenter",
            name,
            None,
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(parent=cluster)),
        )
        self._name, self._settings = name, settings
        self._cluster, self._network, self._tags = cluster, network, tags
        self._child = pulumi.ResourceOptions(parent=self)
        self._interruptions = Interruptions(f"{name}-interruptions", opts=self._child)
        self._node_role, permissions = service_role(
            f"{name}-karpenter-node",
            service="ec2.amazonaws.com",
            description=f"The nodes of {name} that Karpenter starts",
            managed_policies=NODE_POLICIES,
            opts=self._child,
        )
        self._profile = aws.iam.InstanceProfile(
            f"{name}-karpenter-node", role=self._node_role.name, opts=self._child
        )
        entry = aws.eks.AccessEntry(
            f"{name}-karpenter-node",
            cluster_name=cluster.cluster_name,
            principal_arn=self._node_role.arn,
            type="EC2_LINUX",
            opts=self._child,
        )
        controller = self._make_controller(region)
        for label, pool in karpenter.node_pools.items():
            self._make_pool(label, pool, after=[*permissions, entry, controller, self._interruptions])
        self.register_outputs({})

    def _make_controller(self, region: str) -> kubernetes.helm.v3.Release:
        definitions = self._release(CRD_CHART, {}, after=self._cluster.ready)
        return self._release(
            CHART,
            {
                "replicas": CONTROLLERS,
                "serviceAccount": {"name": ACCOUNT},
                # The resolver of its node: it may have to start those of the cluster's DNS.
                "dnsPolicy": "Default",
                "controller": {
                    "resources": {"requests": REQUESTS, "limits": LIMITS},
                    # Its pods do not reach the instance metadata that would tell.
                    "env": [{"name": "AWS_REGION", "value": region}],
                },
                "settings": {
                    "clusterName": self._cluster.cluster_name,
                    "clusterEndpoint": self._cluster.endpoint,
                    "interruptionQueue": self._interruptions.queue.name,
                },
            },
            after=[definitions, *self._make_identity(region)],
        )

    def _release(
        self, chart: str, values: Mapping[str, Any], *, after: list[pulumi.Resource]
    ) -> kubernetes.helm.v3.Release:
        return kubernetes.helm.v3.Release(
            f"{self._name}-{chart}",
            name=chart,
            chart=f"{REPOSITORY}/{chart}",
            version=VERSION,
            namespace=NAMESPACE,
            skip_crds=True,
            values=values,
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=after)),
        )

    def _make_identity(self, region: str) -> list[pulumi.Resource]:
        name = f"{self._name}-karpenter"
        role, _ = service_role(
            name,
            service=POD_IDENTITY,
            description=f"Lets Karpenter start and end nodes of {self._name}",
            opts=self._child,
        )
        account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        statements = controller_statements(
            cluster_name=self._name,
            region=region,
            account_id=account_id,
            node_role_arn=self._node_role.arn,
            queue_arn=self._interruptions.queue.arn,
        )
        policy = aws.iam.RolePolicy(
            name, role=role.name, policy=policy_document(*statements), opts=self._child
        )
        association = aws.eks.PodIdentityAssociation(
            name,
            cluster_name=self._cluster.cluster_name,
            namespace=NAMESPACE,
            service_account=ACCOUNT,
            role_arn=role.arn,
            opts=self._child,
        )
        return [policy, association]

    def _make_pool(self, label: str, pool: NodePool, *, after: list[pulumi.Resource]) -> None:
        """A node class and the pool of it: disks, image and pods a node may differ from pool to pool."""
        node_class = kubernetes.apiextensions.CustomResource(
            f"{self._name}-{label}-class",
            api_version="karpenter.k8s.aws/v1",
            kind="EC2NodeClass",
            metadata={"name": label},
            spec=self._node_class(label, pool),
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=after)),
        )
        kubernetes.apiextensions.CustomResource(
            f"{self._name}-{label}",
            api_version="karpenter.sh/v1",
            kind="NodePool",
            metadata={"name": label},
            spec=node_pool(label, pool),
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=[node_class])),
        )

    def _node_class(self, label: str, pool: NodePool) -> dict[str, Any]:
        max_pods = pool.max_pods(prefix_delegation=self._settings.prefix_delegation)
        return {
            "amiSelectorTerms": [{"alias": f"al2023@{self._settings.image_version(pool)}"}],
            "instanceProfile": self._profile.name,
            "subnetSelectorTerms": [{"id": subnet} for subnet in self._network.private_subnet_ids],
            "securityGroupSelectorTerms": [{"id": self._cluster.workload_security_group_id}],
            # One hop ends at the node: pods take their role from Pod Identity, never the node's.
            "metadataOptions": {
                "httpEndpoint": "enabled",
                "httpTokens": "required",
                "httpPutResponseHopLimit": 1,
            },
            "blockDeviceMappings": [
                {
                    "deviceName": ROOT_DEVICE,
                    "ebs": {
                        "volumeType": "gp3",
                        "volumeSize": f"{pool.disk_gib}Gi",
                        "encrypted": True,
                        "deleteOnTermination": True,
                    },
                }
            ],
            **({"kubelet": {"maxPods": max_pods}} if max_pods else {}),
            "tags": {"Name": f"{self._name}-{label}", **self._tags},
        }


def node_pool(label: str, pool: NodePool) -> dict[str, Any]:
    """The spec of a NodePool. Its nodes carry the capacity in Karpenter's spelling (incident `node-label`)."""
    wanted = {
        node_labels.ARCH: [pool.arch],
        node_labels.OS: ["linux"],
        node_labels.KARPENTER_CAPACITY: sorted(pool.capacities),
        node_labels.INSTANCE_TYPE: list(pool.instance_types),
    }
    return {
        "template": {
            "metadata": {"labels": dict(pool.labels)},
            "spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": label},
                "requirements": [
                    {"key": key, "operator": "In", "values": values} for key, values in wanted.items()
                ],
                "taints": [
                    {"key": taint.key, "value": taint.value, "effect": taint.kubernetes_effect}
                    for taint in pool.taints
                ],
                "expireAfter": EXPIRE_AFTER,
            },
        },
        "limits": {"cpu": str(pool.cpu_limit), "memory": f"{pool.memory_limit_gib}Gi"},
        "disruption": {
            "consolidationPolicy": "WhenEmptyOrUnderutilized",
            "consolidateAfter": CONSOLIDATE_AFTER,
            "budgets": BUDGETS,
        },
    }
