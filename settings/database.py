"""The Aurora PostgreSQL cluster: its version, its size, and what protects it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from aws_facts import aurora
from aws_facts.postgresql_parameters import PARAMETERS
from settings.database_parameters import DEFAULTS, KEYS, REQUIRED, parameter_problems
from settings.network import RetentionDays
from settings.problems import Finding, problem, problems
from settings.service_database import DatabaseName
from settings.types import Settings, one_of
from settings.windows import DailyWindow, WeeklyWindow, overlap

Milliseconds = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""PostgreSQL's own type for time-outs; its 0, which means none, is refused (incident `statement-timeouts`)."""

InstanceCount = Annotated[int, Field(ge=1, le=aurora.MAX_INSTANCES)]

Acu = Annotated[float, Field(ge=aurora.MIN_ACU, le=aurora.MAX_ACU, multiple_of=aurora.ACU_STEP)]
"""Aurora capacity units, about 2 GiB of memory each (Aurora user guide, "How Aurora Serverless v2 works")."""


class Instances(Settings):
    """A writer and its readers on machines of a fixed size."""

    class_: Annotated[str, Field(alias="class", examples=["db.r6g.large"])]
    """The DB instance class of all of them."""

    count: InstanceCount = 2
    """Writer and readers together; with two, the loss of a zone is a failover."""

    @field_validator("class_")
    @classmethod
    def _class(cls, name: str) -> str:
        return one_of(
            name, aurora.INSTANCE_CLASSES, "instance class known here", "its connections cannot be budgeted"
        )


class Serverless(Settings):
    """A writer and its readers that grow and shrink with their load (Aurora Serverless v2)."""

    min_acu: Acu
    """What is kept running, in ACUs of about 2 GiB; with 0 the database pauses when nobody is connected."""

    max_acu: Annotated[Acu, Field(ge=1)]
    """What it may grow to; `max_connections` follows from it."""

    count: InstanceCount = 1

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_acu < self.min_acu:
            raise problem(
                f"max_acu {self.max_acu:g} is less than min_acu {self.min_acu:g}, so RDS would refuse it. Swap them."
            )
        return self


class ReaderAutoscaling(Settings):
    """More readers while those that run are busy."""

    max_readers: Annotated[int, Field(ge=1, le=aurora.MAX_INSTANCES - 1)]
    cpu_percent: Annotated[int, Field(ge=10, le=90)] = 70
    """The readers' average CPU that is aimed at."""


