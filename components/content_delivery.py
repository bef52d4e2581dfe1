"""Content at one host name: a private, encrypted bucket behind CloudFront.

The bucket, the key and the distribution name each other, so they are made in the one order that works in a single `up`:
key, bucket, distribution, and then the two policies that know the distribution's ARN. Key and bucket are closed to
CloudFront until then; so the host's records come last, and no visitor meets a 403 that CloudFront would keep.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.access_logs import AccessLogs
from components.bucket import PrivateBucket, policy_document
from components.dns import GLOBAL_REGION, Certificate, Zone, alias
from components.keys import encryption_key
from settings.content import ContentSettings, ErrorStatus

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
"""CloudFront developer guide, "Use managed cache policies"."""

CORS_S3_ORIGIN = "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf"
"""CloudFront developer guide, "Use managed origin request policies"."""

SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"
"""CloudFront developer guide, "Use managed response headers policies"."""

DAY_SECONDS = 24 * 60 * 60
CORS_MAX_AGE_SECONDS = 3600
ERROR_STATUSES: tuple[ErrorStatus, ...] = ("403", "404")
ERROR_SECONDS = 10
"""For how long these are cached: a mistake that is mended should not be seen for long."""

ROOT_OBJECT = "index.html"
"""What `/` is. It also keeps `/` from being the list of all objects, which CloudFront may ask for (see `_open`)."""

ORIGIN = "content"
READ = ["GET", "HEAD"]


class ContentDelivery(pulumi.ComponentResource):
    """A bucket that only its CloudFront distribution reads, and that services may upload into.

    Owns the bucket, its key, the distribution with its certificate and records, and the logs of both. Owns no objects,
    and no service's role: a role that uploads gets `upload_policy`. The key's policy names the account and CloudFront
    only, since KMS then lets IAM policies such as that one open the key.
    """

    cdn_base_url: str
    """What URLs of content begin with, without a final slash; it never holds the bucket's name (incident `cdn-url`)."""

    bucket_name: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]
    distribution_id: pulumi.Output[str]
    signing_key_ids: dict[str, pulumi.Output[str]]
    """CloudFront's id of each public key by its name in the settings; signed URLs say it as `Key-Pair-Id`."""

    def __init__(
        self,
        name: str,
        settings: ContentSettings,
        *,
        zone: Zone,
        page_hosts: Sequence[str],
        web_acl_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the content `name` as `settings` say, with its host in `zone`.

        `page_hosts` are where the stack's own pages are, whose scripts may read content and upload (incident
        `cors-origin`). `web_acl_arn` is a firewall of scope CLOUDFRONT.
        """
        super().__init__("plinth:index:ContentDelivery", name, None, opts)
        self._name = name
        self._settings = settings
        self._page_hosts = list(dict.fromkeys(page_hosts))
        self._child = pulumi.ResourceOptions(parent=self)

        self._key = encryption_key(name, f"Encrypts the content of {name}", opts=self._child)
        self._bucket = PrivateBucket(
            name,
            key_arn=self._key.arn,
            noncurrent_days=settings.noncurrent_days,
            force_destroy=settings.force_destroy,
            opts=self._child,
        )
        self._allow_scripts()
        distribution = self._make_distribution(zone, web_acl_arn)
        opened = self._open(distribution)
        alias(
            settings.domain,
            zone=zone,
            target=distribution.domain_name,
            target_zone_id=distribution.hosted_zone_id,
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=opened)),
        )
        AccessLogs(
            f"{name}-logs",
            bucket=self._bucket,
            distribution=distribution,
            retention_days=settings.log_retention_days,
            force_destroy=settings.force_destroy,
            opts=self._child,
        )

        self.cdn_base_url = f"https://{settings.domain}"
        self.bucket_name, self.bucket_arn = self._bucket.bucket_name, self._bucket.arn
        self.distribution_id = distribution.id
        self.register_outputs({"cdn_base_url": self.cdn_base_url, "bucket_name": self.bucket_name})

    def upload_policy(self, folder: str) -> pulumi.Output[str]:
        """The IAM policy of a role that may write, read and delete what lies below `folder/` in the bucket.

        With it a service signs POST requests of its users too: S3 asks what the signer may do (S3 user guide, "Download
        and upload objects with presigned URLs"), and KMS makes the object's key for it.
        """
        return policy_document(
            {
                "Sid": "Objects",
                "Effect": "Allow",
                "Action": ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
                "Resource": pulumi.Output.concat(self._bucket.arn, f"/{folder}/*"),
            },
            {
                "Sid": "Encryption",
                "Effect": "Allow",
                "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
                "Resource": self._key.arn,
                "Condition": {
                    "StringEquals": {
                        "kms:ViaService": pulumi.Output.concat("s3.", self._bucket.region, ".amazonaws.com")
                    }
                },
            },
        )

    def _allow_scripts(self) -> None:
        """Cross-origin requests of the stack's own pages."""
        if not self._page_hosts:
            return
        aws.s3.BucketCorsConfiguration(
            self._name,
            bucket=self._bucket.bucket_name,
            cors_rules=[
                {
                    "allowed_origins": [f"https://{host}" for host in self._page_hosts],
                    "allowed_methods": [*READ, "POST"] if self._settings.upload_limit else READ,
                    "allowed_headers": ["*"],
                    "expose_headers": ["ETag"],
                    "max_age_seconds": CORS_MAX_AGE_SECONDS,
                }
            ],
            opts=self._child,
        )

    def _make_distribution(self, zone: Zone, web_acl_arn: pulumi.Input[str]) -> aws.cloudfront.Distribution:
        settings = self._settings
        certificate = Certificate(
            self._name, domains=[settings.domain], zone=zone, region=GLOBAL_REGION, opts=self._child
        )
        # Always signs, so that no visitor's own signature stands in for CloudFront's (incident `cdn-origin-access`).
        control = aws.cloudfront.OriginAccessControl(
            self._name,
            description=f"CloudFront reads the bucket of {self._name}",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=self._child,
        )
        return aws.cloudfront.Distribution(
            self._name,
            comment=f"Content of {self._name}",
            enabled=True,
            aliases=[settings.domain],
            http_version="http2and3",
            is_ipv6_enabled=True,
            price_class=settings.price_class,
            default_root_object=ROOT_OBJECT,
            origins=[
                {
                    "origin_id": ORIGIN,
                    "domain_name": self._bucket.regional_domain_name,
                    "origin_access_control_id": control.id,
                }
            ],
            default_cache_behavior={
                "target_origin_id": ORIGIN,
                "viewer_protocol_policy": "redirect-to-https",
                "allowed_methods": [*READ, "OPTIONS"],
                "cached_methods": READ,
                "cache_policy_id": self._cache_policy_id(),
                "origin_request_policy_id": CORS_S3_ORIGIN,
                "response_headers_policy_id": SECURITY_HEADERS,
                "trusted_key_groups": self._key_groups(),
                "compress": True,
            },
            custom_error_responses=[self._error_response(status) for status in ERROR_STATUSES],
            viewer_certificate={
                "acm_certificate_arn": certificate.arn,
                "ssl_support_method": "sni-only",
                "minimum_protocol_version": "TLSv1.2_2021",
            },
            restrictions={"geo_restriction": {"restriction_type": "none"}},
            web_acl_id=web_acl_arn,
            tags={"Name": self._name},
            opts=self._child,
        )

    def _cache_policy_id(self) -> pulumi.Input[str]:
        """What makes two requests the same: the path, and the page that asks where there are several.

        S3's answer to a script allows the one origin that asked. A copy of it under the path alone would be handed to the
        next page too, whose browser would then refuse it.
        """
        if not self._page_hosts:
            return CACHING_OPTIMIZED
        return aws.cloudfront.CachePolicy(
            self._name,
            comment="CachingOptimized, and a copy for each origin",
            min_ttl=1,
            default_ttl=DAY_SECONDS,
            max_ttl=365 * DAY_SECONDS,
            parameters_in_cache_key_and_forwarded_to_origin={
                "headers_config": {"header_behavior": "whitelist", "headers": {"items": ["Origin"]}},
                "cookies_config": {"cookie_behavior": "none"},
                "query_strings_config": {"query_string_behavior": "none"},
                "enable_accept_encoding_brotli": True,
                "enable_accept_encoding_gzip": True,
            },
            opts=self._child,
        ).id

    def _key_groups(self) -> list[pulumi.Output[str]] | None:
        """The group of keys that sign URLs and cookies; None when content is for everybody."""
        keys = {
            key: aws.cloudfront.PublicKey(f"{self._name}-{key}", encoded_key=pem, opts=self._child)
            for key, pem in self._settings.signing_keys.items()
        }
        self.signing_key_ids = {key: made.id for key, made in keys.items()}
        if not keys:
            return None
        ids = list(self.signing_key_ids.values())
        return [aws.cloudfront.KeyGroup(self._name, items=ids, opts=self._child).id]

    def _error_response(self, status: ErrorStatus) -> aws.cloudfront.DistributionCustomErrorResponseArgsDict:
        page = self._settings.error_pages.get(status)
        code = int(status)
        shown: aws.cloudfront.DistributionCustomErrorResponseArgsDict = {
            "error_code": code,
            "error_caching_min_ttl": ERROR_SECONDS,
        }
        return {**shown, "response_code": code, "response_page_path": page} if page else shown

    def _open(self, distribution: aws.cloudfront.Distribution) -> list[pulumi.Resource]:
        """Bucket and key for this distribution and no other (CloudFront developer guide, "Restrict access to an Amazon S3
        origin"; incidents `cdn-kms-decrypt`, `cdn-origin-access`).

        It may ask what there is, so that S3 tells a missing object (404) from a forbidden one (403).
        """
        cloudfront = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Condition": {"StringEquals": {"AWS:SourceArn": distribution.arn}},
        }
        objects = pulumi.Output.concat(self._bucket.arn, "/*")
        bucket_policy = self._bucket.allow(
            {"Sid": "CloudFrontReads", "Action": "s3:GetObject", "Resource": objects, **cloudfront},
            {"Sid": "CloudFrontLooks", "Action": "s3:ListBucket", "Resource": self._bucket.arn, **cloudfront},
        )
        account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        uploads = ["kms:GenerateDataKey*"] if self._settings.upload_limit else []
        key_policy = aws.kms.KeyPolicy(
            self._name,
            key_id=self._key.key_id,
            policy=policy_document(
                {
                    "Sid": "Account",
                    "Effect": "Allow",
                    "Principal": {"AWS": pulumi.Output.concat("arn:aws:iam::", account_id, ":root")},
                    "Action": "kms:*",
                    "Resource": "*",
                },
                {"Sid": "CloudFront", "Action": ["kms:Decrypt", *uploads], "Resource": "*", **cloudfront},
            ),
            opts=self._child,
        )
        return [bucket_policy, key_policy]
