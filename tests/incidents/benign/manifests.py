"""The clean stack's service `orders` with something changed, and what may stand beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.incidents.benign.parts import TAGS
from tests.incidents.benign.variation import Added, Change, Extended, Place
from tests.incidents.flips import APP, TEMPLATE, Flip, Path
from tests.policies.manifests import budget, manifest, pods

ORDERS = ("Deployment", "orders")


def orders(*path: str | int, value: Any) -> Flip:
    """`orders` with `value` at a path of its manifest."""
    return Flip(*ORDERS, path, value)


def container(*path: str | int, value: Any) -> Flip:
    return orders(*APP, *path, value=value)


def pod(*path: str | int, value: Any) -> Flip:
    return orders(*TEMPLATE, *path, value=value)


def more(path: Path, *items: Any) -> Extended:
    """`orders` with more items in a list of its manifest."""
    return Extended(ORDERS, path, items)


def variables(**said: Any) -> Extended:
    """`orders` with more variables; one that is an object says where its value comes from."""
    return more((*APP, "env"), *(variable(name, value) for name, value in said.items()))


def variable(name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "valueFrom" if isinstance(value, Mapping) else "value": value}


def of_secret(name: str, key: str, **said: Any) -> dict[str, Any]:
    return {"secretKeyRef": {"name": name, "key": key, **said}}


def added(kind: str, name: str, metadata: Mapping[str, Any] | None = None, **parts: Any) -> Added:
    """A Kubernetes object beside `orders`, in its namespace unless `metadata` says another."""
    made = manifest(kind, name, {"namespace": "shop", **(metadata or {})}, **parts)
    return Added(made.type, made.name, made.props)


def custom(version: str, kind: str, name: str, **parts: Any) -> Added:
    """A custom resource."""
    props = {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, **parts}
    return Added(f"kubernetes:{version}:{kind}", name, props)


def beside(
    kind: str, *containers: Any, edges: Mapping[str, Place] | None = None, **said: Any
) -> list[Change]:
    """Another workload, whose pods nothing is wrong with, and its disruption budget."""
    made = pods(*containers, kind=kind, **said)
    guard = budget()
    return [Added(made.type, made.name, made.props, edges or {}), Added(guard.type, guard.name, guard.props)]


def aws(type_: str, name: str, edges: Mapping[str, Place] | None = None, /, **props: Any) -> Added:
    """A resource of AWS with the stack's tags; `type_` is without the package (`mq/broker:Broker`)."""
    return Added(f"aws:{type_}", name, {"tagsAll": TAGS, **props}, edges or {})
