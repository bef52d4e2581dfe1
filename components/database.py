"""One Aurora PostgreSQL cluster in the data subnets, which nothing but the stack's pods can reach.

Owns the cluster, its instances, parameter groups, keys, log group and security group. Owns no database, role or secret of
a service, and no password: RDS makes the master's, keeps it in Secrets Manager and changes it each week, so it is for the
bootstrap job and for people, never for a service (incident `database-credentials`).

Cluster and instances have fixed identifiers, which log group, alarms and runbooks name. A change that replaces the cluster
would delete it first, to free its name: on prod `protect` refuses such a plan, and AWS the deletion. Parameter groups and
security groups have made-up names: they are replaced without harm, the new before the old goes.

Changes take effect when `pulumi up` makes them and not in the next maintenance window, so that what was previewed is what
is there afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from aws_facts import aurora
from aws_facts.rds_roots import CA_IDENTIFIER
from components.database_proxy import DatabaseProxy
from components.database_version import version_check
from components.iam import service_role
from components.keys import encryption_key
from components.network import Network
from components.parameter_groups import DatabaseParameterGroups
from components.security_groups import admit, closed_group
from settings.database import DatabaseSettings, ReaderAutoscaling

ENGINE = "aurora-postgresql"
MASTER_USERNAME = "postgres"
LOG_TYPE = "postgresql"

CA_BUNDLE_URL = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
"""Aurora user guide, "Using SSL/TLS to encrypt a connection to a DB cluster"."""

MONITORING_SECONDS = 60

INSIGHTS_DAYS = 7
"""What Performance Insights keeps free of charge (Aurora user guide, "Pricing and data retention for Performance Insights")."""


class Database(pulumi.ComponentResource):
    """The stack's Aurora cluster: a writer, readers, and what protects them."""

    cluster_identifier: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    reader_endpoint: pulumi.Output[str]
    port: pulumi.Output[int]
    arn: pulumi.Output[str]
    resource_id: pulumi.Output[str]
    master_secret_arn: pulumi.Output[str]
    master_key_arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    proxy_endpoint: pulumi.Output[str] | None = None
    outputs: Mapping[str, Any]
    """What the stack tells its users. Parameters that are set at a reboot wait for the next one after each change."""

    def __init__(
        self,
        name: str,
        settings: DatabaseSettings,
        *,
        network: Network,
        zones: Sequence[str],
        workload_security_group_id: pulumi.Input[str],
        production: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the cluster `name`, its instances spread over `zones`, open to those who carry the workload group.

        In `production` it is protected from deletion unless the settings say otherwise, and leaves a final snapshot.
        """
        super().__init__("plinth:index:Database", name, None, opts)
        self._name = name
        self._settings = settings
        self._production = production
        self._protected = production if settings.deletion_protection is None else settings.deletion_protection
        self._child = pulumi.ResourceOptions(parent=self)

        self._groups = DatabaseParameterGroups(name, settings, opts=self._child)
        self._key = self._make_key("database", f"Encrypts the data, backups and insights of {name}")
        self._master_key = self._make_key("database-master", f"Encrypts the master user's secret of {name}")
        self._security_group = self._make_security_group(network, workload_security_group_id)
        self._cluster = self._make_cluster(network)
        instances = self._make_instances(zones)
        if settings.reader_autoscaling:
            self._scale_readers(settings.reader_autoscaling, instances)
        if settings.proxy:
            proxy = DatabaseProxy(
                name,
                cluster=self._cluster,
                cluster_security_group=self._security_group,
                network=network,
                workload_security_group_id=workload_security_group_id,
                opts=self._child,
            )
            self.proxy_endpoint = proxy.endpoint

        self.cluster_identifier = self._cluster.cluster_identifier
        self.endpoint = self._cluster.endpoint
        self.reader_endpoint = self._cluster.reader_endpoint
        self.port = self._cluster.port
        self.arn, self.resource_id = self._cluster.arn, self._cluster.cluster_resource_id
        self.master_secret_arn = self._cluster.master_user_secrets.apply(secret_arn)
        self.master_key_arn = self._master_key.arn
        self.key_arn = self._key.arn
        self.outputs = {
            "endpoint": self.endpoint,
            "reader_endpoint": self.reader_endpoint,
            "port": self.port,
            "ca_bundle_url": CA_BUNDLE_URL,
            "master_secret_arn": self.master_secret_arn,
            "key_arn": self.key_arn,
            "parameters_set_at_reboot": list(settings.reboot_parameters),
            **({"proxy_endpoint": self.proxy_endpoint} if self.proxy_endpoint else {}),
        }
        self.register_outputs(self.outputs)

    def _make_key(self, label: str, description: str) -> aws.kms.Key:
        # A snapshot that outlives the cluster is worth nothing without the key.
        return encryption_key(
            f"{self._name}-{label}",
            description,
            opts=self._child.merge(pulumi.ResourceOptions(retain_on_delete=self._production)),
        )

    def _make_security_group(
        self, network: Network, workload_security_group_id: pulumi.Input[str]
    ) -> aws.ec2.SecurityGroup:
        name = f"{self._name}-database"
        group = closed_group(name, "Aurora: PostgreSQL from pods", vpc_id=network.vpc_id, opts=self._child)
        admit(
            f"{name}-workloads",
            "PostgreSQL from pods",
            group=group.id,
            source=workload_security_group_id,
            port=aurora.DEFAULT_PORT,
            opts=self._child,
        )
        return group

    def _make_cluster(self, network: Network) -> aws.rds.Cluster:
        settings, name = self._settings, self._name
        subnets = aws.rds.SubnetGroup(
            name,
            name=name,
            description=f"Data subnets of {name}",
            subnet_ids=network.data_subnet_ids,
            opts=self._child,
        )
        # RDS would make this group by itself, without retention (incident `log-retention`).
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-{LOG_TYPE}",
            name=f"/aws/rds/cluster/{name}/{LOG_TYPE}",
            retention_in_days=settings.log_retention_days,
            opts=self._child,
        )
        serverless = settings.serverless
        return aws.rds.Cluster(
            name,
            cluster_identifier=name,
            engine=ENGINE,
            engine_version=settings.version,
            allow_major_version_upgrade=settings.allow_major_upgrade,
            db_cluster_parameter_group_name=self._groups.cluster_group_name,
            db_instance_parameter_group_name=(
                self._groups.instance_group_name if settings.allow_major_upgrade else None
            ),
            serverlessv2_scaling_configuration=(
                aws.rds.ClusterServerlessv2ScalingConfigurationArgs(
                    min_capacity=serverless.min_acu, max_capacity=serverless.max_acu
                )
                if serverless
                else None
            ),
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[self._security_group.id],
            port=aurora.DEFAULT_PORT,
            storage_encrypted=True,
            kms_key_id=self._key.arn,
            master_username=MASTER_USERNAME,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=self._master_key.arn,
            iam_database_authentication_enabled=True,
            enabled_cloudwatch_logs_exports=[LOG_TYPE],
            database_insights_mode="standard",
            performance_insights_enabled=True,
            performance_insights_kms_key_id=self._key.arn,
            performance_insights_retention_period=INSIGHTS_DAYS,
            backup_retention_period=settings.backup_retention_days,
            preferred_backup_window=settings.backup_window,
            preferred_maintenance_window=settings.maintenance_window,
            copy_tags_to_snapshot=True,
            deletion_protection=self._protected,
            delete_automated_backups=not self._production,
            skip_final_snapshot=not self._production,
            final_snapshot_identifier=self._final_snapshot() if self._production else None,
            apply_immediately=True,
            opts=self._child.merge(
                pulumi.ResourceOptions(
                    depends_on=[log_group],
                    protect=self._protected,
                    retain_on_delete=self._protected,
                    hooks=version_check(name, settings),
                )
            ),
        )

    def _final_snapshot(self) -> pulumi.Output[str]:
        """A name that no earlier cluster's last snapshot has, or the cluster could not be deleted."""
        suffix = random.RandomId(f"{self._name}-final-snapshot", byte_length=4, opts=self._child)
        return pulumi.Output.concat(self._name, "-final-", suffix.hex)

    def _make_instances(self, zones: Sequence[str]) -> list[aws.rds.ClusterInstance]:
        """The writer and its readers; after a failover the first one that still runs takes over."""
        role, permissions = service_role(
            f"{self._name}-database-monitoring",
            service="monitoring.rds.amazonaws.com",
            description=f"Lets RDS send the enhanced monitoring of {self._name}",
            managed_policies=["service-role/AmazonRDSEnhancedMonitoringRole"],
            opts=self._child,
        )
        instances: list[aws.rds.ClusterInstance] = []
        for index in range(self._settings.count):
            # The first instance that is there becomes the writer.
            after = [*permissions, *instances[:1]]
            instances.append(self._make_instance(index, zones[index % len(zones)], role, after))
        return instances

    def _make_instance(
        self, index: int, zone: str, monitoring_role: aws.iam.Role, after: Sequence[pulumi.Resource]
    ) -> aws.rds.ClusterInstance:
        name = f"{self._name}-{index + 1}"
        return aws.rds.ClusterInstance(
            name,
            identifier=name,
            cluster_identifier=self._cluster.id,
            engine=aws.rds.EngineType.AURORA_POSTGRESQL,
            instance_class=self._settings.instance_class,
            availability_zone=zone,
            promotion_tier=index,
            db_subnet_group_name=self._cluster.db_subnet_group_name,
            db_parameter_group_name=self._groups.instance_group_name,
            ca_cert_identifier=CA_IDENTIFIER,
            publicly_accessible=False,
            # The version is pinned in the stack file; one that moved by itself would be put back.
            auto_minor_version_upgrade=False,
            monitoring_interval=MONITORING_SECONDS,
            monitoring_role_arn=monitoring_role.arn,
            copy_tags_to_snapshot=True,
            apply_immediately=True,
            opts=self._child.merge(
                pulumi.ResourceOptions(
                    depends_on=list(after),
                    # A zone that is added later must not move an instance to another one, which would replace it.
                    ignore_changes=["availabilityZone"],
                    # Without its only instance a protected cluster would be out of service; readers may come and go.
                    protect=self._protected and index == 0,
                )
            ),
        )

    def _scale_readers(self, scaling: ReaderAutoscaling, after: Sequence[pulumi.Resource]) -> None:
        """More readers while those that run are busy (Aurora user guide, "Amazon Aurora Auto Scaling with Aurora Replicas")."""
        target = aws.appautoscaling.Target(
            f"{self._name}-readers",
            service_namespace="rds",
            scalable_dimension="rds:cluster:ReadReplicaCount",
            resource_id=pulumi.Output.concat("cluster:", self._cluster.cluster_identifier),
            min_capacity=self._settings.count - 1,
            max_capacity=scaling.max_readers,
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=list(after))),
        )
        aws.appautoscaling.Policy(
            f"{self._name}-readers",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                predefined_metric_specification=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type="RDSReaderAverageCPUUtilization"
                ),
                target_value=scaling.cpu_percent,
            ),
            opts=self._child,
        )


def secret_arn(secrets: Sequence[aws.rds.outputs.ClusterMasterUserSecret]) -> str:
    """The ARN of the one secret that RDS manages for a cluster."""
    return next((secret.secret_arn for secret in secrets if secret.secret_arn), "")
