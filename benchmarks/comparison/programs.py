"""The programs that both tools judge: the clean stack, and one for each incident, with its one changed fact."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from pulumi.runtime import proto

from incidents.graph import Resource
from tests.incidents.cases import STACK, Case, cases, program
from tests.incidents.demonstration import PACK, finding
from tests.incidents.recorded import recorder, resources


@dataclass(frozen=True)
class Program:
    """A previewed program: its resources, and what Plinth found.

    `case` is None for the clean stack, `message` what the case's rule said, `urns` the resources it said something of.
    """

    case: Case | None
    folder: Path
    resources: list[Resource]
    message: str = ""
    urns: frozenset[str] = frozenset()

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
    return previewed(folder, None)


def broken(folder: Path) -> Iterator[Program]:
    """Each incident alone, so that what is found is found of its fact; a preview for each."""
    for case in cases():
        yield previewed(folder / case.id, case)


def previewed(folder: Path, case: Case | None) -> Program:
    folder.mkdir(parents=True)
    pack = recorder(folder / "pack")
    rehearsal = program(folder, [case] if case else [])
    packs = ["--policy-pack", PACK, "--policy-pack", str(pack)]
    result = rehearsal("preview", *packs, stack=STACK, expect_exit=None)
    if case is None:
        return Program(None, folder, resources(pack))
    urns = {item["resourceUrn"] for item in result.violations if item["policyName"] == case.id}
    return Program(case, folder, resources(pack), finding(case, result), frozenset(urns))
