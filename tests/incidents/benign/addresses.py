"""Which addresses workloads and browsers are told: the CDN's, and those of pages that may call."""

from __future__ import annotations

from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.parts import TAGS, configured, said_instead, told
from tests.incidents.benign.variation import Added, Change, Linked, Place, Variations
from tests.incidents.flips import APP, Flip, deployment, env

CDN: Place = ("Distribution", "cdn")
BUCKET: Place = ("s3/bucket:Bucket", "pictures")


def made_from(*sources: Place) -> Linked:
    """What the pods' variables that are not known come from."""
    return Linked(("Deployment", "orders"), "spec", sources)


def bucket_rules(*rules: dict[str, Any]) -> list[Change]:
    return [Flip("BucketCorsConfiguration", "pictures", ("corsRules",), list(rules))]


NOT_KNOWN = deployment((*APP, "env", "@CDN_BASE_URL", "value"), UNKNOWN)
HTTP_API = {
    "protocolType": "HTTP",
    "corsConfiguration": {"allowOrigins": ["*"], "allowMethods": ["GET"]},
    "tagsAll": TAGS,
}
HEADERS = {
    "corsConfig": {
        "accessControlAllowCredentials": False,
        "accessControlAllowOrigins": {"items": ["*"]},
        "accessControlAllowMethods": {"items": ["GET"]},
        "accessControlAllowHeaders": {"items": ["*"]},
        "originOverride": True,
    }
}
FUNCTION_URL = {
    "functionName": "report",
    "authorizationType": "AWS_IAM",
    "cors": {"allowOrigins": ["https://shop.example.com"], "allowCredentials": True},
}

VARIATIONS: Variations = {
    "cdn-url": {
        "the address that AWS gives": [NOT_KNOWN, made_from(CDN)],
        "a record's name": [NOT_KNOWN, made_from(("Record", "cdn-A"))],
        "a slash at the end": [env("CDN_BASE_URL", "https://cdn.example.com/")],
        "a folder": [env("CDN_BASE_URL", "https://cdn.example.com/pictures")],
        "a port": [env("CDN_BASE_URL", "https://cdn.example.com:443")],
        "the host alone": said_instead("CDN_BASE_URL", "CDN_HOST", "cdn.example.com"),
        "a ConfigMap": [*said_instead("CDN_BASE_URL", "LOG_LEVEL", "info"), *configured(CDN_URL="https://cdn.example.com")],
        "the bucket's name for uploads": told("CDN_BUCKET", "shop-pictures-123456789012"),
        "the bucket that is not known yet beside it": [
            NOT_KNOWN, *told("UPLOAD_S3_BUCKET", UNKNOWN), made_from(CDN, BUCKET),
        ],
        "another CDN for scripts": told("SCRIPTS_CDN_URL", "https://cdn.jsdelivr.net/npm"),
        "a switch": told("CDN_ENABLED", "true"),
        "the distribution for invalidations": [*told("CDN_DISTRIBUTION_ID", UNKNOWN), made_from(CDN)],
        "none in development": told("LOCAL_CDN_URL", ""),
    },
    "cors-origin": {
        "several pages": [env("CORS_ORIGINS", "https://shop.example.com,https://admin.example.com")],
        "a list as JSON": [env("CORS_ORIGINS", '["https://shop.example.com", "https://admin.example.com"]')],
        "spaces between them": [env("CORS_ORIGINS", "https://shop.example.com https://admin.example.com")],
        "every page of a domain": [env("CORS_ORIGINS", "https://*.example.com")],
        "a pattern": said_instead("CORS_ORIGINS", "CORS_ALLOWED_ORIGIN_REGEXES", r"^https://[a-z0-9-]+\.example\.com$"),
        "everybody, without credentials": [env("CORS_ORIGINS", "*"), *told("CORS_ALLOW_CREDENTIALS", "false")],
        "a mobile application": [env("CORS_ORIGINS", "https://shop.example.com,capacitor://localhost,ionic://localhost")],
        "another framework's name": said_instead("CORS_ORIGINS", "DJANGO_CORS_ALLOWED_ORIGINS", "https://shop.example.com"),
        "not all": told("CORS_ALLOW_ALL_ORIGINS", "false"),
        "public pictures for every page": bucket_rules({"allowedMethods": ["GET"], "allowedOrigins": ["*"]}),
        "two rules of the bucket": bucket_rules(
            {"allowedMethods": ["GET"], "allowedOrigins": ["*"]},
            {"allowedMethods": ["PUT"], "allowedOrigins": ["https://admin.example.com"]},
        ),
        "an HTTP API for everybody": [Added("aws:apigatewayv2/api:Api", "public", HTTP_API)],
        "headers by CloudFront": [Added("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", "pictures", HEADERS)],
        "a function's URL": [Added("aws:lambda/functionUrl:FunctionUrl", "report", FUNCTION_URL)],
    },
}  # fmt: skip
