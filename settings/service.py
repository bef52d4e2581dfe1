"""One of the company's services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self, cast

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from aws_facts.quantities import mebibytes
from settings.env_names import EnvNames, Preset
from settings.env_values import VariableName, check_literals
from settings.health import Health
from settings.images import Image
from settings.metrics import Metrics
from settings.needs import Need
from settings.problems import Finding, problem, problems
from settings.schedules import Command, Cron
from settings.service_database import DatabaseName, ServiceDatabase
from settings.types import Arch, CapacityChoice, Cpu, Memory, Once, Port, Settings, Version
from settings.web import ContainerPath, UrlPath


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


CronName = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$")]


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

    port: Port | None = None
    """The port it listens on; a worker has none."""

    image: Image | None = None
    """What its pods run; without one the stack makes what the service needs, and starts nothing."""

    command: Command | None = None
    """What its pods run in place of the image's own, like `[celery, -A, shop, worker]` for a worker of the same image."""

    health: Health | None = None
    """Where it says that it is well; required of what listens on a port."""

    metrics: Metrics | None = None
    """Where Prometheus reads its metrics; nowhere unless said."""

    migrate: (
        Annotated[
            Annotated[Literal["none"], Tag("(value)")] | Annotated[Command, Tag("(list)")],
            Discriminator(lambda value: "(value)" if isinstance(value, str) else "(list)"),
        ]
        | None
    ) = None
    """The command in its image that brings its database's schema up to date, run before each rollout; or `none`."""

    needs: Once[Need] = ()
    """What it uses of the stack: `postgres`, `redis`, `bucket`, `search`, `queue:NAME`, `topic:NAME`. Access, addresses
    and secrets follow; nothing else is let through."""

    callers: Once[str] = ()
    """Services that may call it; no other pod of the stack can."""

    env: Annotated[Mapping[VariableName, str], AfterValidator(check_literals)] = {}
    """Variables of its own, which are no secrets."""

    secrets: Once[VariableName] = ()
    """Variables whose values people write into the service's own secret in Secrets Manager, as keys of a JSON object."""

    secrets_version: Version = 1
    """Count it up when those values have changed: pods are replaced, and read them anew."""

    env_names: Annotated[
        Annotated[Preset, Tag("(value)")] | Annotated[EnvNames, Tag("(mapping)")], Discriminator(shape)
    ] = "default"
    """Other names for what the stack gives: those of a framework, or `{preset: go, names: {POSTGRES_HOST: $(DB_HOST)}}`."""

    required_env: Once[VariableName] = ()
    """Variables without which its code fails; that they are there is checked before anything is planned."""

    writable_paths: Once[ContainerPath] = ()
    """Folders that it writes into, empty at each start; `/tmp` always is one (incident `writable-paths`)."""

    cron: Mapping[CronName, Cron] = {}
    """Commands in its image that run on a schedule, by a name of your choice."""

    websocket: bool = False
    """Whether clients keep WebSocket connections: they stay on one pod, and idle ones are not cut."""

    drain_seconds: Annotated[int, Field(ge=5, le=60)] = 20
    """How long requests under way may take when a pod is replaced (incident `deregistration-delay`)."""

    auth_paths: Once[UrlPath] = ()
    """Where users log in or register: requests there are limited more strictly (incident `rate-limit`)."""

    upload_paths: Once[UrlPath] = ()
    """Where bodies may be as large as an upload (incident `upload-limit`)."""

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
    """Connections to each node of the cache that each pod of a service that needs `redis` holds at most."""

    capacity: CapacityChoice | None = None
    """The nodes that it may run on; any unless said."""

    arch: Arch = "amd64"
    """The architecture that its image is built for."""

    @model_validator(mode="before")
    @classmethod
    def _postgres(cls, said: Any) -> Any:
        """`needs: [postgres]` is `database: true`."""
        if not isinstance(said, Mapping):
            return said
        given = cast("Mapping[str, Any]", said)
        needs: Any = given.get("needs")
        return {"database": True, **given} if isinstance(needs, Sequence) and "postgres" in needs else given

    @model_validator(mode="after")
    def _limit(self) -> Self:
        if self.limits and mebibytes(self.limits.memory) < mebibytes(self.requests.memory):
            raise problem(
                f"limits.memory {self.limits.memory} is less than requests.memory {self.requests.memory}, so the API server "
                "would refuse the pod. Raise the limit."
            )
        return self

    @model_validator(mode="after")
    def _pools(self) -> Self:
        if self.pool is not None and not self.database:
            raise problem(
                f"pool {self.pool} without a database has no use. Write `database: true`, or remove the pool."
            )
        if "cache_connections" in self.model_fields_set and "redis" not in self.needs:
            raise problem(
                f"cache_connections {self.cache_connections} without the cache has no use. Write `needs: [redis]`, or remove it."
            )
        return self

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing: list[Finding] = []
        if self.image and self.port and not self.health:
            text = (
                "is missing, so requests would go to pods that are not ready, and none would be restarted (incident "
                "probe-path). Write two paths, like `{live: /livez, ready: /readyz}`."
            )
            missing.append(Finding("health", text))
        if self.image and self.database and not self.migrate:
            text = (
                "is missing, so nobody knows whether its tables would be there (incident schema-migration). Write the "
                "command that makes them, like `[npm, run, migrate]`, or `none`."
            )
            missing.append(Finding("migrate", text))
        if self.health and not (self.port or self.health.port):
            text = "is missing, and the service has no port, so nobody could ask how it is. Write one, like `9000`."
            missing.append(Finding("health.port", text))
        if self.metrics and not self.metrics_port:
            text = (
                "is missing, and the service has no port, so nobody could read them. Write one, like `9100`."
            )
            missing.append(Finding("metrics.port", text))
        if "postgres" in self.needs and not self.database:
            text = "has postgres, and database: false says that it has none. Remove one of them."
            missing.append(Finding("needs", text))
        if missing:
            raise problems(missing)
        return self

    @property
    def max_replicas(self) -> int:
        return self.replicas.max if isinstance(self.replicas, Replicas) else self.replicas

    @property
    def min_replicas(self) -> int:
        return self.replicas.min if isinstance(self.replicas, Replicas) else self.replicas

    @property
    def listening(self) -> list[int]:
        """The ports of its pods: for requests, and where it says how it is."""
        health = self.health.port if self.health else None
        return sorted({port for port in (self.port, health) if port})

    @property
    def metrics_port(self) -> int | None:
        """Where Prometheus reads; None where it does not."""
        return (self.metrics.port or self.port) if self.metrics else None

    @property
    def env_templates(self) -> Mapping[str, str]:
        """Its other names for variables, and what they are."""
        return (
            EnvNames(preset=self.env_names).templates
            if isinstance(self.env_names, str)
            else self.env_names.templates
        )

    @property
    def own_env_names(self) -> Mapping[str, str]:
        """Those that the stack file itself says."""
        return {} if isinstance(self.env_names, str) else self.env_names.names

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
