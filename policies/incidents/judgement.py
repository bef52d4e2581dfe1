"""What all rules say of one stack, with the waivers applied: the books of a run, the same on every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from incidents.graph import Graph
from incidents.rule import Finding, Rule, Verdict, defect
from incidents.waivers import Waiver

WORST_FIRST = ("fail", "undecided", "waived", "pass", "not applicable")
"""What one resource counts as when a rule says several things of it."""

JUDGED = frozenset({"fail", "undecided", "waived", "pass"})


@dataclass(frozen=True)
class Judgement:
    """What one rule says of a stack; `waived` has the waiver of each finding that has one."""

    rule: Rule
    findings: Sequence[Finding] = ()
    waived: Mapping[Finding, Waiver] = field(default_factory=dict[Finding, Waiver])

    def open(self, verdict: Verdict) -> list[Finding]:
        """The findings of `verdict` that nobody has waived."""
        return [item for item in self.findings if item.verdict is verdict and item not in self.waived]

    @property
    def counts(self) -> Counter[str]:
        """How many resources are what; each counts once, as the worst that is said of it."""
        worst: dict[str, str] = {}
        for finding in self.findings:
            kinds = (self.kind_of(finding), worst.get(finding.urn, WORST_FIRST[-1]))
            worst[finding.urn] = min(kinds, key=WORST_FIRST.index)
        return Counter(worst.values())

    def kind_of(self, finding: Finding) -> str:
        if finding in self.waived:
            return "waived"
        return "undecided" if finding.verdict is Verdict.UNKNOWN else finding.verdict.value

    @property
    def judged_nothing(self) -> bool:
        return not JUDGED & self.counts.keys()


@dataclass(frozen=True)
class Books:
    """All judgements about one stack, in the order of the rules, and what is wrong with the waivers."""

    resources: int
    judgements: Sequence[Judgement]
    mistakes: Sequence[str] = ()

    @property
    def defects(self) -> list[Finding]:
        return [finding for item in self.judgements for finding in item.findings if finding.is_defect]

    def summary(self) -> str:
        """One line: what was judged how often, and which rules found nothing that they judge."""
        total = sum((judgement.counts for judgement in self.judgements), Counter[str]())
        counted = ", ".join(f"{total[kind]} {kind}" for kind in WORST_FIRST if kind in JUDGED)
        idle = [judgement.rule.id for judgement in self.judgements if judgement.judged_nothing]
        nothing = f" Nothing to judge for {', '.join(idle)}." if idle else ""
        return (
            f"{len(self.judgements)} rules judged {self.resources} resources, each by what it is: {counted}."
            f"{nothing}"
        )

    def to_json(self) -> dict[str, Any]:
        """The report `verdicts.json`: counts rule by rule, and every finding that is not a pass."""
        return {
            "version": 1,
            "resources": self.resources,
            "rules": [
                {"id": item.rule.id, "why": item.rule.why, "remedy": item.rule.remedy}
                | {camel(kind): item.counts[kind] for kind in WORST_FIRST}
                for item in self.judgements
            ],
            "findings": [
                {"rule": item.rule.id, "verdict": item.kind_of(finding), "urn": finding.urn, "text": finding.text}
                | ({"waiver": item.waived[finding].to_json()} if finding in item.waived else {})
                for item in self.judgements
                for finding in item.findings
                if finding.verdict in (Verdict.FAIL, Verdict.UNKNOWN)
            ],
            "mistakes": list(self.mistakes),
        }  # fmt: skip


def camel(kind: str) -> str:
    return "notApplicable" if kind == "not applicable" else kind


def judge_stack(graph: Graph, rules: Iterable[Rule], waivers: Sequence[Waiver] = ()) -> Books:
    """The books of one stack. A waiver of this stack that matches no finding is a mistake, and so is one that matches all."""
    here = [waiver for waiver in waivers if any(waiver.is_of_stack(item.urn) for item in graph.resources)]
    mistakes = [
        f"{waiver.place}: the pattern '{waiver.urn}' matches every resource, so it would switch the rule off unseen. "
        "Remedy: write the urn of the resource that is meant."
        for waiver in here
        if all(waiver.matches(item.urn) for item in graph.resources)
    ]
    used: set[Waiver] = set()
    judgements: list[Judgement] = []
    for rule in rules:
        findings = judge(rule, graph)
        waived = waived_of(findings, [waiver for waiver in here if waiver.id == rule.id])
        used.update(waived.values())
        judgements.append(Judgement(rule, findings, waived))
    mistakes += [
        f"{waiver.place}: the waiver of {waiver.id} for '{waiver.urn}' waives nothing: what it was for is gone, or the urn is "
        "misspelt. Remedy: delete it, or copy the urn from the finding."
        for waiver in here
        if waiver not in used
    ]
    return Books(len(graph.resources), judgements, mistakes)


def judge(rule: Rule, graph: Graph) -> list[Finding]:
    """The findings of one rule, sorted. An error in the rule is a failure of the pack: it must not look like a pass."""
    try:
        return sorted(rule.check(graph), key=lambda item: (item.urn, item.text, item.verdict.value))
    except Exception as error:
        return [defect(rule.id, error)]


def waived_of(findings: Iterable[Finding], waivers: Sequence[Waiver]) -> dict[Finding, Waiver]:
    """The first waiver for each finding that blocks, or would in strict mode."""
    found: dict[Finding, Waiver] = {}
    for finding in findings:
        if finding.verdict in (Verdict.FAIL, Verdict.UNKNOWN) and not finding.is_defect:
            waiver = next((item for item in waivers if item.matches(finding.urn)), None)
            if waiver:
                found[finding] = waiver
    return found
