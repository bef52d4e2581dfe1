"""`resource-requests`: each container says what it needs, and in production a workload outlives one pod.

On the DOA market nothing was requested, so the scheduler filled the nodes until they ran out of memory. Each container says
requests for CPU and memory and a memory limit (a LimitRange of its namespace may say them for it, as may the pod). In
production what stays has two replicas or more and a PodDisruptionBudget. `Recreate`, or no replicas at all, says that a
workload is alone, or off, on purpose.

Sources: Kubernetes documentation, "Resource Management for Pods and Containers" (a request that is not said is the limit),
"Limit Ranges", "Assign Pod-level CPU and memory resources", "Specifying a Disruption Budget for your Application".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from incidents.graph import Graph, Resource
from incidents.pools import AUTOSCALERS, SCALED_OBJECT, scales, whole
from incidents.rule import Finding, Rule, Verdict, each
from incidents.stage import is_production
from incidents.unknowns import Undecided, Unknown, as_dict, as_list, holds_unknown
from incidents.workloads import (
    Workload,
    conclude,
    may_share_namespace,
    name_of,
    texts,
    workload,
    workloads,
)

WANTED = (("requests", "cpu"), ("requests", "memory"), ("limits", "memory"))
STAYS = ("Deployment", "StatefulSet", "ReplicaSet", "Rollout")
BUDGETS = (
    "kubernetes:policy/v1:PodDisruptionBudget",
    "kubernetes:policy/v1beta1:PodDisruptionBudget",
)
LIMIT_RANGE = "kubernetes:core/v1:LimitRange"

CONSEQUENCE = (
    "nodes are overcommitted until the kernel kills pods, or the workload is gone while a node is replaced"
)
REMEDY = (
    "resources: {requests: {cpu, memory}, limits: {memory}} on each container; in production replicas: 2 or more and a "
    "PodDisruptionBudget whose selector matches the pods"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that runs pods."""
    production = is_production()
    yield from each(RULE.id, workloads(graph), lambda resource: judge(graph, resource, production=production))


def judge(graph: Graph, resource: Resource, *, production: bool) -> Finding:
    found = workload(resource)
    if is_off(resource) or found.is_patch:
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    wrong: list[str] = []
    questions: list[str] = []
    shared = as_dict(found.pod.get("resources"))
    for container in found.containers:
        said = container.get("resources")
        if holds_unknown(said):
            questions.append(f"resources of {name_of(container)} are not known at preview")
            continue
        missing = list(lacking(as_dict(said), shared, defaults(graph, resource)))
        if missing:
            wrong.append(f"{name_of(container)} has no {', '.join(missing)}")
    if production and found.kind in STAYS and not is_alone(resource):
        wrong += lone(graph, found, questions)
    return conclude(resource, wrong, questions, consequence=CONSEQUENCE, remedy=REMEDY)


def is_off(resource: Resource) -> bool:
    return resource.peek("spec", "replicas") == 0


def is_alone(resource: Resource) -> bool:
    """Whether a workload may not run twice, by its own word."""
    return resource.peek("spec", "strategy", "type") == "Recreate"


def lacking(
    said: Mapping[str, Any], shared: Mapping[str, Any], defaults: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """What a container, its pod and its namespace do not say."""
    for part, name in WANTED:
        places = (said.get(part), shared.get(part), defaults.get(part))
        if part == "requests":
            places += (said.get("limits"), shared.get("limits"))
        if not any(as_dict(place).get(name) for place in places):
            yield f"{part}.{name}"


def defaults(graph: Graph, resource: Resource) -> Mapping[str, Mapping[str, Any]]:
    """What the LimitRanges of the namespace give to containers that say nothing."""
    found: dict[str, dict[str, Any]] = {"requests": {}, "limits": {}}
    for limits in graph.of_type(LIMIT_RANGE):
        if may_share_namespace(resource, limits):
            for item in map(as_dict, as_list(limits.peek("spec", "limits"))):
                if item.get("type") == "Container":
                    found["limits"] |= as_dict(item.get("default"))
                    found["requests"] |= as_dict(item.get("default")) | as_dict(item.get("defaultRequest"))
    return found


def lone(graph: Graph, found: Workload, questions: list[str]) -> Iterator[str]:
    """What a workload lacks to outlive one pod."""
    resource = found.resource
    try:
        if fewest_replicas(graph, resource) == 1:
            yield "it has one replica"
    except Undecided as undecided:
        questions.append(str(undecided))
    budgets = [item for item in budgets_for(graph, found) if may_share_namespace(resource, item)]
    selectors = [budget.peek("spec", "selector") for budget in budgets]
    if any(isinstance(selector, Unknown) or selects(selector, found) for selector in selectors):
        return
    if holds_unknown(found.labels) or holds_unknown(selectors):
        questions.append("whether a PodDisruptionBudget selects its pods is not known at preview")
    else:
        yield "no PodDisruptionBudget selects its pods"


def budgets_for(graph: Graph, found: Workload) -> list[Resource]:
    """The PodDisruptionBudgets that may select the pods: those that name one of their labels, or none."""
    known = by_first_label(graph)
    return [budget for label in (None, *texts(found.labels)) for budget in known.get(label, [])]


@lru_cache(maxsize=1)
def by_first_label(graph: Graph) -> Mapping[tuple[str, str] | None, list[Resource]]:
    found: dict[tuple[str, str] | None, list[Resource]] = {}
    for budget in graph.of_type(*BUDGETS):
        labels = texts(as_dict(budget.peek("spec", "selector", "matchLabels")))
        found.setdefault(labels[0] if labels else None, []).append(budget)
    return found


def selects(selector: Any, found: Workload) -> bool:
    """Whether a label selector takes the pods. An expression about a key of theirs counts as one that does."""
    wanted = as_dict(as_dict(selector).get("matchLabels"))
    expressions = map(as_dict, as_list(as_dict(selector).get("matchExpressions")))
    return wanted.items() <= found.labels.items() and all(
        item.get("key") in found.labels or item.get("operator") in ("NotIn", "DoesNotExist")
        for item in expressions
    )


def fewest_replicas(graph: Graph, resource: Resource) -> int:
    """What an autoscaler goes down to (0 is on purpose), else what the workload says. Raises `Undecided`."""
    for scaler in graph.of_type(*AUTOSCALERS):
        if scales(graph, scaler, resource):
            keda = scaler.type == SCALED_OBJECT
            return whole(
                scaler, "spec", "minReplicaCount" if keda else "minReplicas", default=0 if keda else 1
            )
    return whole(resource, "spec", "replicas")


RULE = Rule(
    id="resource-requests",
    why="A container requests nothing, or a workload does not outlive one pod: nodes overcommit, and drains are outages.",
    remedy=REMEDY,
    check=check,
)
