"""Product pictures: a private bucket, encrypted with a key of its own, behind CloudFront."""

import json

import firewall
import pulumi
import pulumi_aws as aws

DOMAIN = "cdn.example.com"
ADDRESS = f"https://{DOMAIN}"
PAGE = "https://shop.example.com"

bucket = aws.s3.Bucket("pictures", bucket="shop-pictures-123456789012")
aws.s3.BucketPublicAccessBlock(
    "pictures",
    bucket=bucket.id,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)
aws.s3.BucketVersioning("pictures", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
aws.s3.BucketCorsConfiguration(
    "pictures", bucket=bucket.id, cors_rules=[{"allowed_methods": ["GET"], "allowed_origins": [PAGE]}]
)
key = aws.kms.Key("pictures", description="Pictures", enable_key_rotation=True)
aws.s3.BucketServerSideEncryptionConfiguration(
    "pictures",
    bucket=bucket.id,
    rules=[
        {
            "apply_server_side_encryption_by_default": {
                "sse_algorithm": "aws:kms",
                "kms_master_key_id": key.arn,
            }
        }
    ],
)

zone = aws.route53.Zone("example", name="example.com")
certificate = aws.acm.Certificate("cdn", domain_name=DOMAIN, validation_method="DNS", region="us-east-1")
option = certificate.domain_validation_options[0]
proof = aws.route53.Record(
    "cdn-proof",
    zone_id=zone.zone_id,
    name=option.resource_record_name,
    type=option.resource_record_type,
    records=[option.resource_record_value],
    ttl=300,
)
valid = aws.acm.CertificateValidation(
    "cdn", certificate_arn=certificate.arn, validation_record_fqdns=[proof.fqdn], region="us-east-1"
)

control = aws.cloudfront.OriginAccessControl(
    "pictures", origin_access_control_origin_type="s3", signing_behavior="always", signing_protocol="sigv4"
)
distribution = aws.cloudfront.Distribution(
    "cdn",
    enabled=True,
    aliases=[DOMAIN],
    origins=[
        {
            "origin_id": "pictures",
            "domain_name": bucket.bucket_regional_domain_name,
            "origin_access_control_id": control.id,
        }
    ],
    default_cache_behavior={
        "target_origin_id": "pictures",
        "viewer_protocol_policy": "redirect-to-https",
        "allowed_methods": ["GET", "HEAD"],
        "cached_methods": ["GET", "HEAD"],
        "cache_policy_id": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    },
    restrictions={"geo_restriction": {"restriction_type": "none"}},
    viewer_certificate={
        "acm_certificate_arn": valid.certificate_arn,
        "ssl_support_method": "sni-only",
        "minimum_protocol_version": "TLSv1.2_2021",
    },
    web_acl_id=firewall.web_acl("cdn", "CLOUDFRONT").arn,
)


def by_cloudfront(arn, action, resource):
    """A statement for this distribution only."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": {"StringEquals": {"AWS:SourceArn": arn}},
    }


OWNER = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "kms:*",
    "Resource": "*",
}
aws.kms.KeyPolicy(
    "pictures",
    key_id=key.id,
    policy=pulumi.Output.json_dumps(
        {"Version": "2012-10-17", "Statement": [OWNER, by_cloudfront(distribution.arn, "kms:Decrypt", "*")]}
    ),
)
aws.s3.BucketPolicy(
    "pictures",
    bucket=bucket.id,
    policy=pulumi.Output.all(distribution.arn, bucket.arn).apply(
        lambda arns: json.dumps(
            {"Version": "2012-10-17", "Statement": [by_cloudfront(arns[0], "s3:GetObject", f"{arns[1]}/*")]}
        )
    ),
)
for kind in ("A", "AAAA"):
    aws.route53.Record(
        f"cdn-{kind}",
        zone_id=zone.zone_id,
        name=DOMAIN,
        type=kind,
        aliases=[
            {
                "name": distribution.domain_name,
                "zone_id": distribution.hosted_zone_id,
                "evaluate_target_health": False,
            }
        ],
    )
