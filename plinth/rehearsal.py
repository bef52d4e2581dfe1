"""Run any `pulumi` command on the simulated cloud, apart from every real stack and credential.

A rehearsal keeps everything in `.plinth/` of the program's folder: Pulumi's state (`state/`), Pulumi's home
(`home/`), the simulated cloud's record (`cloud/`) and a copy of the stack file (`project/`). The copy exists because
creating a stack writes an encryption salt into its stack file, and because values that were encrypted for the real
stack cannot be decrypted without its key: in the copy they read `rehearsed-secret`.

`rehearse` lets `pulumi` replace this process, the simulator's parent: terminal, signals and exit code are Pulumi's own.
"""

from __future__ import annotations

import difflib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from plinth import engine
from plinth.errors import UserError
from plinth.program import Program, packages, read_yaml
from plinth.protection import lift_protection, takes_all_down
from plinth.pulumi_arguments import PulumiArguments
from plinth.requests.get import get
from plinth.stack_state import StackState

REHEARSED_SECRET = "rehearsed-secret"  # noqa: S105 - stands for a secret, is none
PASSPHRASE = "rehearsal"  # noqa: S105 - protects nothing: no real secret ever enters a rehearsal
WITH_STACK_FILE = {"preview", "pre", "up", "update", "refresh", "destroy", "down", "dn", "import", "watch"}
WITHOUT_STACK = {"version", "about", "plugin", "schema", "help", "completion", "whoami", "logout", "login"}
ENCRYPTION_KEYS = ("encryptionsalt", "encryptedkey", "secretsprovider")

ATOMIC = "metadata=skip"
"""No `.attrs` file beside each file of the backend: Pulumi replaces a checkpoint in one step, but not its `.attrs`, and a
kill in between leaves one that ends every later command with "failed to load checkpoint: EOF" (gocloud.dev's fileblob).
"""

ONE_CHECKPOINT = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""Write the state once, at the end, not for each resource: a stack of 637 is up in a quarter of the time. What a killed run
made is in the simulated cloud's record and is found again by the next (Pulumi: "Environment variables")."""


@dataclass(frozen=True)
class Invocation:
    """A `pulumi` command line on the simulated cloud, and its environment; the simulator runs while this process does."""

    argv: list[str]
    environment: dict[str, str]


def rehearse(arguments: Sequence[str]) -> NoReturn:
    """Replace this process by `pulumi ARGUMENTS` on the simulated cloud; `get URL`, which is no command of Pulumi's, asks it.

    Raises `UserError` for what the user can mend, `engine.EngineUnavailable` when no engine can be had.
    """
    command = PulumiArguments.parse(arguments)
    run = prepare(Program.find(Path.cwd() / command.cwd), command)
    os.execve(run.argv[0], run.argv, run.environment)  # noqa: S606 - no shell: arguments pass as they are


def prepare(program: Program, command: PulumiArguments) -> Invocation:
    """Make all ready for `pulumi` to run `command` on `program`, the simulator included. Raises as `rehearse` does."""
    pulumi = engine.find()
    environment = isolated_environment(program, pulumi)
    flags: list[str] = []
    if command.words and command.words[0] not in WITHOUT_STACK:
        stack = choose_stack(program, command)
        environment["PULUMI_STACK"] = stack
        write_rehearsed_stack_file(program, stack)
        create_stack(program, stack, pulumi, environment)
        release_dead_lock(program, stack)
        if is_stack_creation(command):
            raise SystemExit(0)
        state = StackState(program, stack, pulumi, environment)
        if command.words[0] == "get":
            raise SystemExit(get(command, state))
        flags = flags_for(program, stack, command)
        all_down = takes_all_down(command)
        if all_down and not any(locks_of(program, stack)):  # Pulumi refuses a stack that is being updated
            lift_protection(state, program.home / "cloud")
        environment["PULUMI_DEBUG_PROVIDERS"] = start_simulator(program, protected=not all_down)
    return Invocation([str(pulumi.pulumi), *command.with_flags(flags)], environment)


def choose_stack(program: Program, command: PulumiArguments) -> str:
    """The stack to rehearse: `-s`, else `PULUMI_STACK`, else the only stack file there is."""
    if command.words[0] == "config":
        raise UserError(
            "`config` belongs to the real stack: a rehearsal reads Pulumi.<stack>.yaml and never writes it. "
            "Edit the stack file, or run `pulumi config`."
        )
    named = command.words[2:3] if is_stack_creation(command) or command.words[:2] == ["stack", "rm"] else []
    stack = command.stack or next(iter(named), None) or os.environ.get("PULUMI_STACK")
    stacks = program.stack_names()
    if stack:
        stack = stack.split("/")[-1]
        near = difflib.get_close_matches(stack, stacks, n=1)
        if near and stack not in stacks:
            raise UserError(
                f"{program.stack_file(stack)}: no such file, so stack {stack!r} would be rehearsed without any settings. "
                f"Did you mean -s {near[0]}? If not, create the file; it may be empty."
            )
        return stack
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
        raise UserError(
            f"{program.folder}: stack {stack!r} cannot be created for the rehearsal:\n{done.stderr.strip()}"
        )


def release_dead_lock(program: Program, stack: str) -> None:
    """Take away the lock that a killed `up` leaves in the file backend.

    Pulumi writes who holds a lock, but never looks whether they live (`pulumi cancel` is its remedy).
    """
    for lock in locks_of(program, stack):
        try:
            holder = json.loads(lock.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return  # its holder is just writing or deleting it
        if holder.get("hostname") != socket.gethostname() or is_alive(int(holder.get("pid", 0))):
            return
        lock.unlink(missing_ok=True)


def locks_of(program: Program, stack: str) -> Iterator[Path]:
    locks = program.home / "state" / ".pulumi" / "locks"
    return locks.glob(f"*/{program.definition['name']}/{stack}/*.json")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


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
    return {
        **inherited,
        **ONE_CHECKPOINT,
        "PATH": search_path(pulumi, inherited),
        "PLINTH_PYTHON": sys.executable,
        "PULUMI_BACKEND_URL": f"file://{state}?{ATOMIC}",
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


def search_path(pulumi: engine.Engine, inherited: Mapping[str, str]) -> str:
    """PATH with the engine and its language host first.

    A program that names no virtual environment runs in the active one, or in Plinth's own, which has the SDKs.
    """
    fallback = [] if "VIRTUAL_ENV" in inherited else [str(Path(sys.executable).parent)]
    return os.pathsep.join([str(pulumi.pulumi.parent), *fallback, inherited.get("PATH", "")])


def start_simulator(program: Program, *, protected: bool) -> str:
    """Start the simulator as a child of this process; the ports of its providers for `PULUMI_DEBUG_PROVIDERS`.

    What has deletion protection can be deleted unless the cloud is `protected`.
    """
    cloud = program.home / "cloud"
    cloud.mkdir(parents=True, exist_ok=True)
    log = (program.home / "simulator.log").open("w", encoding="utf-8")
    arguments = [
        "--packages",
        ",".join(packages(program)),
        "--cloud",
        str(cloud),
        "--client",
        str(os.getpid()),
        *([] if protected else ["--unprotected"]),
    ]
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
