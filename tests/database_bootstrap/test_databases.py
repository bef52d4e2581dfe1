"""What the job makes, on real servers: by its own script and command line, as a master that is no superuser."""

# ruff: noqa: S608 - the names in the SQL are the tests' own

from __future__ import annotations

import dataclasses
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from database_bootstrap import DatabaseSpec
from tests.database_bootstrap.conftest import MakeJob, Name
from tests.database_bootstrap.postgres import MASTER, MASTER_PASSWORD, Done, Server, ended, password_of


def query(server: Server, role: str, database: str, sql: str) -> Done:
    return server.connect(role, MASTER_PASSWORD if role == MASTER else password_of(role), database, sql)


def test_created_then_unchanged(server: Server, make_job: MakeJob, name: Name) -> None:
    specs = [
        DatabaseSpec(name("order"), name("order"), name("reader"), ("citext", "uuid-ossp"), 20, 5000),
        DatabaseSpec("user", "select"),
        DatabaseSpec("Mixed-Case", "Mixed-Owner", read_only=name("reader")),
        DatabaseSpec("x" * 63, "y" * 63),
        DatabaseSpec(name("by_iam"), name("by_iam"), auth="iam"),
    ]
    job = make_job(*specs)
    assert job.run().output.splitlines()[-1] == "5 databases: 5 created, 0 changed, 0 unchanged"
    again = job.run()
    assert again.output.splitlines()[-1] == "5 databases: 0 created, 0 changed, 5 unchanged"
    assert again.errors == ""
    for spec in specs[:-1]:
        assert query(server, spec.owner, spec.name, "SELECT current_database()").output == spec.name


def test_rights(server: Server, make_job: MakeJob, name: Name) -> None:
    shop, other, reader, release = name("shop"), name("other"), name("reader"), name("release")
    assert make_job(DatabaseSpec(shop, shop, reader), DatabaseSpec(other, other)).run().exit_code == 0
    # A role that runs migrations, as a member of the owner.
    query(server, MASTER, "postgres", f"CREATE ROLE {release} LOGIN PASSWORD '{password_of(release)}'")
    query(server, MASTER, "postgres", f"GRANT {shop} TO {release}; GRANT {release} TO {MASTER}")
    assert f"{shop}: changed (inside)" in make_job(DatabaseSpec(shop, shop, reader)).run().output

    for creator in (shop, MASTER, release):
        made = query(
            server,
            creator,
            shop,
            f"CREATE TABLE of_{creator} (id serial); CREATE SCHEMA s_{creator};"
            f"CREATE TABLE s_{creator}.deep (id int); CREATE VIEW v_{creator} AS SELECT 1 AS one",
        )
        assert made.exit_code == 0, made.errors
        used = query(
            server,
            shop,
            shop,
            f"INSERT INTO of_{creator} DEFAULT VALUES; INSERT INTO s_{creator}.deep VALUES (1);"
            f"TRUNCATE s_{creator}.deep; SELECT one FROM v_{creator}",
        )
        assert (used.exit_code, used.output) == (0, "1"), used.errors
        read = query(
            server, reader, shop, f"SELECT id FROM of_{creator}, v_{creator}; TABLE s_{creator}.deep"
        )
        assert (read.exit_code, read.output) == (0, "1"), read.errors
        for statement in (
            f"INSERT INTO of_{creator} DEFAULT VALUES",
            f"DELETE FROM of_{creator}",
            f"CREATE TABLE s_{creator}.mine ()",
        ):
            assert "permission denied" in query(server, reader, shop, statement).errors
    for statement in ("CREATE TABLE mine ()", "CREATE SCHEMA mine", "CREATE TEMP TABLE mine ()"):
        assert "permission denied" in query(server, reader, shop, statement).errors
    for role, database in ((shop, other), (other, shop), (reader, other)):
        assert f'permission denied for database "{database}"' in query(server, role, database, "").errors


