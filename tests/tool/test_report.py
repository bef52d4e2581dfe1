"""`plinth report` as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reports.logs import resource, summary


def report(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "plinth", "report", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def log(tmp_path):
    events = [resource("delete", "aws:rds/cluster:Cluster", "db", {}, None), summary()]
    lines = [json.dumps({"sequence": number} | event) for number, event in enumerate(events)]
    file = tmp_path / "events.json"
    file.write_text("\n".join(lines))
    return file


@pytest.mark.parametrize("format_", ["terminal", "markdown", "html", "json", "sarif", "junit"])
def test_each_format_to_a_file_and_to_stdout(log, format_):
    shown = report(str(log), "--format", format_, cwd=log.parent)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "\x1b" not in shown.stdout
    written = report(str(log), "--format", format_, "--output", "out/report", cwd=log.parent)
    assert (written.returncode, written.stdout, written.stderr) == (0, "", "")
    assert (log.parent / "out" / "report").read_text() == shown.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.json"], "nowhere.json: cannot be read"),
        (["events.json", "-o", "."], ".: the report cannot be written"),
    ],
)
def test_mistakes_end_in_a_text(log, arguments, says):
    done = report(*arguments, cwd=log.parent)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
