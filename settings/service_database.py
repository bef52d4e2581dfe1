"""A service's own database: what a stack file may say of it."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from settings.problems import problem, shown
from settings.types import Once, Settings, Version

NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
READ_ONLY_SUFFIX = "_ro"


def check_name(name: str) -> str:
    """PostgreSQL's rule for a name without quotes, and its 63 bytes (PostgreSQL manual, "Identifiers and Key Words")."""
    if not NAME.fullmatch(name):
        raise problem(
            f"{shown(name)} would need quotes in every statement, or be cut at 63 bytes. "
            "Write up to 63 lower-case letters, digits and underscores."
        )
    return name


DatabaseName = Annotated[str, AfterValidator(check_name)]


class ServiceDatabase(Settings):
    """A database, the role that owns it, and what logs in as it.

    Taking the database out of the stack file drops nothing: data and secret stay, and the preview warns.
    """

    name: DatabaseName | None = None
    """Database and role; the service's own name, with underscores, unless said."""

    read_only: bool = False
    """Another role, `<name>_ro`, that may read everything in it."""

    extensions: Once[str] = ()
    """PostgreSQL extensions that it has; one that is taken out is not dropped."""

    auth: Literal["password", "iam"] = "password"
    """`iam` needs no password: the pod's role may connect as the database role, with a token of 15 minutes."""

    statement_timeout_ms: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    """The role's own limit; that of the whole database cluster unless said."""

    password_version: Version = 1
    """Another number makes another password."""

    previous_owner: DatabaseName | None = None
    """The role that owned the database before: everything goes to the new one."""

    @model_validator(mode="after")
    def _read_only_name(self) -> Self:
        if self.read_only and self.name and len(self.name + READ_ONLY_SUFFIX) > 63:
            raise problem(
                f"{self.name}{READ_ONLY_SUFFIX}, the read-only role, would be cut at 63 bytes. Shorten the name."
            )
        return self
