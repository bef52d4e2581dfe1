"""The processes below the language host: none outlives it."""

from __future__ import annotations

import errno
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

LONGEST = 131_072


class EnvironmentTooLongError(Exception):
    """A variable of the environment is longer than the system lets it be, so a process cannot start."""


class Children:
    """Starts processes, and kills those that still run."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def start(
        self, argv: Sequence[str], *, cwd: str | Path, env: Mapping[str, str], captured: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start `argv`; its output is this process's own, or two pipes when `captured`.

        Raises `EnvironmentTooLongError` for a variable in `env` that is longer than 128 KiB (Linux, execve(2),
        "MAX_ARG_STRLEN").
        """
        output = subprocess.PIPE if captured else None
        with self._lock:
            try:
                child = subprocess.Popen(
                    argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output
                )
            except OSError as problem:
                if problem.errno != errno.E2BIG:
                    raise
                longest = max(env, key=lambda name: len(env[name].encode()))
                raise EnvironmentTooLongError(
                    f"the stack's configuration takes {len(env[longest].encode())} bytes. Pulumi hands it to Python in one "
                    f"environment variable ({longest}), which Linux lets be {LONGEST} bytes long, so nothing was run, and a "
                    "real preview would fail as well. Shorten the stack file: leave out what is the default, use shorter names."
                ) from problem
            self._running.add(child)
        return child

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        """The exit code of `child`, negative for a signal, once it has ended."""
        code = child.wait()
        with self._lock:
            self._running.discard(child)
        return code

    def kill(self) -> None:
        """Kill what still runs."""
        with self._lock:
            for child in self._running:
                child.kill()
