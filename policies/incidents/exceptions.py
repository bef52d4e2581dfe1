"""Waivers in the shape of Pulumi's policy exceptions, and back.

An exception has a reason and `match` entries, each with `policies` and `targets` (urns, no patterns): Pulumi docs, "Policy
exceptions", and REST API, `PolicyExceptionMatch` (up to 100 of each), `PolicyException` (`expiresAt`).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from incidents.waivers import HEADER, Waiver, render

PACK = "plinth"


def to_exceptions(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One exception for each waiver that holds; `findings` are those of `verdicts.json`, which name whole urns."""
    found: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for finding in findings:
        waiver = finding.get("waiver")
        if waiver:
            key = (finding["rule"], waiver["reason"], waiver["owner"], waiver["expires"])
            found.setdefault(key, {})[finding["urn"]] = None
    return [
        {
            "policyPack": PACK,
            "reason": f"{reason} ({owner})",
            "expiresAt": f"{expires}T23:59:59Z",
            "match": [{"policies": [rule], "targets": list(urns)}],
        }
        for (rule, reason, owner, expires), urns in found.items()
    ]


def from_exceptions(exceptions: Iterable[Mapping[str, Any]], owner: str, expires: date) -> list[Waiver]:
    """One waiver for each policy and target; `expires` for those that say no `expiresAt`."""
    return [
        Waiver(policy, urn, exception["reason"], owner, until(exception, expires), "")
        for exception in exceptions
        for match in exception["match"]
        for policy in match["policies"]
        for urn in match["targets"]
    ]


def until(exception: Mapping[str, Any], otherwise: date) -> date:
    said = exception.get("expiresAt")
    return date.fromisoformat(said[:10]) if said else otherwise


def main() -> None:
    """`to verdicts.json` prints exceptions, `from exceptions.json --owner NAME --expires DAY` prints waivers."""
    parser = argparse.ArgumentParser(description=__doc__)
    ways = parser.add_subparsers(dest="way", required=True)
    to = ways.add_parser("to")
    back = ways.add_parser("from")
    for way in (to, back):
        way.add_argument("file", type=Path)
    back.add_argument("--owner", required=True)
    back.add_argument("--expires", required=True, type=date.fromisoformat)
    said = parser.parse_args()
    try:
        content: Any = json.loads(said.file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        parser.error(f"{said.file}: cannot be read as JSON: {problem}")
    if said.way == "to":
        sys.stdout.write(json.dumps(to_exceptions(content["findings"]), indent=2) + "\n")
    else:
        waivers = from_exceptions(content, said.owner, said.expires)
        sys.stdout.write(f"{HEADER}waivers:\n{render(waivers)}")


if __name__ == "__main__":
    main()
