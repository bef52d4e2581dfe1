"""The environment contract: every variable that a service's containers get, in one place (incident `env-contract`).

Values are texts, or say where they come from: a fact that only the deployed stack knows, or a secret. Texts may refer to
earlier variables as `$(NAME)`, which the kubelet fills in (Kubernetes, "Define Dependent Environment Variables"), so that a
URL holds no password here. `docs/reference/environment.md` has the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from aws_facts import aurora, elasticache
from settings.env_names import REFERENCE
from settings.needs import named
from settings.service import Service

ROOT_CERTIFICATE = "/etc/rds/root.pem"
"""Where the certificate of the database's authority is mounted."""

CONNECT_TIMEOUT_MS = 5000
"""After this a client says that the cache is away; without a limit the DOA market's gateway hung (incident `cache-tls`)."""

CACHE_USER = "app"
"""The user that a cache with RBAC gives to the services."""

DATABASE_URL = (
    "postgresql://$(DB_USER):$(DB_PASSWORD)@$(DB_HOST):$(DB_PORT)/$(DB_NAME)"
    "?sslmode=$(DB_SSLMODE)&sslrootcert=$(PGSSLROOTCERT)"
)

SEARCH_USER = "search"

PROXY_HOPS = "1"
"""The load balancer alone stands before a service and ends TLS (incident `https-redirect`)."""


@dataclass(frozen=True)
class FromStack:
    """A value that the deployed stack has: `database`, `cache`, `bucket`, `search`, `queue:NAME` or `topic:NAME`."""

    fact: str


@dataclass(frozen=True)
class FromSecret:
    """The value of `key` in the secret of the service's database, of the cache or search, or in the service's own."""

    secret: Literal["database", "cache", "search", "own"]
    key: str


TUNABLE = ("NODE_ENV", "TRUST_PROXY", "CORS_ORIGINS", "REDIS_CONNECT_TIMEOUT_MS")
"""Variables of the contract that a service may set otherwise; the others tell what is so."""

Value = str | FromStack | FromSecret

Environment = Mapping[str, Value]
"""Variables in the order in which they may refer to each other."""


@dataclass(frozen=True)
class Surroundings:
    """What of the stack its services' variables tell.

    `pools` has the connections of each pod, by service; `routed` the services that browsers reach, at `page_hosts`.
    """

    region: str
    pools: Mapping[str, int]
    cache_auth: Literal["token", "rbac"] | None
    upload_limit: int | None
    cdn_base_url: str | None
    page_hosts: tuple[str, ...] = ()
    routed: frozenset[str] = frozenset()


def environment(name: str, service: Service, around: Surroundings) -> Environment:
    """The variables of the containers of the service called `name`; its own come last."""
    given = dict(contract(name, service, around))
    secrets = {key: FromSecret("own", key) for key in service.secrets}
    known = {**given, **service.env, **secrets}
    aliases = {
        alias: template
        for alias, template in service.env_templates.items()
        if all(part in known for part in REFERENCE.findall(template))
    }
    return {**known, **aliases}


def contract(name: str, service: Service, around: Surroundings) -> Iterator[tuple[str, Value]]:
    """What the stack gives to the service called `name`."""
    yield "NODE_ENV", "production"
    yield "AWS_REGION", around.region
    if service.port:
        yield "PORT", str(service.port)
        yield "TRUST_PROXY", PROXY_HOPS
        if name in around.routed:
            yield "CORS_ORIGINS", ",".join(f"https://{host}" for host in around.page_hosts)
    yield from of_database(name, service, around)
    if "redis" in service.needs:
        yield from of_cache(around)
    if around.cdn_base_url:
        yield "CDN_BASE_URL", around.cdn_base_url
    if around.upload_limit:
        yield "UPLOAD_MAX_BYTES", str(around.upload_limit)
    if "bucket" in service.needs:
        yield "UPLOAD_BUCKET", FromStack("bucket")
        yield "UPLOAD_FOLDER", name
    for queue in named(service.needs, "queue"):
        yield f"QUEUE_{constant(queue)}_URL", FromStack(f"queue:{queue}")
    for topic in named(service.needs, "topic"):
        yield f"TOPIC_{constant(topic)}_ARN", FromStack(f"topic:{topic}")
    searches = "search" in service.needs
    yield "OPENSEARCH_ENABLED", "true" if searches else "false"
    if searches:
        yield "OPENSEARCH_HOST", FromStack("search")
        yield "OPENSEARCH_URL", "https://$(OPENSEARCH_HOST)"
        yield "OPENSEARCH_USER", SEARCH_USER
        yield "OPENSEARCH_PASSWORD", FromSecret("search", "password")
    yield "RABBITMQ_ENABLED", "false"


def of_database(name: str, service: Service, around: Surroundings) -> Iterator[tuple[str, Value]]:
    database = service.own_database(name)
    if database is None:
        return
    own = database.name or name
    yield "DB_HOST", FromStack("database")
    yield "DB_PORT", str(aurora.DEFAULT_PORT)
    yield "DB_NAME", own
    yield "DB_USER", own
    yield "DB_POOL_MAX", str(around.pools[name])
    yield "DB_SSLMODE", "verify-full"
    yield "PGSSLROOTCERT", ROOT_CERTIFICATE
    yield "DB_AUTH", database.auth
    if database.auth == "password":
        yield "DB_PASSWORD", FromSecret("database", "password")
        yield "DATABASE_URL", DATABASE_URL


def of_cache(around: Surroundings) -> Iterator[tuple[str, Value]]:
    user = CACHE_USER if around.cache_auth == "rbac" else ""
    yield "REDIS_HOST", FromStack("cache")
    yield "REDIS_PORT", str(elasticache.DEFAULT_PORT)
    yield "REDIS_PASSWORD", FromSecret("cache", "password")
    yield "REDIS_URL", f"rediss://{user}:$(REDIS_PASSWORD)@$(REDIS_HOST):$(REDIS_PORT)"
    yield "REDIS_CONNECT_TIMEOUT_MS", str(CONNECT_TIMEOUT_MS)


def constant(name: str) -> str:
    """A name with hyphens as a part of a variable's."""
    return name.replace("-", "_").upper()
