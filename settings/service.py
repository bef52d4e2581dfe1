"""One of the company's services."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from settings.problems import problem, shown
from settings.types import Arch, CapacityChoice, Cpu, Memory, Settings, mebibytes

DATABASE_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class Requests(Settings):
    """What the scheduler keeps free for each pod."""

    cpu: Annotated[Cpu, Field(examples=["100m"])]
    memory: Annotated[Memory, Field(examples=["256Mi"])]


class Limits(Settings):
    """Where a pod is stopped. CPU has no limit on purpose: it is shared by requests."""

    memory: Memory


PodCount = Annotated[int, Field(ge=1, le=1000)]


class Replicas(Settings):
    """A range for an autoscaler; the capacity budget counts on `max`."""

    min: PodCount
    max: PodCount

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max < self.min:
            raise problem(
                f"max {self.max} is less than min {self.min}, so no number of pods would do. Swap them."
            )
        return self


def check_database_name(name: str) -> str:
    """PostgreSQL's rule for a name without quotes, and its 63 bytes (PostgreSQL manual, "Identifiers and Key Words")."""
    if not DATABASE_NAME.fullmatch(name):
        raise problem(
            f"{shown(name)} would need quotes in every statement, or be cut at 63 bytes. "
            "Write up to 63 lower-case letters, digits and underscores."
        )
    return name


DatabaseName = Annotated[str, AfterValidator(check_database_name)]


class Database(Settings):
    """A database of the service's own."""

    name: DatabaseName


def shape(value: Any) -> str:
    """Which choice of a union a value is meant for, so that only that one's errors are shown."""
    if isinstance(value, Mapping | Settings):
        return "(mapping)"
    return "(flag)" if isinstance(value, bool) else "(value)"


class Service(Settings):
    """A service: where it listens, how many run, what each takes."""

    replicas: Annotated[
        Annotated[int, Field(ge=0, le=1000), Tag("(value)")] | Annotated[Replicas, Tag("(mapping)")],
        Discriminator(shape),
        Field(examples=["2"]),
    ]
    """Pods, or a range of them; 0 stops the service and keeps its declaration."""

    requests: Requests
    """Required: pods without requests fill nodes until they fail (incident `resource-requests`)."""

    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """The port it listens on; a worker has none."""

    limits: Limits | None = None
    """The memory limit; the request itself unless said."""

    database: Annotated[
        Annotated[bool, Tag("(flag)")]
        | Annotated[DatabaseName, Tag("(value)")]
        | Annotated[Database, Tag("(mapping)")],
        Discriminator(shape),
    ] = False
    """A database of its own: `true` names it after the service, or say the name."""

    capacity: CapacityChoice | None = None
    """The nodes that it may run on; any unless said."""

    arch: Arch = "amd64"
    """The architecture that its image is built for."""

    @model_validator(mode="after")
    def _limit(self) -> Self:
        if self.limits and mebibytes(self.limits.memory) < mebibytes(self.requests.memory):
            raise problem(
                f"limits.memory {self.limits.memory} is less than requests.memory {self.requests.memory}, so the API server "
                "would refuse the pod. Raise the limit."
            )
        return self

    @property
    def max_replicas(self) -> int:
        return self.replicas.max if isinstance(self.replicas, Replicas) else self.replicas

    def database_name(self, service: str) -> str | None:
        """The name of its database when the service is called `service`; None for a service without one."""
        match self.database:
            case Database(name=name) | str(name):
                return name
            case declared:
                return service.replace("-", "_") if declared else None
