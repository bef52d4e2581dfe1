"""One of the company's services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, model_validator

from settings.problems import problem
from settings.service_database import DatabaseName, ServiceDatabase
from settings.types import Arch, CapacityChoice, Cpu, Memory, Settings, mebibytes


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
        | Annotated[ServiceDatabase, Tag("(mapping)")],
        Discriminator(shape),
    ] = False
    """A database of its own: `true` names it after the service; or its name, or all that is to be said of it."""

    pool: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Connections to its database that each pod holds at most; a fair share of what the database takes unless said."""

    cache_connections: Annotated[int, Field(ge=0, le=1000)] = 10
    """Connections to each node of the cache that each pod holds at most."""

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

    @model_validator(mode="after")
    def _pool(self) -> Self:
        if self.pool is not None and not self.database:
            raise problem(
                f"pool {self.pool} without a database has no use. Write `database: true`, or remove the pool."
            )
        return self

    @property
    def max_replicas(self) -> int:
        return self.replicas.max if isinstance(self.replicas, Replicas) else self.replicas

    def own_database(self, service: str) -> ServiceDatabase | None:
        """Its database, with its name, when the service is called `service`; None for a service without one."""
        match self.database:
            case False:
                return None
            case str(name):
                return ServiceDatabase(name=name)
            case True:
                return ServiceDatabase(name=service.replace("-", "_"))
            case declared:
                return declared.model_copy(update={"name": declared.name or service.replace("-", "_")})
