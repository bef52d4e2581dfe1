"""Which changed properties replace a resource.

Source: the Terraform AWS provider's resource schemas (`ForceNew`, `RequiresReplace`) and the "Forces new resource" notes
of its documentation, one page a resource, as pulumi-aws 7 wraps them; for Kubernetes, its provider's own table. Of a
type that is not listed, what its documentation in the installed SDK says.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from plinth.simulator import helm
from plinth.simulator import schema as schemas

SECURITY_GROUP_RULE = ("securityGroupId",)
ELASTIC_LOAD_BALANCING: Mapping[str, tuple[str, ...]] = {
    "loadBalancer:LoadBalancer": (
        "name",
        "namePrefix",
        "internal",
        "loadBalancerType",
        "customerOwnedIpv4Pool",
    ),
    "targetGroup:TargetGroup": (
        "name",
        "namePrefix",
        "port",
        "protocol",
        "protocolVersion",
        "targetType",
        "vpcId",
        "ipAddressType",
    ),
    "listener:Listener": ("loadBalancerArn",),
    "listenerRule:ListenerRule": ("listenerArn",),
    "listenerCertificate:ListenerCertificate": ("listenerArn", "certificateArn"),
    "targetGroupAttachment:TargetGroupAttachment": (
        "targetGroupArn",
        "targetId",
        "port",
        "availabilityZone",
        "quicServerId",
    ),
}
OF_BUCKET = ("bucket", "expectedBucketOwner")

AWS: Mapping[str, tuple[str, ...]] = {
    "aws:amp/scraper:Scraper": ("source",),
    "aws:amp/scraperLoggingConfiguration:ScraperLoggingConfiguration": ("scraperId",),
    "aws:amp/workspace:Workspace": ("kmsKeyArn",),
    "aws:amp/workspaceConfiguration:WorkspaceConfiguration": ("workspaceId",),
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
    "aws:elasticache/cluster:Cluster": (
        "clusterId", "availabilityZone", "engine", "networkType", "outpostMode", "port", "preferredOutpostArn",
        "replicationGroupId", "snapshotArns", "snapshotName", "subnetGroupName", "transitEncryptionEnabled",
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        "replicationGroupId", "atRestEncryptionEnabled", "kmsKeyId", "port", "securityGroupNames", "snapshotArns",
        "snapshotName", "subnetGroupName", "dataTieringEnabled", "networkType", "globalReplicationGroupId",
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": ("name",),
    "aws:iam/instanceProfile:InstanceProfile": ("name", "namePrefix", "path"),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ("url",),
    "aws:iam/policy:Policy": ("name", "namePrefix", "description", "path"),
    "aws:iam/role:Role": ("name", "namePrefix", "path"),
    "aws:iam/rolePolicy:RolePolicy": ("name", "namePrefix", "role"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("role", "policyArn"),
    "aws:kms/alias:Alias": ("name", "namePrefix"),
    "aws:kms/grant:Grant": (
        "name", "keyId", "granteePrincipal", "operations", "constraints", "retiringPrincipal", "grantCreationTokens",
    ),
    "aws:kms/keyPolicy:KeyPolicy": ("keyId",),
    "aws:kms/key:Key": ("customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId", "xksKeyId"),
    "aws:rds/cluster:Cluster": (
        "clusterIdentifier", "clusterIdentifierPrefix", "availabilityZones", "clusterScalabilityType", "databaseName",
        "dbSubnetGroupName", "dbSystemId", "engine", "engineMode", "kmsKeyId", "masterUsername", "restoreToPointInTime",
        "snapshotIdentifier", "sourceRegion", "storageEncrypted",
    ),
    "aws:rds/proxy:Proxy": ("endpointNetworkType", "engineFamily", "targetConnectionNetworkType", "vpcSubnetIds"),
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": ("dbProxyName",),
    "aws:rds/proxyTarget:ProxyTarget": ("dbProxyName", "targetGroupName", "dbClusterIdentifier", "dbInstanceIdentifier"),
    "aws:rds/subnetGroup:SubnetGroup": ("name", "namePrefix"),
    "aws:s3/bucket:Bucket": ("bucket", "bucketPrefix", "objectLockEnabled"),
    "aws:secretsmanager/secret:Secret": ("name", "namePrefix"),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("secretArn",),
    "aws:secretsmanager/secretRotation:SecretRotation": ("secretId",),
    "aws:secretsmanager/secretVersion:SecretVersion": ("secretId", "secretBinary", "secretString", "secretStringWoVersion"),
    "aws:acm/certificate:Certificate": (
        "domainName", "subjectAlternativeNames", "validationMethod", "validationOptions", "keyAlgorithm",
        "certificateAuthorityArn",
    ),
    "aws:acm/certificateValidation:CertificateValidation": ("certificateArn", "validationRecordFqdns"),
    "aws:cloudfront/distribution:Distribution": ("staging",),
    "aws:cloudfront/function:Function": ("name",),
    "aws:cloudfront/publicKey:PublicKey": ("name", "namePrefix", "encodedKey"),
    "aws:appautoscaling/policy:Policy": ("name", "resourceId", "scalableDimension", "serviceNamespace"),
    "aws:appautoscaling/target:Target": ("resourceId", "scalableDimension", "serviceNamespace"),
    "aws:cloudwatch/dashboard:Dashboard": ("dashboardName",),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("name",),
    "aws:cloudwatch/eventRule:EventRule": ("name", "namePrefix", "eventBusName"),
    "aws:cloudwatch/eventTarget:EventTarget": ("rule", "targetId", "eventBusName"),
    "aws:elasticache/parameterGroup:ParameterGroup": ("name", "family", "description"),
    "aws:elasticache/user:User": ("userId", "userName"),
    "aws:elasticache/userGroup:UserGroup": ("userGroupId",),
    "aws:rds/clusterInstance:ClusterInstance": (
        "clusterIdentifier", "identifier", "identifierPrefix", "engine", "availabilityZone", "customIamInstanceProfile",
        "dbSubnetGroupName",
    ),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": ("name", "namePrefix", "family", "description"),
    "aws:rds/instance:Instance": (
        "availabilityZone", "backupTarget", "characterSetName", "customIamInstanceProfile", "dbName", "engine", "kmsKeyId",
        "identifierPrefix", "ncharCharacterSetName", "restoreToPointInTime", "s3Import", "snapshotIdentifier", "storageEncrypted", "timezone",
        "username",
    ),
    "aws:rds/parameterGroup:ParameterGroup": ("name", "namePrefix", "family", "description"),
    "aws:route53/record:Record": ("zoneId", "name"),
    "aws:route53/zone:Zone": ("name", "delegationSetId"),
    "aws:s3/bucketAcl:BucketAcl": OF_BUCKET,
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": OF_BUCKET,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": OF_BUCKET,
    "aws:s3/bucketLogging:BucketLogging": OF_BUCKET,
    "aws:s3/bucketNotification:BucketNotification": ("bucket",),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ("bucket",),
    "aws:s3/bucketPolicy:BucketPolicy": ("bucket",),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ("bucket",),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": OF_BUCKET,
    "aws:s3/bucketVersioning:BucketVersioning": OF_BUCKET,
    "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": OF_BUCKET,
    "aws:sns/topic:Topic": ("name", "namePrefix", "fifoTopic"),
    "aws:sns/topicPolicy:TopicPolicy": ("arn",),
    "aws:sns/topicSubscription:TopicSubscription": ("topic", "protocol", "endpoint"),
    "aws:sqs/queue:Queue": ("name", "namePrefix", "fifoQueue"),
    "aws:sqs/queuePolicy:QueuePolicy": ("queueUrl",),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": ("repository",),
    "aws:ecr/repository:Repository": ("name", "encryptionConfigurations"),
    "aws:opensearch/domain:Domain": ("domainName",),
    "aws:wafv2/ipSet:IpSet": ("name", "namePrefix", "scope", "ipAddressVersion"),
    "aws:wafv2/regexPatternSet:RegexPatternSet": ("name", "namePrefix", "scope"),
    "aws:wafv2/ruleGroup:RuleGroup": ("name", "namePrefix", "scope", "capacity"),
    "aws:wafv2/webAcl:WebAcl": ("name", "namePrefix", "scope"),
    "aws:wafv2/webAclAssociation:WebAclAssociation": ("resourceArn", "webAclArn"),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": ("resourceArn",),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": SECURITY_GROUP_RULE,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": SECURITY_GROUP_RULE,
    **{
        f"aws:{module}/{type_}": paths
        for module in ("lb", "alb")
        for type_, paths in ELASTIC_LOAD_BALANCING.items()
    },
}  # fmt: skip

KUBERNETES_ALWAYS = ("apiVersion", "kind", "metadata.name", "metadata.namespace")

KUBERNETES: Mapping[str, tuple[str, ...]] = {
    "ClusterRoleBinding": ("roleRef",),
    "ConfigMap": ("data", "binaryData"),
    "DaemonSet": ("spec.selector",),
    "Deployment": ("spec.selector",),
    "Job": ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    "PersistentVolumeClaim": ("spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"),
    "Pod": ("spec",),
    "ResourceQuota": ("spec.scopes",),
    "RoleBinding": ("roleRef",),
    "Secret": ("type", "data", "stringData"),
    "Service": ("spec.clusterIP",),
    "StatefulSet": (
        "spec.podManagementPolicy", "spec.revisionHistoryLimit", "spec.selector", "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    "StorageClass": ("parameters", "provisioner"),
}  # fmt: skip
"""By kind, what the Kubernetes provider replaces (pulumi-kubernetes, `provider/pkg/provider/diff.go`). ConfigMaps and
Secrets are among them unless the provider is told that they are mutable."""

DELETED_FIRST = {
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:eks/addon:Addon",
    "aws:eks/accessEntry:AccessEntry",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
}
"""Types of which AWS takes no second one beside the first (same cluster and name, same route)."""


RANDOM = (
    "keepers", "length", "byteLength", "prefix", "separator", "min", "max", "seed", "inputs", "input", "inputsCount",
    "resultCount", "special", "overrideSpecial", "lower", "upper", "number", "numeric", "minLower", "minUpper",
    "minNumeric", "minSpecial",
)  # fmt: skip
"""Every input of the random provider replaces: its values are made once."""


@cache
def replacing(type_: str) -> tuple[str, ...]:
    """The property paths of resource type `type_` whose change replaces it."""
    package, kind = type_.partition(":")[0], type_.rpartition(":")[2]
    match package:
        case "kubernetes" if type_ == helm.RELEASE:
            return helm.REPLACING
        case "kubernetes":
            return KUBERNETES_ALWAYS + KUBERNETES.get(kind, ())
        case "random":
            return RANDOM
        case "aws":
            return (*(AWS.get(type_) or documented(type_)), "region")
        case _:
            return documented(type_)


def documented(type_: str) -> tuple[str, ...]:
    """Those of which the provider's documentation, which the SDK repeats, says that they force a new resource."""
    known = schemas.resource(type_)
    return tuple(name for name in known.inputs if known.inputs[name].replaces) if known else ()
