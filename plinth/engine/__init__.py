"""Gets the Pulumi engine onto this machine, and says where it is.

Looked for in this order: a new enough `pulumi` on PATH, the one in the user's cache folder, the official release for
this kind of machine (pinned, checksummed), a build from the Go module proxy (pinned, checksummed by `gobuild/go.sum`).
The official Python language host is used wherever it is; `language_host.py` stands in where it is absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from plinth.engine.cache import UnobtainableError, engine_folder, locked, progress
from plinth.engine.on_path import is_own_host, language_host_for, pulumi_on_path
from plinth.engine.pins import VERSION
from plinth.errors import UserError

__all__ = ["Engine", "EngineUnavailable", "Finding", "describe", "find"]


class EngineUnavailable(UserError):
    """No engine is here and none could be had; the text names each way that was tried and what stopped it."""


@dataclass(frozen=True)
class Engine:
    """A usable engine; its Python language host is on PATH or lies beside it."""

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
    obstacles: list[str] = []
    for look in (on_path, cached):
        try:
            return look()
        except UnobtainableError as obstacle:
            obstacles.append(str(obstacle))
    if not install:
        raise EngineUnavailable(unavailable(obstacles))
    try:
        with locked(engine_folder()):
            return obtain(obstacles)
    except OSError as problem:
        obstacles.append(f"the cache: {problem}; make room, or name a writable folder by XDG_CACHE_HOME")
        raise EngineUnavailable(unavailable(obstacles)) from problem


def on_path() -> Engine:
    """The engine that the user has installed. Raises `UnobtainableError`."""
    pulumi, version = pulumi_on_path()
    return Engine(pulumi, version, str(pulumi))


def cached() -> Engine:
    """The engine in the cache folder, which is there only once it is whole. Raises `UnobtainableError`."""
    folder = engine_folder()
    if not folder.is_dir():
        raise UnobtainableError(
            f"the cache: {folder} is not there; copy it from another machine of this kind"
        )
    return Engine(folder / "pulumi", VERSION, str(folder))


def obtain(obstacles: list[str]) -> Engine:
    """Install the engine by the first way that works, unless another process meanwhile has; adds to `obstacles`."""
    from plinth.engine import build, release

    for way in (release.install, build.install):
        if not engine_folder().is_dir():
            try:
                way(engine_folder())
            except UnobtainableError as obstacle:
                progress(f"  that does not work: {obstacle}")
                obstacles.append(str(obstacle))
    if not engine_folder().is_dir():
        raise EngineUnavailable(unavailable(obstacles))
    return cached()


def unavailable(obstacles: list[str]) -> str:
    lines = "".join(f"\n  - {obstacle}" for obstacle in obstacles)
    return f"the Pulumi engine is not here, so nothing can be rehearsed. Make one of these possible:{lines}"


def describe() -> list[Finding]:
    """What `find` would use; nothing is installed."""
    try:
        engine = find(install=False)
    except EngineUnavailable:
        return [
            Finding("Pulumi engine", "none on PATH or in the cache", "run `make preview`, which gets one")
        ]
    host = language_host_for(engine.pulumi)
    kind = "Plinth's own" if host and is_own_host(host) else "the official one"
    return [
        Finding("Pulumi engine", f"{engine.version} from {engine.source}"),
        Finding("Python language host", f"{kind}, {host}"),
    ]