class DatabaseSettings(Settings):
    """One Aurora PostgreSQL cluster. Services declare their databases in it."""

    version: Annotated[str, Field(examples=["'17.4'"])]
    """The engine version, in quotes. A minor upgrade is a new value here; a major one needs `allow_major_upgrade` too."""

    instances: Instances | None = None
    """Machines of a fixed size; either these or `serverless`."""

    serverless: Serverless | None = None
    """Capacity that follows the load; either this or `instances`."""

    reader_autoscaling: ReaderAutoscaling | None = None

    proxy: bool = False
    """An RDS Proxy in front of it, for services that open many short connections. Clients log in with IAM."""

    parameters: Mapping[str, str] = {}
    """Parameters of the DB cluster parameter group, beside those of this stack."""

    instance_parameters: Mapping[str, str] = {}
    """Parameters of the DB parameter group of its instances."""

    statement_timeout_ms: Milliseconds = 30_000
    """After this, PostgreSQL cancels a statement. A migration sets its own (`SET statement_timeout`)."""

    idle_in_transaction_session_timeout_ms: Milliseconds = 60_000
    """After this, a session that left its transaction open, with all its locks, is ended."""

    lock_timeout_ms: Milliseconds | None = 10_000
    """How long a statement waits for a lock. Write null if RDS does not know the parameter, which its lists do not name, and
    a waiver of `statement-timeouts`."""

    log_min_duration_statement_ms: Milliseconds = 1_000
    """Statements that take this long are logged."""

    backup_retention_days: Annotated[int, Field(ge=7, le=35)] = 7
    """Days to which the cluster can be restored, to the second."""

    backup_window: DailyWindow = "16:00-17:00"
    maintenance_window: WeeklyWindow = "sun:17:30-sun:18:30"

    log_retention_days: RetentionDays = 30
    """Days for which PostgreSQL's log is kept in CloudWatch Logs."""

    allow_major_upgrade: bool = False
    """Lets `version` name another major version. The upgrade stops the database for minutes and has no way back."""

    drop: Mapping[DatabaseName, Literal["confirmed"]] = {}
    """Databases that no service declares any more, to be dropped with all that is in them: `{old_service: confirmed}`."""

    deletion_protection: bool | None = None
    """Neither Pulumi nor AWS deletes the cluster while this is on, as on prod it is unless said. To take a stack down, write
    false, then `pulumi up` without the policy pack, whose `database-protection` is against that, then `pulumi destroy`: on prod
    a final snapshot stays, and the key that opens it."""

    @field_validator("version", mode="before")
    @classmethod
    def _version(cls, version: object) -> str:
        if isinstance(version, float):
            raise problem(
                f"{version} is a number to YAML, to which 17.10 would be 17.1. Write it in quotes, like '{version}'."
            )
        return one_of(
            version, aurora.ENGINE_VERSIONS, "version of Aurora PostgreSQL", "RDS would refuse the cluster"
        )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if found := list(self._problems()):
            raise problems(found)
        return self

    def _problems(self) -> Iterator[Finding]:
        if (self.instances is None) == (self.serverless is None):
            yield Finding(
                "",
                "says its size twice or not at all, so nobody knows what would be made. "
                "Write either `instances` or `serverless`.",
            )
        if overlap(self.backup_window, self.maintenance_window):
            yield Finding(
                "maintenance_window",
                f"{self.maintenance_window} overlaps the backup window {self.backup_window}, so RDS would refuse the "
                "cluster. Move one of them.",
            )
        yield from parameter_problems(self.family, "cluster", self.parameters)
        yield from parameter_problems(self.family, "instance", self.instance_parameters)
        readers = self.count - 1
        if self.reader_autoscaling and not 1 <= readers <= self.reader_autoscaling.max_readers:
            yield Finding(
                "reader_autoscaling.max_readers",
                f"{self.reader_autoscaling.max_readers} with {readers} readers: scaling measures the readers that run and "
                f"only adds to them. Raise count to at least 2, and max_readers to at least {max(readers, 1)}.",
            )

    @property
    def count(self) -> int:
        """The writer and its readers."""
        size = self.instances or self.serverless
        return size.count if size else 0

    @property
    def instance_class(self) -> str:
        return self.instances.class_ if self.instances else aurora.SERVERLESS_CLASS

    @property
    def major(self) -> int:
        return aurora.major(self.version)

    @property
    def family(self) -> str:
        """The family of its parameter groups, such as `aurora-postgresql17`."""
        return aurora.family(self.version)

    @property
    def cluster_parameters(self) -> Mapping[str, str]:
        """What the DB cluster parameter group says, by name."""
        said = {name: getattr(self, key) for name, key in KEYS.items()}
        timeouts = {name: str(value) for name, value in said.items() if value is not None}
        return dict(sorted({**DEFAULTS, **self.parameters, **timeouts, **REQUIRED}.items()))

    @property
    def reboot_parameters(self) -> tuple[str, ...]:
        """Parameters of the stack file that PostgreSQL reads at its start: a changed one waits for a reboot."""
        said = {**self.parameters, **self.instance_parameters}
        return tuple(sorted(name for name in said if PARAMETERS[self.family][name].static))


def version_problem(old: str | None, new: str, *, allow_major: bool) -> str | None:
    """Why a cluster that runs `old`, or is not there yet, cannot become `new`, which is of `ENGINE_VERSIONS`; None when it can.

    AWS refuses these too, but only once the update is under way (Aurora user guide, "Upgrading Amazon Aurora PostgreSQL DB
    clusters").
    """
    if old == new:
        return None
    offered = [version for version in aurora.ENGINE_VERSIONS if version not in aurora.RETIRED_VERSIONS]
    if old in aurora.ENGINE_VERSIONS and not aurora.upgradable(old, new):
        later = [version for version in offered if aurora.upgradable(old, version)]
        return (
            f"the cluster runs PostgreSQL {old}, which cannot become {new}; only restoring a snapshot goes back. "
            f"Write one of: {', '.join(later)}."
        )
    if new not in offered:
        return (
            f"AWS makes no cluster of PostgreSQL {new} any more, nor upgrades one to it; those that run it may stay. "
            f"Write one of: {', '.join(offered)}."
        )
    if old and aurora.major(old) != aurora.major(new) and not allow_major:
        return (
            f"{old} to {new} is a major upgrade: the database stops for minutes and cannot go back. Rehearse it on a clone "
            "of the cluster, then write `allow_major_upgrade: true` beside the version."
        )
    return None