def test_copies_of_the_template(server: Server, make_job: MakeJob, name: Name) -> None:
    one, two = name("one"), name("two")
    assert make_job(DatabaseSpec(name("first"), name("first"))).run().exit_code == 0
    server.as_superuser("COMMENT ON DATABASE bootstrap_template IS 'of an earlier version'")
    for shop in (one, two):
        assert make_job(DatabaseSpec(shop, shop)).run().exit_code == 0
    for shop, other in ((one, two), (two, one)):
        assert query(server, MASTER, shop, "CREATE TABLE ledger (id serial); CREATE SCHEMA s").exit_code == 0
        used = query(server, shop, shop, "INSERT INTO ledger DEFAULT VALUES; CREATE TABLE s.mine ()")
        assert used.exit_code == 0, used.errors
        assert "permission denied for database" in query(server, other, shop, "").errors
    for role in (MASTER, one):
        assert "not currently accepting connections" in query(server, role, "bootstrap_template", "").errors
    acl = f"SELECT has_database_privilege('{one}', 'bootstrap_template', 'CONNECT')"
    assert query(server, MASTER, "postgres", acl).output == "f"


def test_what_existed_before_is_readable(server: Server, make_job: MakeJob, name: Name) -> None:
    shop, reader = name("shop"), name("reader")
    make_job(DatabaseSpec(shop, shop)).run()
    query(server, shop, shop, "CREATE SCHEMA s; CREATE TABLE s.old (id serial); CREATE TABLE older ()")
    changed = make_job(DatabaseSpec(shop, shop, reader)).run().output.splitlines()[0]
    assert changed == f"{shop}: changed (inside, password, rights, role)"
    assert (
        query(server, reader, shop, "TABLE s.old; TABLE older; SELECT last_value FROM s.old_id_seq").output
        == "1"
    )


DRIFT = {
    "ALTER ROLE {owner} NOLOGIN": "login",
    "ALTER ROLE {owner} CONNECTION LIMIT 3": "connection limit",
    "ALTER ROLE {owner} SET statement_timeout = 1": "statement timeout",
    "ALTER ROLE {owner} RESET statement_timeout": "statement timeout",
    "COMMENT ON ROLE {owner} IS NULL; ALTER ROLE {owner} PASSWORD 'by-hand'": "password",
    "REVOKE {owner} FROM {master}": "membership",
    "GRANT rds_iam TO {owner}": "authentication",
    "GRANT CONNECT ON DATABASE {name} TO PUBLIC": "rights",
    "REVOKE CONNECT ON DATABASE {name} FROM {reader}": "rights",
    "COMMENT ON DATABASE {name} IS NULL": "inside",
}


def test_changes_by_hand_are_put_right(server: Server, make_job: MakeJob, name: Name) -> None:
    shop, reader = name("shop"), name("reader")
    job = make_job(DatabaseSpec(shop, shop, reader, connection_limit=9, statement_timeout_ms=5000))
    job.run()
    for sql, what in DRIFT.items():
        query(server, MASTER, "postgres", sql.format(owner=shop, reader=reader, name=shop, master=MASTER))
        assert job.run().output.splitlines()[0] == f"{shop}: changed ({what})", sql
        assert job.run().output.splitlines()[0] == f"{shop}: unchanged", sql
    assert query(server, shop, shop, "SHOW statement_timeout").output == "5s"


CHANGES: list[tuple[dict[str, Any], str, str, str]] = [
    (
        {"connection_limit": 7},
        "connection limit",
        "SELECT rolconnlimit FROM pg_roles WHERE rolname = USER",
        "7",
    ),
    ({"statement_timeout_ms": None}, "statement timeout", "SHOW statement_timeout", "30s"),
    ({"statement_timeout_ms": 70}, "statement timeout", "SHOW statement_timeout", "70ms"),
    (
        {"extensions": ("citext", "hstore")},
        "inside",
        "SELECT 'A'::citext = 'a', 'a=>1'::hstore -> 'a'",
        "t|1",
    ),
]


