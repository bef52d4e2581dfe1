"""`websocket-stickiness`: a WebSocket's handshake and its requests reach the same pod, and it may be silent for a while.

On TEA's site handshakes landed on the other node, where nobody knew the session. A target group or Ingress of an Application Load
Balancer that serves WebSockets has cookie stickiness for an hour or longer, and the load balancer waits at least as long as the
application's ping interval before it cuts a silent connection.

What serves WebSockets says so: `websocket` in its name, a label, an annotation or a tag, or in a variable of the pods behind it
(`WEBSOCKET_PING_INTERVAL_SECONDS`). A variable with an address (`WEBSOCKET_URL`) is for those who connect, and one that is off says
the opposite.

Sources: pulumi-aws, `lb.TargetGroup.stickiness` (off without a word; 86400 seconds once on) and `lb.LoadBalancer.idle_timeout` (60
seconds without a word); AWS Load Balancer Controller, "Ingress annotations" (`target-group-attributes`,
`load-balancer-attributes`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from incidents.edges import LOAD_BALANCERS, named
from incidents.graph import Graph, Resource
from incidents.references import is_said, values_at
from incidents.rule import Finding, Rule, Verdict, each
from incidents.rules.deregistration_delay import whole
from incidents.rules.https_redirect import LISTENER_RULES, LISTENERS
from incidents.targets import INGRESS, TARGET_GROUPS, behind_group, behind_services
from incidents.unknowns import Undecided, Unknown, as_dict, as_list
from incidents.variables import Variable, variables

SAYS_SO = re.compile(r"web[-_. ]?sockets?", re.IGNORECASE)
PING = re.compile(
    r"^(WEBSOCKET|WEB_SOCKET|WS|SOCKET_?IO)_(\w+_)?(PING|HEARTBEAT|KEEPALIVE)\w*?(_(?P<unit>MS|MILLISECONDS))?$"
)
ADDRESS = re.compile(r"(URL|URI|HOST|HOSTNAME|ENDPOINT|ORIGIN|ADDRESS)$")
OFF = {"0", "false", "no", "off"}
ALB = "alb.ingress.kubernetes.io/"

LEAST_SECONDS = 3600
DEFAULT_COOKIE_SECONDS, DEFAULT_IDLE_SECONDS = 86400, 60

REMEDY = (
    'stickiness={"type": "lb_cookie", "enabled": True, "cookie_duration": 3600} and an idle_timeout above the ping interval; on an '
    "Ingress target-group-attributes: stickiness.enabled=true,stickiness.lb_cookie.duration_seconds=3600 and "
    "load-balancer-attributes: idle_timeout.timeout_seconds=120"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each target group and each Ingress of an Application Load Balancer."""
    yield from each(RULE.id, graph.of_type(*TARGET_GROUPS), lambda group: judge_group(graph, group))
    yield from each(RULE.id, graph.of_type(INGRESS), lambda ingress: judge_ingress(graph, ingress))


def judge_group(graph: Graph, group: Resource) -> Finding:
    if group.peek("targetType") in ("lambda", "alb") or group.peek("protocol") not in ("HTTP", "HTTPS", None):
        return Finding(Verdict.NOT_APPLICABLE, group.urn)
    pods = behind_group(graph, group)
    said = [group.name, group.peek("name"), *texts(group.peek("tags")), *about(graph, pods)]
    if not says_so(said):
        return Finding(Verdict.NOT_APPLICABLE, group.urn)
    seconds = cookie_seconds(group)
    if seconds < LEAST_SECONDS:
        return not_sticky(group, seconds)
    return judge_pings(graph, group, pods, lambda: [idle_seconds(found) for found in balancers(graph, group)])


def cookie_seconds(group: Resource) -> int:
    """How long a client keeps its target, 0 for not at all. Raises `Undecided`."""
    if not is_said(group, "stickiness"):
        return 0
    said = group.get("stickiness")
    enabled = as_dict(said).get("enabled") is not False and as_dict(said).get("type") in (
        "lb_cookie",
        "app_cookie",
    )
    return whole(as_dict(said).get("cookieDuration") or DEFAULT_COOKIE_SECONDS) if enabled else 0


def balancers(graph: Graph, group: Resource) -> Iterator[Resource]:
    """The load balancers of the stack that send to the group, by their listeners or rules of these."""
    for types, prop, owner in (
        (LISTENERS, "defaultActions", "loadBalancerArn"),
        (LISTENER_RULES, "actions", "listenerArn"),
    ):
        for resource in graph.of_type(*types):
            literal = set(filter(lambda text: isinstance(text, str), arns(resource.peek(prop))))
            if group not in graph.dependencies(resource, prop) and group.peek("arn") not in literal:
                continue
            found = named(graph, resource, owner, LOAD_BALANCERS if owner == "loadBalancerArn" else LISTENERS)
            if isinstance(found, Resource) and found.type in LISTENERS:
                found = named(graph, found, "loadBalancerArn", LOAD_BALANCERS)
            if isinstance(found, Resource):
                yield found


def arns(actions: Any) -> Iterator[Any]:
    yield from values_at(actions, ("targetGroupArn",))
    yield from values_at(actions, ("forward", "targetGroups", "arn"))


