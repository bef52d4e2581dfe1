"""An edge in plain `pulumi_aws` on the real engine: made, left alone, refreshed, changed, refused, taken down."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.conftest import Rehearsal

pytestmark = pytest.mark.engine

PROGRAM = """
    import json
    import pulumi, pulumi_aws as aws

    GLOBAL, HOSTS, DRAIN = "us-east-1", ["cdn.example.com"], 30
    older = aws.route53.get_zone_output(name="example.net")
    zone = aws.route53.Zone("shop", name="example.com")
    aws.route53.Record("older", zone_id=older.zone_id, name="shop.example.net", type="CNAME", ttl=60, records=["example.com"])

    def certified(name, domain, region=None):
        certificate = aws.acm.Certificate(name, domain_name=domain, validation_method="DNS", region=region)
        proof = certificate.domain_validation_options[0]
        record = aws.route53.Record(
            name, zone_id=zone.zone_id, name=proof.resource_record_name, type=proof.resource_record_type, ttl=60,
            records=[proof.resource_record_value])
        return aws.acm.CertificateValidation(
            name, certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn], region=region).certificate_arn

    key = aws.kms.Key("content", enable_key_rotation=True)
    bucket = aws.s3.Bucket("content", force_destroy=True)
    owned = aws.s3.BucketOwnershipControls("content", bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerEnforced"})
    closed = aws.s3.BucketPublicAccessBlock(
        "content", bucket=bucket.bucket, block_public_acls=True, block_public_policy=True, ignore_public_acls=True,
        restrict_public_buckets=True)
    aws.s3.BucketVersioning("content", bucket=bucket.bucket, versioning_configuration={"status": "Enabled"})
    acl = aws.wafv2.WebAcl(
        "content", scope="CLOUDFRONT", region=GLOBAL, default_action={"allow": {}},
        visibility_config={"metric_name": "c", "cloudwatch_metrics_enabled": True, "sampled_requests_enabled": True},
        rules=[{
            "name": "rate", "priority": 0, "action": {"block": {}},
            "statement": {"rate_based_statement": {"limit": 1000, "aggregate_key_type": "IP"}},
            "visibility_config": {"metric_name": "r", "cloudwatch_metrics_enabled": True, "sampled_requests_enabled": True},
        }])
    logs = aws.cloudwatch.LogGroup("waf", name="aws-waf-logs-content", region=GLOBAL)
    aws.wafv2.WebAclLoggingConfiguration(
        "content", resource_arn=acl.arn, log_destination_configs=[logs.arn], region=GLOBAL)
    control = aws.cloudfront.OriginAccessControl(
        "content", origin_access_control_origin_type="s3", signing_behavior="always", signing_protocol="sigv4")
    distribution = aws.cloudfront.Distribution(
        "content",
        enabled=True,
        aliases=HOSTS,
        origins=[{
            "origin_id": "content", "domain_name": bucket.bucket_regional_domain_name, "origin_access_control_id": control.id,
        }],
        default_cache_behavior={
            "target_origin_id": "content", "viewer_protocol_policy": "redirect-to-https",
            "allowed_methods": ["GET", "HEAD"], "cached_methods": ["GET", "HEAD"],
            "cache_policy_id": "658327ea-f89d-4fab-a63d-7e88639e58f6",
        },
        restrictions={"geo_restriction": {"restriction_type": "none"}},
        viewer_certificate={
            "acm_certificate_arn": certified("content", "cdn.example.com", GLOBAL), "ssl_support_method": "sni-only",
        },
        web_acl_id=acl.arn,
    )
    aws.route53.Record(
        "cdn", zone_id=zone.zone_id, name="cdn", type="A",
        aliases=[{
            "name": distribution.domain_name, "zone_id": distribution.hosted_zone_id, "evaluate_target_health": False,
        }])

    def readable(actions, resource):
        return {
            "Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": actions,
            "Resource": resource, "Condition": {"StringEquals": {"AWS:SourceArn": distribution.arn}},
        }

    root = {
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*",
    }
    aws.s3.BucketPolicy(
        "content", bucket=bucket.bucket, opts=pulumi.ResourceOptions(depends_on=[owned, closed]),
        policy=pulumi.Output.json_dumps(
            {"Statement": [readable("s3:GetObject", pulumi.Output.concat(bucket.arn, "/*"))]}))
    aws.kms.KeyPolicy(
        "content", key_id=key.key_id,
        policy=pulumi.Output.json_dumps({"Statement": [root, readable(["kms:Decrypt"], "*")]}))

    vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16")
    subnets = [
        aws.ec2.Subnet(zone, vpc_id=vpc.id, cidr_block=f"10.0.{index}.0/24", availability_zone=f"ap-northeast-2{zone}")
        for index, zone in enumerate("ab")
    ]
    balancer = aws.lb.LoadBalancer("shop", subnets=[subnet.id for subnet in subnets])
    group = aws.lb.TargetGroup(
        "shop", port=8080, protocol="HTTP", target_type="ip", vpc_id=vpc.id, deregistration_delay=DRAIN,
        health_check={"path": "/health", "interval": 10, "timeout": 5})
    aws.lb.Listener(
        "https", load_balancer_arn=balancer.arn, port=443, protocol="HTTPS",
        certificate_arn=certified("shop", "shop.example.com"),
        default_actions=[{"type": "forward", "target_group_arn": group.arn}])
    aws.lb.Listener(
        "http", load_balancer_arn=balancer.arn, port=80, protocol="HTTP",
        default_actions=[{"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}}])

    pulumi.export("host", distribution.domain_name)
    pulumi.export("capacity", acl.capacity)
    pulumi.export("balancer", balancer.dns_name)
    pulumi.export("older", older.zone_id)
"""


def test_the_life_of_an_edge(make_rehearsal: Callable[..., Rehearsal]) -> None:
    rehearsal = make_rehearsal(PROGRAM)
    planned = rehearsal("preview")
    made = rehearsal("up")
    assert planned.changes == made.changes, "a first preview knows all records"
    count = made.changes["create"]
    shown = json.loads(rehearsal("stack", "output", "--json").output)
    assert re.fullmatch(r"d[0-9a-f]{13}\.cloudfront\.net", shown["host"])
    assert re.fullmatch(r"shop-[0-9a-f]{7}-\d+\.ap-northeast-2\.elb\.amazonaws\.com", shown["balancer"])
    assert shown["capacity"] == 2
    assert shown["older"].startswith("Z")
    assert rehearsal("preview", "--expect-no-changes").changes == {"same": count}
    assert rehearsal("refresh", "--expect-no-changes").changes == {"same": count}

    rehearsal.write(PROGRAM.replace('["cdn.example.com"]', '["cdn.example.com", "www.example.com"]'))
    refused = rehearsal("up", expect_exit=None)
    assert refused.exit_code != 0
    assert "doesn't cover the alternate domain name (CNAME)" in refused.output
    assert "updating aws:cloudfront/distribution:Distribution (E" in refused.output

    rehearsal.write(PROGRAM.replace("], 30", "], 60"))
    changed = rehearsal("up").steps
    assert [urn for urn, step in changed.items() if step != "same"] == [
        "urn:pulumi:test::case::aws:lb/targetGroup:TargetGroup::shop"
    ]
    rehearsal("destroy")
    assert rehearsal.state() == []
