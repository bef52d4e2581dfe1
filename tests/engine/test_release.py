"""The official release is downloaded whole, resumed where it broke off, and never used unless it is the pinned one."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from plinth.engine.cache import UnobtainableError
from plinth.engine.release import install_archive
from tests.engine.release_server import PROGRAMS, ReleaseServer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "3.250.0-linux-x64"


def test_its_programs_are_installed_and_nothing_else_is_left(folder: Path) -> None:
    with ReleaseServer() as server:
        install_archive(server.url, server.sha256, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == PROGRAMS
    assert all(path.stat().st_mode & 0o111 for path in folder.iterdir())
    assert list(folder.parent.iterdir()) == [folder]


def test_a_connection_that_keeps_breaking_off_is_taken_up_again(folder: Path) -> None:
    with ReleaseServer(cut_after=100_000) as server:
        install_archive(server.url, server.sha256, folder)
    assert server.starts == [0, 100_000, 200_000, 300_000]


def test_an_earlier_try_is_continued(folder: Path) -> None:
    with ReleaseServer() as server:
        folder.with_name(f"{folder.name}.tar.gz.part").write_bytes(server.archive[:12_345])
        install_archive(server.url, server.sha256, folder)
    assert server.starts == [12_345]


def test_an_earlier_try_that_had_it_all_is_used(folder: Path) -> None:
    with ReleaseServer() as server:
        folder.with_name(f"{folder.name}.tar.gz.part").write_bytes(server.archive)
        install_archive(server.url, server.sha256, folder)
    assert (folder / "pulumi").is_file()


def test_a_server_that_cannot_continue_starts_again(folder: Path) -> None:
    with ReleaseServer(ranges=False) as server:
        folder.with_name(f"{folder.name}.tar.gz.part").write_bytes(b"something else")
        install_archive(server.url, server.sha256, folder)
    assert (folder / "pulumi").is_file()


def test_another_checksum_is_refused_and_the_file_deleted(folder: Path) -> None:
    with ReleaseServer() as server, pytest.raises(UnobtainableError) as refusal:
        install_archive(server.url, "0" * 64, folder)
    assert server.url in str(refusal.value)
    assert server.sha256 in str(refusal.value)
    assert list(folder.parent.iterdir()) == []


def test_a_refused_connection_is_told_at_once(folder: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/pulumi.tar.gz"
        started = time.monotonic()
        with pytest.raises(UnobtainableError, match=r"let this machine reach http://127.*refused"):
            install_archive(url, "0" * 64, folder)
    assert time.monotonic() - started < 1


def test_a_server_that_says_nothing_is_given_up_after_three_seconds(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(UnobtainableError, match="timed out"):
            install_archive(f"http://127.0.0.1:{silent.getsockname()[1]}/", "0" * 64, folder)
    assert 2 < time.monotonic() - started < 5
