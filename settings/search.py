"""Search: one OpenSearch domain for all services that need it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from settings.problems import problem
from settings.types import Settings, Version


class SearchSettings(Settings):
    """An OpenSearch domain in the data subnets, reached over TLS with a password that Secrets Manager holds."""

    version: Annotated[str, Field(pattern=r"^\d+\.\d+$", examples=["'2.19'"])]
    """The version of OpenSearch, in quotes."""

    instance_type: Annotated[
        str, Field(pattern=r"^[a-z0-9]+\.[a-z0-9]+\.search$", examples=["t3.medium.search"])
    ]

    instances: Annotated[int, Field(ge=1, le=80)] = 2
    """Data nodes, spread over two zones when there are several: an even number of them."""

    volume_gib: Annotated[int, Field(ge=10, le=16384)] = 20
    """The volume of each node."""

    password_version: Version = 1
    """Count it up for a new password."""

    @model_validator(mode="after")
    def _even(self) -> Self:
        if self.instances > 1 and self.instances % 2:
            raise problem(
                f"instances {self.instances} cannot be shared out to two zones, so OpenSearch would refuse the domain. "
                "Write an even number, or 1."
            )
        return self
