"""Gets the Pulumi engine onto this machine, and says where it is.

Looked for in this order: a new enough `pulumi` on PATH, the one in the user's cache folder, the official release for
this platform (pinned, checksummed), a build from the Go module proxy (pinned, checksummed by `gobuild/go.sum`). The
official Python language host is used wherever it is; `language_host.py` stands in where it is absent.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from plinth.engine import build, release
from plinth.engine.cache import Unobtainable, engine_folder, locked
from plinth.engine.pins import LANGUAGE_HOST, MINIMUM, VERSION
from plinth.errors import UserError

__all__ = ["Engine", "EngineUnavailable", "Finding", "describe", "find"]


class EngineUnavailable(UserError):
    """No engine is here and none could be had; the text names each way that was tried and what stopped it."""


@dataclass(frozen=True)
class Engine:
    """A usable engine; its language host lies beside it or on PATH."""

    pulumi: Path
    version: str
    source: str


@dataclass(frozen=True)
class Finding:
    """One line of `plinth doctor`; `remedy` is empty when the thing is there."""

    what: str
    found: str
    remedy: str = ""


def find(*, install: bool = True) -> Engine:
    """The engine to use, installed into the cache folder first if need be (minutes, with progress on stderr).

    Raises `EngineUnavailable`; with `install=False` already when neither PATH nor the cache has one.
    """
    engine = on_path() or cached()
    if engine:
        return engine
    if not install:
        raise EngineUnavailable("no Pulumi engine on PATH or in the cache. `make preview` gets one.")
    with locked(engine_folder()):
        return cached() or obtain()


def on_path() -> Engine | None:
    """The `pulumi` on PATH, if it can run Python programs and is new enough for a rehearsal."""
    pulumi = shutil.which("pulumi")
    if not pulumi or not (
        Path(pulumi).resolve().with_name(LANGUAGE_HOST).is_file() or shutil.which(LANGUAGE_HOST)
    ):
        return None
    version = version_of(Path(pulumi))
    if not version or as_numbers(version) < as_numbers(MINIMUM):
        return None
    return Engine(Path(pulumi), version, "PATH")


def cached() -> Engine | None:
    """The engine in the cache folder, which is there only once it is whole."""
    folder = engine_folder()
    if not (folder / LANGUAGE_HOST).is_file():
        return None
    return Engine(folder / "pulumi", VERSION, f"cache {folder}")


def obtain() -> Engine:
    """Install the engine by the first way that works."""
    failures: list[str] = []
    for way in (release.install, build.install):
        try:
            way(engine_folder())
        except Unobtainable as problem:
            failures.append(str(problem))
        else:
            engine = cached()
            assert engine  # noqa: S101 - a way that returns has put it there
            return engine
    raise EngineUnavailable(
        "the Pulumi engine is not here and could not be had, so nothing can be rehearsed. Make one of these possible:\n"
        f"  - install Pulumi {MINIMUM} or newer, so that `pulumi` is on PATH\n"
        f"  - put an engine into {engine_folder()} (copied from another machine of this kind)\n"
        + "\n".join(f"  - {failure}" for failure in failures)
    )


def version_of(pulumi: Path) -> str | None:
    """What `pulumi version` says, without the leading `v`; None when it does not run."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run(
            [pulumi, "version"], capture_output=True, text=True, timeout=20, check=False, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.match(r"v?(\d+\.\d+\.\d+)", done.stdout.strip())
    return match.group(1) if match and done.returncode == 0 else None


def as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def describe() -> list[Finding]:
    """What `find` would use, without installing anything."""
    return list(findings())


def findings() -> Iterator[Finding]:
    try:
        engine = find(install=False)
    except EngineUnavailable:
        yield Finding("Pulumi engine", "none", "run `make preview`, which gets one")
        return
    yield Finding("Pulumi engine", f"{engine.version} from {engine.source}")
    yield Finding("Python language host", language_host_of(engine))


def language_host_of(engine: Engine) -> str:
    host = engine.pulumi.resolve().with_name(LANGUAGE_HOST)
    path = str(host) if host.is_file() else shutil.which(LANGUAGE_HOST) or "nowhere"
    whose = "Plinth's own" if build.is_own_host(Path(path)) else "the official one"
    return f"{whose}, from {path}"
