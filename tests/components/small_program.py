"""Programs of a few components, in place of the whole stack."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conftest import ROOT, Rehearsal, Result

PREAMBLE = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import pulumi
import pulumi_aws as aws
from components.content_delivery import ContentDelivery
from components.dns import GLOBAL_REGION, Certificate, Zone, alias
from components.firewall import Firewall
from settings.content import ContentSettings
from settings.dns import DnsSettings
from settings.firewall import FirewallSettings
"""


@dataclass(frozen=True)
class Program:
    """A program that was brought up: its first preview, and what `up` said and left."""

    rehearsal: Rehearsal
    preview: Result
    up: Result
    resources: list[dict[str, Any]]
    outputs: dict[str, Any]

    def of_type(self, type_: str) -> dict[str, dict[str, Any]]:
        """Resources of a type by logical name."""
        return {item["urn"].rpartition("::")[2]: item for item in self.resources if item["type"] == type_}

    def only(self, type_: str) -> dict[str, Any]:
        (item,) = self.of_type(type_).values()
        return item


def bring_up(make_rehearsal: Callable[..., Rehearsal], source: str) -> Program:
    rehearsal = make_rehearsal("")
    rehearsal.write(PREAMBLE + source)
    preview = rehearsal("preview")
    up = rehearsal("up")
    outputs = json.loads(rehearsal("stack", "output", "--json").output)
    return Program(rehearsal, preview, up, rehearsal.state(), outputs)


def live_and_die(program: Program) -> None:
    """No change at a second preview, no drift, and nothing left."""
    program.rehearsal("preview", "--expect-no-changes")
    assert set(program.rehearsal("refresh").changes) <= {"same"}
    program.rehearsal("destroy")
    assert program.rehearsal.state() == []


def statements(policy: str) -> dict[str, dict[str, Any]]:
    """Statements of a policy document by their ids."""
    return {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}


def depends_on(program: Program, item: dict[str, Any]) -> set[str]:
    """Everything that `item` waits for, directly or not."""
    by_urn = {resource["urn"]: resource for resource in program.resources}
    found: set[str] = set()
    waiting = [item["urn"]]
    while waiting:
        for urn in by_urn[waiting.pop()].get("dependencies", []):
            if urn not in found:
                found.add(urn)
                waiting.append(urn)
    return found
