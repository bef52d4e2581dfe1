"""What the API server refuses of an object beyond its schema, in its words.

Recorded on a real control plane (kube-apiserver 1.34.4): selectors and quantities. From Kubernetes's source, remembered and
not run: names (apimachinery, `pkg/util/validation`), and requests above limits (core, `validation.go`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from plinth.simulator.check import Failure
from plinth.simulator.rules import NO_RULES, Rules, Values
from plinth.simulator.values import UNKNOWN, Unknown

TEMPLATE = ("spec", "template")
WORKLOADS: Mapping[str, tuple[str, ...]] = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(("DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"), TEMPLATE),
}
"""Where each kind keeps its pods' template."""

GROUPS: Mapping[str, str] = {"CronJob": "batch", "Job": "batch"}
"""The API group of each kind of workload; `apps` for others."""

SELECTING = ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")

LONGEST: Mapping[str, int] = {"CronJob": 52, "Job": 63, "Service": 63, "Namespace": 63}
"""Characters of a name, by kind; 253 for others."""

LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = rf"{LABEL}(\.{LABEL})*"
NO_SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with "
    "an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)

QUANTITY = r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
FACTORS: Mapping[str, Decimal] = {
    "": Decimal(1), "m": Decimal("0.001"), "k": Decimal(10**3), "M": Decimal(10**6), "G": Decimal(10**9),
    "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40),
}  # fmt: skip


def rules_of(type_: str) -> Rules:
    """The rules of a type of object; none for what the cluster's own definitions judge."""
    kind = type_.rpartition(":")[2]
    if kind in WORKLOADS or kind in LONGEST:
        return Rules(arguments=lambda values: refusals(kind, values))
    return NO_RULES


def refusals(kind: str, values: Values) -> Iterator[Failure]:
    name = dig(values, "metadata", "name")
    head = f'{kind} "{name}" is invalid: '
    if kind in WORKLOADS:
        head = f'{kind}.{GROUPS.get(kind, "apps")} "{name}" is invalid: '
    for path, reason in (*of_name(kind, name), *of_selector(kind, values), *of_resources(kind, values)):
        yield Failure(path, f"{head}{path}: {reason}")


def of_name(kind: str, name: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(name, str):
        return
    longest = LONGEST.get(kind, 253)
    if len(name) > longest:
        yield "metadata.name", f'Invalid value: "{name}": must be no more than {longest} characters'
    elif not re.fullmatch(SUBDOMAIN, name):
        yield "metadata.name", f'Invalid value: "{name}": {NO_SUBDOMAIN}'


def of_selector(kind: str, values: Values) -> Iterator[tuple[str, str]]:
    wanted = dig(values, "spec", "selector", "matchLabels")
    labels = dig(values, *TEMPLATE, "metadata", "labels")
    if kind not in SELECTING or isinstance(labels, Unknown) or not isinstance(wanted, dict):
        return
    there: dict[str, Any] = labels or {}
    if any(there.get(key) not in (value, UNKNOWN) for key, value in wanted.items() if value is not UNKNOWN):  # pyright: ignore
        shown = json.dumps(there, default=str, separators=(",", ":"))
        yield (
            "spec.template.metadata.labels",
            f"Invalid value: {shown}: `selector` does not match template `labels`",
        )


def of_resources(kind: str, values: Values) -> Iterator[tuple[str, str]]:
    """Quantities of all containers, and requests above limits."""
    path = WORKLOADS.get(kind, ())
    spec: Any = dig(values, *path, "spec") if path else None
    for field in ("initContainers", "containers"):
        for index, container in enumerate(as_list(dig(spec, field))):
            where = f"{'.'.join(path)}.spec.{field}[{index}].resources"
            said = {part: as_dict(dig(container, "resources", part)) for part in ("requests", "limits")}
            for part, amounts in said.items():
                for resource, amount in amounts.items():
                    if isinstance(amount, str) and not re.match(QUANTITY, amount):
                        yield (
                            f"{where}.{part}.{resource}",
                            f"quantities must match the regular expression '{QUANTITY}'",
                        )
            for resource, request in said["requests"].items():
                limit = said["limits"].get(resource)
                if is_more(request, limit):
                    yield (
                        f"{where}.requests",
                        f'Invalid value: "{request}": must be less than or equal to {resource} limit of {limit}',
                    )


def is_more(request: Any, limit: Any) -> bool:
    wanted, most = amount(request), amount(limit)
    return wanted is not None and most is not None and wanted > most


def amount(value: Any) -> Decimal | None:
    match = re.match(QUANTITY, str(value)) if isinstance(value, str | int | float) else None
    return Decimal(match[1]) * FACTORS[match[2]] if match and match[2] in FACTORS else None


def dig(value: Any, *path: str) -> Any:
    """What lies at `path`; None where there is nothing, and the unknown where that begins."""
    for step in path:
        if isinstance(value, Unknown):
            return value
        value = as_dict(value).get(step)
    return value


def as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]
