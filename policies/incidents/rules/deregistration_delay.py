"""`deregistration-delay`: a deploy drops no request.

On TEA's site each deploy gave 5 % of 502s for five minutes: the load balancer kept sending to a target for AWS's 300 seconds
that was long gone. A target group gives up within 60 seconds. Where a `TargetGroupBinding` of the stack tells which pods
are its targets, the containers of those that declare a port it sends to (all where none does) sleep at least 5 seconds before they
stop, until the load balancer has noticed, and the pods have longer to end (`terminationGracePeriodSeconds`) than the delay.

Sources: pulumi-aws, `lb.TargetGroup` (300 seconds without a word; a Lambda has none); AWS Load Balancer Controller,
"TargetGroupBinding" and "Ingress annotations" (`target-group-attributes`; a Service's own win; `actions.NAME` for port
`use-annotation`); Kubernetes, "Pod Lifecycle" (30 seconds of grace without a word, `preStop` within them).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from incidents.graph import Graph, Resource
from incidents.health_checks import backends, services_of
from incidents.pods import TEMPLATE
from incidents.references import is_said
from incidents.rule import Finding, Rule, Threshold, Verdict, each
from incidents.targets import INGRESS, TARGET_GROUPS, behind_group, ports_behind
from incidents.unknowns import Undecided, Unknown, as_dict, as_list

ACTION = "alb.ingress.kubernetes.io/actions."
ANNOTATION = "alb.ingress.kubernetes.io/target-group-attributes"

STAYING = ("lambda", "alb")
"""Types of targets that no deploy takes out."""

DEFAULT_SECONDS = 300
DEFAULT_GRACE_SECONDS = 30
MOST_SECONDS = Threshold(
    "deregistration-delay", "mostSeconds", 60, 1, 3600, "The longest delay of a target group, in seconds."
)
LEAST_SLEEP_SECONDS = Threshold(
    "deregistration-delay",
    "leastSleepSeconds",
    5,
    0,
    600,
    "How long pods sleep before they stop, in seconds.",
)

REMEDY = (
    "deregistration_delay=30 (or less), and for pods terminationGracePeriodSeconds above it and a preStop that sleeps 5 "
    "seconds or more"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each target group, and for each Ingress that an Application Load Balancer serves."""
    yield from each(RULE.id, graph.of_type(*TARGET_GROUPS), lambda group: judge_group(graph, group))
    yield from each(RULE.id, graph.of_type(INGRESS), lambda ingress: judge_ingress(graph, ingress))


def judge_group(graph: Graph, group: Resource) -> Finding:
    if group.peek("targetType") in STAYING:
        return Finding(Verdict.NOT_APPLICABLE, group.urn)
    said = is_said(group, "deregistrationDelay")
    seconds = whole(group.get("deregistrationDelay")) if said else DEFAULT_SECONDS
    if seconds > graph.limit(MOST_SECONDS):
        return too_long(graph, group, f"deregistration_delay {seconds}{'' if said else ' (AWS default)'}")
    for pods in behind_group(graph, group):
        wrong = mistake(pods, seconds, graph.limit(LEAST_SLEEP_SECONDS), ports_behind(graph, group))
        if wrong:
            text = (
                f"{group} sends to {pods}, which {wrong}: each deploy would drop requests. Remedy: {REMEDY}."
            )
            return Finding(Verdict.FAIL, group.urn, text)
    return Finding(Verdict.PASS, group.urn)


def judge_ingress(graph: Graph, ingress: Resource) -> Finding:
    annotations = ingress.peek("metadata", "annotations")
    if isinstance(annotations, Unknown):
        raise Undecided("its annotations are not known at preview")
    if not any(key.startswith("alb.ingress.kubernetes.io/") for key in as_dict(annotations)):
        return Finding(Verdict.NOT_APPLICABLE, ingress.urn)
    if only_redirects(as_dict(annotations), ingress):
        return Finding(Verdict.NOT_APPLICABLE, ingress.urn)
    own = [as_dict(service.peek("metadata", "annotations")) for service in backends(graph, ingress)]
    matches = [attribute({**as_dict(annotations), **said}.get(ANNOTATION, "")) for said in own or [{}]]
    match = max(matches, key=seconds_of)
    if seconds_of(match) > graph.limit(MOST_SECONDS):
        where = f"annotation {ANNOTATION}: deregistration_delay.timeout_seconds"
        return too_long(graph, ingress, f"{where} {seconds_of(match)}{'' if match else ' (AWS default)'}")
    return Finding(Verdict.PASS, ingress.urn)


