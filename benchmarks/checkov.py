"""The policy pack beside checkov on the same resources: how long each takes, and what each finds.

Times are of the clean stack, in turns, as ratios within one run. Compared are one process with the other, both with their
imports and with reading their input, and what each does once it has started: the pack's judging with checkov's process less
one that finds no file. What each finds goes into `docs/comparison.md`.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.comparison.page import Row, page
from benchmarks.comparison.programs import clean, is_found, request
from benchmarks.comparison.terraform import write
from benchmarks.comparison.tools import Check, checkov_findings, checkov_seconds, install_checkov, run_pack
from benchmarks.preview import ROOT, report
from incidents.graph import Resource
from incidents.rules import RULES
from tests.incidents.cases import STACK
from tests.incidents.flips import FLIPS, OTHER_VPC

PAGE = ROOT / "docs" / "comparison.md"
ROUNDS = 5
LIMIT_OF_CHECKOV = 1 / 5


def main() -> int:
    """Run the benchmark and write the page; 1 when a ratio is over its limit, or Plinth misses a fact."""
    install_checkov()
    os.environ["PULUMI_STACK"] = STACK
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        resources = clean(scratch)
        rows, on_clean = compare_findings(resources, scratch)
        PAGE.write_text("\n".join(page(rows, on_clean)) + "\n", encoding="utf-8")
        over = compare_times(len(resources), scratch)
    missed = [row.incident for row in rows if row.by_plinth < row.facts]
    print(
        f"{len(rows)} incidents, {PAGE.relative_to(ROOT)} written; missed by Plinth: {', '.join(missed) or 'none'}"
    )
    return int(over or bool(missed))


def compare_findings(resources: Sequence[Resource], scratch: Path) -> tuple[list[Row], list[Check]]:
    """A row for each incident, and what checkov says of the clean stack."""
    clean_folder = scratch / "clean"
    write(clean_folder, [*resources, OTHER_VPC])
    changed = [(rule, flip.of(resources, flip.value)) for rule in RULES for flip in FLIPS[rule.id]]
    folders = [scratch / str(number) for number, _ in enumerate(changed)]
    for folder, (_, copy) in zip(folders, changed, strict=True):
        write(folder, [*copy, OTHER_VPC])
        for file in folder.iterdir():
            if file.read_bytes() == (clean_folder / file.name).read_bytes():
                file.unlink()  # checkov would only say again what it says of the clean one
    names = set(write(scratch / "plan", resources))
    on_clean, *found = checkov_findings([clean_folder, *folders])
    new = [[check for check in checks - on_clean if set(called(check)) & names] for checks in found]
    rows: list[Row] = []
    for rule in RULES:
        own = [(copy, checks) for (of, copy), checks in zip(changed, new, strict=True) if of is rule]
        by_plinth = sum(is_found(rule, copy) for copy, _ in own)
        checks = sorted({check for _, checks in own for check in checks}, key=by_name)
        rows.append(Row(rule.id, len(own), by_plinth, sum(bool(checks) for _, checks in own), checks))
    return rows, [check for check in on_clean if set(called(check)) & names]


def by_name(check: Check) -> tuple[str, str]:
    return check.id, check.resource


def called(check: Check) -> Iterator[str]:
    """The names that a check's resource may have: of the pods of a workload too, which checkov makes up from it."""
    yield check.resource
    kind, *own = check.resource.split(".")
    if kind == "Pod":
        yield from (f"{owner}.{own[0]}.{own[1]}" for owner in ("Deployment", "Job"))


def compare_times(count: int, scratch: Path) -> bool:
    """Print the ratios for `count` resources, and whether one is over its limit."""
    plan, nothing, asked = scratch / "plan", scratch / "nothing", scratch / "request"
    nothing.mkdir()
    asked.write_bytes(request(scratch))
    turns = [(*run_pack(asked), checkov_seconds(plan), checkov_seconds(nothing)) for _ in range(ROUNDS)]
    process, judging, checkov, idle = (statistics.median(column) for column in zip(*turns, strict=True))
    print(
        f"{count} resources: pack {process:.2f} s, of it judging {judging:.3f} s; "
        f"checkov {checkov:.2f} s, {idle:.2f} s without a file (medians of {ROUNDS})"
    )
    over = [
        report("process / checkov's process", process / checkov, LIMIT_OF_CHECKOV),
        report("judging / checkov once started", judging / (checkov - idle), LIMIT_OF_CHECKOV),
    ]
    return any(over)


if __name__ == "__main__":
    sys.exit(main())
