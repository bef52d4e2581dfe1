"""The processes below the language host: none outlives it."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path


class Children:
    """Starts processes, and kills those that still run."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def start(
        self, argv: Sequence[str], *, cwd: str | Path, env: Mapping[str, str], captured: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start `argv`; its output is this process's own, or two pipes when `captured`."""
        output = subprocess.PIPE if captured else None
        with self._lock:
            child = subprocess.Popen(
                argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
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
