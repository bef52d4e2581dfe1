"""`env-contract`: variables hold no secrets and no places that somebody typed.

On the DOA market one service had its own copy of the database's host; in SWO's order service secrets stood in variables and
logs, and a variable that nobody had set crashed the program at first use. A secret comes by `secretKeyRef`; the host of a
database, cache, queue or search engine comes from the resource that is there (an output, a ConfigMap, a Secret, the stack's
configuration); nothing is at `localhost` unless a container of the pod serves it; and what a variable is made of exists.

Hosts in the cluster are names of Services and fine as they are, as are addresses of services outside (`api.example.com`).

Sources: Kubernetes documentation, "Define Environment Variables for a Container", "Define Dependent Environment Variables" (an
undefined `$(NAME)` stays as it is, `$$(NAME)` too; only earlier ones and those of `envFrom` count), "Service" (each gives
`NAME_SERVICE_HOST`); API reference, SecretKeySelector v1 (`optional`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from incidents.environment import REFERENCE, from_reference
from incidents.environment import container as with_env
from incidents.graph import Graph, Resource
from incidents.hosts import hosts_in, is_nearby
from incidents.passwords import configured, in_text, is_written
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Unknown, as_dict, as_list
from incidents.workloads import Workload, conclude, name_of, namespace_of, services, workload, workloads

SECRET = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET_KEY|SECRET_ACCESS_KEY|API_?KEY|ACCESS_TOKEN|AUTH_TOKEN|REFRESH_TOKEN|"
    r"API_TOKEN|PRIVATE_KEY|ENCRYPTION_KEY|SIGNING_KEY|(JWT|SESSION|CLIENT|COOKIE|APP|AUTH|HMAC|WEBHOOK|CONSUMER)_SECRET|(JWT|SESSION|TOKEN)_KEY|(?<!MAX_)TOKEN)$"
)
PLACE = r"(HOST|HOSTNAME|SERVERS?|ENDPOINTS?|URL|URI|DSN|ADDR|ADDRESS|ADDRESSES|BROKERS?|NODES?)"
STORE = re.compile(
    r"^(.*_)?(DB|DATABASE|PG|POSTGRES|POSTGRESQL|MYSQL|MONGO|MONGODB|REDIS|VALKEY|CACHE|MEMCACHED|OPENSEARCH|ELASTICSEARCH|"
    rf"ELASTIC(?!_APM)|RABBITMQ|AMQP|KAFKA|MQ)(_(.*_)?)?{PLACE}$"
)
ENDPOINT = re.compile(rf"^(.*_)?{PLACE}$")
LISTENS = re.compile(
    r"^(HOST|HOSTNAME)$|(^|_)(BIND|LISTEN|SERVER|HTTP|WEB|APP_HOST|GRPC|METRICS|ADMIN|MANAGEMENT|ALLOWED|ADVERTISED?)_",
    re.IGNORECASE,
)
"""What a program itself listens at, or lets in."""

LOCAL = re.compile(
    r"^(?:[a-z][\w+.-]*://)?(?:[^@/\s]*@)?(localhost|127\.[\d.]+|\[::1\])(?::(\d+))?(?:[/?,].*)?$",
    re.IGNORECASE,
)
INJECTS = re.compile(r"[-/]inject$")
NOT_INJECTED = {"false", "disabled"}
GIVEN = re.compile(r"_SERVICE_(HOST|PORT(_\w+)?)$|_PORT(_\d+_(TCP|UDP)(_\w+)?)?$|^KUBERNETES_")

CONSEQUENCE = "secrets show in manifests and logs, and a place that changes, or was never there, is found out at first use"
REMEDY = "valueFrom.secretKeyRef for secrets; the resource's output (or a ConfigMap made of it) for hosts; a variable for each $(NAME)"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that runs pods."""
    known = configured()
    yield from each(RULE.id, workloads(graph), lambda resource: judge(graph, resource, known))


def judge(graph: Graph, resource: Resource, known: frozenset[str]) -> Finding:
    found = workload(resource)
    if not any(item.get("env") or item.get("envFrom") for item in found.all_containers):
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    references = referred(graph, resource) | known
    wrong: list[str] = []
    questions: list[str] = []
    for container in found.all_containers:
        who = name_of(container)
        if isinstance(container.get("env"), Unknown):
            questions.append(f"env of {who} is not known at preview")
            continue
        mistakes = [
            *secrets(container),
            *typed_places(graph, container, references),
            *nearby_places(graph, found, container),
            *missing(graph, container),
        ]
        wrong += [f"{text} in {who}" for text in mistakes]
    return conclude(resource, wrong, questions, consequence=CONSEQUENCE, remedy=REMEDY)


