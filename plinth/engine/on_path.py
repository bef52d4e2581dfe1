"""The `pulumi` that the user has installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from plinth.engine.cache import UnobtainableError, cache_folder
from plinth.engine.pins import LANGUAGE_HOST, VERSION

SMALLEST_PROGRAM = 1 << 20
"""Bytes. A smaller `pulumi` is a version manager's script, which may run another version in another folder."""


def pulumi_on_path() -> tuple[Path, str]:
    """The `pulumi` on PATH and its version. Raises `UnobtainableError` when it cannot run a rehearsal."""
    found = shutil.which("pulumi")
    if not found:
        raise UnobtainableError(f"`pulumi` on PATH: there is none; install Pulumi {VERSION} or newer")
    pulumi = Path(found)
    if not language_host_for(pulumi):
        raise UnobtainableError(
            f"`pulumi` on PATH: {pulumi} has no {LANGUAGE_HOST} beside it; install all of Pulumi"
        )
    version = version_of(pulumi)
    if as_numbers(version) < as_numbers(VERSION):
        raise UnobtainableError(f"`pulumi` on PATH: {pulumi} is {version}; update it to {VERSION} or newer")
    return pulumi, version


def language_host_for(pulumi: Path) -> Path | None:
    """The Python language host that `pulumi` runs in a rehearsal, which puts its folder in front of PATH."""
    folders = [str(pulumi.parent), os.environ.get("PATH", ""), str(pulumi.resolve().parent)]
    host = shutil.which(LANGUAGE_HOST, path=os.pathsep.join(folders))
    return Path(host) if host else None


def is_own_host(host: Path) -> bool:
    """Whether a language host is Plinth's, not the official one."""
    with host.open("rb") as file:
        return b"plinth.engine.language_host" in file.read(1024)


def version_of(pulumi: Path) -> str:
    """The version of `pulumi`, remembered for as long as the file is the same: asking takes 0.15 s.

    Raises `UnobtainableError` when it does not tell.
    """
    status = pulumi.stat()
    if status.st_size < SMALLEST_PROGRAM:
        return ask_version(pulumi)
    memory = cache_folder() / "version-on-path.json"
    key = [str(pulumi.resolve()), status.st_size, status.st_mtime_ns]
    try:
        known, version = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known, version = None, ""
    if known != key:
        version = ask_version(pulumi)
        memory.parent.mkdir(parents=True, exist_ok=True)
        draft = memory.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps([key, version]), encoding="utf-8")
        draft.replace(memory)
    return version


def ask_version(pulumi: Path) -> str:
    """What `pulumi version` says, without the leading `v`."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run(
            [pulumi, "version"], capture_output=True, text=True, timeout=20, check=False, env=environment
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise UnobtainableError(
            f"`pulumi` on PATH: {pulumi} does not run ({problem}); install it anew"
        ) from problem
    match = re.match(r"v?(\d+\.\d+\.\d+)", done.stdout.strip())
    if not match:
        said = (done.stdout + done.stderr).strip().rpartition("\n")[2]
        raise UnobtainableError(f"`pulumi` on PATH: {pulumi} tells no version ({said!r}); install it anew")
    return match.group(1)


def as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
