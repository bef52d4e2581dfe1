"""An RDS Proxy in front of the Aurora cluster: many short connections of clients share a few of the database's.

Clients log in with IAM, and the proxy does so too (RDS user guide, "Configuring IAM authentication for RDS Proxy",
end-to-end). So it reads no secret, least of all the master user's, and a database role needs `GRANT rds_iam` alone.
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from aws_facts.aurora import DEFAULT_PORT
from components.iam import service_role
from components.network import Network
from components.security_groups import admit, closed_group, let_out

CONNECTIONS_PERCENT = 90
"""Of `max_connections`; the rest is left to people and to the bootstrap job, who connect past the proxy."""


class DatabaseProxy(pulumi.ComponentResource):
    """The proxy, its role and its security group. TLS is required on the way in, and used on the way to the cluster."""

    endpoint: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        cluster: aws.rds.Cluster,
        cluster_security_group: aws.ec2.SecurityGroup,
        network: Network,
        workload_security_group_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Register the proxy of `cluster`, open to those who carry the workload group."""
        super().__init__("plinth:index:DatabaseProxy", name, None, opts)
        self._name = f"{name}-proxy"
        self._child = pulumi.ResourceOptions(parent=self)
        group = self._make_security_group(cluster_security_group, network, workload_security_group_id)
        role, policy = self._make_role(cluster)
        proxy = aws.rds.Proxy(
            self._name,
            name=self._name,
            engine_family="POSTGRESQL",
            default_auth_scheme="IAM_AUTH",
            require_tls=True,
            role_arn=role.arn,
            vpc_subnet_ids=network.data_subnet_ids,
            vpc_security_group_ids=[group.id],
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=[policy])),
        )
        targets = aws.rds.ProxyDefaultTargetGroup(
            self._name,
            db_proxy_name=proxy.name,
            connection_pool_config=aws.rds.ProxyDefaultTargetGroupConnectionPoolConfigArgs(
                max_connections_percent=CONNECTIONS_PERCENT
            ),
            opts=self._child,
        )
        aws.rds.ProxyTarget(
            self._name,
            db_proxy_name=proxy.name,
            target_group_name=targets.name,
            db_cluster_identifier=cluster.id,
            opts=self._child,
        )
        self.endpoint = proxy.endpoint
        self.register_outputs({"endpoint": self.endpoint})

    def _make_security_group(
        self,
        cluster_security_group: aws.ec2.SecurityGroup,
        network: Network,
        workload_security_group_id: pulumi.Input[str],
    ) -> aws.ec2.SecurityGroup:
        group = closed_group(
            self._name, "RDS Proxy: PostgreSQL from pods to Aurora", vpc_id=network.vpc_id, opts=self._child
        )
        admit(
            f"{self._name}-workloads",
            "PostgreSQL from pods",
            group=group.id,
            source=workload_security_group_id,
            port=DEFAULT_PORT,
            opts=self._child,
        )
        admit(
            f"{self._name}-to-database",
            "PostgreSQL from the proxy",
            group=cluster_security_group.id,
            source=group.id,
            port=DEFAULT_PORT,
            opts=self._child,
        )
        let_out(
            f"{self._name}-to-database",
            "PostgreSQL to Aurora",
            group=group.id,
            target=cluster_security_group.id,
            port=DEFAULT_PORT,
            opts=self._child,
        )
        return group

    def _make_role(self, cluster: aws.rds.Cluster) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        role, _ = service_role(
            self._name,
            service="rds.amazonaws.com",
            description="Lets the RDS Proxy log in to its cluster",
            opts=self._child,
        )
        users = cluster.arn.apply(lambda arn: arn.replace(":rds:", ":rds-db:").rpartition(":cluster:")[0])
        allowed = {
            "Effect": "Allow",
            "Action": "rds-db:connect",
            "Resource": pulumi.Output.concat(users, ":dbuser:", cluster.cluster_resource_id, "/*"),
        }
        policy = aws.iam.RolePolicy(
            self._name,
            role=role.name,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [allowed]}),
            opts=self._child,
        )
        return role, policy
