"""The whole stack file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from settings.capacity import capacity_problems
from settings.cluster import ClusterSettings
from settings.network import NetworkSettings, zone_problems
from settings.problems import explain, problem
from settings.service import Service
from settings.types import Settings

REQUIRED_TAGS = ("owner", "environment")


class StackSettings(Settings):
    """Everything that `Pulumi.<stack>.yaml` says."""

    stage: Literal["prod", "dev"]
    """`prod` turns on what protects data and money from haste; `dev` is for stacks that may vanish."""

    region: Annotated[str, Field(examples=["ap-northeast-2"])]
    """The AWS region (`aws:region`)."""

    tags: Mapping[str, str]
    """Tags of everything: `owner` and `environment`, and what else your bill is split by."""

    network: NetworkSettings
    cluster: ClusterSettings

    services: Mapping[str, Service] = {}
    """The company's services, by name."""

    @field_validator("tags")
    @classmethod
    def _tags(cls, tags: Mapping[str, str]) -> Mapping[str, str]:
        missing = [tag for tag in REQUIRED_TAGS if tag not in tags]
        if missing:
            raise problem(f"without {' and '.join(missing)} nobody knows who pays for what (incident tags). Add {'; '.join(missing)}.")
        return tags

    @field_validator("services")
    @classmethod
    def _names(cls, services: Mapping[str, Service]) -> Mapping[str, Service]:
        for name in services:
            # Room for the suffixes of roles, secrets and target groups: 32 characters is ELB's limit for a name.
            if not re.fullmatch(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?", name):
                raise problem(f"{name!r}: a service's name has up to 40 lower-case letters, digits and hyphens. Rename it.")
        return services

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        found = zone_problems(self.network.zones, self.region)
        service_cidr = self.cluster.service_cidr
        if service_cidr and service_cidr.overlaps(self.network.cidr):
            found.append(
                f"plinth:cluster.service_cidr: {service_cidr} overlaps the VPC {self.network.cidr}, so services would hide "
                "addresses of the VPC. Choose a range outside it, such as 172.20.0.0/16."
            )
        found += self._same_databases()
        found += capacity_problems(self.cluster, self.services)
        if found:
            raise problem("\n".join(found))
        return self

    def _same_databases(self) -> list[str]:
        owners: dict[str, str] = {}
        found: list[str] = []
        for name, service in self.services.items():
            database = service.database_name(name)
            if database and database in owners:
                found.append(
                    f"plinth:services.{name}.database: {database} is the database of {owners[database]} already, so two services "
                    "would write each other's tables. Name another."
                )
            elif database:
                owners[database] = name
        return found


def load(config: Mapping[str, Any], *, source: str) -> StackSettings:
    """The settings in `config`, which has this project's keys without their namespace, and `region`.

    Raises `SettingsError` with all that is wrong in the file `source`.
    """
    try:
        return StackSettings.model_validate({key: value for key, value in config.items() if value is not None})
    except ValidationError as error:
        raise explain(error, StackSettings, source) from None
