"""`plinth check`: the policy pack's rules on Kubernetes manifests in files, and what an API server would refuse of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plinth.cluster_nodes import read_nodes
from plinth.errors import UserError
from plinth.immutability import refused_changes
from plinth.kubernetes_schemas import faults, known_version
from plinth.manifests import Manifest, read_manifests

if TYPE_CHECKING:
    from incidents.graph import Resource

STACK = "urn:pulumi:check::check::pulumi:pulumi:Stack::check-check"
POLICIES = Path(__file__).parent.parent / "policies"


@dataclass(frozen=True)
class Report:
    """What was found: lines that fail the check, and lines about what could not be decided or is only advice."""

    failures: list[str]
    notes: list[str]


def check(
    paths: Sequence[Path], *, nodes: Path | None, kubernetes_version: str, against: Path | None = None
) -> int:
    """Print what is wrong with the manifests at `paths`; the exit code is 1 if something is. Raises `UserError`.

    `against` has the manifests that are deployed, of which not everything can be changed.
    """
    version = known_version(kubernetes_version)
    manifests = read_manifests(paths)
    deployed = read_manifests([against]) if against else []
    report = examine(manifests, read_nodes(nodes) if nodes else [], version, deployed)
    count, objects = len(report.failures), len(manifests)
    summary = f"{objects} object{plural(objects)} checked: {count} finding{plural(count)}, {len(report.notes)} undecided or advice"
    for line in (*report.failures, *(f"note: {line}" for line in report.notes), summary):
        print(line)  # noqa: T201 - the command's output
    return 1 if report.failures else 0


def plural(count: int) -> str:
    return "" if count == 1 else "s"


def examine(
    manifests: Sequence[Manifest],
    nodes: Sequence[dict[str, Any]],
    version: str,
    deployed: Sequence[Manifest] = (),
) -> Report:
    """All that schemas and rules say, in the order of the manifests, and what of the `deployed` could not be changed."""
    found = [(manifest, fault) for manifest in manifests for fault in faults(manifest, version)]
    found += refused_changes(deployed, manifests)
    failures = [f"{manifest.place(fault.path)}: {manifest}: {fault.text}" for manifest, fault in found]
    verdicts = list(judged(manifests, nodes))
    failures += [line for is_failure, line in verdicts if is_failure]
    return Report(failures, [line for is_failure, line in verdicts if not is_failure])


def judged(manifests: Sequence[Manifest], nodes: Sequence[dict[str, Any]]) -> Iterator[tuple[bool, str]]:
    """What the rules fail, and, as no failure, what they cannot decide or only advise."""
    load_policies()
    from incidents.graph import Graph
    from incidents.judgement import judge
    from incidents.rule import Finding, Verdict
    from incidents.rules import RULES
    from incidents.stage import is_production

    there = [resource(manifest.content, f"{index:06}") for index, manifest in enumerate(manifests)]
    places = {found.urn: manifest.place() for found, manifest in zip(there, manifests, strict=True)}
    order = {found.urn: index for index, found in enumerate(there)}
    graph = Graph([*there, *(resource(node, f"node-{index:06}") for index, node in enumerate(nodes))])

    def place_of(finding: Finding) -> str:
        return places.get(finding.urn, "--nodes")

    def place_in_order(finding: Finding) -> tuple[bool, int, str]:
        return finding.urn not in order, order.get(finding.urn, 0), finding.text

    for rule in RULES:
        advice = rule.prod_only and not is_production()
        for finding in sorted(judge(rule, graph), key=place_in_order):
            if finding.verdict in (Verdict.FAIL, Verdict.UNKNOWN):
                failed = finding.verdict is Verdict.FAIL and not advice
                yield failed, f"{place_of(finding)}: {rule.id}: {finding.text}"


def load_policies() -> None:
    """Make the pack importable: it is loaded by its path, as Pulumi does. Raises `UserError` where it is missing."""
    if not (POLICIES / "incidents").is_dir():
        raise UserError(
            f"{POLICIES}: the policy pack is not there, so no rule could be checked. Run Plinth from its repository."
        )
    if str(POLICIES) not in sys.path:
        sys.path.insert(0, str(POLICIES))


def resource(content: Mapping[str, Any], key: str) -> Resource:
    """An object as pulumi-kubernetes would register it; `key` tells apart what is said twice."""
    from incidents.graph import Resource

    said: Any = content.get("metadata")
    name = str(said.get("name") if isinstance(said, dict) else None)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    version = str(content.get("apiVersion"))
    type_ = f"kubernetes:{version if '/' in version else f'core/{version}'}:{content.get('kind')}"
    urn = f"urn:pulumi:check::check::{type_}::{key}-{name}"
    return Resource(urn, type_, name, content, parent=STACK)
