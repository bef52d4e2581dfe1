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
from typing import Any

from incidents.caches import Cache, caches, may_be
from incidents.environment import Container, containers
from incidents.graph import Graph, Resource
from incidents.references import is_said
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, Unknown

OWNER = r"(REDIS|VALKEY|CACHE|ELASTICACHE)_?"
SWITCH = re.compile(rf"^(.*_)?{OWNER}((USE|ENABLE|REQUIRE)_)?(SSL|TLS)(_(ENABLED?|REQUIRED?))?$")
HOST = re.compile(rf"^(.*_)?{OWNER}(HOST|HOSTNAME|SERVER|ENDPOINT|ADDRESS)$")
URL = re.compile(rf"^(.*_)?{OWNER}(URL|URI|DSN|CONNECTION_STRING)$")
"""How programs name the variables of their client."""

BARE_SWITCH = "TLS_ENABLED"
"""Means the cache's client in a container that has such a one; elsewhere it may be the container's own port."""

OFF = {"0", "false", "no", "off", "disable", "disabled"}
PLAIN, ENCRYPTED = ("redis://", "valkey://"), ("rediss://", "valkeys://")
HOST_IN_URL = re.compile(r"://(?:[^@/]*@)?(\[[^]]*\]|[^:/?]+)")
NEARBY = re.compile(r"^(127\.[\d.]+|[^.:]+|[^.]+\.[^.]+\.svc(\.cluster\.local)?)(:\d+)?$", re.IGNORECASE)
"""Hosts in the pod or in the cluster; an endpoint of ElastiCache has more parts."""

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
    yield from each(RULE.id, clients, lambda resource: judge_client(graph, resource, wants_tls=wants_tls))


def judge_cache(cache: Cache) -> Finding:
    """What is certainly missing comes before what is not known."""
    if cache.is_serverless:
        return Finding(Verdict.PASS, cache.resource.urn)
    missing: list[str] = []
    questions: list[Undecided] = []
    for lack in (in_transit,) if cache.is_memcached else (in_transit, at_rest, password):
        try:
            missing += lack(cache)
        except Undecided as undecided:
            questions.append(undecided)
    if missing:
        text = (
            f"{cache}: {'; '.join(missing)}. Whoever reaches the network reads sessions and cached rows. Remedy: {REMEDY}"
            f"{'' if cache.is_replication_group or cache.is_memcached else ', on an aws.elasticache.ReplicationGroup'}."
        )
        return Finding(Verdict.FAIL, cache.resource.urn, text)
    if questions:
        raise questions[0]
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


def judge_client(graph: Graph, resource: Resource, *, wants_tls: bool) -> Finding:
    """The verdict on a workload's containers: what is certainly off comes before what is not known."""
    verdicts = {Verdict.NOT_APPLICABLE}
    questions: list[str] = []
    for container in containers(graph, resource):
        if is_nearby(container):
            continue
        settings = client_settings(container)
        off = [where for where, value in settings.items() if value is False]
        if off and wants_tls:
            text = (
                f"{resource}: container '{container.name}' speaks plain text ({', '.join(off)}) to a cache that wants TLS: it "
                f"would hang for ever on connecting. Remedy: {CLIENT_REMEDY}."
            )
            return Finding(Verdict.FAIL, resource.urn, text)
        if off:
            questions.append(f"{off[0]} is meant for a cache that is not in this stack, or takes plain text")
        elif True in settings.values():
            verdicts.add(Verdict.PASS)
        elif settings:
            questions += [f"{where} is not known at preview" for where in settings]
        elif container.open and wants_tls:
            questions.append(f"of container '{container.name}', {container.open}")
    if questions:
        raise Undecided(questions[0])
    return Finding(Verdict.PASS if Verdict.PASS in verdicts else Verdict.NOT_APPLICABLE, resource.urn)


def client_settings(container: Container) -> dict[str, bool | None]:
    """By the variable that says it, whether the container's client uses TLS; None where that is not known."""
    found: dict[str, bool | None] = {}
    has_client = any(HOST.match(name) or URL.match(name) for name in container.env)
    for name, value in sorted(container.env.items()):
        if SWITCH.match(name) or (has_client and name == BARE_SWITCH):
            shown = name if isinstance(value, Unknown) else f"{name}={value}"
            found[shown] = None if isinstance(value, Unknown) else str(value).strip().lower() not in OFF
        elif URL.match(name):
            found |= url_setting(name, value)
    return found


def url_setting(name: str, value: Any) -> dict[str, bool | None]:
    """What a URL's scheme says of TLS. The URL may hold a password, so no more of it than that is shown."""
    if isinstance(value, Unknown):
        return {name: None}
    text = str(value).strip().lower()
    if text.startswith(ENCRYPTED):
        return {f"{name} is rediss://": True}
    return {f"{name} is redis://": False} if text.startswith(PLAIN) else {}


def is_nearby(container: Container) -> bool:
    """Whether all that a container says of its cache's host is in the cluster."""
    hosts: list[str] = []
    for name, value in container.env.items():
        if isinstance(value, Unknown):
            continue
        if HOST.match(name):
            hosts.append(str(value))
        elif URL.match(name):
            hosts += HOST_IN_URL.findall(str(value))
    return bool(hosts) and all(NEARBY.match(host) for host in hosts)


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
