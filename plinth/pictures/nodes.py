"""Which resources become nodes, and what is written on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from plinth.pictures.graph import Graph
from plinth.pictures.model import INTERNET, Link, Node
from plinth.pictures.traffic import EVERYWHERE, allowed, groups_of
from plinth.preview import Resource

CLUSTER, NODE_GROUP = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup"
AURORA, AURORA_INSTANCE = "aws:rds/cluster:Cluster", "aws:rds/clusterInstance:ClusterInstance"
DATABASE, PROXY = "aws:rds/instance:Instance", "aws:rds/proxy:Proxy"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
BALANCERS = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
NAT, INSTANCE, ENDPOINT = (
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/instance:Instance",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
)
DISTRIBUTION, ACL = "aws:cloudfront/distribution:Distribution", "aws:wafv2/webAcl:WebAcl"
ACL_ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
RECORD = "aws:route53/record:Record"
WORKLOADS = tuple(f"kubernetes:apps/v1:{kind}" for kind in ("Deployment", "StatefulSet", "DaemonSet"))
JOBS = {
    "kubernetes:batch/v1:CronJob": ("cron job", "cron jobs"),
    "kubernetes:batch/v1:Job": ("job", "jobs"),
}

COUNTED = {
    "aws:secretsmanager/secret:Secret": ("Secrets Manager", "secret", "secrets"),
    "aws:kms/key:Key": ("KMS", "key", "keys"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("CloudWatch", "alarm", "alarms"),
    "aws:cloudwatch/logGroup:LogGroup": ("CloudWatch Logs", "log group", "log groups"),
    **dict.fromkeys(BUCKETS, ("S3", "bucket", "buckets")),
    "aws:sns/topic:Topic": ("SNS", "topic", "topics"),
    "aws:sqs/queue:Queue": ("SQS", "queue", "queues"),
    "aws:opensearch/domain:Domain": ("OpenSearch", "domain", "domains"),
    "aws:ecr/repository:Repository": ("ECR", "repository", "repositories"),
    "aws:dynamodb/table:Table": ("DynamoDB", "table", "tables"),
    "aws:lambda/function:Function": ("Lambda", "function", "functions"),
}
"""Regional services, shown as how many of each there are."""

MOST_WORKLOADS = 24


class Drawn:
    """The nodes of a picture; `shown` has the resources behind each key."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.shown: dict[str, Sequence[Resource]] = {}
        self._open_to: dict[str, list[str]] = {}
        for rule in allowed(graph):
            texts = [f"{rule.port} open to {cidr}" for cidr in rule.ranges if cidr not in EVERYWHERE]
            self._open_to.setdefault(rule.target, []).extend(texts)

    def node(
        self,
        kind: str,
        what: str,
        resource: Resource,
        *details: str,
        zone: str = "",
        parts: tuple[Node, ...] = (),
    ) -> Node:
        return self.together(
            resource.urn, kind, what, [resource], title(resource), *details, zone=zone, parts=parts
        )

    def together(
        self,
        key: str,
        kind: str,
        what: str,
        resources: Sequence[Resource],
        *details: str,
        zone: str = "",
        parts: tuple[Node, ...] = (),
    ) -> Node:
        """One node for `resources`; who may reach it from which addresses is a part of its detail."""
        self.shown[key] = resources
        groups = [group for item in resources for group in groups_of(item)]
        let_in = dict.fromkeys(text for group in groups for text in self._open_to.get(group, []))
        detail = ", ".join(text for text in (*details, *let_in) if text)
        return Node(key, kind, what, detail, zone, self.graph.change(*resources), parts)

    def in_networks(self) -> Iterator[tuple[Node, Sequence[Resource]]]:
        """The nodes that are in subnets, with the resources that say in which."""
        graph = self.graph
        for item in graph.of_type(*BALANCERS):
            kind = str(item.known("loadBalancerType") or "application")
            guards = [f"behind WAF {title(acl)}" for acl in self.guards_of(item)]
            yield self.node("balancer", f"{kind.capitalize()} load balancer", item, *guards), [item]
        for item in graph.of_type(NAT):
            zones = [str(found.known("availabilityZone")) for found in graph.targets(item, "subnetId")]
            yield self.node("nat", "NAT gateway", item, zone="".join(zones[:1])), [item]
        for item in graph.of_type(CLUSTER):
            yield self.cluster(item), [item]
        for item in graph.of_type(INSTANCE):
            yield self.node("instance", "EC2 instance", item, words(item, "instanceType")), [item]
        for item in graph.of_type(PROXY):
            yield self.node("proxy", "RDS Proxy", item), [item]
        for item in graph.of_type(AURORA):
            yield self.aurora(item), [item]
        for item in graph.of_type(DATABASE):
            what = f"RDS {words(item, 'engine', 'engineVersion')}"
            yield self.node("database", what, item, words(item, "instanceClass")), [item]
        for item in graph.of_type(CACHE):
            what = f"ElastiCache {words(item, 'engine', 'engineVersion')}"
            yield self.node("cache", what, item, cache_nodes(item)), [item]
        endpoints = [item for item in graph.of_type(ENDPOINT) if item.known("vpcEndpointType") == "Interface"]
        if endpoints:
            names = sorted(str(item.known("serviceName")).split(".", 3)[-1] for item in endpoints)
            yield self.together(ENDPOINT, "endpoint", "Interface endpoints", endpoints, *names), endpoints

    def guards_of(self, item: Resource) -> list[Resource]:
        """The firewalls that an association puts before `item`; they are said on it, not drawn."""
        graph = self.graph
        return [
            acl
            for found in graph.of_type(ACL_ASSOCIATION)
            if item in graph.targets(found, "resourceArn")
            for acl in graph.targets(found, "webAclArn", ACL)
        ]

    def cluster(self, item: Resource) -> Node:
        """An EKS cluster with its node groups, and the workloads if it is the only cluster."""
        graph = self.graph
        groups = [found for found in graph.of_type(NODE_GROUP) if item in graph.targets(found, "clusterName")]
        parts = [self.node("nodes", node_group(found), found) for found in groups]
        if len(graph.of_type(CLUSTER)) == 1:
            parts += self.workloads()
        return self.node("cluster", f"EKS {words(item, 'version')}".strip(), item, parts=tuple(parts))

    def workloads(self) -> Iterator[Node]:
        """What serves, one by one; jobs as how many there are."""
        found = self.graph.of_type(*WORKLOADS)
        for item in found[:MOST_WORKLOADS]:
            name = str(item.known("metadata", "name") or item.name)
            yield self.together(item.urn, "workload", item.type.rpartition(":")[2], [item], name)
        if rest := found[MOST_WORKLOADS:]:
            yield self.together("workloads", "workload", f"{len(rest)} more", rest)
        for type_, (one, many) in JOBS.items():
            if jobs := self.graph.of_type(type_):
                yield self.together(type_, "workload", f"{len(jobs)} {one if len(jobs) == 1 else many}", jobs)

    def aurora(self, item: Resource) -> Node:
        graph = self.graph
        instances = [
            self.node("instance", words(found, "instanceClass"), found, zone=words(found, "availabilityZone"))
            for found in graph.of_type(AURORA_INSTANCE)
            if item in graph.targets(found, "clusterIdentifier")
        ]
        return self.node("database", words(item, "engine", "engineVersion"), item, parts=tuple(instances))

    def edge(self) -> Iterator[Node]:
        graph = self.graph
        named = [item for item in graph.of_type(RECORD) if graph.targets(item, "aliases")]
        if named:
            hosts = sorted({str(item.known("name") or title(item)) for item in named})
            yield self.together(RECORD, "dns", "Route 53", named, *hosts)
        for item in graph.of_type(ACL):
            if not any(item in graph.targets(found, "webAclArn") for found in graph.of_type(ACL_ASSOCIATION)):
                yield self.node("firewall", "WAF", item, f"{len(item.known('rules') or [])} rules")
        for item in graph.of_type(DISTRIBUTION):
            names: list[str] = item.known("aliases") or []
            yield self.node("cdn", "CloudFront", item, *names)
        origins = {urn for item in graph.of_type(DISTRIBUTION) for urn in item.targets("origins")}
        for item in [found for found in graph.of_type(*BUCKETS) if found.urn in origins]:
            yield self.node("bucket", "S3", item)

    def services(self) -> Iterator[Node]:
        """To be read after the edge: buckets that stand there are not counted."""
        for type_, (name, one, many) in COUNTED.items():
            if found := [item for item in self.graph.of_type(type_) if item.urn not in self.shown]:
                count = f"{len(found)} {one if len(found) == 1 else many}"
                yield self.together(type_, "service", name, found, count)

    def edge_links(self) -> list[Link]:
        """What the edge hands on: names to where they lead, the CDN to its origins, firewalls to the CDN."""
        graph, found = self.graph, list[Link]()
        for item in graph.of_type(RECORD):
            found += [Link(RECORD, urn, "alias") for urn in self.keys(graph.targets(item, "aliases"))]
        if found:
            found.insert(0, Link(INTERNET, RECORD))
        for item in graph.of_type(DISTRIBUTION):
            found += [Link(item.urn, urn, "origin") for urn in self.keys(graph.targets(item, "origins"))]
            found += [
                Link(urn, item.urn, "guards") for urn in self.keys(graph.targets(item, "webAclId", ACL))
            ]
        return list(dict.fromkeys(found))

    def keys(self, resources: Sequence[Resource]) -> list[str]:
        return [item.urn for item in resources if item.urn in self.shown]


def title(resource: Resource) -> str:
    """The name in the `Name` tag, else the resource's own in Pulumi."""
    tags = resource.known("tags")
    return str(tags.get("Name") or resource.name) if isinstance(tags, Mapping) else resource.name  # pyright: ignore


def words(resource: Resource, *props: str) -> str:
    return " ".join(str(value) for prop in props if (value := resource.known(prop)))


def node_group(resource: Resource) -> str:
    least, most = resource.known("scalingConfig", "minSize"), resource.known("scalingConfig", "maxSize")
    size = f"{least}" if least == most else f"{least}-{most}"
    spot = " spot" if resource.known("capacityType") == "SPOT" else ""
    return f"{size} x {(resource.known('instanceTypes') or ['t3.medium'])[0]}{spot}"


def cache_nodes(resource: Resource) -> str:
    """`2 x cache.r6g.large`, or `3 shards of 2 x cache.r6g.large`."""
    count, type_ = resource.known("numCacheClusters"), words(resource, "nodeType")
    if count:
        return f"{count} x {type_}"
    shards, replicas = resource.known("numNodeGroups"), resource.known("replicasPerNodeGroup")
    return " ".join([*([f"{shards} shards of"] if shards else []), f"{1 + int(replicas or 0)} x {type_}"])
