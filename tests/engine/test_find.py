"""Which engine is used, and what is said when there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from plinth import engine
from plinth.engine import release
from plinth.engine.cache import engine_folder
from plinth.engine.pins import LANGUAGE_HOST, VERSION
from tests.engine.release_server import ReleaseServer

SYSTEM_PATH = "/usr/bin:/bin"


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without engine, Go and network; `tmp_path/bin` is on its PATH."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{SYSTEM_PATH}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(release, "RELEASE_URL", "http://127.0.0.1:9/{version}-{platform}.tar.gz")
    return tmp_path


def put(path: Path, script: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def put_on_path(machine: Path, version: str) -> Path:
    put(machine / "bin" / LANGUAGE_HOST)
    return put(machine / "bin" / "pulumi", f"echo v{version}")


def put_into_cache() -> Path:
    put(engine_folder() / LANGUAGE_HOST)
    return put(engine_folder() / "pulumi")


def refusal() -> str:
    with pytest.raises(engine.EngineUnavailable) as caught:
        engine.find(install=False)
    return str(caught.value)


def test_a_new_enough_pulumi_on_path_comes_first(machine: Path) -> None:
    put_into_cache()
    mine = put_on_path(machine, "3.999.0")
    assert engine.find() == engine.Engine(mine, "3.999.0", str(mine))


def test_the_cached_engine_stands_in_for_one_that_is_too_old(machine: Path) -> None:
    cached = put_into_cache()
    put_on_path(machine, "3.9.0")
    assert engine.find() == engine.Engine(cached, VERSION, str(engine_folder()))


def test_the_cached_engine_stands_in_for_one_that_runs_no_python(machine: Path) -> None:
    cached = put_into_cache()
    put(machine / "bin" / "pulumi", "echo v3.999.0")
    assert engine.find().pulumi == cached


def test_a_language_host_beside_the_real_program_counts(machine: Path) -> None:
    put(machine / "pulumi-3.999" / LANGUAGE_HOST)
    link = machine / "bin" / "pulumi"
    link.symlink_to(put(machine / "pulumi-3.999" / "pulumi", "echo v3.999.0"))
    assert engine.find().pulumi == link


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo v3.9.0", f"is 3.9.0; update it to {VERSION} or newer"),
        ("echo broken >&2; exit 1", "tells no version ('broken'); install it anew"),
    ],
)
def test_an_unusable_pulumi_on_path_is_named_with_its_reason(machine: Path, script: str, said: str) -> None:
    put(machine / "bin" / LANGUAGE_HOST)
    pulumi = put(machine / "bin" / "pulumi", script)
    assert f"{pulumi} {said}" in refusal()


def test_without_installing_both_places_are_named(machine: Path) -> None:
    text = refusal()
    assert "`pulumi` on PATH: there is none" in text
    assert f"the cache: {engine_folder()} is not there" in text
    assert not engine_folder().parent.exists()


def test_when_nothing_works_each_of_the_four_ways_is_named() -> None:
    with pytest.raises(engine.EngineUnavailable) as caught:
        engine.find()
    assert [line.split(":")[0] for line in str(caught.value).splitlines()[1:]] == [
        "  - `pulumi` on PATH",
        "  - the cache",
        "  - the official release",
        "  - a build from source",
    ]
    assert "install Go" in str(caught.value)


def test_a_build_that_fails_is_told_with_gos_own_words(machine: Path) -> None:
    put(
        machine / "bin" / "go",
        "echo first >&2; echo 'go: go.mod requires go >= 1.26 (running go 1.21)' >&2; exit 1",
    )
    with pytest.raises(
        engine.EngineUnavailable, match=r"`go list` failed in .*gobuild: go: go.mod requires go >= 1.26"
    ):
        engine.find()
    assert not engine_folder().exists()


def test_a_cache_that_cannot_be_written_is_told(machine: Path) -> None:
    (machine / "cache").write_text("a file, where a folder should be")
    with pytest.raises(engine.EngineUnavailable, match=r"Not a directory.*XDG_CACHE_HOME"):
        engine.find()


def test_the_version_on_path_is_asked_once_for_each_file(machine: Path) -> None:
    asked = machine / "asked"
    for version in ("3.998.0", "3.999.0"):
        pulumi = put_on_path(machine, version)
        pulumi.write_text(f"#!/bin/sh\necho v{version}; echo {version} >> {asked}\nexit\n#{'x' * (1 << 20)}")
        assert [engine.find().version for _ in range(3)] == [version] * 3
    assert asked.read_text().split() == ["3.998.0", "3.999.0"]


def test_doctor_sees_nothing_and_installs_nothing(machine: Path) -> None:
    (finding,) = engine.describe()
    assert finding.remedy
    assert not (machine / "cache").exists()


def test_doctor_tells_whose_language_host_it_is(machine: Path) -> None:
    put_on_path(machine, "3.999.0")
    assert engine.describe()[1].found == f"the official one, {machine / 'bin' / LANGUAGE_HOST}"
    put(machine / "bin" / LANGUAGE_HOST, "exec python3 -P -m plinth.engine.language_host")
    assert engine.describe()[1].found.startswith("Plinth's own, ")


FIND = """
import sys
from plinth import engine
from plinth.engine import release
release.RELEASE_URL = sys.argv[1]
release.RELEASE_SHA256 = {release.platform_name(): sys.argv[2]}
print(engine.find().pulumi)
"""


def start_find(server: ReleaseServer) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", FIND, server.url, server.sha256]
    return subprocess.Popen(
        argv, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ}
    )


def test_of_two_processes_one_installs_and_the_other_waits() -> None:
    with ReleaseServer(seconds=1) as server:
        processes = [start_find(server), start_find(server)]
        results = [process.communicate(timeout=30) for process in processes]
    assert [stdout.strip() for stdout, _ in results] == [str(engine_folder() / "pulumi")] * 2
    assert server.starts == [0]
    assert sorted("waiting for it" in stderr for _, stderr in results) == [False, True]


def test_killed_half_way_it_leaves_no_engine_and_the_next_one_goes_on() -> None:
    with ReleaseServer(seconds=2) as server:
        process = start_find(server)
        partial = engine_folder().with_name(f"{engine_folder().name}.tar.gz.part")
        while not (partial.is_file() and partial.stat().st_size):
            assert process.poll() is None, process.communicate()
        process.kill()
        process.wait()
        assert not engine_folder().exists()
        have = partial.stat().st_size
        stdout, _ = start_find(server).communicate(timeout=30)
    assert stdout.strip() == str(engine_folder() / "pulumi")
    assert server.starts == [0, have]
