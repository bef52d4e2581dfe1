"""One server of each version for the whole run; each test has databases of its own."""

from __future__ import annotations

import itertools
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.database_bootstrap.postgres import RELEASES, Job, Server

MISSING = [tool for tool in ("npm", "openssl", "psql") if not shutil.which(tool)]
NUMBERS = itertools.count(1)

MakeJob = Callable[..., Job]
Name = Callable[[str], str]


@pytest.fixture(scope="session", params=sorted(RELEASES))
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A PostgreSQL with TLS, and a master as on RDS."""
    if MISSING or sys.platform != "linux":
        pytest.skip(f"real PostgreSQL needs Linux and {', '.join(MISSING) or 'nothing else'}")
    started = Server(request.param, parameters={"fsync": "off"})
    yield started
    started.remove()


@pytest.fixture
def name() -> Name:
    """Makes a name of its own for each test: the server is shared."""
    number = next(NUMBERS)
    return lambda base: f"{base}_{number}"


@pytest.fixture
def make_job(server: Server, tmp_path: Path) -> MakeJob:
    """`make_job(spec, ...)`: the job's container for these databases."""
    folders = (tmp_path / f"job-{number}" for number in itertools.count(1))
    return lambda *databases: Job(next(folders), server, databases)
