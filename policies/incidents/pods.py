"""Pod templates of any Kubernetes resource, and what they ask of their nodes.

Sources: Kubernetes API reference, PodSpec v1 (`nodeSelector`, `affinity`, `topologySpreadConstraints`) and "Assigning Pods
to Nodes" (the terms of a required node affinity are alternatives, the expressions of one term hold together).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.graph import Resource
from incidents.unknowns import UNKNOWN, Undecided, Unknown, as_dict, as_list, holds_unknown

TEMPLATE: Mapping[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(
        ("DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet", "Rollout"),
        ("spec", "template", "spec"),
    ),
}
"""Where each kind keeps its pod's spec. `PodTemplate` has it at `template.spec` and runs nothing."""

RELEASE = "kubernetes:helm.sh/v3:Release"
PLACING = {"nodeSelector", "affinity", "topologySpreadConstraints"}
REQUIRED, PREFERRED = (
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
)


@dataclass(frozen=True)
class Term:
    """One expression about a node's label; `where` is its path in the manifest, `operator` Kubernetes's own.

    `values` is None where they are not known.
    """

    where: str
    key: str
    operator: str
    values: tuple[str, ...] | None = ()


@dataclass(frozen=True)
class Wish:
    """Terms that one node must fulfil together. `required` ones keep a pod Pending, others are only preferred."""

    terms: tuple[Term, ...]
    required: bool


@dataclass(frozen=True)
class Placement:
    """All that one pod template asks of its nodes' labels.

    `wishes` all hold; of `alternatives` (the terms of the required node affinity) one must. `open` names the parts that are
    not known, besides what was found.
    """

    wishes: tuple[Wish, ...]
    alternatives: tuple[Wish, ...]
    open: tuple[str, ...] = ()


def placements(resource: Resource) -> list[Placement]:
    """What the pods of a resource ask for: one template of a workload, or several in the values of a Helm release.

    Empty for a resource that runs no pods. Raises `Undecided` when the template is not known.
    """
    if not resource.type.startswith("kubernetes:"):
        return []
    if resource.type == RELEASE:
        return [placement(spec, where) for where, spec in specs_in(resource.peek("values"), "values")]
    kind = resource.peek("kind")
    path = TEMPLATE.get(
        kind if isinstance(kind, str) else resource.type.rpartition(":")[2].removesuffix("Patch")
    )
    if path is None:
        return []
    spec = resource.peek(*path)
    if isinstance(spec, Unknown):
        raise Undecided(f"{'.'.join(path)} is not known at preview")
    return [placement(as_dict(spec), "")]


def specs_in(values: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Objects in a chart's values that place pods: charts give them the names that a pod's spec has."""
    if isinstance(values, Unknown):
        raise Undecided(f"{where} is not known at preview")
    if PLACING & as_dict(values).keys():
        yield f"{where}.", values
    for key, inner in sorted(as_dict(values).items()):
        if key not in PLACING and as_dict(inner):
            yield from specs_in(inner, f"{where}.{key}")


def placement(spec: Mapping[str, Any], where: str) -> Placement:
    """What one pod's spec asks for; `where` is put in front of each path."""
    open_parts = sorted(f"{where}{part}" for part in PLACING if holds_unknown(spec.get(part)))
    return Placement(wishes(spec, where), alternatives(spec, where), tuple(open_parts))


def wishes(spec: Mapping[str, Any], where: str = "") -> tuple[Wish, ...]:
    """All that a pod asks of its nodes' labels; of what `alternatives` gives, one is enough."""
    return (*selector(spec, where), *preferences(spec, where), *topology(spec, where))


def selector(spec: Mapping[str, Any], where: str) -> Iterator[Wish]:
    labels = as_dict(spec.get("nodeSelector"))
    if labels:
        terms = (Term(f"{where}nodeSelector", key, "In", texts([labels[key]])) for key in sorted(labels))
        yield Wish(tuple(terms), required=True)


def alternatives(spec: Mapping[str, Any], where: str = "") -> tuple[Wish, ...]:
    """The terms of the required node affinity: a node must fulfil one of them."""
    path = f"affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms"
    return tuple(
        Wish(expressions(term, f"{where}{path}[{index}]"), required=True)
        for index, term in enumerate(as_list(dig(spec, path)))
    )


def preferences(spec: Mapping[str, Any], where: str) -> Iterator[Wish]:
    path = f"affinity.nodeAffinity.{PREFERRED}"
    for index, item in enumerate(as_list(dig(spec, path))):
        terms = expressions(as_dict(item).get("preference"), f"{where}{path}[{index}].preference")
        if terms:
            yield Wish(terms, required=False)


def topology(spec: Mapping[str, Any], where: str) -> Iterator[Wish]:
    """Keys by which pods are spread or kept together: a node without the key is not counted, or not used."""
    for index, constraint in enumerate(as_list(spec.get("topologySpreadConstraints"))):
        hard = as_dict(constraint).get("whenUnsatisfiable") != "ScheduleAnyway"
        yield from keyed(constraint, f"{where}topologySpreadConstraints[{index}]", required=hard)
    for name in ("podAffinity", "podAntiAffinity"):
        path = f"affinity.{name}"
        for index, term in enumerate(as_list(dig(spec, f"{path}.{REQUIRED}"))):
            yield from keyed(term, f"{where}{path}.{REQUIRED}[{index}]", required=True)
        for index, item in enumerate(as_list(dig(spec, f"{path}.{PREFERRED}"))):
            term = as_dict(item).get("podAffinityTerm")
            yield from keyed(term, f"{where}{path}.{PREFERRED}[{index}].podAffinityTerm", required=False)


def keyed(term: Any, where: str, *, required: bool) -> Iterator[Wish]:
    key = as_dict(term).get("topologyKey")
    if isinstance(key, str):
        yield Wish((Term(f"{where}.topologyKey", key, "Exists"),), required)


def expressions(term: Any, where: str) -> tuple[Term, ...]:
    items = enumerate(map(as_dict, as_list(as_dict(term).get("matchExpressions"))))
    return tuple(
        Term(
            f"{where}.matchExpressions[{index}]",
            item["key"],
            str(item.get("operator")),
            texts(item.get("values")),
        )
        for index, item in items
        if isinstance(item.get("key"), str)
    )


def texts(values: Any) -> tuple[str, ...] | None:
    return None if holds_unknown(values) else tuple(map(str, as_list(values)))


def dig(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = UNKNOWN if isinstance(value, Unknown) else as_dict(value).get(step)
    return value
