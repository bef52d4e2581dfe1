"""What goes wrong, for real: the job recovers, or says for which database, in PostgreSQL's words, and what to do."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from database_bootstrap import DatabaseSpec
from tests.database_bootstrap.conftest import MakeJob, Name
from tests.database_bootstrap.cutting_proxy import kill_at_message
from tests.database_bootstrap.postgres import (
    HOST,
    MASTER,
    MASTER_PASSWORD,
    Server,
    ended,
    make_certificates,
    password_of,
)

# All that the job makes for one database, apart from names and passwords.
STATE = """
SELECT rolcanlogin, rolconnlimit, setconfig FROM pg_roles AS r LEFT JOIN pg_db_role_setting ON setrole = r.oid
WHERE rolname IN ('{owner}', '{reader}') ORDER BY rolname;
SELECT pg_get_userbyid(datdba) = '{owner}', datacl FROM pg_database WHERE datname = current_database();
SELECT defaclobjtype, defaclrole::regrole, defaclacl FROM pg_default_acl ORDER BY 1, 2;
SELECT nspacl FROM pg_namespace WHERE nspname = 'public';
SELECT extname FROM pg_extension ORDER BY 1;
"""


@pytest.mark.parametrize("server", ["17"], indirect=True)
def test_killed_after_each_statement_and_run_again(server: Server, make_job: MakeJob) -> None:
    def specs(number: int) -> list[DatabaseSpec]:
        full = DatabaseSpec(f"killed{number}", f"killed{number}", f"reads{number}", ("citext",), 5, 1000)
        return [full, DatabaseSpec(f"copied{number}", f"copied{number}")]

    def state(number: int) -> str:
        found = "".join(
            server.as_superuser(STATE.format(owner=owner, reader=f"reads{number}"), owner).replace(
                owner, "owner"
            )
            for owner in (f"killed{number}", f"copied{number}")
        )
        return found.replace(f"reads{number}", "reader")

    assert make_job(*specs(0)).run().exit_code == 0
    number = 1
    while kill_at_message(job := make_job(*specs(number)), number):
        done = job.run()
        assert done.exit_code == 0, (number, done.errors)
        assert state(number) == state(0), number
        number += 1
    assert number > 40


def test_two_jobs_at_once(make_job: MakeJob, name: Name) -> None:
    specs = [
        DatabaseSpec(name(f"both{number}"), name(f"both{number}"), name("reader")) for number in range(4)
    ]
    processes = [make_job(*specs).start() for _ in range(2)]
    last = sorted(ended(process).output.splitlines()[-1] for process in processes)
    assert last == [
        "4 databases: 0 created, 0 changed, 4 unchanged",
        "4 databases: 4 created, 0 changed, 0 unchanged",
    ]


def test_somebody_else_makes_the_same_database(server: Server, make_job: MakeJob, name: Name) -> None:
    """Somebody's database of that name shows up while the job makes its own: his transaction ends when the job waits for it."""
    shop = name("shop")
    server.as_superuser(f"CREATE ROLE {shop}; GRANT {shop} TO {MASTER} WITH ADMIN OPTION")
    server.as_superuser(f"CREATE DATABASE {shop}_new OWNER {shop}")
    rename = (
        f"BEGIN; ALTER DATABASE {shop}_new RENAME TO {shop};"
        "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted) LOOP PERFORM pg_sleep(0.05); END LOOP; END $$;"
        "COMMIT"
    )
    somebody = threading.Thread(target=server.as_superuser, args=(rename,))
    somebody.start()
    while server.as_superuser("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %'") != "1":
        time.sleep(0.05)
    done = make_job(DatabaseSpec(shop, shop)).run()
    somebody.join()
    assert done.exit_code == 0, done.errors
    assert "Trying again in 1 s: ERROR:  23505: duplicate key value" in done.errors
    assert done.output.startswith(f"{shop}: changed (")


