"""What the database's parameter groups say: the parameters of this stack, and those that a person adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from aws_facts.postgresql_parameters import PARAMETERS
from settings.problems import Finding, nearest

Level = Literal["cluster", "instance"]

KEYS: Mapping[str, str] = {
    name: f"{name}_ms"
    for name in (
        "statement_timeout",
        "idle_in_transaction_session_timeout",
        "lock_timeout",
        "log_min_duration_statement",
    )
}
"""Parameters with a key of their own in the stack file."""

REQUIRED: Mapping[str, str] = {"rds.force_ssl": "1"}
"""Those that are the same in every stack (incident `database-tls`)."""

DEFAULTS: Mapping[str, str] = {
    "log_lock_waits": "1",
    "log_statement": "ddl",
    "log_temp_files": "65536",
    "shared_preload_libraries": "pg_stat_statements",
    "track_io_timing": "1",
}
"""What an engineer wants to know after an incident: waits for locks, changed schemas, sorts that spill more than 64 MiB,
which statements cost what. A person may say something else."""


def parameter_problems(family: str, level: Level, parameters: Mapping[str, str]) -> Iterator[Finding]:
    """What RDS, or this stack, would refuse of `parameters` for a parameter group of `family`."""
    key = "parameters" if level == "cluster" else "instance_parameters"
    known = PARAMETERS[family]
    for name, value in parameters.items():
        if name in KEYS:
            yield Finding(
                f"{key}.{name}",
                f"has a key of its own, which it would contradict. Write `{KEYS[name]}` in its place.",
            )
        elif name in REQUIRED:
            yield Finding(
                f"{key}.{name}",
                f"is {REQUIRED[name]} here, and {value} would let passwords and data pass unencrypted (incident "
                "database-tls). Remove it, and give clients the CA bundle.",
            )
        elif name not in known:
            yield Finding(
                f"{key}.{name}",
                f"no parameter of {family}, so RDS would refuse the group. {nearest(name, known)}",
            )
        elif not known[name].modifiable:
            yield Finding(f"{key}.{name}", "is kept by AWS, which would refuse the group. Remove it.")
        elif level == "instance" and not known[name].instance:
            yield Finding(
                f"{key}.{name}",
                "is no parameter of single instances, so RDS would refuse it. Move it to `parameters`.",
            )
        elif level == "cluster" and not known[name].cluster:
            yield Finding(
                f"{key}.{name}",
                "is no parameter of a cluster, so RDS would refuse it. Move it to `instance_parameters`.",
            )
