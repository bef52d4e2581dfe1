"""EKS with one managed node group, reached by the platform team's role."""

import json

import network
import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes


def trust(service, *actions):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": ["sts:AssumeRole", *actions]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role(name, service, policies):
    made = aws.iam.Role(name, assume_role_policy=trust(service))
    for policy in policies:
        arn = f"arn:aws:iam::aws:policy/{policy}"
        aws.iam.RolePolicyAttachment(f"{name}-{policy}", role=made.name, policy_arn=arn)
    return made


key = aws.kms.Key("cluster", description="Secrets of the cluster", enable_key_rotation=True)
logs = aws.cloudwatch.LogGroup("cluster", name="/aws/eks/shop/cluster", retention_in_days=30)

cluster = aws.eks.Cluster(
    "shop",
    name="shop",
    version="1.35",
    role_arn=role("cluster", "eks.amazonaws.com", ["AmazonEKSClusterPolicy"]).arn,
    access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": False},
    vpc_config={
        "subnet_ids": [subnet.id for subnet in network.private],
        "endpoint_private_access": True,
        "endpoint_public_access": True,
        "public_access_cidrs": ["203.0.113.0/24"],
    },
    enabled_cluster_log_types=["api", "audit", "authenticator"],
    encryption_config={"provider": {"key_arn": key.arn}, "resources": ["secrets"]},
    opts=pulumi.ResourceOptions(depends_on=[logs]),
)
workload_group = cluster.vpc_config.cluster_security_group_id

platform = "arn:aws:iam::123456789012:role/platform-admin"
aws.eks.AccessEntry("platform", cluster_name=cluster.name, principal_arn=platform)
aws.eks.AccessPolicyAssociation(
    "platform",
    cluster_name=cluster.name,
    principal_arn=platform,
    policy_arn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
    access_scope={"type": "cluster"},
)

node_policies = ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly"]
nodes = aws.eks.NodeGroup(
    "general",
    cluster_name=cluster.name,
    node_role_arn=role("nodes", "ec2.amazonaws.com", node_policies).arn,
    subnet_ids=[subnet.id for subnet in network.private],
    instance_types=["m6i.large"],
    ami_type="AL2023_x86_64_STANDARD",
    capacity_type="ON_DEMAND",
    scaling_config={"min_size": 3, "max_size": 6, "desired_size": 3},
)
for addon in ("vpc-cni", "coredns", "kube-proxy", "eks-pod-identity-agent"):
    aws.eks.Addon(
        addon, cluster_name=cluster.name, addon_name=addon, opts=pulumi.ResourceOptions(depends_on=[nodes])
    )

# The context of the file that `aws eks update-kubeconfig --alias shop` writes. A kubeconfig made from the cluster's outputs is not
# known at the first preview, and then the engine shows nobody what is in the cluster, policies included.
in_cluster = pulumi.ResourceOptions(
    provider=kubernetes.Provider("shop", context="shop", opts=pulumi.ResourceOptions(depends_on=[nodes]))
)
