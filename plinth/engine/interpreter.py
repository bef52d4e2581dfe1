"""Which Python runs a program: the `runtime: options:` of its Pulumi.yaml decide, as with the official host.

Source: `sdk/python/toolchain` of pulumi/pulumi, v3.250.0.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plinth.engine.contract import language


class InterpreterMissingError(Exception):
    """The Python that a program asks for is not there; the text names it and says what to do."""


@dataclass(frozen=True)
class Interpreter:
    """A Python and, where it has one, its virtual environment."""

    python: str
    virtualenv: Path | None = None

    @classmethod
    def choose(cls, info: language.ProgramInfo) -> Interpreter:
        """The interpreter for `info`: its `virtualenv`, else uv's environment, else `python3` on PATH.

        Raises `InterpreterMissingError`.
        """
        options = {key: str(value) for key, value in info.options.items()}
        virtualenv = find_virtualenv(options, Path(info.root_directory), Path(info.program_directory))
        if virtualenv is None:
            return cls(ambient_python())
        python = virtualenv / "bin" / "python"
        if not python.is_file():
            raise InterpreterMissingError(
                f"{virtualenv}: the virtual environment of {definition_of(info)} is not there, so the program "
                "cannot run. Make it: `make` in Plinth's own folder, `uv sync` or `pulumi install` elsewhere."
            )
        return cls(str(python), virtualenv)

    def environment(self, additions: Mapping[str, str]) -> dict[str, str]:
        """The process's environment with the virtual environment active and with `additions`."""
        environment = {**os.environ, **additions}
        if self.virtualenv:
            environment["VIRTUAL_ENV"] = str(self.virtualenv)
            environment["PATH"] = os.pathsep.join([str(self.virtualenv / "bin"), environment.get("PATH", "")])
            environment.pop("PYTHONHOME", None)
        return environment

    def version(self) -> str:
        return self._ask("import platform; print(platform.python_version())")

    def packages(self) -> list[tuple[str, str]]:
        """Name and version of each installed package, by name."""
        script = (
            "import importlib.metadata as m, json; "
            "print(json.dumps(sorted({(d.metadata['Name'], d.version) for d in m.distributions()})))"
        )
        return [(name, version) for name, version in json.loads(self._ask(script))]

    def _ask(self, script: str) -> str:
        return subprocess.run(
            [self.python, "-c", script], capture_output=True, text=True, check=True
        ).stdout.strip()


def find_virtualenv(options: Mapping[str, str], root: Path, program: Path) -> Path | None:
    """The folder of the virtual environment that `options` ask for; None for the ambient Python.

    Without a `toolchain`, a lock file in the program's folder or above it tells. Raises `InterpreterMissingError`.
    """
    toolchain = options.get("toolchain") or toolchain_of_lock_file(program)
    if toolchain not in ("pip", "uv"):
        raise InterpreterMissingError(
            f"{root}: `toolchain: {toolchain}` needs Pulumi's own language host, which is not installed here, so the "
            "program cannot run. Install Pulumi, or set `toolchain: pip` and `virtualenv:` to an environment's folder."
        )
    if named := options.get("virtualenv"):
        return root / named
    if toolchain == "pip":
        return None
    project = nearest(program, "uv.lock") or nearest(program, "pyproject.toml") or program
    return project / os.environ.get("UV_PROJECT_ENVIRONMENT", ".venv")


def toolchain_of_lock_file(program: Path) -> str:
    if nearest(program, "uv.lock"):
        return "uv"
    return "poetry" if nearest(program, "poetry.lock") else "pip"


def nearest(folder: Path, name: str) -> Path | None:
    """The first of `folder` and the folders above it that has a file `name`."""
    return next((place for place in (folder, *folder.parents) if (place / name).is_file()), None)


def ambient_python() -> str:
    """`PULUMI_PYTHON_CMD`, or `python3` or `python` on PATH. Raises `InterpreterMissingError`."""
    names = [command] if (command := os.environ.get("PULUMI_PYTHON_CMD")) else ["python3", "python"]
    for name in names:
        if python := shutil.which(name):
            return python
    raise InterpreterMissingError(
        f"{names[0]} is not on PATH, so the program cannot run. Install Python 3.11 or newer."
    )


def definition_of(info: language.ProgramInfo) -> Path:
    """The file that names the runtime options: of a policy pack, or of a project."""
    pack = Path(info.root_directory, "PulumiPolicy.yaml")
    return pack if pack.is_file() else Path(info.root_directory, "Pulumi.yaml")
