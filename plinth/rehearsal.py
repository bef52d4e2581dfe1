"""Run any `pulumi` command on the simulated cloud, apart from every real stack and credential.

A rehearsal keeps everything in `.plinth/` of the program's folder: Pulumi's state (`state/`), Pulumi's home
(`home/`), the simulated cloud's record (`cloud/`) and a copy of the stack file (`project/`). The copy exists because
creating a stack writes an encryption salt into its stack file, and because values that were encrypted for the real
stack cannot be decrypted without its key: in the copy they read `rehearsed-secret`.

The simulator becomes a child of the `pulumi` process, which replaces this one: terminal, signals and exit code are
Pulumi's own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from plinth import engine
from plinth.pulumi_arguments import PulumiArguments
from plinth.errors import UserError

REHEARSED_SECRET = "rehearsed-secret"  # noqa: S105 - stands for a secret, is none
PASSPHRASE = "rehearsal"  # noqa: S105 - protects nothing: no real secret ever enters a rehearsal
WITH_STACK_FILE = {"preview", "pre", "up", "update", "refresh", "destroy", "down", "dn", "import", "watch"}
WITHOUT_STACK = {"version", "about", "plugin", "schema", "help", "completion", "whoami", "logout", "login"}
ENCRYPTION_KEYS = ("encryptionsalt", "encryptedkey", "secretsprovider")


@dataclass(frozen=True)
class Program:
    """A Pulumi program on disk: the folder with its `Pulumi.yaml`, and what a rehearsal keeps beside it."""

    folder: Path
    definition: Mapping[str, Any]

    @classmethod
    def find(cls, start: Path) -> Program:
        """The program that `pulumi` would run from folder `start`: the nearest `Pulumi.yaml` upwards.

        Raises `UserError` when there is none or when it is not a YAML mapping with a name.
        """
        if not start.is_dir():
            raise UserError(f"{start}: no such folder, so there is nothing to rehearse. Check -C / --cwd.")
        for folder in (start, *start.parents):
            for name in ("Pulumi.yaml", "Pulumi.yml"):
                if (folder / name).is_file():
                    return cls(folder, read_yaml(folder / name, required="name"))
        raise UserError(
            f"{start}: no Pulumi.yaml here or in a folder above, so there is no program to rehearse. "
            "Go to the program's folder, or name it with -C DIR."
        )

    @property
    def home(self) -> Path:
        """The folder that holds everything a rehearsal leaves behind; deleting it forgets all rehearsals."""
        return self.folder / ".plinth"

    def stack_names(self) -> list[str]:
        """The stacks that have a stack file, in alphabetical order."""
        return sorted(path.name.split(".")[1] for path in self.folder.glob("Pulumi.*.yaml"))

    def stack_file(self, stack: str) -> Path:
        return self.folder / f"Pulumi.{stack}.yaml"

    def rehearsed_stack_file(self, stack: str) -> Path:
        return self.home / "project" / f"Pulumi.{stack}.yaml"


def read_yaml(path: Path, required: str | None = None) -> dict[str, Any]:
    """The mapping in a YAML file; `UserError` when it cannot be read, is none, or lacks the key `required`."""
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise UserError(f"{path}: cannot be read as YAML: {problem}") from problem
    if not isinstance(content, dict):
        raise UserError(f"{path}: holds no mapping of keys to values, so Pulumi cannot read it.")
    if required and not content.get(required):  # pyright: ignore[reportUnknownMemberType]
        raise UserError(f"{path}: `{required}:` is missing, so Pulumi cannot tell which project this is. Add it.")
    return content  # pyright: ignore[reportUnknownVariableType]


def rehearse(arguments: Sequence[str]) -> NoReturn:
    """Replace this process by `pulumi ARGUMENTS` on the simulated cloud.

    Raises `UserError` for what the user can mend, `engine.EngineUnavailable` when no engine can be had.
    """
    command = PulumiArguments.parse(arguments)
    program = Program.find(Path.cwd() / command.cwd)
    pulumi = engine.find()
    environment = isolated_environment(program, pulumi)
    argv = [str(pulumi.pulumi), *arguments]
    if command.words and command.words[0] not in WITHOUT_STACK:
        stack = choose_stack(program, command)
        environment["PULUMI_STACK"] = stack
        write_rehearsed_stack_file(program, stack)
        create_stack(program, stack, pulumi, environment)
        if is_stack_creation(command):
            raise SystemExit(0)
        argv = [str(pulumi.pulumi), *command.with_flags(flags_for(program, stack, command))]
    environment["PULUMI_DEBUG_PROVIDERS"] = start_simulator(program)
    os.execve(pulumi.pulumi, argv, environment)  # noqa: S606 - no shell: arguments pass as they are


def choose_stack(program: Program, command: PulumiArguments) -> str:
    """The stack to rehearse: `-s`, else `PULUMI_STACK`, else the only stack file there is."""
    if command.words[0] == "config":
        raise UserError(
            "`config` belongs to the real stack: a rehearsal reads Pulumi.<stack>.yaml and never writes it. "
            "Edit the stack file, or run `pulumi config`."
        )
    named = command.words[2:3] if is_stack_creation(command) or command.words[:2] == ["stack", "rm"] else []
    stack = command.stack or next(iter(named), None) or os.environ.get("PULUMI_STACK")
    if stack:
        return stack.split("/")[-1]
    stacks = program.stack_names()
    if len(stacks) == 1:
        return stacks[0]
    choice = ", ".join(stacks) or "none has a stack file yet"
    raise UserError(f"{program.folder}: which stack is rehearsed? Say it with -s NAME ({choice}).")


def is_stack_creation(command: PulumiArguments) -> bool:
    return command.words[0] == "stack" and command.words[1:2] in (["init"], ["new"])


def flags_for(program: Program, stack: str, command: PulumiArguments) -> list[str]:
    if command.words[0] in WITH_STACK_FILE:
        return ["--config-file", str(program.rehearsed_stack_file(stack))]
    if command.words[:2] == ["stack", "rm"]:
        return ["--preserve-config"]  # without it, Pulumi deletes the user's stack file
    return []


def write_rehearsed_stack_file(program: Program, stack: str) -> None:
    """Copy the stack file into the rehearsal's folder, without what belongs to the real stack's encryption."""
    original, copy = program.stack_file(stack), program.rehearsed_stack_file(stack)
    content = read_yaml(original) if original.is_file() else {}
    content = {key: value for key, value in content.items() if key not in ENCRYPTION_KEYS}
    content["config"] = without_ciphertext(content.get("config") or {})
    if copy.is_file():
        content |= {key: value for key, value in read_yaml(copy).items() if key in ENCRYPTION_KEYS}
    replace_file(copy, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def without_ciphertext(value: Any) -> Any:
    """`value` with each `{secure: CIPHERTEXT}` in it replaced by a placeholder."""
    match value:
        case {"secure": str()}:
            return REHEARSED_SECRET
        case dict():
            return {key: without_ciphertext(inner) for key, inner in value.items()}  # pyright: ignore
        case list():
            return [without_ciphertext(inner) for inner in value]  # pyright: ignore
        case _:
            return value


def replace_file(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def create_stack(program: Program, stack: str, pulumi: engine.Engine, environment: Mapping[str, str]) -> None:
    """Create the stack in the rehearsal's own backend unless it is there."""
    project = str(program.definition["name"])
    checkpoints = program.home / "state" / ".pulumi" / "stacks" / project
    if any((checkpoints / f"{stack}.json{suffix}").is_file() for suffix in ("", ".gz")):
        return
    folder = program.rehearsed_stack_file(stack).parent
    replace_file(folder / "Pulumi.yaml", json.dumps({"name": project, "runtime": "yaml"}))
    done = subprocess.run(
        [pulumi.pulumi, "stack", "init", stack, "--no-select", "--non-interactive", "-C", folder],
        env={key: value for key, value in environment.items() if key != "PULUMI_STACK"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and "already exists" not in done.stderr:
        raise UserError(f"{program.folder}: stack {stack!r} cannot be created for the rehearsal:\n{done.stderr.strip()}")


def isolated_environment(program: Program, pulumi: engine.Engine) -> dict[str, str]:
    """The environment of a rehearsal: this one without credentials, with a backend and a home of its own."""
    state, home = program.home / "state", program.home / "home"
    for folder in (state, home):
        folder.mkdir(parents=True, exist_ok=True)
    (program.home / ".gitignore").write_text("*\n", encoding="utf-8")
    inherited = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("AWS_") and key not in ("KUBECONFIG", "PULUMI_ACCESS_TOKEN", "PULUMI_STACK")
    }
    path = [str(pulumi.pulumi.parent), str(Path(sys.executable).parent), inherited.get("PATH", "")]
    return inherited | {
        "PATH": os.pathsep.join(path),
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_HOME": str(home),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DEBUG_COMMANDS": "true",  # makes --event-log available, which reports are made from
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "KUBECONFIG": os.devnull,
    }


def start_simulator(program: Program) -> str:
    """Start the simulator as a child of this process; the ports of its providers for `PULUMI_DEBUG_PROVIDERS`."""
    cloud = program.home / "cloud"
    cloud.mkdir(parents=True, exist_ok=True)
    log = (program.home / "simulator.log").open("w", encoding="utf-8")
    arguments = ["--packages", ",".join(packages(program)), "--cloud", str(cloud), "--client", str(os.getpid())]
    simulator = subprocess.Popen(
        [sys.executable, "-m", "plinth.simulator", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,  # Ctrl-C reaches Pulumi alone, which still needs its providers to finish
    )
    assert simulator.stdout  # noqa: S101 - a pipe was asked for
    ports = simulator.stdout.readline().decode().strip()
    if not ports:
        raise UserError(f"the simulator did not start; its log {log.name} says why.")
    return ports


def packages(program: Program) -> list[str]:
    """The Pulumi packages to simulate: each provider SDK installed for the tool or for the program."""
    found: set[str] = set()
    for folder in site_packages(program):
        for plugin in folder.glob("pulumi_*/pulumi-plugin.json"):
            description = json.loads(plugin.read_text(encoding="utf-8"))
            if description.get("resource"):
                found.add(description.get("name") or plugin.parent.name.removeprefix("pulumi_").replace("_", "-"))
    return sorted(found)


def site_packages(program: Program) -> Iterator[Path]:
    yield from (Path(entry) for entry in sys.path if entry.endswith("-packages"))
    runtime = program.definition.get("runtime")
    options = runtime.get("options", {}) if isinstance(runtime, dict) else {}  # pyright: ignore
    if virtualenv := options.get("virtualenv"):  # pyright: ignore
        yield from (program.folder / str(virtualenv)).glob("lib/python*/site-packages")  # pyright: ignore
