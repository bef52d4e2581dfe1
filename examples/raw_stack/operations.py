"""Alarms that tell the platform team, and what Prometheus scrapes."""

import cluster
import data
import edge
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

topic = aws.sns.Topic("alarms")
aws.sns.TopicSubscription("platform", topic=topic.arn, protocol="email", endpoint="platform@example.com")


def alarm(name, namespace, metric, threshold, **dimensions):
    aws.cloudwatch.MetricAlarm(
        name,
        namespace=namespace,
        metric_name=metric,
        dimensions=dimensions,
        statistic="Average",
        comparison_operator="GreaterThanThreshold",
        threshold=threshold,
        period=60,
        evaluation_periods=5,
        alarm_actions=[topic.arn],
    )


RDS, CACHE, ALB = "AWS/RDS", "AWS/ElastiCache", "AWS/ApplicationELB"
alarm("database-cpu", RDS, "CPUUtilization", 80, DBClusterIdentifier=data.database.cluster_identifier)
alarm(
    "database-connections",
    RDS,
    "DatabaseConnections",
    1200,
    DBClusterIdentifier=data.database.cluster_identifier,
)
alarm("database-memory", RDS, "FreeableMemory", 1, DBClusterIdentifier=data.database.cluster_identifier)
alarm(
    "cache-memory",
    CACHE,
    "DatabaseMemoryUsagePercentage",
    80,
    ReplicationGroupId=data.cache.replication_group_id,
)
alarm("cache-evictions", CACHE, "Evictions", 100, ReplicationGroupId=data.cache.replication_group_id)
alarm("server-errors", ALB, "HTTPCode_Target_5XX_Count", 10, LoadBalancer=edge.balancer.arn_suffix)
alarm("unhealthy", ALB, "UnHealthyHostCount", 0, LoadBalancer=edge.balancer.arn_suffix)

SCRAPE = """\
scrape_configs:
- job_name: services
  static_configs:
  - targets: ['orders.shop.svc:8080', 'chat.shop.svc:8080']
"""
kubernetes.core.v1.ConfigMap(
    "prometheus",
    metadata={"name": "prometheus", "namespace": "monitoring"},
    data={"prometheus.yml": SCRAPE},
    opts=cluster.in_cluster,
)
