"""What one database is wanted to be."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

# Quotes make any text a name, but only these pass unharmed through file names, Secret keys and URLs too.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")

RESERVED_DATABASES = frozenset({"bootstrap_template", "postgres", "rdsadmin", "template0", "template1"})
RESERVED_ROLES = frozenset(
    {"current_role", "current_user", "none", "postgres", "public", "rdsadmin", "session_user"}
)

ALLOWED_EXTENSIONS = frozenset(
    {
        "btree_gin", "btree_gist", "citext", "cube", "dict_int", "earthdistance", "fuzzystrmatch", "hstore",
        "intarray", "isn", "ltree", "pg_stat_statements", "pg_trgm", "pgcrypto", "postgis", "seg", "tablefunc",
        "tsm_system_rows", "tsm_system_time", "unaccent", "uuid-ossp", "vector",
    }
)  # fmt: skip
"""Extensions that reach neither files nor other servers, and that Aurora PostgreSQL 14 to 17 offers."""


class SpecError(ValueError):
    """What a person declared cannot be a database: the text says which, what would happen and what to write."""


@dataclass(frozen=True)
class DatabaseSpec:
    """A database, the role that owns it and may do everything in it, and if wanted a role that may read all of it.

    Raises `SpecError` for names that PostgreSQL would cut or refuse, extensions that are not allowed, limits below 1.
    """

    name: str
    owner: str
    """The service's role. It owns one database only."""

    read_only: str | None = None
    """Another role that logs in the same way; databases may share it."""

    extensions: tuple[str, ...] = ()
    """Taking one out of the list does not drop it: its columns would go with it."""

    connection_limit: int | None = None
    """Connections that the owner may hold; PostgreSQL's -1, no limit, for None."""

    statement_timeout_ms: int | None = None
    """The owner's own limit; the parameter group's for None."""

    auth: Literal["password", "iam"] = "password"

    previous_owner: str | None = None
    """Who owned it before: the database and all he has in it go to `owner`. He stays, as a member of `owner`."""

    drop: bool = False
    """Drop the database with all that is in it, and its roles. Only somebody who has a backup says so."""

    def __post_init__(self) -> None:
        self._check_name("name", self.name, RESERVED_DATABASES)
        for field in ("owner", "read_only"):
            if (role := getattr(self, field)) is not None:
                self._check_name(field, role, RESERVED_ROLES, ("pg_", "rds_"))
        if self.previous_owner is not None:
            self._check_name("previous_owner", self.previous_owner, frozenset())
        if self.owner in (self.read_only, self.previous_owner):
            raise self._problem(
                f"owner {self.owner!r} is named twice, and one role cannot be both. Name two."
            )
        for extension in sorted({*self.extensions} - ALLOWED_EXTENSIONS):
            near = difflib.get_close_matches(extension, sorted(ALLOWED_EXTENSIONS), n=1)
            remedy = (
                f"Did you mean {near[0]!r}?" if near else "Add it to ALLOWED_EXTENSIONS if it is harmless."
            )
            raise self._problem(f"extension {extension!r} is not allowed, so it would not be there. {remedy}")
        for field in ("connection_limit", "statement_timeout_ms"):
            if (value := getattr(self, field)) is not None and value < 1:
                raise self._problem(
                    f"{field} {value} would lock everybody out or limit nothing. Write 1 or more."
                )

    @property
    def roles(self) -> tuple[str, ...]:
        """Those that log in, and with `auth` password need a verifier."""
        if self.drop:
            return ()
        return (self.owner,) if self.read_only is None else (self.owner, self.read_only)

    def _check_name(
        self, field: str, name: str, reserved: frozenset[str], prefixes: tuple[str, ...] = ()
    ) -> None:
        if not NAME.fullmatch(name):
            raise self._problem(
                f"{field} {name!r} would be cut at 63 bytes or fail in a file name or URL. "
                "Write up to 63 letters, digits, _ and -, a letter or _ first."
            )
        if name in reserved or name.startswith(prefixes):
            raise self._problem(f"{field} {name!r} belongs to PostgreSQL or RDS. Choose another.")

    def _problem(self, text: str) -> SpecError:
        return SpecError(f"database {self.name!r}: {text}")


def check_together(databases: Sequence[DatabaseSpec]) -> None:
    """Raises `SpecError` when two databases cannot both be as wanted."""
    for field in ("name", "owner"):
        for twice in sorted(repeated(getattr(database, field) for database in databases)):
            raise SpecError(f"{field} {twice!r} is declared twice, and one would undo the other. Rename one.")
    owners = {database.owner for database in databases}
    auth_of: dict[str, str] = {}
    for database in databases:
        reader = database.read_only
        if reader is None:
            continue
        if reader in owners:
            raise SpecError(
                f"database {database.name!r}: read_only {reader!r} owns a database, so one password would open both. "
                "Name another role."
            )
        if auth_of.setdefault(reader, database.auth) != database.auth:
            raise SpecError(
                f"database {database.name!r}: read_only {reader!r} logs in by IAM here and by password there, and RDS takes "
                "one of them. Name another role."
            )


def repeated(values: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    return {value for value in values if value in seen or seen.add(value)}
