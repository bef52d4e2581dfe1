"""The programs that both tools judge: the clean stack, and one for each incident, with its one changed fact."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from pulumi.runtime import proto

from incidents.graph import Graph, Resource
from incidents.judgement import judge
from incidents.rule import Verdict
from incidents.rules import RULES
from tests.incidents.cases import STACK, Case, cases, program
from tests.incidents.recorded import recorder, resources


@dataclass(frozen=True)
class Program:
    """A previewed program, and its resources as the pack sees them; `case` is None for the clean stack."""

    case: Case | None
    folder: Path
    resources: list[Resource]

    @cached_property
    def blamed(self) -> set[str]:
        """The urns of which the case's own rule says what it should; none where Plinth misses the incident."""
        case = self.case
        found = [
            finding
            for rule in RULES
            if case and rule.id == case.id
            for finding in judge(rule, Graph(self.resources))
        ]
        failing = [finding for finding in found if finding.verdict is Verdict.FAIL]
        is_found = case and any(
            case.says in finding.text and finding.urn.rpartition("::")[2] == case.resource
            for finding in failing
        )
        return {finding.urn for finding in failing} if is_found else set()

    def request(self) -> bytes:
        """What the engine asked the pack: an `AnalyzeStackRequest` of Pulumi's analyzer.proto."""
        recorded = json.loads((self.folder / "pack" / "resources.json").read_text(encoding="utf-8"))
        return proto.AnalyzeStackRequest(resources=[analyzed(item) for item in recorded]).SerializeToString()


def analyzed(item: dict[str, Any]) -> Any:
    made = proto.AnalyzerResource(
        type=item["type"],
        urn=item["urn"],
        name=item["name"],
        parent=item["parent"] or "",
        options=proto.AnalyzerResourceOptions(protect=item["protect"]),
        propertyDependencies={
            key: proto.AnalyzerPropertyDependencies(urns=urns) for key, urns in item["edges"].items()
        },
    )
    json_format.ParseDict(item["props"], made.properties)
    return made


def clean(folder: Path) -> Program:
    """The stack without an incident."""
    return previewed(folder, None)


def broken(folder: Path) -> Iterator[Program]:
    """Each incident alone, so that what is found is found of its fact; a preview for each."""
    for case in cases():
        yield previewed(folder / case.id, case)


def previewed(folder: Path, case: Case | None) -> Program:
    folder.mkdir(parents=True)
    pack = recorder(folder / "pack")
    rehearsal = program(folder, [case] if case else [])
    rehearsal("preview", "--policy-pack", str(pack), stack=STACK)
    return Program(case, folder, resources(pack))
