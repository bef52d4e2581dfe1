"""One VPC over several Availability Zones, and everything that gives a packet its way.

Owns the VPC, its subnets, route tables, gateways, endpoints and flow logs. Owns no workload's security group: those
belong to the component whose traffic they describe. Nothing in this project takes a bare VPC or subnet id: parts that
need a place in the network take a `Network`, so that two VPCs cannot meet (incident `single-vpc`).
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.iam import service_role
from settings.network import NetworkSettings, Tier

TIER_TAGS: Mapping[Tier, Mapping[str, str]] = {
    Tier.PUBLIC: {"kubernetes.io/role/elb": "1"},
    Tier.PRIVATE: {"kubernetes.io/role/internal-elb": "1"},
    Tier.DATA: {},
}
"""How the AWS Load Balancer Controller finds subnets (AWS: "Route application and HTTP traffic with Application Load Balancers", subnet tags)."""


class Network(pulumi.ComponentResource):
    """The stack's only VPC: public, private and data subnets in each zone.

    Public subnets hold load balancers and NAT gateways, private ones nodes and endpoints, data ones databases and
    caches, which have no way to or from the internet.
    """

    vpc_id: pulumi.Output[str]
    public_subnet_ids: list[pulumi.Output[str]]
    private_subnet_ids: list[pulumi.Output[str]]
    data_subnet_ids: list[pulumi.Output[str]]

    def __init__(
        self, name: str, settings: NetworkSettings, *, region: str, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Register the network `name` as `settings` plans it, in AWS region `region` (its zones' region)."""
        super().__init__("plinth:index:Network", name, None, opts)
        self._name = name
        self._region = region
        self._settings = settings
        self._child = pulumi.ResourceOptions(parent=self)

        self._vpc = aws.ec2.Vpc(
            name,
            cidr_block=str(settings.cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name},
            opts=self._child,
        )
        self.vpc_id = self._vpc.id
        aws.ec2.DefaultSecurityGroup(f"{name}-default", vpc_id=self.vpc_id, opts=self._child)

        self._subnets = {tier: self._make_subnets(tier) for tier in Tier}
        self.public_subnet_ids, self.private_subnet_ids, self.data_subnet_ids = (
            [subnet.id for subnet in self._subnets[tier].values()] for tier in Tier
        )
        tables = self._make_routes()
        self._make_endpoints(tables)
        if settings.flow_logs_retention_days is not None:
            self._make_flow_logs(settings.flow_logs_retention_days)

        self.register_outputs({"vpc_id": self.vpc_id})

    def _make_subnets(self, tier: Tier) -> dict[str, aws.ec2.Subnet]:
        """The subnets of one tier, by zone."""
        return {
            planned.zone: aws.ec2.Subnet(
                f"{self._name}-{planned.name}",
                vpc_id=self.vpc_id,
                availability_zone=planned.zone,
                cidr_block=str(planned.cidr),
                map_public_ip_on_launch=False,
                tags={"Name": f"{self._name}-{planned.name}", **TIER_TAGS[tier]},
                opts=self._child,
            )
            for planned in self._settings.plan.subnets
            if planned.tier is tier
        }

    def _make_routes(self) -> list[aws.ec2.RouteTable]:
        """Route tables of all tiers; those that gateway endpoints belong into are returned."""
        internet = aws.ec2.InternetGateway(
            self._name, vpc_id=self.vpc_id, tags={"Name": self._name}, opts=self._child
        )
        public = self._make_route_table("public", Tier.PUBLIC, list(self._subnets[Tier.PUBLIC]))
        self._make_default_route("public", public, gateway_id=internet.id)
        data = self._make_route_table("data", Tier.DATA, list(self._subnets[Tier.DATA]))

        zones = list(self._subnets[Tier.PRIVATE])
        shared = self._settings.nat == "single"
        served = {"private": zones} if shared else {f"private-{zone[-1]}": [zone] for zone in zones}
        private: list[aws.ec2.RouteTable] = []
        for label, its_zones in served.items():
            table = self._make_route_table(label, Tier.PRIVATE, its_zones)
            nat = self._make_nat_gateway(label, its_zones[0], internet)
            self._make_default_route(label, table, nat_gateway_id=nat.id)
            private.append(table)
        return [*private, data]

    def _make_route_table(self, label: str, tier: Tier, zones: list[str]) -> aws.ec2.RouteTable:
        name = f"{self._name}-{label}"
        table = aws.ec2.RouteTable(name, vpc_id=self.vpc_id, tags={"Name": name}, opts=self._child)
        for zone in zones:
            aws.ec2.RouteTableAssociation(
                f"{self._name}-{tier.value}-{zone[-1]}",
                route_table_id=table.id,
                subnet_id=self._subnets[tier][zone].id,
                opts=self._child,
            )
        return table

    def _make_default_route(
        self,
        label: str,
        table: aws.ec2.RouteTable,
        *,
        gateway_id: pulumi.Input[str] | None = None,
        nat_gateway_id: pulumi.Input[str] | None = None,
    ) -> None:
        aws.ec2.Route(
            f"{self._name}-{label}-default",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway_id,
            nat_gateway_id=nat_gateway_id,
            opts=self._child,
        )

    def _make_nat_gateway(
        self, label: str, zone: str, internet: aws.ec2.InternetGateway
    ) -> aws.ec2.NatGateway:
        name = f"{self._name}-{label}"
        address = aws.ec2.Eip(name, domain="vpc", tags={"Name": name}, opts=self._child)
        return aws.ec2.NatGateway(
            name,
            allocation_id=address.id,
            subnet_id=self._subnets[Tier.PUBLIC][zone].id,
            tags={"Name": name},
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=[internet])),
        )

    def _make_endpoints(self, tables: list[aws.ec2.RouteTable]) -> None:
        """Private ways to AWS's own services: they save NAT traffic and keep it off the internet."""
        for service in ("s3", "dynamodb"):
            aws.ec2.VpcEndpoint(
                f"{self._name}-{service}",
                vpc_id=self.vpc_id,
                vpc_endpoint_type="Gateway",
                service_name=f"com.amazonaws.{self._region}.{service}",
                route_table_ids=[table.id for table in tables],
                tags={"Name": f"{self._name}-{service}"},
                opts=self._child,
            )
        if not self._settings.interface_endpoints:
            return
        group = self._make_endpoint_security_group()
        for service in self._settings.interface_endpoints:
            label = f"{self._name}-{service.replace('.', '-')}"
            aws.ec2.VpcEndpoint(
                label,
                vpc_id=self.vpc_id,
                vpc_endpoint_type="Interface",
                service_name=f"com.amazonaws.{self._region}.{service}",
                subnet_ids=self.private_subnet_ids,
                security_group_ids=[group.id],
                private_dns_enabled=True,
                tags={"Name": label},
                opts=self._child,
            )

    def _make_endpoint_security_group(self) -> aws.ec2.SecurityGroup:
        name = f"{self._name}-endpoints"
        group = aws.ec2.SecurityGroup(
            name,
            vpc_id=self.vpc_id,
            description="Interface endpoints: HTTPS from inside the VPC",
            tags={"Name": name},
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-https",
            security_group_id=group.id,
            description="HTTPS from inside the VPC",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=str(self._settings.cidr),
            opts=self._child,
        )
        return group

    def _make_flow_logs(self, retention_days: int) -> None:
        """All flows of the VPC in a log group (VPC user guide: "Publish flow logs to CloudWatch Logs")."""
        name = f"{self._name}-flow-logs"
        log_group = aws.cloudwatch.LogGroup(name, retention_in_days=retention_days, opts=self._child)
        role, _ = service_role(
            name,
            service="vpc-flow-logs.amazonaws.com",
            description="Lets VPC flow logs write to their log group",
            opts=self._child,
        )
        aws.iam.RolePolicy(
            name,
            role=role.name,
            policy=pulumi.Output.json_dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": [
                                "logs:CreateLogStream",
                                "logs:PutLogEvents",
                                "logs:DescribeLogGroups",
                                "logs:DescribeLogStreams",
                            ],
                            "Resource": pulumi.Output.concat(log_group.arn, ":*"),
                        }
                    ],
                }
            ),
            opts=self._child,
        )
        aws.ec2.FlowLog(
            self._name,
            vpc_id=self.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=log_group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=60,
            tags={"Name": name},
            opts=self._child,
        )
