"""What AWS bills for each type of resource: quantities and keys of the price table, no amounts.

Sources for what is billed: each service's pricing page (Amazon EKS, EC2, EBS, VPC, Aurora, ElastiCache, Elastic Load
Balancing, CloudFront, S3, WAF, Route 53, KMS, Secrets Manager, CloudWatch, SQS, SNS, OpenSearch Service, Amazon Managed
Service for Prometheus).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from aws_facts.instances import INSTANCE_TYPES
from aws_facts.node_labels import INSTANCE_TYPE
from aws_facts.quantities import mebibytes, millicores
from plinth.costs import assumptions
from plinth.costs.stack import Stack, number
from plinth.preview import Resource


@dataclass(frozen=True)
class Charge:
    """One position on a bill: `quantity` units of what the table lists under `key`."""

    key: str
    item: str
    quantity: Decimal = Decimal(1)
    at_most: Decimal | None = None
    assumption: str = ""


Charges = Callable[[Resource, Stack], Iterator[Charge]]

FREE_SERVICES = (
    "aws:iam/", "aws:acm/", "aws:vpc/securityGroup", "aws:autoscaling/", "aws:ec2transitgateway/", "aws:budgets/",
)  # fmt: skip
FREE = frozenset(
    f"aws:{name}"
    for name in """
    amp/scraperLoggingConfiguration:ScraperLoggingConfiguration amp/workspaceConfiguration:WorkspaceConfiguration
    cloudfront/cachePolicy:CachePolicy cloudfront/function:Function cloudfront/originAccessControl:OriginAccessControl
    cloudfront/originAccessIdentity:OriginAccessIdentity cloudfront/originRequestPolicy:OriginRequestPolicy
    cloudfront/responseHeadersPolicy:ResponseHeadersPolicy
    cloudwatch/eventRule:EventRule cloudwatch/eventTarget:EventTarget
    cloudwatch/logDelivery:LogDelivery cloudwatch/logDeliveryDestination:LogDeliveryDestination
    cloudwatch/logDeliverySource:LogDeliverySource cloudwatch/logResourcePolicy:LogResourcePolicy
    ec2/defaultSecurityGroup:DefaultSecurityGroup ec2/defaultRouteTable:DefaultRouteTable ec2/flowLog:FlowLog
    ec2/defaultNetworkAcl:DefaultNetworkAcl ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway
    ec2/internetGateway:InternetGateway ec2/keyPair:KeyPair ec2/launchTemplate:LaunchTemplate ec2/networkAcl:NetworkAcl
    ec2/route:Route ec2/routeTable:RouteTable ec2/routeTableAssociation:RouteTableAssociation
    ec2/securityGroup:SecurityGroup ec2/securityGroupRule:SecurityGroupRule ec2/subnet:Subnet ec2/tag:Tag ec2/vpc:Vpc
    ec2/vpcDhcpOptions:VpcDhcpOptions ec2/vpcEndpointPolicy:VpcEndpointPolicy
    eks/accessEntry:AccessEntry eks/accessPolicyAssociation:AccessPolicyAssociation eks/addon:Addon
    eks/podIdentityAssociation:PodIdentityAssociation
    elasticache/parameterGroup:ParameterGroup elasticache/subnetGroup:SubnetGroup elasticache/user:User
    elasticache/userGroup:UserGroup
    kms/alias:Alias kms/grant:Grant kms/keyPolicy:KeyPolicy
    lb/listener:Listener lb/listenerCertificate:ListenerCertificate lb/listenerRule:ListenerRule
    lb/targetGroup:TargetGroup lb/targetGroupAttachment:TargetGroupAttachment
    rds/clusterParameterGroup:ClusterParameterGroup rds/parameterGroup:ParameterGroup rds/subnetGroup:SubnetGroup
    rds/eventSubscription:EventSubscription rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup
    rds/proxyTarget:ProxyTarget
    route53/record:Record
    ecr/lifecyclePolicy:LifecyclePolicy ecr/repositoryPolicy:RepositoryPolicy
    s3/bucketAcl:BucketAcl s3/bucketCorsConfiguration:BucketCorsConfiguration
    s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration s3/bucketLogging:BucketLogging
    s3/bucketNotification:BucketNotification s3/bucketOwnershipControls:BucketOwnershipControls
    s3/bucketPolicy:BucketPolicy s3/bucketPublicAccessBlock:BucketPublicAccessBlock
    s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration
    s3/bucketVersioning:BucketVersioning s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration
    secretsmanager/secretPolicy:SecretPolicy secretsmanager/secretRotation:SecretRotation
    secretsmanager/secretVersion:SecretVersion
    sns/topicPolicy:TopicPolicy sns/topicSubscription:TopicSubscription sqs/queuePolicy:QueuePolicy
    sqs/redrivePolicy:RedrivePolicy
    wafv2/ipSet:IpSet wafv2/regexPatternSet:RegexPatternSet wafv2/webAclAssociation:WebAclAssociation
    wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration
    """.split()  # noqa: SIM905 - a hundred quotes would hide the names
)
"""Types that cost nothing by themselves; what flows through them is billed where it is handled."""


def is_free(type_: str) -> bool:
    return type_ in FREE or type_.startswith(FREE_SERVICES)


def blocks(value: Any) -> list[Mapping[str, Any]]:
    """The blocks in a list of them, or the one that was given without a list."""
    items = cast("list[Any]", value if isinstance(value, list) else [value])
    return [cast("Mapping[str, Any]", item) for item in items if isinstance(item, Mapping)]


def per_month(key: str, item: str, *uses: str) -> Charges:
    """A type of which each resource is one unit of `key`, and what is billed by use beside."""

    def charges(_resource: Resource, _stack: Stack) -> Iterator[Charge]:
        yield Charge(key, item)
        yield from map(used, uses)

    return charges


def used(key: str) -> Charge:
    """A charge by use, at the quantity that `assumptions` supposes."""
    use = assumptions.USE[key]
    return Charge(key, use.item, use.quantity, assumption=f"{use.quantity:,} {use.unit}")


def by_use(*keys: str) -> Charges:
    def charges(_resource: Resource, _stack: Stack) -> Iterator[Charge]:
        yield from map(used, keys)

    return charges


def node_group(resource: Resource, stack: Stack) -> Iterator[Charge]:
    """The nodes and their disks: the least there are, and the most."""
    least = Decimal(number(resource.known("scalingConfig", "minSize"), 0))
    most = Decimal(number(resource.known("scalingConfig", "maxSize"), 0))
    types: list[str] = resource.known("instanceTypes") or ["t3.medium"]
    scaled = f"{least} to {most} x " if most > least else f"{least} x "
    how = "spot, counted as on-demand" if resource.known("capacityType") == "SPOT" else "on-demand"
    yield Charge(f"ec2:{types[0]}", f"{scaled}{types[0]}, {how}", least, most)
    disk = disk_size(resource, stack)
    yield Charge("ebs:gp3", f"{scaled}{disk} GB gp3", least * disk, most * disk)


def node_pool(resource: Resource, stack: Stack) -> Iterator[Charge]:
    """Karpenter's nodes come and go with the pods. Supposed are as many of the first type as half of the CPU limit takes."""
    cpu = resource.known("spec", "limits", "cpu")
    asked = blocks(resource.known("spec", "template", "spec", "requirements"))
    types = [type_ for item in asked if item.get("key") == INSTANCE_TYPE for type_ in item.get("values", [])]
    if not cpu or not types or types[0] not in INSTANCE_TYPES:
        yield Charge("", "nodes of a pool without a CPU limit or instance types")
        return
    nodes = Decimal(-(-millicores(str(cpu)) // (2000 * INSTANCE_TYPES[types[0]].vcpus)))
    half = f"half of the pool's {cpu} vCPU"
    yield Charge(f"ec2:{types[0]}", f"{nodes} x {types[0]}, counted as on-demand", nodes, assumption=half)
    named = resource.known("spec", "template", "spec", "nodeClassRef", "name")
    disk = sum(map(pool_disk, stack.objects("EC2NodeClass", named)))
    yield Charge("ebs:gp3", f"{nodes} x {disk} GB gp3", nodes * disk, assumption=half)


def pool_disk(node_class: Resource) -> Decimal:
    """GB of a node's volumes; Karpenter's default is one of 20 GB (Karpenter, "NodeClasses", `blockDeviceMappings`)."""
    mapped = blocks(node_class.known("spec", "blockDeviceMappings"))
    sizes = [mebibytes(str(ebs.get("volumeSize"))) for item in mapped for ebs in blocks(item.get("ebs"))]
    return Decimal(sum(sizes) // 1024 or 20)


def disk_size(resource: Resource, stack: Stack) -> Decimal:
    """GB of a node's root volume: the launch template's, else the node group's, else EKS's default of 20."""
    template = stack.target(resource, "launchTemplate", "aws:ec2/launchTemplate:LaunchTemplate")
    mapped = blocks(template.known("blockDeviceMappings")) if template else []
    sizes = [number(ebs.get("volumeSize"), 0) for item in mapped for ebs in blocks(item.get("ebs"))]
    return Decimal(sum(sizes) or number(resource.known("diskSize"), 20))


def instance(resource: Resource, _stack: Stack) -> Iterator[Charge]:
    type_ = resource.known("instanceType")
    yield Charge(f"ec2:{type_}", f"1 x {type_}, on-demand")
    for disk in blocks(resource.known("rootBlockDevice")):
        size = Decimal(number(disk.get("volumeSize"), 8))
        yield Charge(
            f"ebs:{disk.get('volumeType', 'gp3')}", f"{size} GB {disk.get('volumeType', 'gp3')}", size
        )


def volume(resource: Resource, _stack: Stack) -> Iterator[Charge]:
    kind, size = resource.known("type") or "gp2", Decimal(number(resource.known("size"), 1))
    yield Charge(f"ebs:{kind}", f"{size} GB {kind}", size)


def endpoint(resource: Resource, _stack: Stack) -> Iterator[Charge]:
    """An interface endpoint is billed in each zone; gateway endpoints are free."""
    if resource.known("vpcEndpointType") == "Interface":
        zones = Decimal(len(resource.known("subnetIds") or [""]))
        yield Charge("vpc:interface-endpoint", f"{zones} x interface endpoint", zones)
        yield used("vpc:interface-endpoint-data")


def aurora(resource: Resource, _stack: Stack) -> Iterator[Charge]:
    if str(resource.known("engine")).startswith("aurora"):
        optimized = resource.known("storageType") == "aurora-iopt1"
        yield used("aurora:storage-io-optimized" if optimized else "aurora:storage")
        if not optimized:
            yield used("aurora:io")
    else:
        yield Charge("", f"Multi-AZ DB cluster of {resource.known('engine')}")


def aurora_instance(resource: Resource, stack: Stack) -> Iterator[Charge]:
    """A provisioned instance, or a serverless one between the cluster's least and most capacity units (ACU)."""
    cluster = stack.target(resource, "clusterIdentifier", "aws:rds/cluster:Cluster")
    optimized = "-io-optimized" if cluster and cluster.known("storageType") == "aurora-iopt1" else ""
    class_ = resource.known("instanceClass")
    if class_ != "db.serverless":
        yield Charge(f"aurora{optimized}:{class_}", f"1 x {class_}")
        return
    least, most = (
        Decimal(str(number(cluster and cluster.known("serverlessv2ScalingConfiguration", key), 0)))
        for key in ("minCapacity", "maxCapacity")
    )
    yield Charge(f"aurora{optimized}:acu", f"{least} to {most} ACU", least, most)


def database_instance(resource: Resource, _stack: Stack) -> Iterator[Charge]:
    zones = "multi-az" if resource.known("multiAz") else "single-az"
    engine, class_ = resource.known("engine") or "an unknown engine", resource.known("instanceClass")
    yield Charge(f"rds-{engine}-{zones}:{class_}", f"1 x {class_}, {engine}, {zones}")
    kind, size = (
        resource.known("storageType") or "gp2",
        Decimal(number(resource.known("allocatedStorage"), 20)),
    )
    yield Charge(f"rds-storage-{zones}:{kind}", f"{size} GB {kind}, {zones}", size)


def cache(resource: Resource, _stack: Stack) -> Iterator[Charge]:
    """A replication group's nodes: said as such, or as shards with replicas."""
    shards = number(resource.known("numNodeGroups"), 1)
    replicas = number(resource.known("replicasPerNodeGroup"), 0)
    nodes = Decimal(number(resource.known("numCacheClusters"), shards * (1 + replicas)))
    engine, type_ = resource.known("engine") or "redis", resource.known("nodeType")
    yield Charge(f"elasticache-{engine}:{type_}", f"{nodes} x {type_}, {engine}", nodes)


def cache_cluster(resource: Resource, _stack: Stack) -> Iterator[Charge]:
    if resource.known("replicationGroupId") or resource.targets("replicationGroupId"):
        return  # a member of a replication group, which pays for it
    nodes = Decimal(number(resource.known("numCacheNodes"), 1))
    engine, type_ = resource.known("engine") or "an unknown engine", resource.known("nodeType")
    yield Charge(f"elasticache-{engine}:{type_}", f"{nodes} x {type_}, {engine}", nodes)


def load_balancer(resource: Resource, _stack: Stack) -> Iterator[Charge]:
    kind = resource.known("loadBalancerType") or "application"
    yield Charge(f"elb:{kind}", f"1 x {kind} load balancer")
    if kind == "application":
        yield used("elb:lcu")


def web_acl(resource: Resource, _stack: Stack) -> Iterator[Charge]:
    rules = Decimal(len(resource.known("rules") or []))
    yield Charge("waf:web-acl", "1 x web ACL")
    yield Charge("waf:rule", f"{rules} x rule", rules)
    yield used("waf:requests")


def alarm(resource: Resource, _stack: Stack) -> Iterator[Charge]:
    """Each metric that an alarm watches is billed; dearer below a minute."""
    metrics = sum(1 for query in blocks(resource.known("metricQueries")) if "metric" in query)
    quantity = Decimal(metrics or 1)
    fine = 0 < number(resource.known("period"), 60) < 60
    kind = "high-resolution" if fine else "standard"
    yield Charge(f"cloudwatch:alarm-{kind}", f"{quantity} x alarm metric, {kind}", quantity)


def open_search(resource: Resource, _stack: Stack) -> Iterator[Charge]:
    config: Mapping[str, Any] = resource.known("clusterConfig") or {}
    for kind, count, unsaid in (
        ("instanceType", "instanceCount", "m4.large.search"),
        ("dedicatedMasterType", "dedicatedMasterCount", None),
    ):
        if type_ := config.get(kind) or unsaid:
            nodes = Decimal(number(config.get(count), 1))
            yield Charge(f"opensearch:{type_}", f"{nodes} x {type_}", nodes)
    for disk in blocks(resource.known("ebsOptions")):
        if size := Decimal(number(disk.get("volumeSize"), 0)):
            nodes = Decimal(number(config.get("instanceCount"), 1))
            yield Charge("opensearch:gp3", f"{nodes} x {size} GB gp3", nodes * size)


CHARGES: Mapping[str, Charges] = {
    "aws:amp/scraper:Scraper": per_month("prometheus:collector", "1 x managed collector", "prometheus:collected"),
    "aws:amp/workspace:Workspace": by_use("prometheus:ingested", "prometheus:queried", "prometheus:storage"),
    "aws:cloudfront/distribution:Distribution": by_use("cloudfront:data", "cloudfront:requests"),
    "aws:cloudwatch/dashboard:Dashboard": per_month("cloudwatch:dashboard", "1 x dashboard"),
    "aws:cloudwatch/logGroup:LogGroup": by_use("logs:ingest", "logs:storage"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": alarm,
    "aws:ebs/volume:Volume": volume,
    "aws:ec2/eip:Eip": per_month("vpc:public-ipv4", "1 x public IPv4 address"),
    "aws:ec2/instance:Instance": instance,
    "aws:ec2/natGateway:NatGateway": per_month("vpc:nat-gateway", "1 x NAT gateway", "vpc:nat-gateway-data"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": endpoint,
    "aws:ecr/repository:Repository": by_use("ecr:storage"),
    "aws:eks/cluster:Cluster": per_month("eks:cluster", "1 x control plane, standard support"),
    "aws:eks/nodeGroup:NodeGroup": node_group,
    "aws:elasticache/cluster:Cluster": cache_cluster,
    "aws:elasticache/replicationGroup:ReplicationGroup": cache,
    "aws:kms/key:Key": per_month("kms:key", "1 x key"),
    "aws:lb/loadBalancer:LoadBalancer": load_balancer,
    "aws:opensearch/domain:Domain": open_search,
    "aws:rds/cluster:Cluster": aurora,
    "aws:rds/clusterInstance:ClusterInstance": aurora_instance,
    "aws:rds/instance:Instance": database_instance,
    "aws:rds/proxy:Proxy": by_use("rds:proxy"),
    "aws:route53/zone:Zone": per_month("route53:zone", "1 x hosted zone"),
    "aws:s3/bucket:Bucket": by_use("s3:storage", "s3:writes", "s3:reads"),
    "aws:s3/bucketV2:BucketV2": by_use("s3:storage", "s3:writes", "s3:reads"),
    "aws:secretsmanager/secret:Secret": per_month("secretsmanager:secret", "1 x secret"),
    "aws:sns/topic:Topic": by_use("sns:requests"),
    "aws:sqs/queue:Queue": by_use("sqs:requests"),
    "aws:ssm/parameter:Parameter": lambda _resource, _stack: iter(()),
    "aws:wafv2/webAcl:WebAcl": web_acl,
    "kubernetes:karpenter.sh/v1:NodePool": node_pool,
}  # fmt: skip
"""What is billed for a resource of each type."""
