"""Aurora PostgreSQL and Redis, which only pods of the cluster reach."""

import cluster
import network
import pulumi
import pulumi_aws as aws
import pulumi_random as random

subnets = [subnet.id for subnet in network.isolated]


def open_to_pods(name, port):
    group = aws.ec2.SecurityGroup(name, vpc_id=network.vpc.id, description=f"{name} of the shop")
    aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=group.id,
        referenced_security_group_id=cluster.workload_group,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
    )
    return group


key = aws.kms.Key("data", description="Database and cache", enable_key_rotation=True)

logs = aws.cloudwatch.LogGroup("postgresql", name="/aws/rds/cluster/shop/postgresql", retention_in_days=30)
parameters = aws.rds.ClusterParameterGroup(
    "shop",
    family="aurora-postgresql17",
    parameters=[
        {"name": "rds.force_ssl", "value": "1", "apply_method": "pending-reboot"},
        {"name": "shared_preload_libraries", "value": "pg_stat_statements", "apply_method": "pending-reboot"},
        {"name": "statement_timeout", "value": "30000"},
        {"name": "idle_in_transaction_session_timeout", "value": "60000"},
        {"name": "lock_timeout", "value": "10000"},
    ],
)
database = aws.rds.Cluster(
    "shop",
    cluster_identifier="shop",
    engine="aurora-postgresql",
    engine_version="17.4",
    database_name="shop",
    master_username="master",
    manage_master_user_password=True,
    db_subnet_group_name=aws.rds.SubnetGroup("shop", subnet_ids=subnets).name,
    db_cluster_parameter_group_name=parameters.name,
    vpc_security_group_ids=[open_to_pods("database", 5432).id],
    storage_encrypted=True,
    kms_key_id=key.arn,
    backup_retention_period=14,
    deletion_protection=True,
    final_snapshot_identifier="shop-final",
    enabled_cloudwatch_logs_exports=["postgresql"],
    opts=pulumi.ResourceOptions(protect=True, depends_on=[logs]),
)
for index, zone in enumerate(network.ZONES):
    aws.rds.ClusterInstance(
        f"shop-{index}",
        cluster_identifier=database.id,
        engine="aurora-postgresql",
        engine_version="17.4",
        instance_class="db.r6g.large",
        availability_zone=zone,
        publicly_accessible=False,
    )

token = random.RandomPassword("cache", length=32, special=False)
cache = aws.elasticache.ReplicationGroup(
    "shop",
    replication_group_id="shop",
    description="Sessions of the shop",
    engine="redis",
    engine_version="7.1",
    node_type="cache.r6g.large",
    num_cache_clusters=2,
    automatic_failover_enabled=True,
    multi_az_enabled=True,
    transit_encryption_enabled=True,
    at_rest_encryption_enabled=True,
    kms_key_id=key.arn,
    auth_token=token.result,
    subnet_group_name=aws.elasticache.SubnetGroup("shop", subnet_ids=subnets).name,
    security_group_ids=[open_to_pods("cache", 6379).id],
)
