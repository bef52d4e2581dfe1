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


def test_several_files_whose_suffixes_tell_their_formats(log):
    names = ["r.txt", "r.md", "r.html", "r.json", "r.sarif", "r.xml"]
    done = report(str(log), *(f"--output={name}" for name in names), cwd=log.parent)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    begins = [(log.parent / name).read_text()[:9] for name in names]
    assert begins[1:] == ["<!-- plin", "<!doctype", '{\n  "vers', '{\n  "$sch', "<?xml ver"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.json"], "nowhere.json: cannot be read"),
        (["events.json", "-o", "report"], "report: its suffix names no format"),
        (["events.json", "--format", "json", "-o", "."], ".: the report cannot be written"),
    ],
)
def test_mistakes_end_in_a_text(log, arguments, says):
    done = report(*arguments, cwd=log.parent)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
