"""The folder where the engine is kept between runs and checkouts, and the lock that lets one process fill it."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from plinth.engine.pins import VERSION


class UnobtainableError(Exception):
    """One way to an engine does not work; the text says what stops it and what would make it work."""


def engine_folder() -> Path:
    """Where the pinned engine for this kind of machine belongs."""
    return cache_folder() / "engine" / f"{VERSION}-{platform_name()}"


def cache_folder() -> Path:
    """The user's cache folder for Plinth (XDG Base Directory Specification; `~/Library/Caches` on macOS)."""
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg) / "plinth"
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "plinth"


def platform_name() -> str:
    """The kind of this machine as Pulumi's releases name it: `linux-x64`, `darwin-arm64`..."""
    machine = os.uname().machine.lower()
    return f"{sys.platform}-{ {'x86_64': 'x64', 'amd64': 'x64', 'aarch64': 'arm64'}.get(machine, machine) }"


def progress(text: str) -> None:
    print(f"plinth: {text}", file=sys.stderr, flush=True)  # noqa: T201


def beside(folder: Path, suffix: str) -> Path:
    """The neighbour of `folder` for work in progress: same name, with `suffix` added."""
    return folder.with_name(folder.name + suffix)


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Hold the lock of `folder`; a second process waits for the first, and says so. A killed one leaves no lock."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with beside(folder, ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("another process is getting the Pulumi engine; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def draft_of(folder: Path) -> Generator[Path]:
    """An empty folder to fill; `folder` appears by renaming it, so only when the body has ended well."""
    draft = beside(folder, ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    yield draft
    shutil.rmtree(folder, ignore_errors=True)
    draft.replace(folder)
