"""What the policy pack judged, and what it let pass: two sections of a report.

The pack writes its books (`verdicts.json`) where the environment says so. Another pack writes none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from plinth.reports.model import Section, name_of

ASKED_FOR = "PLINTH_VERDICTS"
"""The environment variable that names the file for the books."""

VERSION = 1

KINDS = {
    "fail": "Failed",
    "undecided": "Undecided",
    "waived": "Waived",
    "pass": "Passed",
    "notApplicable": "Not applicable",
}


def verdict_sections(file: Path) -> tuple[Section, ...]:
    """The waivers in force, and how many resources each rule judged; nothing without the pack's books."""
    books: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if books.get("version") != VERSION:
        return ()
    return *waivers(books["findings"]), counts(books["rules"])


def waivers(findings: Iterable[dict[str, Any]]) -> list[Section]:
    headings = ("Rule", "Resource", "Owner", "Until", "Reason")
    rows = tuple(
        (found["rule"], name_of(found["urn"]), waiver["owner"], waiver["expires"], waiver["reason"])
        for found in findings
        if (waiver := found.get("waiver"))
    )
    return [Section("Waivers in force", headings, rows)] if rows else []


def counts(rules: Iterable[dict[str, Any]]) -> Section:
    """A row for each rule: a tick for what judged nothing would be worth nothing."""
    rows = tuple((rule["id"], *(str(rule[kind] or "-") for kind in KINDS)) for rule in rules)
    return Section("Resources judged, rule by rule", ("Rule", *KINDS.values()), rows)
