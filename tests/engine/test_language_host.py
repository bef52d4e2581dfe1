"""Plinth's own language host under the real engine: programs without any provider, and policy packs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from plinth import engine
from plinth.engine.build import OWN_HOST
from plinth.engine.pins import EXECUTOR, LANGUAGE_HOST

pytestmark = pytest.mark.engine

WAITING = """
    import os, pathlib, time
    pathlib.Path("pids").write_text(f"{os.getpid()} {os.getppid()}")
    time.sleep(60)
"""


class Project:
    """A Pulumi program in a folder, run by the engine with Plinth's language host, in front of any official one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        self.pulumi = engine.find().pulumi
        bin_folder, state = folder / "bin", folder / "state"
        for new in (bin_folder, state):
            new.mkdir()
        executor = shutil.which(EXECUTOR, path=str(self.pulumi.resolve().parent))
        assert executor
        (bin_folder / EXECUTOR).symlink_to(executor)
        shutil.copy(OWN_HOST, bin_folder / LANGUAGE_HOST)
        path = [str(bin_folder), str(Path(sys.executable).parent), os.environ["PATH"]]
        self.environment = os.environ | {
            "PATH": os.pathsep.join(path),
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self.define()
        self.run("stack", "init", "prod")

    def define(self, **options: str) -> None:
        lines = "".join(f"\n    {key}: {value}" for key, value in options.items())
        (self.folder / "Pulumi.yaml").write_text(
            f"name: tiny\nruntime:\n  name: python\n  options:{lines or ' {}'}\n"
        )

    def program(self, source: str) -> None:
        (self.folder / "__main__.py").write_text(textwrap.dedent(source))

    def pack(self, source: str) -> str:
        folder = self.folder / "pack"
        folder.mkdir()
        (folder / "PulumiPolicy.yaml").write_text("runtime: python\n")
        (folder / "__main__.py").write_text(textwrap.dedent(source))
        return str(folder)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.pulumi, *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.environment | environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, *arguments: str, expect: int = 0, **environment: str) -> str:
        process = self.start(*arguments, **environment)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == expect, output
        return output

    def wait_for_program(self) -> list[int]:
        """The process ids of the program and of the language host, as soon as the program runs."""
        file = self.folder / "pids"
        deadline = time.monotonic() + 20
        while not (file.is_file() and (pids := file.read_text().split())):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return [int(pid) for pid in pids]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def alive(pid: int) -> bool:
    """Whether process `pid` runs; a dead one that nobody has collected yet does not."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.returncode == 0 and not done.stdout.startswith("Z")


def test_the_program_gets_its_stack_and_configuration_and_is_heard(project: Project) -> None:
    project.program("""
        import sys, pulumi
        config = pulumi.Config()
        print("on stdout"); print("on stderr", file=sys.stderr)
        pulumi.export("seen", [pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack(), config.get("plain")])
        pulumi.export("sealed", [pulumi.runtime.is_config_secret(f"tiny:{key}") for key in ("plain", "sealed")])
        pulumi.export("dry", pulumi.runtime.is_dry_run())
    """)
    project.run("config", "set", "plain", "a")
    project.run("config", "set", "--secret", "sealed", "b")
    preview = project.run("preview")
    assert "on stdout" in preview
    assert "on stderr" in preview
    assert "dry   : true" in preview
    up = project.run("up", "--yes", "--skip-preview")
    assert "dry   : false" in up
    outputs = json.loads(project.run("stack", "output", "--json"))
    assert outputs["seen"] == ["organization", "tiny", "prod", "a"]
    assert outputs["sealed"] == [False, True]


def test_an_error_that_the_program_has_shown_is_not_shown_again(project: Project) -> None:
    project.program('raise ValueError("a wrong turn")')
    output = project.run("preview", expect=1)
    diagnostics = output.partition("Diagnostics:")[2]
    assert diagnostics.count("a wrong turn") == 2  # the source line of the traceback, and the error
    assert "unhandled error occurred" not in output


def test_any_other_end_is_told(project: Project) -> None:
    project.program("import os; os._exit(3)")
    assert "the program ended with exit code 3" in project.run("preview", expect=1)
    project.program("import os; os.abort()")
    assert "the program ended with signal SIGABRT" in project.run("preview", expect=1)


@pytest.mark.parametrize("command", [("preview",), ("up", "--yes", "--skip-preview")])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_and_nothing_is_left(
    project: Project, command: tuple[str, ...], number: signal.Signals
) -> None:
    project.program(WAITING)
    process = project.start(*command)
    pids = project.wait_for_program()
    started = time.monotonic()
    process.send_signal(number)
    output, _ = process.communicate(timeout=20)
    assert time.monotonic() - started < 2, output
    assert process.returncode != 0
    assert not any(alive(pid) for pid in pids)


def test_an_engine_that_was_killed_leaves_nothing_behind(project: Project) -> None:
    project.program(WAITING)
    process = project.start("preview")
    pids = project.wait_for_program()
    assert all(alive(pid) for pid in pids)
    process.kill()
    process.communicate()
    time.sleep(2)
    assert not any(alive(pid) for pid in pids)


def test_a_virtual_environment_that_is_missing_is_named(project: Project) -> None:
    project.program("pass")
    project.define(virtualenv="venv")
    output = project.run("preview", expect=1)
    assert (
        f"{project.folder}/venv: the virtual environment of {project.folder}/Pulumi.yaml is not there"
        in output
    )
    assert "`make`" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("options", "folder"), [({"virtualenv": "venv"}, "venv"), ({"toolchain": "uv"}, ".venv")]
)
def test_the_named_virtual_environment_runs_the_program(
    project: Project, options: dict[str, str], folder: str
) -> None:
    (project.folder / folder).symlink_to(sys.prefix)
    project.define(**options)
    project.program("""
        import os, shutil, sys
        print("runs in", os.environ["VIRTUAL_ENV"], "with", shutil.which("python"))
    """)
    place = project.folder / folder
    assert f"runs in {place} with {place}/bin/python" in project.run("preview")


def test_installing_packages_is_refused_with_the_remedy(project: Project) -> None:
    project.program("pass")
    output = project.run("install", expect=1)
    assert "use `make`, uv or pip" in output


PACK = """
    import os, sys, pulumi
    from pulumi_policy import EnforcementLevel, PolicyPack, StackValidationPolicy

    print("the pack starts", file=sys.stderr)

    def look(args, report):
        seen = [pulumi.get_project(), pulumi.get_stack(), pulumi.Config("tiny").get("plain"), os.getcwd()]
        report(f"seen {seen} {len(args.resources)}")

    PolicyPack("pack", [StackValidationPolicy("look", "what a pack sees", look, EnforcementLevel.ADVISORY)])
