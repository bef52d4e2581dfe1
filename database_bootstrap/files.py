"""The files of the job's ConfigMap."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from database_bootstrap.spec import DatabaseSpec, check_together

SCRIPTS = ("bootstrap.sh", "bootstrap.sql", "inside.sql")
COLUMNS = (
    "database",
    "owner",
    "read_only",
    "extensions",
    "connection_limit",
    "statement_timeout_ms",
    "auth",
    "previous_owner",
    "inside",
    "drop",
)


def render(databases: Sequence[DatabaseSpec]) -> Mapping[str, str]:
    """File name to content: the scripts as they are, and `databases.csv`. The order of `databases` does not matter.

    Nothing in it is secret. Raises `SpecError` when two databases cannot both be as wanted.
    """
    check_together(databases)
    files = {name: (Path(__file__).parent / name).read_text(encoding="utf-8") for name in SCRIPTS}
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    for database in sorted(databases, key=lambda database: database.name):
        writer.writerow(row(database, files["inside.sql"]))
    return {**files, "databases.csv": table.getvalue()}


def row(database: DatabaseSpec, inside_sql: str) -> Iterable[object]:
    """One line of databases.csv; PostgreSQL reads an empty field as NULL."""
    extensions = ",".join(f'"{extension}"' for extension in sorted({*database.extensions}))
    # All that inside.sql goes by: when none of it has changed, there is no need to connect to the database.
    inside = [inside_sql, database.owner, database.read_only or "", database.previous_owner or "", extensions]
    return (
        database.name,
        database.owner,
        database.read_only,
        f"{{{extensions}}}",
        -1 if database.connection_limit is None else database.connection_limit,
        database.statement_timeout_ms,
        database.auth,
        database.previous_owner,
        hashlib.sha256("\0".join(inside).encode()).hexdigest()[:16],
        database.drop,
    )
