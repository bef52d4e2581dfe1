"""What both tools judge: the clean stack as a preview recorded it, and copies with one fact changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from pulumi.runtime import proto

from incidents.graph import Graph, Resource
from incidents.judgement import judge
from incidents.rule import Rule, Verdict
from tests.incidents.cases import STACK, program
from tests.incidents.flips import OTHER_VPC
from tests.incidents.recorded import recorder, resources


def clean(folder: Path) -> list[Resource]:
    """The resources of the clean stack; the recorder in `folder` / `pack` keeps them as the engine sent them."""
    pack = recorder(folder / "pack")
    program(folder)("preview", "--policy-pack", str(pack), stack=STACK)
    return resources(pack)


def request(folder: Path) -> bytes:
    """What the engine asked the pack of the stack in `folder`: an `AnalyzeStackRequest` of Pulumi's analyzer.proto."""
    recorded = json.loads((folder / "pack" / "resources.json").read_text(encoding="utf-8"))
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


def is_found(rule: Rule, changed: list[Resource]) -> bool:
    """Whether the rule fails a resource."""
    return any(finding.verdict is Verdict.FAIL for finding in judge(rule, Graph([*changed, OTHER_VPC])))