def idle_seconds(balancer: Resource) -> int:
    return whole(balancer.get("idleTimeout")) if is_said(balancer, "idleTimeout") else DEFAULT_IDLE_SECONDS


def judge_ingress(graph: Graph, ingress: Resource) -> Finding:
    annotations = ingress.peek("metadata", "annotations")
    if isinstance(annotations, Unknown):
        raise Undecided("its annotations are not known at preview")
    if not any(key.startswith(ALB) for key in as_dict(annotations)):
        return Finding(Verdict.NOT_APPLICABLE, ingress.urn)
    pods = behind_services(graph, sorted(backends(ingress)))
    if not says_so([ingress.name, *texts(ingress.peek("metadata")), *about(graph, pods)]):
        return Finding(Verdict.NOT_APPLICABLE, ingress.urn)
    attributes = attributes_of(annotations, "target-group-attributes")
    enabled = attributes.get("stickiness.enabled") == "true"
    duration = attributes.get("stickiness.lb_cookie.duration_seconds") or attributes.get(
        "stickiness.app_cookie.duration_seconds"
    )
    seconds = whole(duration or DEFAULT_COOKIE_SECONDS) if enabled else 0
    if seconds < LEAST_SECONDS:
        return not_sticky(ingress, seconds)
    idle = attributes_of(annotations, "load-balancer-attributes").get("idle_timeout.timeout_seconds")
    return judge_pings(graph, ingress, pods, lambda: [whole(idle or DEFAULT_IDLE_SECONDS)])


def attributes_of(annotations: Any, name: str) -> dict[str, str]:
    """The pairs of an annotation (`a=1,b=2`). Raises `Undecided`."""
    said = as_dict(annotations).get(f"{ALB}{name}", "")
    if isinstance(said, Unknown):
        raise Undecided(f"the annotation {ALB}{name} is not known at preview")
    pairs = (item.partition("=") for item in str(said).split(","))
    return {key.strip(): value.strip() for key, _, value in pairs}


def backends(ingress: Resource) -> set[str]:
    """The names of the services that an Ingress sends to."""
    spec = ingress.peek("spec")
    found = {
        *values_at(as_dict(spec).get("rules"), ("http", "paths", "backend", "service", "name")),
        *values_at(spec, ("defaultBackend", "service", "name")),
    }
    return {name for name in found if isinstance(name, str)}


def about(graph: Graph, pods: Iterable[Resource]) -> Iterator[str]:
    """The names by which workloads may say that they serve WebSockets."""
    for resource in pods:
        yield from texts(resource.peek("metadata"))
        yield from texts(resource.peek("spec", "template", "metadata"))
        yield from (variable.name for variable in variables(graph, resource) if is_of_server(variable))


def is_of_server(variable: Variable) -> bool:
    """Whether a variable about WebSockets may be one of who serves them."""
    return not ADDRESS.search(variable.name.upper()) and str(variable.value).strip().lower() not in OFF


def texts(said: Any) -> Iterator[str]:
    """The names and values in metadata or tags, but no address."""
    for key, value in sorted(as_dict(said).items()):
        yield key
        yield from texts(value) if as_dict(value) else [value] if isinstance(value, str) else []
    yield from (item for item in as_list(said) if isinstance(item, str))


def says_so(said: Iterable[Any]) -> bool:
    return any(isinstance(text, str) and SAYS_SO.search(text) for text in said)


def judge_pings(
    graph: Graph, subject: Resource, pods: Iterable[Resource], idle: Callable[[], list[int]]
) -> Finding:
    """The verdict on the idle time-outs (which `idle` gives) against the longest ping interval that the pods are told."""
    pings = [
        found
        for resource in pods
        for variable in variables(graph, resource)
        if (found := ping_seconds(variable))
    ]
    for seconds in idle() if pings else []:
        if seconds < max(pings):
            text = (
                f"{subject} serves WebSockets that are pinged every {max(pings):g} seconds, but its load balancer cuts after "
                f"{seconds} silent ones: each connection would break between two pings. Remedy: {REMEDY}."
            )
            return Finding(Verdict.FAIL, subject.urn, text)
    return Finding(Verdict.PASS, subject.urn)


def ping_seconds(variable: Variable) -> float | None:
    """The interval in seconds; None for a variable that is about something else. Raises `Undecided`."""
    match = PING.match(variable.name.upper())
    if match is None:
        return None
    if isinstance(variable.value, Unknown):
        raise Undecided(f"{variable} is not known at preview")
    try:
        return float(variable.value) / (1000 if match["unit"] else 1)
    except ValueError:
        return None


def not_sticky(resource: Resource, seconds: int) -> Finding:
    what = (
        f"keeps a client for {seconds} seconds, less than {LEAST_SECONDS}"
        if seconds
        else "has no cookie stickiness"
    )
    text = (
        f"{resource} serves WebSockets and {what}: handshakes and reconnects would land on a pod that does not know the session. "
        f"Remedy: {REMEDY}."
    )
    return Finding(Verdict.FAIL, resource.urn, text)


RULE = Rule(
    id="websocket-stickiness",
    why="A WebSocket's requests land on different pods, or it is cut between two pings.",
    remedy=REMEDY,
    check=check,
)