def literals(container: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The variables of a container that say their value themselves."""
    for item in map(as_dict, as_list(container.get("env"))):
        if isinstance(item.get("name"), str) and item.get("value") is not None:
            yield item["name"], item["value"]


def secrets(container: Mapping[str, Any]) -> Iterator[str]:
    """Variables that hold a secret; one that is only known later is one as well. No text shows it."""
    for name, value in literals(container):
        named = SECRET.search(name.upper()) and "PUBLIC" not in name.upper()
        if (named and (isinstance(value, Unknown) or is_secret(str(value)))) or in_text(
            str(value) if "://" in str(value) else "", name
        ):
            yield f"a secret stands in the value of {name}"


def is_secret(text: str) -> bool:
    """Whether a text is a secret itself, not a path to one or made of other variables."""
    return is_written(text) and not text.startswith("/") and not REFERENCE.search(text)


def referred(graph: Graph, resource: Resource) -> frozenset[str]:
    """All texts that resources beneath the workload's edges have: what equals one of them came from there."""
    targets = {target.urn: target for prop in resource.edges for target in graph.dependencies(resource, prop)}
    return frozenset(text for target in targets.values() for text in texts_in(target.props))


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in (*as_dict(value).values(), *as_list(value)):
        yield from texts_in(inner)


def typed_places(graph: Graph, container: Mapping[str, Any], references: frozenset[str]) -> Iterator[str]:
    """Hosts of data stores outside the cluster that no resource gave."""
    for name, value in literals(container):
        if not STORE.match(name.upper()) or not isinstance(value, str) or value in references:
            continue
        hosts = [host.partition(":")[0] for item in value.split(",") for host in hosts_in(item.strip())]
        typed = [
            host
            for host in hosts
            if is_typed(host) and not is_service(graph, host) and not any(host in text for text in references)
        ]
        if typed:
            yield f"{name} has the host '{typed[0]}', which is typed and not taken from what it belongs to,"


def is_typed(host: str) -> bool:
    """Whether a host is outside the cluster and no variable."""
    return "." in host and not is_nearby(host) and "$" not in host and "{" not in host


def is_service(graph: Graph, host: str) -> bool:
    """Whether a host is a Service of the stack by its name and namespace (`redis.shop`)."""
    name, _, namespace = host.partition(".")
    return any(namespace_of(found) == namespace for found in services(graph).get(name, []))


def nearby_places(graph: Graph, found: Workload, container: Mapping[str, Any]) -> Iterator[str]:
    """Places at `localhost` that no container of the pod serves."""
    others = [item for item in found.containers if item is not container]
    ports = {str(int(port)) for item in found.containers for port in ports_of(item)}
    silent = any(not list(ports_of(item)) for item in others) or has_injected(found)
    for name, value in sorted(with_env(graph, container).env.items()):
        match = LOCAL.match(value) if isinstance(value, str) else None
        if not match or not ENDPOINT.match(name.upper()) or LISTENS.search(name):
            continue
        served = match[2] in ports if match[2] else bool(others)
        if not served and not silent:
            yield f"{name} is at {match[1]}{':' + match[2] if match[2] else ''}, where the pod serves nothing,"


def has_injected(found: Workload) -> bool:
    """Whether an admission webhook puts a container into the pod, which no manifest shows (`sidecar.istio.io/inject: "true"`)."""
    told = {**found.labels, **as_dict(found.metadata.get("annotations"))}
    return any(INJECTS.search(key) and str(value).lower() not in NOT_INJECTED for key, value in told.items())


def ports_of(container: Mapping[str, Any]) -> Iterator[float]:
    for port in map(as_dict, as_list(container.get("ports"))):
        if isinstance(port.get("containerPort"), int | float):
            yield port["containerPort"]


def missing(graph: Graph, container: Mapping[str, Any]) -> Iterator[str]:
    """References to variables and keys that are not there."""
    sources = [
        from_reference(graph, as_dict(item), "configMapRef", "secretRef")
        for item in as_list(container.get("envFrom"))
    ]
    open_ended = any(isinstance(source, Unknown) for source in sources)
    defined = set(with_env(graph, {"envFrom": container.get("envFrom")}).env)
    for item in map(as_dict, as_list(container.get("env"))):
        name, value = item.get("name"), item.get("value")
        for used in REFERENCE.findall(value) if isinstance(value, str) else ():
            if used and used not in defined and not open_ended and not GIVEN.search(used):
                yield f"$({used}) of {name} is no variable that is defined before it"
        source = as_dict(item.get("valueFrom"))
        held = from_reference(graph, source, "configMapKeyRef", "secretKeyRef")
        for reference in map(as_dict, source.values()):
            key = reference.get("key")
            if (
                isinstance(held, Mapping)
                and isinstance(key, str)
                and key not in held
                and reference.get("optional") is not True
            ):
                yield f"{name} takes key '{key}' of '{reference.get('name')}', which has none,"
        defined.add(str(name))


RULE = Rule(
    id="env-contract",
    why="A variable holds a secret, a typed host, localhost, or what is not there.",
    remedy=REMEDY,
    check=check,
)
