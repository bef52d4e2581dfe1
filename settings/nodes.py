"""What managed node groups and Karpenter's NodePools have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from aws_facts.instances import INSTANCE_TYPES, InstanceType
from settings.problems import Finding, problem
from settings.types import Arch, Once, Settings, one_of

KUBERNETES_EFFECTS = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}


class Taint(Settings):
    """Keeps pods off nodes that do not tolerate it."""

    key: str
    value: str = ""
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"] = "NO_SCHEDULE"
    """As EKS's API writes it."""

    @property
    def kubernetes_effect(self) -> str:
        return KUBERNETES_EFFECTS[self.effect]


def repel(taints: Iterable[Taint]) -> bool:
    """Does a taint keep services off the nodes? They declare no tolerations."""
    return any(taint.effect != "PREFER_NO_SCHEDULE" for taint in taints)


def check_instance_types(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        one_of(name, INSTANCE_TYPES, "instance type known here", "its pods and memory cannot be budgeted")
    return names


InstanceTypes = Annotated[
    Once[str], AfterValidator(check_instance_types), Field(min_length=1, examples=["[m6i.large]"])
]


def arch_problems(kinds: Iterable[InstanceType], arch: Arch) -> Iterator[Finding]:
    """Instance types of another architecture than the nodes are said to have."""
    for kind in kinds:
        if kind.arch != arch:
            yield Finding(
                "instance_types",
                f"{kind.name} is {kind.arch}, but `arch` is {arch}, so its nodes would not boot or its pods "
                f"would crash with `exec format error` (incident node-arch). Write `arch: {kind.arch}`, or {arch} types.",
            )


def check_name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,28}", name):
        raise problem(
            f"{name!r}: nodes have a name of up to 29 lower-case letters, digits and hyphens. Rename them."
        )
    return name


NodesName = Annotated[str, AfterValidator(check_name)]
