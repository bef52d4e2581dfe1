"""`cache-tls`: the cache takes only encrypted connections that know a password, and its clients speak TLS.

On the DOA market the gateway hung for ever on connecting: the cache wanted TLS, its client spoke plain text, and neither
said so.

Caches: replication groups (in transit, at rest, a password or a user group), clusters of Memcached (in transit; it has no
more). Serverless caches have TLS and encryption always. Clients: pods that say `redis://`, `REDIS_TLS=false` or the like,
unless they talk to something in the cluster.

Sources: ElastiCache user guide, "ElastiCache in-transit encryption (TLS)" (mode `preferred` takes plain text as well),
"At-Rest Encryption in ElastiCache", "Authenticating with the AUTH command"; pulumi-aws, `elasticache.ReplicationGroup`
(off without a word; at rest, Valkey's default is on: remembered, not read again).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from incidents.caches import Cache, caches, lacking, may_be
from incidents.environment import Container
from incidents.graph import Graph
from incidents.references import is_said
from incidents.rule import Finding, Rule, Verdict, each
from incidents.tls_clients import Settings, Store, judge_client

OWNER = r"(REDIS|VALKEY|CACHE|ELASTICACHE)_?"
SWITCH = re.compile(rf"^(.*_)?{OWNER}((USE|ENABLE|REQUIRE)_)?(SSL|TLS)(_(ENABLED?|REQUIRED?))?$")
HOST = re.compile(rf"^(.*_)?{OWNER}(HOST|HOSTNAME|SERVER|ENDPOINT|ADDRESS)$")
URL = re.compile(rf"^(.*_)?{OWNER}(URL|URI|DSN|CONNECTION_STRING)$")
"""How programs name the variables of their client."""

BARE_SWITCH = "TLS_ENABLED"

PLAIN, ENCRYPTED = ("redis://", "valkey://"), ("rediss://", "valkeys://")
PASSWORDS = ("authToken", "authTokenWo", "authTokenWoVersion", "userGroupIds")

REMEDY = (
    "transit_encryption_enabled=True, at_rest_encryption_enabled=True and an auth_token or user_group_ids; give clients a "
    "rediss:// URL and a connect timeout"
)
CLIENT_REMEDY = "a rediss:// URL, or TLS switched on, and a connect timeout"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each cache, and for each resource that runs pods."""
    found = caches(graph)
    clients = [resource for resource in graph.resources if resource.type.startswith("kubernetes:")]
    wants_tls = any(map(may_want_tls, found))
    yield from each(
        RULE.id, [cache.resource for cache in found], lambda resource: judge_cache(Cache(graph, resource))
    )
    yield from each(
        RULE.id, clients, lambda resource: judge_client(graph, resource, STORE, is_here=wants_tls)
    )


def judge_cache(cache: Cache) -> Finding:
    if cache.is_serverless:
        return Finding(Verdict.PASS, cache.resource.urn)
    missing = lacking(cache, (in_transit,) if cache.is_memcached else (in_transit, at_rest, password))
    if missing:
        text = (
            f"{cache}: {'; '.join(missing)}. Whoever reaches the network reads sessions and cached rows. Remedy: {REMEDY}"
            f"{'' if cache.is_replication_group or cache.is_memcached else ', on an aws.elasticache.ReplicationGroup'}."
        )
        return Finding(Verdict.FAIL, cache.resource.urn, text)
    return Finding(Verdict.PASS, cache.resource.urn)


def in_transit(cache: Cache) -> list[str]:
    if cache.shared("transitEncryptionEnabled") is not True:
        return ["it takes plain text (transit_encryption_enabled)"]
    mode = cache.shared("transitEncryptionMode")
    return ["it takes plain text too (transit_encryption_mode is preferred)"] if mode == "preferred" else []


def at_rest(cache: Cache) -> list[str]:
    said = cache.shared("atRestEncryptionEnabled")
    if said is True or (said is None and cache.engine == "valkey"):
        return []
    return ["what it writes to disk is not encrypted (at_rest_encryption_enabled)"]


def password(cache: Cache) -> list[str]:
    if has_password(cache) or has_password(cache.primary):
        return []
    return ["it asks for no password (auth_token or user_group_ids)"]


def has_password(cache: Cache) -> bool:
    return any(is_said(cache.resource, prop) for prop in PASSWORDS)


def may_want_tls(cache: Cache) -> bool:
    return cache.is_serverless or may_be(cache, "transitEncryptionEnabled", True)


def is_switch(name: str, container: Container) -> bool:
    """A bare switch means the cache's client in a container that has one; elsewhere it may be the container's own port."""
    if name == BARE_SWITCH:
        return any(HOST.match(variable) or URL.match(variable) for variable in container.env)
    return SWITCH.match(name) is not None


def of_url(name: str, url: str) -> Settings:
    """What a URL's scheme says. The URL may hold a password, so no more of it than that is shown."""
    scheme = url.strip().lower()
    if scheme.startswith(ENCRYPTED):
        return {f"{name} is rediss://": True}
    return {f"{name} is redis://": False} if scheme.startswith(PLAIN) else {}


STORE = Store(
    HOST,
    URL,
    is_switch,
    of_url,
    plain=f"speaks plain text ({{off}}) to a cache that wants TLS: it would hang for ever on connecting. Remedy: {CLIENT_REMEDY}.",
    elsewhere="a cache that is not in this stack, or takes plain text",
)

RULE = Rule(
    id="cache-tls",
    why="A cache takes plain text or no password, or a client without TLS hangs on a cache that wants it.",
    remedy=REMEDY,
    check=check,
    bad="""
        aws.elasticache.ReplicationGroup("cache", description="sessions", node_type="cache.t4g.small")
    """,
    good="""
        aws.elasticache.ReplicationGroup(
            "cache", description="sessions", node_type="cache.t4g.small", transit_encryption_enabled=True,
            at_rest_encryption_enabled=True, auth_token=password.result)
    """,
)
