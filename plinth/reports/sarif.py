"""SARIF 2.1.0, for code scanning: policy findings, errors, and data that would be lost.

The engine's events name no line of the program: a result points to the place that the report has for its resource, else to
the stack file as a whole; the resource's urn is its logical location. (OASIS: "Static Analysis Results Interchange Format
(SARIF) Version 2.1.0"; GitHub: "SARIF support for code scanning", which asks for a physical location.)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from plinth.reports.model import Finding, Loss, Place, Report, name_of
from plinth.reports.text import one_line, remarks, title, visible

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ERROR_RULE = "program-error"
LOSS_RULE = "data-loss"

OWN_RULES = {
    ERROR_RULE: "The program or the engine ended in an error.",
    LOSS_RULE: "A resource that holds data would be deleted or replaced.",
}


def render(reports: Sequence[Report]) -> str:
    rules = dict(OWN_RULES)
    for report in reports:
        rules |= dict.fromkeys(report.passed, "")
        rules |= {finding.policy: one_line(finding.why) for finding in report.findings}
    ids = sorted(rules)
    results = [result for report in reports for result in results_of(report, ids)]
    driver = {
        "name": "plinth",
        "version": version("plinth"),
        "rules": [rule(name, rules[name]) for name in ids],
    }
    run = {"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def rule(name: str, why: str) -> Mapping[str, Any]:
    return {"id": name, "shortDescription": {"text": why or name}}


def results_of(report: Report, ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    for finding in report.findings:
        yield result(report, ids, finding)
    for said in report.diagnostics:
        if said.error:
            yield result(report, ids, Finding(ERROR_RULE, said.urn, said.text))
    for change in report.losses:
        if change.loss is Loss.DATA:
            text = "; ".join([f"{change.operation.value} of {title(change)} {change.name}", *remarks(change)])
            yield result(report, ids, Finding(LOSS_RULE, change.urn, text, mandatory=False))


def result(report: Report, ids: Sequence[str], finding: Finding) -> Mapping[str, Any]:
    text = one_line(finding.text) or finding.policy
    about = finding.text if finding.policy == ERROR_RULE else finding.urn
    at = report.places.get(about) or Place(f"Pulumi.{report.stack}.yaml")
    place: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(visible(at.file))},
            "region": {"startLine": at.line},
        }
    }
    if finding.urn:
        name, full = one_line(name_of(finding.urn)), one_line(finding.urn)
        place["logicalLocations"] = [{"name": name, "fullyQualifiedName": full, "kind": "resource"}]
    identity = "\n".join([report.stack, finding.policy, finding.urn, text])
    return {
        "ruleId": finding.policy,
        "ruleIndex": ids.index(finding.policy),
        "level": "error" if finding.mandatory else "warning",
        "message": {"text": text},
        "locations": [place],
        "partialFingerprints": {
            "plinth/v1": hashlib.sha256(identity.encode(errors="surrogatepass")).hexdigest()
        },
    }