def test_wrong_master_password_fails_at_once(make_job: MakeJob, name: Name) -> None:
    job = make_job(DatabaseSpec(name("shop"), name("shop")))
    job.set_master_password("wrong-Zq7")
    start = time.monotonic()
    done = job.run()
    assert (done.exit_code, done.output) == (1, "")
    assert f'password authentication failed for user "{MASTER}"' in done.errors
    assert "start the job again, so that the init step reads the new one" in done.errors
    assert "Trying again" not in done.errors
    assert "wrong-Zq7" not in done.errors
    assert time.monotonic() - start < 5


def test_server_down_then_up(server: Server, make_job: MakeJob, name: Name) -> None:
    server.stop()
    job = make_job(DatabaseSpec(name("shop"), name("shop")))
    process = job.start()
    time.sleep(1.5)
    server.start()
    done = ended(process)
    assert done.exit_code == 0, done.errors
    assert "Trying again in 1 s: " in done.errors
    assert "Connection refused" in done.errors
    assert done.output.startswith(name("shop") + ": created")


def test_server_goes_away_in_the_middle(server: Server, make_job: MakeJob, name: Name) -> None:
    specs = [DatabaseSpec(name(f"many{number}"), name(f"many{number}")) for number in range(40)]
    process = make_job(*specs).start()
    while name("many4") not in server.as_superuser("SELECT string_agg(datname, ' ') FROM pg_database"):
        time.sleep(0.01)
    server.stop()
    server.start()
    done = ended(process)
    assert done.exit_code == 0, done.errors
    assert "Trying again" in done.errors
    assert (
        make_job(*specs).run().output.splitlines()[-1] == "40 databases: 0 created, 0 changed, 40 unchanged"
    )


def test_server_stays_down(server: Server, make_job: MakeJob, name: Name) -> None:
    job = make_job(DatabaseSpec(name("shop"), name("shop")))
    job.environment |= {"DEADLINE_SECONDS": "2"}
    server.stop()
    try:
        done = job.run()
    finally:
        server.start()
    assert done.exit_code == 75
    assert "No success within 2 seconds" in done.errors
    assert "security group" in done.errors


def test_tls_refused(server: Server, make_job: MakeJob, name: Name, tmp_path: Path) -> None:
    job = make_job(DatabaseSpec(name("shop"), name("shop")))
    root = job.environment["PGSSLROOTCERT"]
    foreign = tmp_path / "foreign" / "data"
    foreign.mkdir(parents=True)
    for change, said, remedy in (
        (
            {"PGSSLROOTCERT": str(make_certificates(foreign))},
            "certificate verify failed",
            "root certificates of its region",
        ),
        ({"PGSSLROOTCERT": "/nowhere.pem"}, "does not exist", "root certificates of its region"),
        ({"PGHOST": "10.0.0.1"}, "does not match host name", "the cluster's own endpoint"),
    ):
        job.environment |= {"PGSSLROOTCERT": root, "PGHOST": HOST, **change}
        done = job.run()
        assert done.exit_code == 1
        assert said in done.errors
        assert remedy in done.errors
        assert "Trying again" not in done.errors
    job.environment |= {"PGSSLROOTCERT": root, "PGHOST": HOST}
    server.stop()
    server.start(ssl="off")
    done = job.run()
    server.stop()
    server.start()
    assert done.exit_code == 1
    assert "server does not support SSL" in done.errors
    assert "a password is never sent without" in done.errors


def test_lost_privilege(server: Server, make_job: MakeJob, name: Name) -> None:
    job = make_job(DatabaseSpec(name("shop"), name("shop")))
    server.as_superuser("DROP DATABASE IF EXISTS bootstrap_template")
    for privilege, database in (("CREATEROLE", name("shop")), ("CREATEDB", "bootstrap_template")):
        server.as_superuser(f"ALTER ROLE {MASTER} NO{privilege}")
        done = job.run()
        server.as_superuser(f"ALTER ROLE {MASTER} {privilege}")
        assert (done.exit_code, done.output) == (1, "")
        assert done.errors.startswith(
            f"Failed at database {database}\nERROR:  42501: permission denied to create "
        )
        assert "It needs CREATEDB, CREATEROLE" in done.errors
    assert job.run().output.startswith(f"{name('shop')}: created")


