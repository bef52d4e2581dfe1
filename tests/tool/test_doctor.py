"""`plinth doctor` says what is there, what is missing, and what to do; it never shows a secret."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BARE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


def doctor(home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "plinth", "doctor"], capture_output=True, text=True, check=False,
        env={**BARE, "HOME": str(home), "COLUMNS": "200", **environment},
    )  # fmt: skip


def test_a_bare_machine_is_told_what_to_do(tmp_path):
    done = doctor(tmp_path)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    missing = [line.split("  ")[1].strip() for line in lines if line.startswith("missing")]
    assert missing[0] == "Pulumi engine"
    assert "AWS credentials" in missing
    assert done.stdout.count("->") == len(missing)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_named_but_never_shown(tmp_path):
    done = doctor(
        tmp_path,
        XDG_CACHE_HOME=os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
        AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
        PULUMI_CONFIG_PASSPHRASE="correct horse",
        PULUMI_BACKEND_URL="s3://state.example.com",
    )
    assert done.returncode == 0
    assert "set up by AWS_ACCESS_KEY_ID" in done.stdout
    assert "s3://state.example.com" in done.stdout
    assert "AKIA" not in done.stdout
    assert "correct horse" not in done.stdout
