"""Which changed properties replace a resource.

Source: the Terraform AWS provider's resource schemas (`ForceNew`, `RequiresReplace`) and the "Forces new resource" notes
of its documentation, one page a resource, as pulumi-aws 7 wraps them; for Kubernetes, the API server's immutable fields
(recorded on Kubernetes 1.34). A type that is not listed is updated in place, which the simulator's documentation says.
"""

from __future__ import annotations

from collections.abc import Mapping

SECURITY_GROUP_RULE = ("securityGroupId",)
ELASTIC_LOAD_BALANCING: Mapping[str, tuple[str, ...]] = {
    "loadBalancer:LoadBalancer": ("name", "namePrefix", "internal", "loadBalancerType", "customerOwnedIpv4Pool"),
    "targetGroup:TargetGroup": ("name", "namePrefix", "port", "protocol", "protocolVersion", "targetType", "vpcId"),
    "listener:Listener": ("loadBalancerArn",),
    "listenerRule:ListenerRule": ("listenerArn",),
}

AWS: Mapping[str, tuple[str, ...]] = {
    "aws:cloudwatch/logGroup:LogGroup": ("name", "namePrefix", "logGroupClass"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ("vpcId",),
    "aws:ec2/eip:Eip": ("domain", "publicIpv4Pool", "networkBorderGroup", "address"),
    "aws:ec2/flowLog:FlowLog": (
        "vpcId", "subnetId", "eniId", "trafficType", "logDestination", "logDestinationType", "logFormat",
        "iamRoleArn", "maxAggregationInterval", "destinationOptions", "transitGatewayId",
    ),
    "aws:ec2/instance:Instance": ("ami", "subnetId", "availabilityZone", "keyName", "privateIp", "associatePublicIpAddress"),
    "aws:ec2/internetGateway:InternetGateway": (),
    "aws:ec2/launchTemplate:LaunchTemplate": ("name", "namePrefix"),
    "aws:ec2/natGateway:NatGateway": ("allocationId", "connectivityType", "privateIp", "subnetId", "availabilityMode"),
    "aws:ec2/networkAcl:NetworkAcl": ("vpcId",),
    "aws:ec2/route:Route": ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId", "routeTableId"),
    "aws:ec2/routeTable:RouteTable": ("vpcId",),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ("gatewayId", "subnetId"),
    "aws:ec2/securityGroup:SecurityGroup": ("name", "namePrefix", "description", "vpcId"),
    "aws:ec2/securityGroupRule:SecurityGroupRule": (
        "cidrBlocks", "fromPort", "toPort", "ipv6CidrBlocks", "prefixListIds", "protocol", "securityGroupId", "self",
        "sourceSecurityGroupId", "type",
    ),
    "aws:ec2/subnet:Subnet": (
        "vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native", "outpostArn", "ipv4IpamPoolId",
    ),
    "aws:ec2/vpc:Vpc": ("cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (
        "vpcId", "serviceName", "vpcEndpointType", "serviceRegion", "serviceNetworkArn", "resourceConfigurationArn",
    ),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": ("vpcId", "peerVpcId", "peerOwnerId", "peerRegion"),
    "aws:eks/accessEntry:AccessEntry": ("clusterName", "principalArn", "type"),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": ("clusterName", "principalArn", "policyArn", "accessScope"),
    "aws:eks/addon:Addon": ("addonName", "clusterName", "namespaceConfig"),
    "aws:eks/cluster:Cluster": (
        "name", "roleArn", "bootstrapSelfManagedAddons", "kubernetesNetworkConfig.ipFamily",
        "kubernetesNetworkConfig.serviceIpv4Cidr", "outpostConfig", "accessConfig.bootstrapClusterCreatorAdminPermissions",
        "encryptionConfig.provider", "encryptionConfig.resources",
    ),
    "aws:eks/nodeGroup:NodeGroup": (
        "amiType", "capacityType", "clusterName", "diskSize", "instanceTypes", "nodeGroupName", "nodeGroupNamePrefix",
        "nodeRoleArn", "remoteAccess", "subnetIds", "launchTemplate.id", "launchTemplate.name",
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": ("clusterName", "namespace", "serviceAccount"),
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        "replicationGroupId", "atRestEncryptionEnabled", "kmsKeyId", "port", "securityGroupNames", "snapshotArns",
        "snapshotName", "subnetGroupName", "dataTieringEnabled", "networkType",
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": ("name",),
    "aws:iam/instanceProfile:InstanceProfile": ("name", "namePrefix", "path"),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ("url",),
    "aws:iam/policy:Policy": ("name", "namePrefix", "description", "path"),
    "aws:iam/role:Role": ("name", "namePrefix", "path"),
    "aws:iam/rolePolicy:RolePolicy": ("name", "namePrefix", "role"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("role", "policyArn"),
    "aws:kms/alias:Alias": ("name", "namePrefix"),
    "aws:kms/key:Key": ("customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId", "xksKeyId"),
    "aws:rds/cluster:Cluster": (
        "clusterIdentifier", "clusterIdentifierPrefix", "availabilityZones", "databaseName", "dbSubnetGroupName", "engine",
        "engineMode", "kmsKeyId", "masterUsername", "snapshotIdentifier", "sourceRegion", "storageEncrypted",
    ),
    "aws:rds/subnetGroup:SubnetGroup": ("name", "namePrefix"),
    "aws:s3/bucket:Bucket": ("bucket", "bucketPrefix", "objectLockEnabled"),
    "aws:secretsmanager/secret:Secret": ("name", "namePrefix"),
    "aws:secretsmanager/secretVersion:SecretVersion": ("secretId", "secretBinary", "secretString"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": SECURITY_GROUP_RULE,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": SECURITY_GROUP_RULE,
    **{
        f"aws:{module}/{type_}": paths
        for module in ("lb", "alb")
        for type_, paths in ELASTIC_LOAD_BALANCING.items()
    },
}  # fmt: skip

KUBERNETES_ALWAYS = ("apiVersion", "kind", "metadata.name", "metadata.namespace", "metadata.generateName")

KUBERNETES: Mapping[str, tuple[str, ...]] = {
    "Deployment": ("spec.selector",),
    "DaemonSet": ("spec.selector",),
    "ReplicaSet": ("spec.selector",),
    "StatefulSet": ("spec.selector", "spec.serviceName", "spec.volumeClaimTemplates", "spec.podManagementPolicy"),
    "Job": ("spec.selector", "spec.template", "spec.completions", "spec.completionMode"),
    "Pod": ("spec",),
    "PersistentVolumeClaim": ("spec.accessModes", "spec.storageClassName", "spec.volumeName", "spec.selector"),
    "StorageClass": ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
    "RoleBinding": ("roleRef",),
    "ClusterRoleBinding": ("roleRef",),
    "Service": ("spec.clusterIP",),
    "Secret": ("type",),
}
"""By kind: the API server answers `field is immutable` to a change of these."""

DELETED_FIRST = {
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:eks/addon:Addon",
    "aws:eks/accessEntry:AccessEntry",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
}
"""Types of which AWS takes no second one beside the first (same cluster and name, same route)."""


def replacing(type_: str) -> tuple[str, ...]:
    """The property paths of resource type `type_` whose change replaces it."""
    package, kind = type_.partition(":")[0], type_.rpartition(":")[2]
    if package == "kubernetes":
        return KUBERNETES_ALWAYS + KUBERNETES.get(kind, ())
    if package == "random":
        return ("keepers", "length", "byteLength", "prefix", "separator", "min", "max", "seed", "inputs", "special")
    paths = AWS.get(type_, ())
    return (*paths, "region") if package == "aws" else paths
