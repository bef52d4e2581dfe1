"""How long a reviewer waits for `plinth diff` against a preview of the same stack with the policy pack.

Each comparison brings its base up anew: the longest that one takes, as in a pull request whose base nobody has compared yet.
The runs are interleaved, so that a machine that slows down slows both; medians are compared.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.preview import ROOT, copied, report, seconds

ROUNDS = 3
LIMIT = 2.5
BEFORE, AFTER = "class: db.r6g.large", "class: db.r6g.xlarge"
"""What the branch changes in the stack file."""


def main() -> int:
    """Run the benchmark; 1 when the ratio is over its limit."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "stack"
        copied(folder)
        for arguments in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "base")):
            git(folder, *arguments)
        file = folder / "Pulumi.prod.yaml"
        file.write_text(file.read_text(encoding="utf-8").replace(BEFORE, AFTER), encoding="utf-8")
        pack = ("--policy-pack", str(ROOT / "policies"))
        seconds(folder, *pack)  # fills caches
        turns = [(seconds(folder, *pack), comparison(folder)) for _ in range(ROUNDS)]
    preview, diff = (statistics.median(column) for column in zip(*turns, strict=True))
    print(f"preview {preview:.1f} s, diff {diff:.1f} s (medians of {ROUNDS})")
    return int(report("diff with a new base / preview", diff / preview, LIMIT))


def git(folder: Path, *arguments: str) -> None:
    author = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@example.com")
    subprocess.run(["git", *author, *arguments], cwd=folder, check=True)


def comparison(folder: Path) -> float:
    """Seconds that `plinth diff` takes when no base is kept."""
    shutil.rmtree(folder / ".plinth" / "bases", ignore_errors=True)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "plinth", "diff", "main", "-s", "prod"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 2:
        sys.exit(f"benchmark: plinth diff found no changes, or failed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
