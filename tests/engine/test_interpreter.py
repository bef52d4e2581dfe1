"""Which Python runs a program."""

from __future__ import annotations

from pathlib import Path

import pytest

from plinth.engine.interpreter import InterpreterMissingError, find_virtualenv


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("UV_PROJECT_ENVIRONMENT", raising=False)
    (tmp_path / "infra").mkdir()
    return tmp_path


def chosen(project: Path, **options: str) -> Path | None:
    """For a project whose program is in its folder `infra`."""
    return find_virtualenv(options, project, project / "infra")


def test_none_is_asked_for(project: Path) -> None:
    assert chosen(project) is None
    assert chosen(project, toolchain="pip") is None


def test_virtualenv_is_relative_to_the_project(project: Path) -> None:
    assert chosen(project, virtualenv="venv") == project / "venv"
    assert chosen(project, virtualenv="venv", toolchain="uv") == project / "venv"
    assert chosen(project, virtualenv="/opt/venv") == Path("/opt/venv")


def test_uv_keeps_its_environment_beside_the_nearest_lock_file(project: Path) -> None:
    assert chosen(project, toolchain="uv") == project / "infra" / ".venv"
    (project / "pyproject.toml").touch()
    assert chosen(project, toolchain="uv") == project / ".venv"
    (project / "infra" / "uv.lock").touch()
    assert chosen(project, toolchain="uv") == project / "infra" / ".venv"


def test_uv_is_recognised_by_its_lock_file(project: Path) -> None:
    (project / "uv.lock").touch()
    assert chosen(project) == project / ".venv"
    assert chosen(project, toolchain="pip") is None


def test_uv_may_be_told_its_environment(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "uv.lock").touch()
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", "environment")
    assert chosen(project) == project / "environment"


@pytest.mark.parametrize("toolchain", ["poetry", "conda"])
def test_other_toolchains_are_refused(project: Path, toolchain: str) -> None:
    with pytest.raises(
        InterpreterMissingError, match=f"`toolchain: {toolchain}` needs Pulumi's own language host"
    ):
        chosen(project, toolchain=toolchain)


def test_poetry_is_recognised_by_its_lock_file(project: Path) -> None:
    (project / "poetry.lock").touch()
    with pytest.raises(InterpreterMissingError, match="toolchain: poetry"):
        chosen(project)
