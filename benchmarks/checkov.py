"""The policy pack beside checkov on the same resources: how long each takes, and what each finds.

Times are of the clean stack, in turns, as ratios within one run. Compared are one process with the other, both with their
imports and with reading their input, and what each does once it has started: the pack's judging with checkov's process less
one that finds no file. A preview for each incident makes the table of `docs/comparison.md`: ten minutes or so.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.comparison.page import Row, page
from benchmarks.comparison.programs import Program, broken, clean
from benchmarks.comparison.terraform import write
from benchmarks.comparison.tools import Check, checkov_findings, checkov_seconds, install_checkov, run_pack
from benchmarks.preview import ROOT, report

PAGE = ROOT / "docs" / "comparison.md"
ROUNDS = 5
LIMIT_OF_CHECKOV = 1 / 5


def main() -> int:
    """Run the benchmark and write the page; 1 when a ratio is over its limit, or Plinth misses an incident."""
    install_checkov()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        twin = clean(scratch / "clean")
        over = compare_times(twin, scratch)
        rows, on_clean = compare_findings(twin, scratch)
    PAGE.write_text("\n".join(page(rows, on_clean)) + "\n", encoding="utf-8")
    missed = [row.case.id for row in rows if not row.by_plinth]
    print(
        f"{len(rows)} incidents, {PAGE.relative_to(ROOT)} written; missed by Plinth: {', '.join(missed) or 'none'}"
    )
    return int(over or bool(missed))


def compare_times(twin: Program, scratch: Path) -> bool:
    """Print the ratios, and whether one is over its limit."""
    plan, nothing, request = scratch / "plan", scratch / "nothing", scratch / "request"
    write(plan, twin.resources)
    nothing.mkdir()
    request.write_bytes(twin.request())
    turns = [(*run_pack(request), checkov_seconds(plan), checkov_seconds(nothing)) for _ in range(ROUNDS)]
    process, judging, checkov, idle = (statistics.median(column) for column in zip(*turns, strict=True))
    print(
        f"{len(twin.resources)} resources: pack {process:.2f} s, of it judging {judging:.3f} s; "
        f"checkov {checkov:.2f} s, {idle:.2f} s without a file (medians of {ROUNDS})"
    )
    over = [
        report("process / checkov's process", process / checkov, LIMIT_OF_CHECKOV),
        report("judging / checkov once started", judging / (checkov - idle), LIMIT_OF_CHECKOV),
    ]
    return any(over)


def compare_findings(twin: Program, scratch: Path) -> tuple[list[Row], set[Check]]:
    """A row for each incident, and what checkov says of the clean stack."""
    names = set(write(scratch / "twin", twin.resources))
    programs: list[Program] = []
    counted: list[set[str]] = []
    for program in broken(scratch / "broken"):
        programs.append(program)
        here = write(program.folder / "checkov", program.resources)
        counted.append(names | {name for name, resource in here.items() if resource.urn in program.blamed})
        print(f"{len(programs):3} {program.folder.name:40}", end="\r", file=sys.stderr)
    folders = [scratch / "twin", *(program.folder / "checkov" for program in programs)]
    on_clean, *found = checkov_findings(folders)
    rows = [
        row(program, {check for check in checks - on_clean if set(called(check)) & its_names})
        for program, checks, its_names in zip(programs, found, counted, strict=True)
    ]
    return rows, on_clean


def row(program: Program, new: set[Check]) -> Row:
    assert program.case
    return Row(program.case, bool(program.blamed), sorted(new, key=lambda check: (check.id, check.resource)))


def called(check: Check) -> Iterator[str]:
    """The names that a check's resource may have: of the pods of a workload too, which checkov makes up from it."""
    yield check.resource
    kind, *own = check.resource.split(".")
    if kind == "Pod":
        yield from (f"{owner}.{own[0]}.{own[1]}" for owner in ("Deployment", "Job"))


if __name__ == "__main__":
    sys.exit(main())
