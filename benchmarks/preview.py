"""How long a preview of `prod` takes against the least that it could, and what the policy pack adds.

The floor registers the same number and types of resources from a flat list, on the same engine and simulator. The runs
are interleaved, so that a machine that slows down slows all of them; medians are compared.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ROUNDS = 9
LIMIT_OVER_FLOOR = 1.3
LIMIT_OVER_EMPTY_PACK = 1.1

FLAT_PROGRAM = '''
"""Registers what resources.json lists: the floor that the stack is measured against."""
import importlib
import json

import pulumi

from components.stack_run import begin_all_registrations, begin_swiftly

begin_swiftly()
for entry in json.load(open("resources.json")):
    if entry["module"]:
        # A program that uses a type pays for its import, however it is written.
        getattr(importlib.import_module(entry["module"]), entry["class"], None)
    if entry["custom"]:
        pulumi.CustomResource(entry["type"], entry["name"], entry["inputs"])
    else:
        pulumi.ComponentResource(entry["type"], entry["name"])
pulumi.run(begin_all_registrations)
'''

EMPTY_PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, StackValidationPolicy

PolicyPack("empty", [StackValidationPolicy("nothing", "Judges nothing.", lambda args, report: None)],
           EnforcementLevel.MANDATORY)
"""


def main() -> int:
    """Run the benchmark; 1 when a ratio is over its limit."""
    with tempfile.TemporaryDirectory() as scratch:
        stack, floor, empty = prepare(Path(scratch))
        variants = {
            "stack": (stack, ()),
            "floor": (floor, ()),
            "stack + pack": (stack, ("--policy-pack", str(ROOT / "policies"))),
            "stack + empty pack": (stack, ("--policy-pack", str(empty))),
        }
        for folder, flags in variants.values():
            seconds(folder, *flags)  # fills caches
        times: dict[str, list[float]] = {name: [] for name in variants}
        for _ in range(ROUNDS):
            for name, (folder, flags) in variants.items():
                times[name].append(seconds(folder, *flags))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, value in medians.items():
        print(
            f"{name:20} {value:6.2f} s  (median of {ROUNDS}; {min(times[name]):.2f} to {max(times[name]):.2f})"
        )
    over = [
        report("preview of prod / floor", medians["stack"] / medians["floor"], LIMIT_OVER_FLOOR),
        report(
            "policy pack / empty pack",
            medians["stack + pack"] / medians["stack + empty pack"],
            LIMIT_OVER_EMPTY_PACK,
        ),
    ]
    return int(any(over))


def report(name: str, ratio: float, limit: float) -> bool:
    over = ratio > limit
    print(f"{name:28} {ratio:5.2f}  limit {limit}  {'OVER' if over else 'ok'}")
    return over


def prepare(scratch: Path) -> tuple[Path, Path, Path]:
    """A copy of the stack, the flat program with the same resources, and the empty pack."""
    stack, floor, empty = (scratch / name for name in ("stack", "floor", "empty"))
    copied(stack)
    rehearse(stack, "up", "--yes", "--skip-preview")
    exported = json.loads(rehearse(stack, "stack", "export", "--show-secrets"))
    rehearse(stack, "destroy", "--yes", "--skip-preview")

    floor.mkdir()
    definition = {
        "name": "plinth",
        "runtime": {"name": "python", "options": {"virtualenv": str(ROOT / ".venv")}},
    }
    (floor / "Pulumi.yaml").write_text(json.dumps(definition))
    (floor / "Pulumi.prod.yaml").write_text(json.dumps({"config": {"aws:region": "ap-northeast-2"}}))
    (floor / "__main__.py").write_text(FLAT_PROGRAM)
    resources = [entry for item in exported["deployment"]["resources"] if (entry := flat(item))]
    (floor / "resources.json").write_text(json.dumps(resources))

    empty.mkdir()
    policy_runtime = {"name": "python", "options": {"virtualenv": str(ROOT / ".venv")}}
    (empty / "PulumiPolicy.yaml").write_text(json.dumps({"runtime": policy_runtime, "version": "0.0.1"}))
    (empty / "__main__.py").write_text(EMPTY_PACK)
    return stack, floor, empty


def copied(folder: Path) -> None:
    """Copy the program into the new `folder`."""
    ignored = shutil.ignore_patterns(".*", "tests", "benchmarks", "docs", "*.egg-info")
    shutil.copytree(ROOT, folder, ignore=ignored)
    (folder / ".venv").symlink_to(ROOT / ".venv")


def flat(item: dict[str, Any]) -> dict[str, Any] | None:
    """One resource of the state as an entry of the flat list; None for what the engine makes by itself."""
    if item["type"].startswith(("pulumi:pulumi:", "pulumi:providers:")):
        return None
    inputs = {key: opened(value) for key, value in item.get("inputs", {}).items() if not key.startswith("__")}
    package, module, class_name = item["type"].split(":")
    modules = {
        "aws": f"pulumi_aws.{module.split('/')[0]}",
        "eks": "pulumi_eks",
        "kubernetes": kubernetes_module(module) if package == "kubernetes" else None,
        "random": "pulumi_random",
    }
    return {
        "type": item["type"],
        "name": item["urn"].rpartition("::")[2],
        "custom": item["custom"],
        "inputs": inputs,
        "module": modules.get(package),
        "class": class_name,
    }


def kubernetes_module(module: str) -> str:
    """The SDK's module of a group and version: `networking.k8s.io/v1` is networking.v1; what it does not know is a custom
    resource.
    """
    group, version = module.split("/")
    name = f"pulumi_kubernetes.{group.split('.')[0]}"
    return f"{name}.{version}" if importlib.util.find_spec(name) else "pulumi_kubernetes.apiextensions"


def opened(value: Any) -> Any:
    """An input with what is in its secrets, which only its own stack could decrypt."""
    match value:
        case {"plaintext": text}:
            return json.loads(text)
        case dict():
            return {key: opened(inner) for key, inner in value.items()}  # pyright: ignore
        case list():
            return [opened(inner) for inner in value]  # pyright: ignore
        case _:
            return value


def rehearse(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "plinth", "rehearse", *arguments, "-s", "prod", "--non-interactive"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"benchmark: plinth rehearse {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def seconds(folder: Path, *flags: str) -> float:
    start = time.perf_counter()
    rehearse(folder, "preview", *flags)
    return time.perf_counter() - start
