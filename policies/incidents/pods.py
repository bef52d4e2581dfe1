"""Pod templates of any Kubernetes resource, and what they ask of their nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.graph import Resource
from incidents.unknowns import Undecided, Unknown, holds_unknown

TEMPLATE: Mapping[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(
        ("DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet", "Rollout"),
        ("spec", "template", "spec"),
    ),
}
"""Where each kind keeps its pod's spec. `PodTemplate` has it at `template.spec` and runs nothing."""


@dataclass(frozen=True)
class Term:
    """One expression about a node's label; `where` is its path in the manifest, `operator` Kubernetes's own."""

    where: str
    key: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wish:
    """Terms that one node must fulfil together. `required` ones keep a pod Pending, others are only preferred."""

    terms: tuple[Term, ...]
    required: bool


def kind_of(resource: Resource) -> str:
    """The Kubernetes kind: the type's own name, or a CustomResource's `kind`."""
    kind = resource.peek("kind")
    return kind if isinstance(kind, str) else resource.type.rpartition(":")[2].removesuffix("Patch")


def pod_spec(resource: Resource) -> Mapping[str, Any] | None:
    """The pod's spec; None for a resource that runs no pods. Raises `Undecided` when it is not known."""
    if not resource.type.startswith("kubernetes:"):
        return None
    path = TEMPLATE.get(kind_of(resource))
    if path is None:
        return None
    spec = resource.peek(*path)
    if isinstance(spec, Unknown):
        raise Undecided(f"{'.'.join(path)} of {resource} is not known at preview")
    return spec if isinstance(spec, dict) else None  # pyright: ignore[reportUnknownVariableType]


def wishes(spec: Mapping[str, Any]) -> list[Wish]:
    """All that a pod asks of its nodes' labels; alternatives (`nodeSelectorTerms`) come from `alternatives`.

    Raises `Undecided` when a selector is not known.
    """
    return [*selector(spec), *preferences(spec), *topology(spec)]


def selector(spec: Mapping[str, Any]) -> Iterator[Wish]:
    labels = known(spec.get("nodeSelector"), "nodeSelector") or {}
    if labels:
        yield Wish(tuple(Term("nodeSelector", key, "In", (str(labels[key]),)) for key in sorted(labels)), required=True)


def alternatives(spec: Mapping[str, Any]) -> list[Wish]:
    """The terms of the required node affinity: a node must fulfil one of them."""
    path = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
    required = known(dig(spec, *path.split(".")), path) or {}
    return [
        Wish(expressions(term, f"{path}.nodeSelectorTerms[{index}]"), required=True)
        for index, term in enumerate(required.get("nodeSelectorTerms") or [])
    ]


def preferences(spec: Mapping[str, Any]) -> Iterator[Wish]:
    path = "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution"
    for index, item in enumerate(known(dig(spec, *path.split(".")), path) or []):
        yield Wish(expressions(item.get("preference") or {}, f"{path}[{index}].preference"), required=False)


def topology(spec: Mapping[str, Any]) -> Iterator[Wish]:
    """Keys by which pods are spread or kept together: a node without the key is not counted, or not used."""
    spread = known(spec.get("topologySpreadConstraints"), "topologySpreadConstraints") or []
    for index, constraint in enumerate(spread):
        key, required = constraint.get("topologyKey"), constraint.get("whenUnsatisfiable") != "ScheduleAnyway"
        yield Wish((Term(f"topologySpreadConstraints[{index}].topologyKey", str(key), "Exists"),), required)
    for name in ("podAffinity", "podAntiAffinity"):
        path = f"affinity.{name}"
        rules = known(dig(spec, "affinity", name), path) or {}
        for index, term in enumerate(rules.get("requiredDuringSchedulingIgnoredDuringExecution") or []):
            yield keyed(term, f"{path}.requiredDuringSchedulingIgnoredDuringExecution[{index}]", required=True)
        for index, item in enumerate(rules.get("preferredDuringSchedulingIgnoredDuringExecution") or []):
            where = f"{path}.preferredDuringSchedulingIgnoredDuringExecution[{index}].podAffinityTerm"
            yield keyed(item.get("podAffinityTerm") or {}, where, required=False)


def keyed(term: Mapping[str, Any], where: str, *, required: bool) -> Wish:
    return Wish((Term(f"{where}.topologyKey", str(term.get("topologyKey")), "Exists"),), required)


def expressions(term: Mapping[str, Any], where: str) -> tuple[Term, ...]:
    return tuple(
        Term(
            f"{where}.matchExpressions[{index}]",
            str(item.get("key")),
            str(item.get("operator")),
            tuple(str(value) for value in item.get("values") or []),
        )
        for index, item in enumerate(term.get("matchExpressions") or [])
    )


def dig(value: Any, *path: str) -> Any:
    for step in path:
        if isinstance(value, Unknown):
            return value
        value = value.get(step) if isinstance(value, dict) else None  # pyright: ignore
    return value  # pyright: ignore[reportUnknownVariableType]


def known(value: Any, where: str) -> Any:
    if holds_unknown(value):
        raise Undecided(f"{where} is not known at preview")
    return value
