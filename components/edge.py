"""The way in from the internet: one load balancer with its listeners, and a target group for each service behind it.

All of it is the stack's own, and the controller in the cluster only says which pods are targets
(`components/load_balancer_controller.py`): so a preview shows every change of it, DNS names the load balancer itself, and
policies judge it.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.cluster import Cluster
from components.dns import Certificate, Zone, alias
from components.load_balancer_logs import LoadBalancerLogs
from components.network import Network
from components.security_groups import admit, closed_group, let_out
from components.target_group import make_target_group
from settings.ingress import ROOT, IngressSettings, Route, priorities
from settings.service import Service

HTTP, HTTPS = 80, 443
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""TLS 1.3 and 1.2 with forward secrecy (Application Load Balancer user guide, "Security policies", which recommends it)."""

IDLE_SECONDS = 60
WEBSOCKET_IDLE_SECONDS = 300
"""Until a connection is cut on which nothing is said: longer than the pings of WebSocket programs, which are mostly a
minute apart or less (incident `websocket-stickiness`)."""


class Edge(pulumi.ComponentResource):
    """The stack's public load balancer and the names that lead to it.

    Owns its security group and the rules by which it reaches pods. Owns no pod, and does not know which are its targets:
    `TargetGroupBindings` say so. The names have A records only, as the network has no IPv6.
    """

    load_balancer: pulumi.Output[str]
    """As CloudWatch's dimension `LoadBalancer` has it."""

    target_group_arns: Mapping[str, pulumi.Output[str]]
    target_groups: Mapping[str, pulumi.Output[str]]
    """Both by service; the latter as CloudWatch's dimension `TargetGroup` has them."""

    def __init__(
        self,
        name: str,
        settings: IngressSettings,
        *,
        services: Mapping[str, Service],
        network: Network,
        cluster: Cluster,
        zone: Zone,
        web_acl_arn: pulumi.Input[str],
        production: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the load balancer `name` in the public subnets of `network`, and the routes in `settings`.

        `services` has those that `settings` name, each with a port and a health declaration. `web_acl_arn` is a firewall of
        scope REGIONAL. `production` protects from deletion unless `settings` say otherwise.
        """
        super().__init__("plinth:index:Edge", name, None, opts)
        self._name = name
        self._settings = settings
        self._child = pulumi.ResourceOptions(parent=self)
        behind = {service: services[service] for service in settings.services}

        group = self._make_security_group(behind, network, cluster)
        protected = production if settings.deletion_protection is None else settings.deletion_protection
        balancer = self._make_load_balancer(group, behind, network, protected=protected)
        association = aws.wafv2.WebAclAssociation(
            name, resource_arn=balancer.arn, web_acl_arn=web_acl_arn, opts=self._child
        )
        groups = {
            label: make_target_group(f"{name}-{label}", service, vpc_id=network.vpc_id, opts=self._child)
            for label, service in behind.items()
        }
        listeners = self._make_listeners(balancer, zone, groups)
        for host in settings.host_names:
            alias(
                host,
                zone=zone,
                target=balancer.dns_name,
                target_zone_id=balancer.zone_id,
                types=("A",),
                opts=self._child.merge(pulumi.ResourceOptions(depends_on=[association, *listeners])),
            )

        self.load_balancer = balancer.arn_suffix
        self.target_group_arns = {label: made.arn for label, made in groups.items()}
        self.target_groups = {label: made.arn_suffix for label, made in groups.items()}
        self.register_outputs({"load_balancer": self.load_balancer})

    def _make_security_group(
        self, services: Mapping[str, Service], network: Network, cluster: Cluster
    ) -> aws.ec2.SecurityGroup:
        """Who may reach the load balancer, and what it may reach: pods, on the ports that they serve and are asked on."""
        group = closed_group(
            f"{self._name}-edge",
            f"Load balancer of {self._name}",
            vpc_id=network.vpc_id,
            opts=self._child,
        )
        for port in (HTTP, HTTPS):
            aws.vpc.SecurityGroupIngressRule(
                f"{self._name}-edge-{port}",
                security_group_id=group.id,
                description="Everybody",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                cidr_ipv4="0.0.0.0/0",
                opts=self._child,
            )
        pods = cluster.workload_security_group_id
        for port in sorted({port for service in services.values() for port in ports(service)}):
            label = f"{self._name}-edge-to-pods-{port}"
            let_out(label, "To pods", group=group.id, target=pods, port=port, opts=self._child)
            admit(label, "From the load balancer", group=pods, source=group.id, port=port, opts=self._child)
        return group

    def _make_load_balancer(
        self,
        group: aws.ec2.SecurityGroup,
        services: Mapping[str, Service],
        network: Network,
        *,
        protected: bool,
    ) -> aws.lb.LoadBalancer:
        logs = LoadBalancerLogs(
            f"{self._name}-edge-logs",
            retention_days=self._settings.log_retention_days,
            force_destroy=self._settings.force_destroy,
            opts=self._child,
        )
        websocket = any(service.websocket for service in services.values())
        return aws.lb.LoadBalancer(
            self._name,
            load_balancer_type="application",
            ip_address_type="ipv4",
            subnets=network.public_subnet_ids,
            security_groups=[group.id],
            enable_deletion_protection=protected,
            drop_invalid_header_fields=True,
            idle_timeout=WEBSOCKET_IDLE_SECONDS if websocket else IDLE_SECONDS,
            access_logs={"bucket": logs.bucket_name, "enabled": True},
            tags={"Name": self._name},
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=[logs])),
        )

    def _make_listeners(
        self, balancer: aws.lb.LoadBalancer, zone: Zone, groups: Mapping[str, aws.lb.TargetGroup]
    ) -> list[pulumi.Resource]:
        """Port 80 redirects; port 443 answers 404 where no route fits."""
        domain = self._settings.domain
        certificate = Certificate(self._name, domains=[domain, f"*.{domain}"], zone=zone, opts=self._child)
        redirect = aws.lb.Listener(
            f"{self._name}-{HTTP}",
            load_balancer_arn=balancer.arn,
            port=HTTP,
            protocol="HTTP",
            default_actions=[
                {
                    "type": "redirect",
                    "redirect": {"protocol": "HTTPS", "port": str(HTTPS), "status_code": "HTTP_301"},
                }
            ],
            opts=self._child,
        )
        listener = aws.lb.Listener(
            f"{self._name}-{HTTPS}",
            load_balancer_arn=balancer.arn,
            port=HTTPS,
            protocol="HTTPS",
            certificate_arn=certificate.arn,
            ssl_policy=TLS_POLICY,
            default_actions=[
                {
                    "type": "fixed-response",
                    "fixed_response": {
                        "content_type": "text/plain",
                        "message_body": "Not found",
                        "status_code": "404",
                    },
                }
            ],
            opts=self._child,
        )
        rules = [
            self._make_rule(route, priority, listener, groups[route.service])
            for route, priority in priorities(self._settings.routes).items()
        ]
        return [redirect, listener, *rules]

    def _make_rule(
        self, route: Route, priority: int, listener: aws.lb.Listener, group: aws.lb.TargetGroup
    ) -> aws.lb.ListenerRule:
        conditions: list[aws.lb.ListenerRuleConditionArgsDict] = [{"host_header": {"values": [route.host]}}]
        if route.path != ROOT:
            conditions.append({"path_pattern": {"values": [route.path, f"{route.path}/*"]}})
        return aws.lb.ListenerRule(
            f"{self._name}-{route.host}{route.path.removesuffix(ROOT)}",
            listener_arn=listener.arn,
            priority=priority,
            conditions=conditions,
            actions=[{"type": "forward", "target_group_arn": group.arn}],
            opts=self._child,
        )


def ports(service: Service) -> set[int]:
    """Where the load balancer sends requests, and where it asks whether a pod is healthy."""
    asked = service.health.port if service.health else None
    return {port for port in (service.port, asked) if port}
