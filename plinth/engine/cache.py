"""The folder where the engine is kept between runs and checkouts, and the lock that lets one process fill it."""

from __future__ import annotations

import fcntl
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plinth.engine.pins import VERSION


class Unobtainable(Exception):
    """One way to an engine did not work; the text says which and why."""


def engine_folder() -> Path:
    """Where the pinned engine of this platform belongs."""
    return cache_folder() / "engine" / f"{VERSION}-{platform_name()}"


def cache_folder() -> Path:
    """The user's cache folder for Plinth (XDG Base Directory Specification; `~/Library/Caches` on macOS)."""
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg) / "plinth"
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "plinth"


def platform_name() -> str:
    """This platform as Pulumi's releases name it: `linux-x64`, `darwin-arm64`..."""
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(
        platform.machine().lower(), platform.machine()
    )
    return f"{sys.platform}-{machine}"


def progress(text: str) -> None:
    print(f"plinth: {text}", file=sys.stderr, flush=True)  # noqa: T201


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of `folder`; a second process waits for the first, and says so. A killed one leaves no lock."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("another process is getting the Pulumi engine; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