def test_failure_inside_a_database_names_it(server: Server, make_job: MakeJob, name: Name) -> None:
    first, second, third = name("a"), name("b"), name("c")
    make_job(DatabaseSpec(second, second)).run()
    # The owner's own object stands where the extension's belongs.
    server.connect(second, password_of(second), second, "CREATE TYPE citext AS ENUM ()")
    specs = [DatabaseSpec(name, name, extensions=("citext",)) for name in (first, second, third)]
    done = make_job(*specs).run()
    assert (done.exit_code, done.output) == (1, "")
    assert f"Failed at database {second}\n" in done.errors
    assert 'type "citext" already exists' in done.errors
    assert f"Not as wanted yet: {second} (inside), {third} (inside)" in done.errors


def test_refused_before_anything_is_changed(server: Server, make_job: MakeJob, name: Name) -> None:
    taken, good = name("taken"), name("good")
    make_job(DatabaseSpec(taken, taken)).run()
    done = make_job(
        DatabaseSpec(good, good),
        DatabaseSpec(taken, name("new_owner")),
        DatabaseSpec(name("own"), MASTER),
        DatabaseSpec(name("geo"), name("geo"), extensions=("postgis",)),
    ).run()
    assert (done.exit_code, done.output) == (1, "")
    for text in (
        f"{taken}: it exists and belongs to {taken}, not to {name('new_owner')}",
        f"say previous_owner {taken} to take it over",
        f"{name('own')}: role {MASTER} is the master itself",
        f"{name('geo')}: extension postgis does not exist on this server",
        "Nothing was changed. Correct the declarations above",
    ):
        assert text in done.errors
    found = server.connect(MASTER, MASTER_PASSWORD, "postgres", f"SELECT to_regrole('{good}') IS NULL")
    assert found.output == "t"


def test_bad_verifiers(make_job: MakeJob, name: Name) -> None:
    shop = name("shop")
    job = make_job(DatabaseSpec(shop, shop))
    for content, said in (
        ("in-clear-Zq7", "holds no SCRAM-SHA-256 verifier"),
        ("", "is empty"),
        (None, f"{shop}: role {shop} has no verifier"),
    ):
        (job.verifiers / shop).unlink()
        if content is not None:
            (job.verifiers / shop).write_text(content)
        done = job.run()
        assert (done.exit_code, done.output) == (1, "")
        assert said in done.errors
        assert "in-clear" not in done.errors


@pytest.mark.parametrize("missing", ["PGHOST", "PGUSER", "PGSSLROOTCERT", "MASTER_SECRET", "VERIFIERS"])
@pytest.mark.parametrize("server", ["17"], indirect=True)
def test_incomplete_environment(missing: str, make_job: MakeJob, name: Name) -> None:
    job = make_job(DatabaseSpec(name("shop"), name("shop")))
    del job.environment[missing]
    done = job.run()
    assert (done.exit_code, done.errors.splitlines()[0]) == (
        1,
        f"{missing} is not set, so nothing was done. Set it in the job's environment.",
    )


@pytest.mark.parametrize("text", ["", "{}", '{"password": ""}', '{"password": "a\\u0041"}'])
@pytest.mark.parametrize("server", ["17"], indirect=True)
def test_no_master_secret(text: str, make_job: MakeJob, name: Name) -> None:
    job = make_job(DatabaseSpec(name("shop"), name("shop")))
    job.master_secret.write_text(text)
    done = job.run()
    assert done.exit_code == 1
    assert "is no JSON with a password" in done.errors
