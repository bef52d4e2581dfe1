"""What the database job costs on a real PostgreSQL 17, against the least that it could and against a loop of `psql`.

The server syncs to disk as in production. Databases are created in turns of `TURN`, bare statements and job one after the
other, so that a machine that slows down slows both; a checkpoint before each keeps one from paying for what the other left
to write. Takes some minutes and 20 GB of disk.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.preview import report
from database_bootstrap import DatabaseSpec
from tests.database_bootstrap.postgres import MASTER, MASTER_PASSWORD, Job, Server, psql

TOTAL = 1000
TURN = 100
STACK = 18
ROUNDS = 5
LIMIT_OVER_BARE = 1.25
LIMIT_SECONDS_UNCHANGED = 1.0
LIMIT_OF_LOOP = 1 / 20
LIMIT_SECONDS_STACK = 0.3

# As the market's makeshift job had it: is it there? If not, make it.
LOOP = """for name in $NAMES; do
    psql -X -tAc "SELECT 1 FROM pg_database WHERE datname = '$name'" | grep -q 1 || psql -X -c "CREATE DATABASE $name"
done"""


def main() -> int:
    """Run the benchmark; 1 when a ratio is over its limit."""
    quiet = {"log_statement": "none", "log_min_duration_statement": "-1", "log_connections": "off"}
    server = Server("17", parameters=quiet)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            return measured(server, Path(scratch))
    finally:
        server.remove()


def measured(server: Server, scratch: Path) -> int:
    environment = {**server.libpq, "PGUSER": MASTER, "PGPASSWORD": MASTER_PASSWORD, "PGDATABASE": "postgres"}
    specs = [DatabaseSpec(name, name) for name in (f"service_{number:04}" for number in range(TOTAL))]
    bare = created = 0.0
    for start in range(0, TOTAL, TURN):
        turn = specs[start : start + TURN]
        statements = "".join(f"CREATE DATABASE bare_{spec.name} TEMPLATE template0;\n" for spec in turn)
        server.as_superuser("SET statement_timeout = 0; CHECKPOINT")
        bare += seconds(lambda text=statements: psql(text, environment).exit_code)
        server.as_superuser("SET statement_timeout = 0; CHECKPOINT")
        created += job_seconds(server, scratch, turn)
        print(f"{start + TURN:5} databases: {created / bare:.2f}", end="\r", file=sys.stderr)
    unchanged = min(job_seconds(server, scratch, specs) for _ in range(ROUNDS))
    stack = min(job_seconds(server, scratch, specs[:STACK]) for _ in range(ROUNDS))
    names = {"NAMES": " ".join(spec.name for spec in specs), "PATH": os.environ["PATH"]}
    loop = seconds(
        lambda: subprocess.run(["sh", "-c", LOOP], env={**environment, **names}, check=False).returncode
    )
    print(f"bare {bare:.1f} s, job {created:.1f} s, unchanged {unchanged:.2f} s, loop of psql {loop:.1f} s")
    over = [
        report(f"create {TOTAL} / bare statements", created / bare, LIMIT_OVER_BARE),
        report(f"{TOTAL} unchanged, seconds", unchanged, LIMIT_SECONDS_UNCHANGED),
        report(f"{TOTAL} unchanged / loop of psql", unchanged / loop, LIMIT_OF_LOOP),
        report(f"{STACK} unchanged, seconds", stack, LIMIT_SECONDS_STACK),
    ]
    return int(any(over))


def job_seconds(server: Server, scratch: Path, specs: Sequence[DatabaseSpec]) -> float:
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        job = Job(Path(folder), server, specs)
        return seconds(lambda: job.run().exit_code)


def seconds(action: Callable[[], int]) -> float:
    """How long `action` takes, which must give exit code 0."""
    start = time.perf_counter()
    assert action() == 0
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