def only_redirects(annotations: Mapping[str, Any], ingress: Resource) -> bool:
    """Whether all backends are actions of annotations, and none of these forwards: then there is no target group."""
    said = {as_dict(service.get("port")).get("name") for service in services_of(ingress)}
    actions = [str(text).lower() for key, text in annotations.items() if key.startswith(ACTION)]
    return said == {"use-annotation"} and bool(actions) and not any("forward" in text for text in actions)


def attribute(said: Any) -> re.Match[str] | None:
    """Where attributes of a target group say the delay. Raises `Undecided`."""
    if isinstance(said, Unknown):
        raise Undecided(f"{ANNOTATION} is not known at preview")
    return re.search(r"deregistration_delay\.timeout_seconds\s*=\s*(\d+)", str(said))


def seconds_of(match: re.Match[str] | None) -> int:
    return int(match[1]) if match else DEFAULT_SECONDS


def too_long(graph: Graph, resource: Resource, what: str) -> Finding:
    text = (
        f"{resource} has {what}, more than {graph.limit(MOST_SECONDS)} seconds: each deploy would send requests for as long to what is "
        f"gone. Remedy: {REMEDY}."
    )
    return Finding(Verdict.FAIL, resource.urn, text)


def mistake(pods: Resource, delay: int, least_sleep: int, ports: Collection[Any]) -> str:
    """What is wrong with how pods end that are sent to at `ports`; empty for nothing. Raises `Undecided`."""
    path = TEMPLATE[str(pods.peek("kind"))]
    grace = whole(pods.get(*path, "terminationGracePeriodSeconds", default=DEFAULT_GRACE_SECONDS))
    if grace <= delay:
        return f"has terminationGracePeriodSeconds {grace}, not above the delay of {delay}"
    containers = as_list(pods.peek(*path, "containers"))
    for container in [item for item in containers if serves(item, ports)] or containers:
        hook = as_dict(as_dict(container).get("lifecycle")).get("preStop")
        if isinstance(container, Unknown) or isinstance(hook, Unknown):
            raise Undecided(f"preStop of {pods} is not known at preview")
        seconds = sleep_of(as_dict(hook))
        if seconds < least_sleep:
            return f"sleeps {seconds} seconds in preStop of container {as_dict(container).get('name')}"
    return ""


def serves(container: Any, ports: Collection[Any]) -> bool:
    """Whether a container declares one of `ports`, which are numbers or names; one that is not known may."""
    declared = map(as_dict, as_list(as_dict(container).get("ports")))
    return isinstance(container, Unknown) or any(
        port.get(key) in ports for port in declared for key in ("containerPort", "name")
    )


def sleep_of(hook: Mapping[str, Any]) -> int:
    """Seconds that a hook sleeps, by its `sleep` action or by a command (`sleep 10`, `time.sleep(10)`)."""
    seconds = as_dict(hook.get("sleep")).get("seconds")
    command = " ".join(map(str, as_list(as_dict(hook.get("exec")).get("command"))))
    match = re.search(r"sleep[\s(]+(\d+)", command)
    return whole(seconds or (match[1] if match else 0))


def whole(value: Any) -> int:
    """A number of seconds, written as a number or a text. Raises `Undecided` for anything else."""
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Undecided(f"{value!r} is no number of seconds") from None


RULE = Rule(
    id="deregistration-delay",
    why="A load balancer sends requests to targets that are gone: each deploy gives 502s.",
    remedy=REMEDY,
    check=check,
    thresholds=(MOST_SECONDS, LEAST_SLEEP_SECONDS),
    bad="""
        aws.lb.TargetGroup("web", port=8080, protocol="HTTP", target_type="ip", vpc_id=vpc.id)  # AWS waits 300 seconds
    """,
    good="""
        aws.lb.TargetGroup("web", port=8080, protocol="HTTP", target_type="ip", vpc_id=vpc.id, deregistration_delay=30)
    """,
)