def test_declared_otherwise(server: Server, make_job: MakeJob, name: Name) -> None:
    spec = DatabaseSpec(name("shop"), name("shop"), extensions=("citext",), statement_timeout_ms=5000)
    make_job(spec).run()
    for change, what, sql, answer in CHANGES:
        spec = dataclasses.replace(spec, **change)
        assert make_job(spec).run().output.splitlines()[0] == f"{spec.name}: changed ({what})"
        assert query(server, spec.owner, spec.name, sql).output == answer


def test_password_and_iam(server: Server, make_job: MakeJob, name: Name) -> None:
    shop = name("shop")
    spec = DatabaseSpec(shop, shop)
    job = make_job(spec)
    job.run()
    job.set_password(shop, "rotated-Zq7")
    assert job.run().output.splitlines()[0] == f"{shop}: changed (password)"
    assert server.connect(shop, "rotated-Zq7", shop, "SELECT 1").output == "1"
    assert "password authentication failed" in query(server, shop, shop, "").errors

    by_iam = make_job(dataclasses.replace(spec, auth="iam"))
    assert by_iam.run().output.splitlines()[0] == f"{shop}: changed (authentication, password)"
    assert "password authentication failed" in server.connect(shop, "rotated-Zq7", shop, "").errors
    member = f"SELECT pg_has_role('{shop}', 'rds_iam', 'MEMBER')"
    assert query(server, MASTER, shop, member).output == "t"

    assert make_job(spec).run().output.splitlines()[0] == f"{shop}: changed (authentication, password)"
    assert query(server, shop, shop, "SELECT 1").output == "1"
    assert query(server, MASTER, shop, member).output == "f"


def test_renamed_owner(server: Server, make_job: MakeJob, name: Name) -> None:
    shop, other, new = name("shop"), name("other"), name("new")
    make_job(DatabaseSpec(shop, shop), DatabaseSpec(other, other)).run()
    # The old owner also has a database that is none of ours.
    query(server, MASTER, "postgres", f"CREATE DATABASE {shop}_spare OWNER {shop}")
    query(server, shop, shop, "CREATE TABLE old (id int); CREATE SCHEMA s; CREATE TABLE s.old ()")

    renamed = make_job(DatabaseSpec(shop, new, previous_owner=shop))
    assert (
        renamed.run().output.splitlines()[0] == f"{shop}: changed (inside, membership, owner, password, role)"
    )
    assert renamed.run().output.splitlines()[0] == f"{shop}: unchanged"
    assert (
        query(
            server, new, shop, "ALTER TABLE old ADD x int; DROP TABLE s.old; CREATE TABLE later ()"
        ).exit_code
        == 0
    )
    # Pods that still log in as the old one work on, until they are replaced.
    assert query(server, shop, shop, "TABLE later; INSERT INTO old VALUES (1, 2)").exit_code == 0
    owners = f"SELECT string_agg(pg_get_userbyid(datdba), ' ' ORDER BY datname) FROM pg_database WHERE datname LIKE '{shop}%'"
    assert query(server, MASTER, "postgres", owners).output == f"{new} {shop}"


