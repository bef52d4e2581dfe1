"""The ElastiCache replication group in the data subnets: TLS and a password, a replica in another zone.

Owns the cache, its parameter group, key, password, log groups and security group. `password_version` of the settings
makes a new password. With AUTH the cache goes on taking the one before too (ElastiCache API reference,
`ModifyReplicationGroup`, `AuthTokenUpdateStrategy`: `ROTATE`), so pods can restart one by one; with RBAC it does not.

The replication group has a fixed id, which log groups and alarms name. Nothing protects it: a cache holds what can be lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from aws_facts.elasticache import DEFAULT_PORT
from components.keys import encryption_key
from components.network import Network
from components.secrets import GeneratedSecret
from components.security_groups import admit, closed_group
from settings.cache import CacheSettings

APP_USER = "app"
LOG_TYPES = ("slow-log", "engine-log")


class Cache(pulumi.ComponentResource):
    """The stack's cache: a primary and its replicas, or several of these with the keys spread over them."""

    node_ids: list[pulumi.Output[str]]
    endpoint: pulumi.Output[str]
    reader_endpoint: pulumi.Output[str] | None
    port: int
    secret_arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    outputs: Mapping[str, Any]
    """What the stack tells its users."""

    def __init__(
        self,
        name: str,
        settings: CacheSettings,
        *,
        network: Network,
        workload_security_group_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the cache `name`, open to those who carry the workload group."""
        super().__init__("plinth:index:Cache", name, None, opts)
        self._name = name
        self._settings = settings
        self._child = pulumi.ResourceOptions(parent=self)

        self._key = encryption_key(
            f"{name}-cache", f"Encrypts the cache of {name} and its password", opts=self._child
        )
        self._secret = GeneratedSecret(
            f"{name}-cache",
            f"The password of the cache of {name}",
            version=settings.password_version,
            key=self._key,
            content={"username": APP_USER} if settings.auth == "rbac" else {},
            opts=self._child,
        )
        security_group = self._make_security_group(network, workload_security_group_id)
        group = self._make_replication_group(network, security_group)

        self.node_ids = [
            pulumi.Output.concat(group.replication_group_id, suffix) for suffix in settings.node_suffixes
        ]
        sharded = settings.shards > 1
        self.endpoint = group.configuration_endpoint_address if sharded else group.primary_endpoint_address
        self.reader_endpoint = None if sharded else group.reader_endpoint_address
        self.port = DEFAULT_PORT
        self.secret_arn = self._secret.secret_arn
        self.key_arn = self._key.arn
        self.outputs = {
            "endpoint": self.endpoint,
            **({"reader_endpoint": self.reader_endpoint} if self.reader_endpoint else {}),
            "port": self.port,
            "secret_arn": self.secret_arn,
            "key_arn": self.key_arn,
        }
        self.register_outputs(self.outputs)

    def _make_security_group(
        self, network: Network, workload_security_group_id: pulumi.Input[str]
    ) -> aws.ec2.SecurityGroup:
        name = f"{self._name}-cache"
        group = closed_group(name, "ElastiCache: its port from pods", vpc_id=network.vpc_id, opts=self._child)
        admit(
            f"{name}-workloads",
            "Valkey or Redis from pods",
            group=group.id,
            source=workload_security_group_id,
            port=DEFAULT_PORT,
            opts=self._child,
        )
        return group

    def _make_replication_group(
        self, network: Network, security_group: aws.ec2.SecurityGroup
    ) -> aws.elasticache.ReplicationGroup:
        settings, name = self._settings, self._name
        subnets = aws.elasticache.SubnetGroup(
            name,
            name=name,
            description=f"Data subnets of {name}",
            subnet_ids=network.data_subnet_ids,
            opts=self._child,
        )
        token = settings.auth == "token"
        sharded = settings.shards > 1
        return aws.elasticache.ReplicationGroup(
            name,
            replication_group_id=name,
            description=f"The cache of {name}",
            engine=settings.engine,
            engine_version=settings.version,
            auto_minor_version_upgrade=False,
            node_type=settings.node_type,
            cluster_mode="enabled" if sharded else "disabled",
            num_cache_clusters=None if sharded else settings.nodes,
            num_node_groups=settings.shards if sharded else None,
            replicas_per_node_group=settings.nodes - 1 if sharded else None,
            automatic_failover_enabled=settings.nodes > 1,
            multi_az_enabled=settings.nodes > 1,
            parameter_group_name=self._make_parameter_group().name,
            subnet_group_name=subnets.name,
            security_group_ids=[security_group.id],
            port=DEFAULT_PORT,
            at_rest_encryption_enabled=True,
            kms_key_id=self._key.arn,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            auth_token=self._secret.password if token else None,
            auth_token_update_strategy=self._token_strategy() if token else None,
            user_group_ids=None if token else [self._make_user_group().user_group_id],
            snapshot_retention_limit=settings.snapshot_retention_days,
            snapshot_window=settings.snapshot_window,
            maintenance_window=settings.maintenance_window,
            log_delivery_configurations=[self._deliver(log_type) for log_type in LOG_TYPES],
            apply_immediately=True,
            opts=self._child,
        )

    def _token_strategy(self) -> str:
        """`SET` leaves the one password there is; `ROTATE` lets the cache take a new one beside it."""
        return "SET" if self._settings.password_version == 1 else "ROTATE"

    def _make_parameter_group(self) -> aws.elasticache.ParameterGroup:
        """Its logical name carries the family, so that an upgrade makes a new group beside the one in use."""
        return aws.elasticache.ParameterGroup(
            f"{self._name}-{self._settings.family.replace('.', '-')}",
            family=self._settings.family,
            description=f"Parameters of the cache of {self._name}",
            parameters=[
                aws.elasticache.ParameterGroupParameterArgs(name=parameter, value=value)
                for parameter, value in self._settings.group_parameters.items()
            ],
            opts=self._child,
        )

    def _deliver(self, log_type: str) -> aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs:
        log_group = aws.cloudwatch.LogGroup(
            f"{self._name}-cache-{log_type}",
            name=f"/aws/elasticache/{self._name}/{log_type}",
            retention_in_days=self._settings.log_retention_days,
            opts=self._child,
        )
        return aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
            destination=log_group.name,
            destination_type="cloudwatch-logs",
            log_format="json",
            log_type=log_type,
        )

    def _make_user_group(self) -> aws.elasticache.UserGroup:
        """One user for the services, and the user `default`, which every group has, switched off."""
        users = [self._make_user(APP_USER, "on ~* +@all"), self._make_user("default", "off ~* -@all")]
        return aws.elasticache.UserGroup(
            self._name,
            user_group_id=self._name,
            engine=self._settings.engine,
            user_ids=[user.user_id for user in users],
            opts=self._child,
        )

    def _make_user(self, user_name: str, access: str) -> aws.elasticache.User:
        label = f"{self._name}-{user_name}"
        return aws.elasticache.User(
            label,
            user_id=label,
            user_name=user_name,
            engine=self._settings.engine,
            access_string=access,
            passwords=[self._secret.password],
            opts=self._child,
        )
