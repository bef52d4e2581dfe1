"""The shop's load balancer: 80 redirects to 443, two target groups, one of them for the chat's WebSockets."""

import cluster
import content
import firewall
import network
import pulumi_aws as aws

group = aws.ec2.SecurityGroup("edge", vpc_id=network.vpc.id, description="Load balancer of the shop")
for port in (80, 443):
    aws.vpc.SecurityGroupIngressRule(
        f"edge-{port}",
        security_group_id=group.id,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        cidr_ipv4="0.0.0.0/0",
    )
aws.vpc.SecurityGroupEgressRule(
    "edge",
    security_group_id=group.id,
    referenced_security_group_id=cluster.workload_group,
    ip_protocol="tcp",
    from_port=8080,
    to_port=8080,
)
aws.vpc.SecurityGroupIngressRule(
    "pods",
    security_group_id=cluster.workload_group,
    referenced_security_group_id=group.id,
    ip_protocol="tcp",
    from_port=8080,
    to_port=8080,
)
balancer = aws.lb.LoadBalancer(
    "shop",
    security_groups=[group.id],
    subnets=[subnet.id for subnet in network.public],
    drop_invalid_header_fields=True,
    enable_deletion_protection=True,
    idle_timeout=120,
)
aws.wafv2.WebAclAssociation(
    "shop", resource_arn=balancer.arn, web_acl_arn=firewall.web_acl("shop", "REGIONAL").arn
)
certificate = aws.acm.Certificate("shop", domain_name="shop.example.com", validation_method="DNS")
option = certificate.domain_validation_options[0]
proof = aws.route53.Record(
    "shop-proof",
    zone_id=content.zone.zone_id,
    name=option.resource_record_name,
    type=option.resource_record_type,
    records=[option.resource_record_value],
    ttl=300,
)
valid = aws.acm.CertificateValidation(
    "shop", certificate_arn=certificate.arn, validation_record_fqdns=[proof.fqdn]
)


def targets(name, **said):
    return aws.lb.TargetGroup(
        name,
        vpc_id=network.vpc.id,
        target_type="ip",
        protocol="HTTP",
        port=8080,
        deregistration_delay=30,
        health_check={"path": "/ready", "port": "8080", "matcher": "200"},
        **said,
    )


orders = targets("orders")
chat = targets("chat-websocket", stickiness={"type": "lb_cookie", "enabled": True, "cookie_duration": 86400})

redirect = {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}
aws.lb.Listener(
    "http",
    load_balancer_arn=balancer.arn,
    port=80,
    protocol="HTTP",
    default_actions=[{"type": "redirect", "redirect": redirect}],
)
https = aws.lb.Listener(
    "https",
    load_balancer_arn=balancer.arn,
    port=443,
    protocol="HTTPS",
    certificate_arn=valid.certificate_arn,
    ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06",
    default_actions=[{"type": "forward", "target_group_arn": orders.arn}],
)
aws.lb.ListenerRule(
    "chat",
    listener_arn=https.arn,
    conditions=[{"path_pattern": {"values": ["/ws/*"]}}],
    actions=[{"type": "forward", "target_group_arn": chat.arn}],
)
aws.route53.Record(
    "shop",
    zone_id=content.zone.zone_id,
    name="shop.example.com",
    type="A",
    aliases=[{"name": balancer.dns_name, "zone_id": balancer.zone_id, "evaluate_target_health": True}],
)
