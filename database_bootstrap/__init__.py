"""Databases, their roles and rights, made by a job with nothing but `psql`.

`render` gives the files of a ConfigMap; the job mounts them and runs `COMMAND` in an image with a POSIX shell and psql
14 or newer (PostgreSQL's official image). It connects as the RDS-managed master, which is no superuser, to PostgreSQL 14
to 18, over TLS with `verify-full`. What the job's environment holds is told at the top of `bootstrap.sh`.

**Passwords.** The job sees none but the master's, which an init step fetched into memory. For each role it gets the
SCRAM-SHA-256 verifier that PostgreSQL would store (`scram_verifier`), as a file of a Secret. A server may log each
statement (`log_statement`, `log_min_duration_statement`, pgAudit), and only a superuser may switch that off for a session
(PostgreSQL manual, "Error Reporting and Logging"; RDS's master is none), so `ALTER ROLE ... PASSWORD` must never hold a
password; psql's own password command does the same, but asks a terminal.

**Unchanged runs.** Roles, memberships, owners, limits and rights on databases are compared with the catalogs each time:
what somebody changed by hand is put right. Two things cannot be seen from outside and are remembered as comments: on a role
the hash of its verifier, on a database the hash of what was set up inside (extensions, rights in schemas, default
privileges). Who changes these by hand is noticed only after `COMMENT ON DATABASE ... IS NULL` (or `ON ROLE`), which makes
the next run do them again.

What is no longer declared is not dropped: neither databases and roles nor extensions. A database goes, with its roles,
when its declaration says `drop`.
"""

from __future__ import annotations

from database_bootstrap.files import render
from database_bootstrap.scram import scram_verifier
from database_bootstrap.spec import ALLOWED_EXTENSIONS, DatabaseSpec, SpecError

__all__ = ["ALLOWED_EXTENSIONS", "COMMAND", "MOUNT", "DatabaseSpec", "SpecError", "render", "scram_verifier"]

MOUNT = "/bootstrap"
"""Where the job mounts the ConfigMap."""

COMMAND = ("sh", f"{MOUNT}/bootstrap.sh")
