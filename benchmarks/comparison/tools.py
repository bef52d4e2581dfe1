"""Run checkov, and the pack on its own, as a process each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from benchmarks.preview import ROOT

VERSION = "3.3.30"
ENVIRONMENT = ROOT / ".plinth" / f"checkov-{VERSION}"

JUDGE = """
import sys, time
from pathlib import Path
sys.path[:0] = {paths!r}
from pulumi.runtime import proto
from benchmarks.policy_pack import judge
request = proto.AnalyzeStackRequest.FromString(Path({request!r}).read_bytes())
start = time.perf_counter()
judge(request)
print(time.perf_counter() - start)
"""

FLAGS = [
    "--framework",
    "terraform_plan",
    "kubernetes",
    "--output",
    "json",
    "--quiet",
    "--compact",
    "--skip-download",
    "--soft-fail",
]

CHECK_ALL = f"""
import sys
from checkov.main import Checkov
for folder in sys.argv[1:]:
    Checkov([*{FLAGS!r}, "--directory", folder, "--output-file-path", folder]).run()
"""


@dataclass(frozen=True)
class Check:
    """What one check of checkov said of one resource, by checkov's own name for it."""

    id: str
    name: str
    resource: str


def install_checkov() -> None:
    """Into an environment of its own: what it depends on is nothing that Plinth wants in its lock file."""
    uv = str(ROOT / ".venv" / "bin" / "uv")
    if not checkov().exists():
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(ENVIRONMENT)], check=True)
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(ENVIRONMENT), f"checkov=={VERSION}"],
            check=True,
        )  # fmt: skip


def checkov() -> Path:
    return ENVIRONMENT / "bin" / "checkov"


def checkov_seconds(folder: Path) -> float:
    """Seconds for a process of checkov on the plan and the manifests in `folder`."""
    start = time.perf_counter()
    run([str(checkov()), *FLAGS, "--directory", str(folder)])
    return time.perf_counter() - start


def checkov_findings(folders: Sequence[Path]) -> list[set[Check]]:
    """What fails in each folder. One process does all, one after the other: most of checkov's time is its start."""
    run([str(ENVIRONMENT / "bin" / "python"), "-c", CHECK_ALL, *map(str, folders)])
    return [failed(folder / "results_json.json") for folder in folders]


def failed(results: Path) -> set[Check]:
    """The failed checks in a file of checkov's results, which has none for a folder without a file."""
    said: Any = json.loads(results.read_text(encoding="utf-8"))
    reports = cast("list[Any]", said if isinstance(said, list) else [said])
    return {
        Check(item["check_id"], item["check_name"], item["resource"])
        for report in reports
        for item in report.get("results", {}).get("failed_checks", [])
    }


def run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"benchmark: checkov failed:\n{done.stderr}")


def run_pack(request: Path) -> tuple[float, float]:
    """Seconds for a process that imports the pack and judges what is in the file, and for the judging in it."""
    code = JUDGE.format(paths=[str(ROOT / "policies"), str(ROOT)], request=str(request))
    environment = {**os.environ, "PULUMI_STACK": "prod", "PULUMI_PROJECT": "raw-stack"}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return time.perf_counter() - start, float(done.stdout)
