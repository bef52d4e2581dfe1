"""Each incident before the rules: the twin passes, and the program with the changed fact fails by the incident's rule."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from incidents.rules import RULES
from tests.conftest import ROOT, Result
from tests.incidents.cases import STACK, Case, cases, program, refusal

PACK = str(ROOT / "policies")
KNOWN = {rule.id for rule in RULES}


@dataclass(frozen=True)
class Row:
    """What became of one incident. `finding` is what its rule said at preview, `refusal` what the settings said."""

    case: Case
    finding: str
    refusal: str

    @property
    def is_blocked(self) -> bool:
        return bool(self.finding)

    @property
    def has_rule(self) -> bool:
        return self.case.id in KNOWN

    @property
    def where(self) -> str:
        places = [("settings", self.refusal), ("preview", self.finding)]
        return ", ".join(name for name, text in places if text) or "nowhere"


def preview_twin(folder: Path, *packs: Path) -> Result:
    """The preview of the clean stack, in strict mode: what cannot be decided counts as a finding. `packs` look on."""
    rehearsal, strict, plain = program(folder), folder / "strict.json", folder / "plain.json"
    strict.write_text(json.dumps({"undecided": "mandatory"}), encoding="utf-8")
    plain.write_text("{}", encoding="utf-8")
    arguments = ["--policy-pack", PACK, "--policy-pack-config", str(strict)]
    for pack in packs:
        arguments += ["--policy-pack", str(pack), "--policy-pack-config", str(plain)]
    return rehearsal("preview", *arguments, stack=STACK, expect_exit=None)


def demonstrate(folder: Path) -> Iterator[Row]:
    """A row for each incident, by its id: as few previews as there may be, each with many changed facts."""
    found = cases()
    previews = {
        number: preview_broken(folder / str(number), found, number)
        for number in {one.preview for one in found}
    }
    for case in found:
        yield Row(case, finding(case, previews[case.preview]), refusal(case))


def preview_broken(folder: Path, found: Sequence[Case], number: int) -> Result:
    rehearsal = program(folder, [case for case in found if case.preview == number])
    return rehearsal("preview", "--policy-pack", PACK, stack=STACK, expect_exit=None)


def finding(case: Case, preview: Result) -> str:
    """What the incident's rule said of its resource; empty for nothing."""
    return next(
        (
            item["message"].strip()
            for item in preview.violations
            if item["policyName"] == case.id
            and item["resourceUrn"].rpartition("::")[2] == case.resource
            and case.says in item["message"]
        ),
        "",
    )