"""


def test_a_policy_pack_knows_the_stack_and_is_heard(project: Project) -> None:
    project.program("pass")
    project.run("config", "set", "plain", "a")
    pack = project.pack(PACK)
    output = project.run("preview", "--policy-pack", pack)
    assert f"seen ['tiny', 'prod', 'a', '{pack}'] 1" in output
    assert "the pack starts" in output


def test_a_policy_pack_that_does_not_start_is_told(project: Project) -> None:
    project.program("pass")
    output = project.run("preview", "--policy-pack", project.pack("import nowhere"), expect=1)
    assert "No module named 'nowhere'" in output
    assert "the policy pack did not start" in output


def test_a_policy_pack_that_prints_too_early_is_told(project: Project) -> None:
    project.program("pass")
    output = project.run(
        "preview", "--policy-pack", project.pack(f"print('hello')\n{textwrap.dedent(PACK)}"), expect=1
    )
    assert "it printed 'hello', where its port was due" in output


def test_a_configuration_too_long_for_the_environment_is_named(project: Project) -> None:
    with (project.folder / "Pulumi.prod.yaml").open("a") as file:
        file.write(f"config: {{'tiny:long': {'x' * 140_000}}}\n")
    project.program("import pulumi")
    pack = project.pack("")
    for flags in ([], ["--policy-pack", pack]):
        said = project.run("preview", *flags, expect=1)
        assert "PULUMI_CONFIG" in said
        assert "Shorten the stack file" in said
        assert "Traceback" not in said