def test_dropped(server: Server, make_job: MakeJob, name: Name) -> None:
    shop, other, reader, new = name("shop"), name("other"), name("reader"), name("new")
    kept = DatabaseSpec(other, other, reader)
    make_job(DatabaseSpec(shop, shop, reader), kept).run()
    query(server, shop, shop, "CREATE TABLE ledger (id serial)")
    gone = DatabaseSpec(shop, shop, reader, drop=True)

    wrong = make_job(dataclasses.replace(gone, owner=other), DatabaseSpec(new, new)).run()
    assert f"{shop}: it is to be dropped and belongs to {shop}, not to {other}" in wrong.errors
    query(server, MASTER, "postgres", f"CREATE DATABASE {shop}_spare OWNER {shop}")
    refused = make_job(gone, kept).run()
    assert f"role {shop} is to be dropped, and has something in database {shop}_spare too" in refused.errors
    assert query(server, shop, shop, "TABLE ledger").exit_code == 0
    query(server, MASTER, "postgres", f"DROP DATABASE {shop}_spare")

    for _ in range(2):
        lines = make_job(gone, kept).run().output.splitlines()
        assert f"{shop}: dropped" in lines
        assert lines[-1] == "2 databases: 0 created, 0 changed, 1 unchanged, 1 dropped"
    left = f"SELECT datname FROM pg_database WHERE datname = '{shop}' UNION SELECT rolname FROM pg_roles WHERE rolname = '{shop}'"
    assert query(server, MASTER, "postgres", left).output == ""
    assert query(server, reader, other, "SELECT 1").output == "1"


def test_taken_over_from_the_master(server: Server, make_job: MakeJob, name: Name) -> None:
    shop = name("shop")
    query(server, MASTER, "postgres", f"CREATE DATABASE {shop}")
    query(
        server,
        MASTER,
        shop,
        "CREATE TABLE ledger (id serial); CREATE SCHEMA s; CREATE TABLE s.ledger (id int)",
    )
    done = make_job(DatabaseSpec(shop, shop, previous_owner=MASTER)).run()
    assert done.exit_code == 0, done.errors
    used = query(
        server,
        shop,
        shop,
        "INSERT INTO ledger DEFAULT VALUES; INSERT INTO s.ledger VALUES (1); CREATE TABLE s.x ()",
    )
    assert used.exit_code == 0, used.errors


def test_a_role_that_exists(server: Server, make_job: MakeJob, name: Name) -> None:
    shop = name("shop")
    query(server, MASTER, "postgres", f"CREATE ROLE {shop} NOLOGIN")
    done = make_job(DatabaseSpec(shop, shop)).run()
    assert (done.exit_code, done.output.splitlines()[0]) == (0, f"{shop}: created"), done.errors
    assert query(server, shop, shop, "CREATE TABLE t ()").exit_code == 0


def test_functions_of_a_service_are_not_called(server: Server, make_job: MakeJob, name: Name) -> None:
    shop, reader = name("shop"), name("reader")
    make_job(DatabaseSpec(shop, shop)).run()
    trap = (
        "CREATE TABLE caught (who text);"
        "CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN 'SELECT 1'; END $$;"
        "CREATE FUNCTION public.pg_has_role(oid, text) RETURNS bool LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN true; END $$;"
        f"ALTER DATABASE {shop} SET search_path = public, pg_catalog"
    )
    assert query(server, shop, shop, trap).exit_code == 0
    assert make_job(DatabaseSpec(shop, shop, reader, ("citext",))).run().exit_code == 0
    assert query(server, shop, shop, "SELECT count(*) FROM public.caught").output == "0"


def test_passwords_are_nowhere(server: Server, make_job: MakeJob, name: Name) -> None:
    shop, reader = name("shop"), name("reader")
    job = make_job(DatabaseSpec(shop, shop, reader))
    process = job.start()
    seen = ""
    while process.poll() is None:
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and is_of(process, int(folder.name)):
                seen += in_clear(folder / "cmdline") + in_clear(folder / "environ")
        time.sleep(0.002)
    done = ended(process)
    assert done.exit_code == 0
    assert "bootstrap.sql" in seen
    for place in (done.output, done.errors, server.log, seen):
        for password in (MASTER_PASSWORD, password_of(shop), password_of(reader)):
            assert password not in place
    assert f"ALTER ROLE {shop} PASSWORD 'SCRAM-SHA-256$" in server.log


def is_of(job: subprocess.Popen[str], pid: int) -> bool:
    """Whether a process belongs to the job: another test may run beside it."""
    try:
        return os.getpgid(pid) == job.pid
    except ProcessLookupError:
        return False


def in_clear(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
