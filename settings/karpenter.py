"""Karpenter: nodes that are started as pods need them, within limits, beside the managed node groups."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BeforeValidator, Field, model_validator

from aws_facts.instances import INSTANCE_TYPES, InstanceType
from settings.nodes import InstanceTypes, NodesName, Taint, arch_problems, repel
from settings.problems import Finding, problem, problems, shown
from settings.types import Arch, Capacity, Once, Settings

BOTH = "both"

CONTROLLERS = 2
"""One leads, the other waits on another node (Karpenter's chart, `replicas`, `affinity.podAntiAffinity`)."""

LIMITS: Mapping[str, str] = {"cpu_limit": "64", "memory_limit_gib": "256"}
"""The keys without which a pool has no end, and an example of each."""


def read_pool_capacity(value: Any) -> Any:
    if value in (*Capacity, BOTH):
        return value
    raise problem(
        f"{shown(value)} is no capacity of a pool, so no node would be started. Write 'on-demand', 'spot' or 'both'; "
        "labels and selectors follow from it."
    )


def missing_limits(said: Any, keys: Container[str]) -> Iterator[Finding]:
    """The limits that a pool does not say. With a key that is none of `keys` it may be misspelt, which is another problem."""
    given = cast("Mapping[str, Any]", said if isinstance(said, Mapping) else {})
    if not given or any(key not in keys for key in given):
        return
    for key, example in LIMITS.items():
        if given.get(key) is None:
            yield Finding(
                key,
                "is missing, so nothing would bound how many nodes Karpenter starts, nor what they cost. "
                f"Add it, for instance `{example}`.",
            )


class NodePool(Settings):
    """A NodePool and its EC2NodeClass: which nodes Karpenter may start, and how many."""

    capacity: Annotated[Capacity | Literal["both"], BeforeValidator(read_pool_capacity)]
    """`on-demand`, `spot` or `both`: with both, pods that do not choose get spot nodes as long as there are any."""

    arch: Arch = "amd64"
    """The architecture of its nodes, and so of the images that run on them."""

    instance_types: InstanceTypes
    """Types, of any sizes. Many make spot capacity easier to get, and nodes fit their pods more closely."""

    cpu_limit: Annotated[int, Field(ge=1, le=100_000, examples=["64"])]
    """The most vCPU that all nodes of the pool have together; the capacity budget counts on it."""

    memory_limit_gib: Annotated[int, Field(ge=1, le=1_000_000, examples=["256"])]
    """The most memory that all nodes of the pool have together, in GiB as EC2 counts a type's."""

    disk_gib: Annotated[int, Field(ge=20, le=16384)] = 50
    """The root volume in GiB."""

    labels: Mapping[str, str] = {}
    """Labels of its nodes, beside those that Karpenter gives."""

    taints: Once[Taint] = ()

    image_version: Annotated[str, Field(pattern=r"^v\d{8}$")] | None = None
    """The release of the Amazon Linux 2023 image, such as `v20260714`; the pinned one of the Kubernetes version unless said."""

    @model_validator(mode="before")
    @classmethod
    def _limited(cls, said: Any) -> Any:
        if found := list(missing_limits(said, cls.model_fields)):
            raise problems(found)
        return said

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        found = [*arch_problems(self.types, self.arch), *self._size_problems()]
        if found:
            raise problems(found)
        return self

    def _size_problems(self) -> Iterator[Finding]:
        for kind in self.types:
            for key, size, limit, unit in (
                ("cpu_limit", kind.vcpus, self.cpu_limit, "vCPU"),
                ("memory_limit_gib", kind.memory_mib // 1024, self.memory_limit_gib, "GiB"),
            ):
                if size > limit:
                    yield Finding(
                        key,
                        f"{limit} is less than one {kind.name} has ({size} {unit}), so Karpenter would never start it. "
                        f"Write at least {size}, or leave {kind.name} out.",
                    )

    @property
    def types(self) -> list[InstanceType]:
        return [INSTANCE_TYPES[name] for name in self.instance_types]

    @property
    def capacities(self) -> frozenset[Capacity]:
        return frozenset(Capacity) if self.capacity == BOTH else frozenset({Capacity(self.capacity)})

    @property
    def repels(self) -> bool:
        return repel(self.taints)

    def max_pods(self, *, prefix_delegation: bool) -> int | None:
        """What to tell Karpenter, which counts addresses and knows of no prefixes; None where it counts right."""
        if not prefix_delegation:
            return None
        return min(kind.max_pods(prefix_delegation=True) for kind in self.types)


class Karpenter(Settings):
    """Karpenter's controller, on nodes of the managed groups, and its pools."""

    node_pools: Annotated[Mapping[NodesName, NodePool], Field(min_length=1)]
