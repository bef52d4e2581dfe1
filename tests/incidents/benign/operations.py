"""What tells and what remembers: alarms, logs, tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.manifests import aws
from tests.incidents.benign.parts import TAGS
from tests.incidents.benign.variation import Added, Change, Copied, Place, Removed, Variations
from tests.incidents.flips import GONE, Flip

CLUSTER: Place = ("rds/cluster:Cluster", "shop")
CACHE: Place = ("ReplicationGroup", "shop")
BALANCER: Place = ("loadBalancer:LoadBalancer", "shop")
TOPIC: Place = ("Topic", "alarms")


def alarm(name: str, metric: str, about: Place | None = None, **said: Any) -> Added:
    """An alarm with an action; by the edge of its dimensions it is about a resource."""
    edges = {"alarmActions": TOPIC} | ({"dimensions": about} if about else {})
    props = {"name": name, "metricName": metric, "alarmActions": [UNKNOWN], "actionsEnabled": True, **said}
    return aws("cloudwatch/metricAlarm:MetricAlarm", name, edges, **props)


def instead(old: str, *new: Change) -> list[Change]:
    """Other alarms in place of one."""
    return [Removed(("MetricAlarm", old)), *new]


def instances(metric: str, *indices: int) -> list[Change]:
    return [
        alarm(
            f"{metric}-{index}",
            metric,
            ("ClusterInstance", f"shop-{index}"),
            namespace="AWS/RDS",
            dimensions={"DBInstanceIdentifier": UNKNOWN},
        )
        for index in indices
    ]


def of_balancer(metric: str, **dimensions: Any) -> Added:
    return alarm(
        metric,
        metric,
        BALANCER,
        namespace="AWS/ApplicationELB",
        dimensions={"LoadBalancer": UNKNOWN, **dimensions},
    )


def of_cache(metric: str, **said: Any) -> Added:
    return alarm(
        metric, metric, namespace="AWS/ElastiCache", dimensions={"ReplicationGroupId": "shop"}, **said
    )


def mathematics(name: str, *queries: Mapping[str, Any], about: Place | None = None) -> Added:
    edges = {"alarmActions": TOPIC} | ({"metricQueries": about} if about else {})
    return aws(
        "cloudwatch/metricAlarm:MetricAlarm",
        name,
        edges,
        name=name,
        alarmActions=[UNKNOWN],
        metricQueries=[*queries],
    )


def metric(id_: str, namespace: str, name: str, **dimensions: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "metric": {
            "namespace": namespace,
            "metricName": name,
            "dimensions": dimensions,
            "period": 60.0,
            "stat": "Average",
        },
    }


def silent(name: str) -> Flip:
    return Flip("MetricAlarm", name, ("alarmActions",), GONE)


def composite(rule: str, name: str = "database-cpu-f7de169") -> list[Change]:
    """An alarm without actions for which a composite one speaks."""
    said = {
        "alarmRule": rule.format(name),
        "alarmActions": ["arn:aws:ssm-incidents::123456789012:response-plan/shop"],
    }
    return [
        silent("database-cpu"),
        Flip("MetricAlarm", "database-cpu", ("name",), name),
        aws("cloudwatch/compositeAlarm:CompositeAlarm", "database", **said),
    ]


ALARMS: Variations = {
    "alarms": {
        "each instance by itself": instead("database-cpu", *instances("CPUUtilization", 0, 1)),
        "the writer alone": instead("database-cpu", alarm(
            "writer", "CPUUtilization", namespace="AWS/RDS", dimensions={"DBClusterIdentifier": "shop", "Role": "WRITER"},
        )),
        "the load in place of CPU": instead("database-cpu", *instances("DBLoad", 0, 1)),
        "a serverless database's capacity": [
            *instead("database-cpu", *instances("ACUUtilization", 0, 1)),
            Flip(*CLUSTER, ("serverlessv2ScalingConfiguration",), {"minCapacity": 2.0, "maxCapacity": 16.0}),
            *(Flip("ClusterInstance", f"shop-{index}", ("instanceClass",), "db.serverless") for index in (0, 1)),
        ],
        "the instances' own disks": instead("database-memory", *instances("FreeLocalStorage", 0, 1)),
        "a query over all instances": instead("database-connections", mathematics("connections", {
            "id": "q1", "expression": 'SELECT MAX(DatabaseConnections) FROM SCHEMA("AWS/RDS", DBInstanceIdentifier) GROUP BY DBInstanceIdentifier', "period": 60.0,
        })),
        "a query over all of an account's databases, as older ones are written": instead("database-cpu", mathematics("cpu", {
            "id": "q1", "expression": "SELECT AVG(CPUUtilization) FROM \"AWS/RDS\" ORDER BY AVG() DESC LIMIT 1", "period": 60.0,
        })),
        "a share of errors": instead("server-errors", mathematics(
            "rate", {"id": "rate", "expression": "100 * errors / requests", "returnData": True},
            metric("errors", "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", LoadBalancer=UNKNOWN),
            metric("requests", "AWS/ApplicationELB", "RequestCount", LoadBalancer=UNKNOWN), about=BALANCER,
        )),
        "a band of what is usual": instead("database-connections", mathematics(
            "unusual", {"id": "band", "expression": "ANOMALY_DETECTION_BAND(m1, 3)"}, metric("m1", "AWS/RDS", "DatabaseConnections", DBClusterIdentifier="shop"),
        )),
        "a composite alarm that speaks for it": composite('ALARM("{}") AND NOT ALARM("deployment")'),
        "a composite alarm without quotes": composite("ALARM({}) OR ALARM(database-deadlocks)"),
        "a composite alarm by ARNs": composite('ALARM("arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:{}")'),
        "the balancer's own errors, and healthy hosts": [
            *instead("server-errors", of_balancer("HTTPCode_ELB_5XX_Count")), *instead("unhealthy", of_balancer("HealthyHostCount", TargetGroup=UNKNOWN)),
        ],
        "nodes of the cache one by one": instead("cache-memory", *(
            alarm(f"cache-{node}", "FreeableMemory", namespace="AWS/ElastiCache", dimensions={"CacheClusterId": f"shop-00{node}", "CacheNodeId": "0001"}) for node in (1, 2)
        )),
        "what counts for evictions": instead("cache-memory", of_cache("DatabaseMemoryUsageCountedForEvictPercentage", threshold="80", extendedStatistic="p99")),
        "all databases of the account at once": instead("database-connections", alarm("connections", "DatabaseConnections", namespace="AWS/RDS", statistic="Maximum")),
        "a Network Load Balancer, watched": [
            aws("lb/loadBalancer:LoadBalancer", "mqtt", loadBalancerType="network", arnSuffix="net/mqtt/0123456789abcdef"),
            alarm("mqtt", "UnHealthyHostCount", namespace="AWS/NetworkELB", dimensions={"LoadBalancer": "net/mqtt/0123456789abcdef", "TargetGroup": "targetgroup/mqtt/0123"}),
        ],
    },
}  # fmt: skip

EKS: Place = ("eks/cluster:Cluster", "shop")


def group(name: str, text: str | None = None, **said: Any) -> Added:
    return aws("cloudwatch/logGroup:LogGroup", name, name=text or name, **{"retentionInDays": 30.0, **said})


def exports(*kinds: str) -> list[Change]:
    """What the database sends to CloudWatch."""
    return [Flip(*CLUSTER, ("enabledCloudwatchLogsExports",), [*kinds])]


def flow_log(edges: Mapping[str, Place] | None = None, **said: Any) -> Added:
    return aws(
        "ec2/flowLog:FlowLog",
        "shop",
        {"vpcId": ("Vpc", "shop"), **(edges or {})},
        trafficType="REJECT",
        vpcId=UNKNOWN,
        **said,
    )


def delivery(destination: str, kind: str) -> Flip:
    said = [{"destination": destination, "destinationType": kind, "logFormat": "json", "logType": "slow-log"}]
    return Flip(*CACHE, ("logDeliveryConfigurations",), said)


LOG_RETENTION: Variations = {
    "log-retention": {
        "ten years": [Flip("LogGroup", "postgresql", ("retentionInDays",), 3653.0)],
        "a cheaper class": [Flip("LogGroup", "cluster", ("logGroupClass",), "INFREQUENT_ACCESS")],
        "what is delivered elsewhere": [group("waf", "aws-waf-logs-shop", logGroupClass="DELIVERY", retentionInDays=None)],
        "a name that begins as said": [group("app", "app-1f3a9c0", namePrefix="app-", skipDestroy=True)],
        "a group that takes its name from the cluster's": [
            Removed(("LogGroup", "cluster")), aws("cloudwatch/logGroup:LogGroup", "control", {"name": EKS}, name=UNKNOWN, retentionInDays=90.0),
        ],
        "more kinds of the database's logs": [*exports("postgresql", "iam-db-auth-error"), group("iam", "/aws/rds/cluster/shop/iam-db-auth-error")],
        "a database that sends nothing": [Flip(*CLUSTER, ("enabledCloudwatchLogsExports",), GONE)],
        "all kinds of the control plane's logs": [
            Flip(*EKS, ("enabledClusterLogTypes",), ["api", "audit", "authenticator", "controllerManager", "scheduler"]),
        ],
        "flow logs to a bucket": [flow_log(logDestinationType="s3", logDestination="arn:aws:s3:::shop-flow-logs")],
        "flow logs to a stream of another account": [
            flow_log(logDestinationType="kinesis-data-firehose", logDestination="arn:aws:firehose:ap-northeast-2:210987654321:deliverystream/logs"),
        ],
        "flow logs to a group of the stack": [group("flows"), flow_log({"logDestination": ("LogGroup", "flows")}, logDestination=UNKNOWN)],
        "flow logs to a group by its ARN": [
            group("flows", "/shop/flows"), flow_log(logDestination="arn:aws:logs:ap-northeast-2:123456789012:log-group:/shop/flows:*"),
        ],
        "a cache's slow log": [group("slow", "/shop/cache/slow"), delivery("/shop/cache/slow", "cloudwatch-logs")],
        "a cache's slow log to Firehose": [delivery("shop-logs", "kinesis-firehose")],
        "the cluster's observability": [group("insights", "/aws/containerinsights/shop/performance", retentionInDays=7.0)],
        "a cluster in a second region": [
            Copied(EKS, "oregon", {("name",): "shop-oregon", ("region",): "us-west-2"}), group("oregon", "/aws/eks/shop-oregon/cluster", region="us-west-2"),
        ],
    },
}  # fmt: skip

VPC: Place = ("Vpc", "shop")
OWN = {"Owner": "platform@example.com", "Environment": "prod", "Service": "shop"}


def tagged(own: Any, whole: Any) -> list[Change]:
    return [Flip(*VPC, ("tags",), own), Flip(*VPC, ("tagsAll",), whole)]


def by_default(tags: str) -> Flip:
    return Flip("providers:aws", "default_7_51_1", ("defaultTags",), tags)


TAGS_OF: Variations = {
    "tags": {
        "capital letters": tagged(OWN, OWN),
        "all in capitals, on the resource alone": [*tagged({key.upper(): value for key, value in OWN.items()}, GONE)],
        "more than is asked for": tagged({"Name": "shop"}, {**TAGS, "Name": "shop", "kubernetes.io/cluster/shop": "shared"}),
        "values that come later": tagged({**OWN, "Service": UNKNOWN}, UNKNOWN),
        "some of its own, the others by default": tagged({"service": "shop"}, UNKNOWN),
        "the provider's alone, told nowhere else": [Flip(*VPC, ("tagsAll",), GONE)],
        "an Auto Scaling group's list": [
            aws("autoscaling/group:Group", "batch", tagsAll=None, tags=[
                {"key": key, "value": value, "propagateAtLaunch": True} for key, value in OWN.items()
            ]),
        ],
        "a second region's provider with tags of its own": [
            Added("pulumi:providers:aws", "oregon", {"region": "us-west-2", "defaultTags": {"tags": {**OWN, "Region": "oregon"}}}),
            aws("sns/topic:Topic", "oregon", tagsAll=OWN),
        ],
        "a provider without tags, and what it makes with all of them": [
            Added("pulumi:providers:aws", "central", {"region": "us-east-1"}), aws("sns/topic:Topic", "central", tags=OWN, tagsAll=OWN),
        ],
        "what takes no tags": [
            Added("aws:iam/groupPolicy:GroupPolicy", "readers", {"group": "readers", "policy": '{"Statement": []}'}),
            Added("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "pictures", {"bucket": "shop-pictures-123456789012"}),
        ],
        "an instance profile that a remote component made": [aws("iam/instanceProfile:InstanceProfile", "nodes", tagsAll=OWN)],
        "default tags besides": [by_default('{"tags":{"owner":"platform@example.com","environment":"prod","service":"shop","cost-centre":"42"}}')],
    },
}  # fmt: skip

VARIATIONS: Variations = {**ALARMS, **LOG_RETENTION, **TAGS_OF}
