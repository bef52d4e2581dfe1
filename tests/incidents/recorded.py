"""The resources of a preview as the policies see them, kept so that rules can be run on changed copies without the engine."""

from __future__ import annotations

import json
from pathlib import Path

from incidents.graph import Resource
from incidents.unknowns import SENTINELS, plain
from tests.conftest import ROOT

UNKNOWN_TEXT = min(SENTINELS)

RECORDER = f"""
import json, sys
from dataclasses import asdict
from pathlib import Path
from pulumi_policy import EnforcementLevel, PolicyPack, StackValidationPolicy

sys.path.insert(0, {str(ROOT / "policies")!r})
from incidents.analyzer import read_once

class Recorder:
    def configure(self, config):
        pass

    def judge(self, resources):
        found = [asdict(resource) for resource in resources]
        text = json.dumps(found, default=lambda unknown: {UNKNOWN_TEXT!r})
        Path(__file__).with_name("resources.json").write_text(text)

read_once(Recorder())
asked = StackValidationPolicy("record", "Keeps what it sees.", lambda args, report: None, EnforcementLevel.ADVISORY)
PolicyPack("recorder", policies=[asked])
"""


def recorder(folder: Path) -> Path:
    """A policy pack in `folder` that writes the resources of a preview to `resources.json` beside it."""
    folder.mkdir()
    (folder / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.0.1\n", encoding="utf-8")
    (folder / "__main__.py").write_text(RECORDER, encoding="utf-8")
    return folder


def resources(folder: Path) -> list[Resource]:
    """What the recorder in `folder` has seen."""
    found = json.loads((folder / "resources.json").read_text(encoding="utf-8"))
    return [
        Resource(
            **{
                **item,
                "props": plain(item["props"]),
                "edges": {key: tuple(urns) for key, urns in item["edges"].items()},
            }
        )
        for item in found
    ]
