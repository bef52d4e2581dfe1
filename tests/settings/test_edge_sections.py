"""What a person may write for content, DNS and the firewall, and what a mistake says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from settings.content import ContentSettings
from settings.dns import DnsSettings, host_problems
from settings.firewall import FirewallSettings, path_problems
from settings.problems import describe

DOMAIN = {"domain": "cdn.example.com"}
PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0C\n-----END PUBLIC KEY-----"


def refused(section: type[BaseModel], config: Mapping[str, Any]) -> Iterator[str]:
    with pytest.raises(ValidationError) as refusal:
        section.model_validate(config)
    return describe(refusal.value, section)


@pytest.mark.parametrize(
    ("section", "config", "key", "words"),
    [
        (ContentSettings, {}, "domain", "cdn.example.com"),
        (ContentSettings, {"domain": "https://cdn.example.com"}, "domain", "without scheme"),
        (ContentSettings, {"domain": "CDN.example.com"}, "domain", "lower case"),
        (ContentSettings, {"domain": "localhost"}, "domain", "no domain name"),
        (ContentSettings, {"domain": f"{'a' * 64}.example.com"}, "domain", "no domain name"),
        (ContentSettings, DOMAIN | {"uplaods": True}, "uplaods", "Did you mean `uploads`?"),
        (ContentSettings, DOMAIN | {"uploads": {"limit": "6Gi"}}, "uploads.limit", "up to '5Gi'"),
        (ContentSettings, DOMAIN | {"uploads": {"limit": 10}}, "uploads.limit", "like '10Mi'"),
        (ContentSettings, DOMAIN | {"uploads": {"limit": "ten"}}, "uploads.limit", "no size"),
        (ContentSettings, DOMAIN | {"uploads": {"limit": "500m"}}, "uploads.limit", "no size"),
        (ContentSettings, DOMAIN | {"price_class": "200"}, "price_class", "'PriceClass_200'"),
        (ContentSettings, DOMAIN | {"noncurrent_days": 0}, "noncurrent_days", "at least 1"),
        (
            ContentSettings,
            DOMAIN | {"error_pages": {"404": "404.html"}},
            "error_pages.404",
            "no path",
        ),
        (
            ContentSettings,
            DOMAIN | {"error_pages": {"500": "/500.html"}},
            "error_pages.500",
            "'403' or '404'",
        ),
        (ContentSettings, DOMAIN | {"signing_keys": {"a": "ssh-rsa AAA"}}, "signing_keys.a", "in PEM"),
        (DnsSettings, {"zone": "example.com."}, "zone", "no domain name"),
        (DnsSettings, {"zone": "dev.example.com", "parent": "example.com"}, "parent", "`create: true`"),
        (DnsSettings, {"zone": "example.com", "create": True, "parent": "b.net"}, "parent", "no parent of"),
        (DnsSettings, {"zone": "a.b.net", "create": True, "parent": "a.b.net"}, "parent", "no parent of"),
        (DnsSettings, {"zone": "xb.net", "create": True, "parent": "b.net"}, "parent", "no parent of"),
        (FirewallSettings, {"mode": "log"}, "mode", "'block' or 'count'"),
        (FirewallSettings, {"rate_limit": 9}, "rate_limit", "at least 10"),
        (FirewallSettings, {"rate_limit": 50}, "auth_rate_limit", "rate-limit"),
        (FirewallSettings, {"body_limit": "0"}, "body_limit", "no size"),
        (FirewallSettings, {"log_retention_days": 31}, "log_retention_days", "Write 30"),
    ],
)
def test_a_mistake_is_one_problem_with_its_key(
    section: type[BaseModel], config: Mapping[str, Any], key: str, words: str
):
    (found,) = refused(section, config)
    assert found.startswith(f"plinth:{key}: ")
    assert words in found
    assert found.endswith((".", "?"))


def test_a_private_key_is_never_shown():
    pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYD\n-----END PRIVATE KEY-----"
    (found,) = refused(ContentSettings, DOMAIN | {"signing_keys": {"first": pem}})
    assert "MC4CAQAwBQYD" not in found
    assert "Secrets Manager" in found


@pytest.mark.parametrize(
    ("uploads", "limit"),
    [(False, None), (True, 10 * 2**20), ({}, 10 * 2**20), ({"limit": "64Ki"}, 65536), ({"limit": "5Gi"}, 5 * 2**30)],
)  # fmt: skip
def test_the_upload_limit_is_in_bytes(uploads: Any, limit: int | None):
    assert ContentSettings.model_validate(DOMAIN | {"uploads": uploads}).upload_limit == limit


def test_a_public_key_ends_in_a_newline_as_cloudfront_answers_it():
    settings = ContentSettings.model_validate(DOMAIN | {"signing_keys": {"first": PUBLIC_KEY}})
    assert settings.signing_keys["first"] == f"{PUBLIC_KEY}\n"


def test_hosts_are_in_the_zone():
    zone = DnsSettings(zone="example.com")
    inside = {"ingress.domain": "example.com", "content.domain": "cdn.example.com"}
    assert list(host_problems(zone, inside)) == []
    outside = {"content.domain": "cdn.example.org", "ingress.domain": "myexample.com"}
    assert [key for key, _ in host_problems(zone, outside)] == ["content.domain", "ingress.domain"]
    ((key, text),) = host_problems(None, {"content.domain": "cdn.example.com"})
    assert key == "content.domain"
    assert "Add `dns`" in text


def test_paths_are_refused_where_aws_would():
    assert list(path_problems({"services.auth.auth_paths": ["/api/v1/auth/login"]})) == []
    many = [f"/api/v1/authentication/{number:02}" for number in range(20)]
    ((key, text),) = path_problems({"services.web.auth_paths": ["/login"], "services.auth.auth_paths": many})
    assert key == "services.auth.auth_paths"
    assert "21 paths" in text
