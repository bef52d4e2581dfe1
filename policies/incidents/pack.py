"""From rules to CrossGuard policies: one policy a rule, and three about the run itself."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ReportViolation,
    StackValidationArgs,
    StackValidationPolicy,
)

from incidents.graph import Graph, Resource
from incidents.judgement import Books, judge_stack
from incidents.rule import Rule, Verdict
from incidents.stage import is_production
from incidents.waivers import load, nearest, today

UNDECIDED = "undecided"
WAIVED = "waived"
PACK = "policy-pack"

WAIVERS = Path(__file__).parent.parent / "waivers.yaml"
REPORT = "PLINTH_VERDICTS"
"""The environment variable that names the file for the JSON report."""


class PackRun:
    """What the pack says of the stack at hand: the engine hands over the resources, then the policies ask."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self.books = Books(0, [])
        self._config: Mapping[str, Mapping[str, Any]] = {}

    def configure(self, config: Mapping[str, Mapping[str, Any]]) -> None:
        self._config = config

    def judge(self, resources: Sequence[Resource]) -> None:
        """Judge a stack, say in one line what was judged, and write the report if one is asked for."""
        limits = {
            threshold: int(self._config[rule.id][threshold.name])
            for rule in self.rules
            for threshold in rule.thresholds
            if threshold.name in self._config.get(rule.id, {})
        }
        waivers, mistakes = load(self.waivers_file, {rule.id for rule in self.rules}, today())
        books = judge_stack(Graph(resources, limits), self.rules, waivers)
        self.books = replace(books, mistakes=[*self.unknown_keys(), *mistakes, *books.mistakes])
        sys.stdout.write(f"{self.books.summary()}\n")
        sys.stdout.flush()
        if report := os.environ.get(REPORT):
            self.write(Path(report))

    def write(self, report: Path) -> None:
        text = json.dumps(self.books.to_json(), indent=2, ensure_ascii=False)
        try:
            report.write_text(f"{text}\n", encoding="utf-8")
        except OSError as problem:
            mistake = f"{REPORT}: {report} cannot be written ({problem.strerror}), so there is no report. Name a file in a folder that is there."
            self.books = replace(self.books, mistakes=[*self.books.mistakes, mistake])

    @property
    def waivers_file(self) -> Path:
        return WAIVERS.parent / str(self._config.get(PACK, {}).get("waivers", WAIVERS.name))

    def unknown_keys(self) -> list[str]:
        """What the configuration says to nobody. The engine checks types, not names."""
        keys = {rule.id: [threshold.name for threshold in rule.thresholds] for rule in self.rules}
        keys |= {UNDECIDED: [], WAIVED: [], PACK: ["waivers"], "all": []}
        found: list[str] = []
        for policy, said in sorted(self._config.items()):
            if policy not in keys:
                found.append(
                    f"configuration: there is no policy `{policy}`{nearest(policy, keys)}, so it sets nothing."
                )
            found += [
                f"configuration: `{policy}` has no key `{key}`{nearest(key, keys[policy])}, so it sets nothing. "
                f"Remedy: {', '.join(keys[policy]) or 'enforcementLevel'}."
                for key in said
                if policy in keys and key not in keys[policy]
            ]
        return found


def policies(run: PackRun) -> list[StackValidationPolicy]:
    """The pack's policies, in the order of the rules: all on the whole stack, which `analyzer.py` counts on."""
    about_the_run = [
        StackValidationPolicy(
            name=UNDECIDED,
            description="Names what a preview could not decide. Make it mandatory (--policy-pack-config) for strict mode.",
            enforcement_level=EnforcementLevel.ADVISORY,
            validate=undecided_of(run),
        ),
        StackValidationPolicy(
            name=WAIVED,
            description="Names what would block but for a waiver, who answers for it, and until when.",
            enforcement_level=EnforcementLevel.ADVISORY,
            validate=waived_of(run),
        ),
        StackValidationPolicy(
            name=PACK,
            description="The pack itself works as its user means it: no rule failed, no waiver or setting is void.",
            enforcement_level=EnforcementLevel.MANDATORY,
            config_schema=PolicyConfigSchema(
                {
                    "waivers": {
                        "type": "string",
                        "default": WAIVERS.name,
                        "description": "The waivers' file, seen from the pack's folder.",
                    }
                }
            ),
            validate=mistakes_of(run),
        ),
    ]
    return [*(policy_of(run, rule) for rule in run.rules), *about_the_run]


def policy_of(run: PackRun, rule: Rule) -> StackValidationPolicy:
    """A policy that reports what its rule fails; one that judged nothing is "not applicable" to the engine, never passed."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        judgement = next(item for item in run.books.judgements if item.rule is rule)
        for finding in judgement.open(Verdict.FAIL):
            report(finding.text, finding.urn or None)
        if not judgement.counts["pass"] and not judgement.open(Verdict.FAIL):
            args.not_applicable("no resource of the stack passed or failed it")

    properties: dict[str, dict[str, Any]] = {
        threshold.name: {
            "type": "integer",
            "default": threshold.default,
            "minimum": threshold.least,
            "maximum": threshold.most,
            "description": threshold.what,
        }
        for threshold in rule.thresholds
    }
    return StackValidationPolicy(
        name=rule.id,
        description=rule.why,
        enforcement_level=level_of(rule, production=is_production()),
        config_schema=PolicyConfigSchema(properties) if properties else None,
        validate=validate,
    )


def level_of(rule: Rule, *, production: bool) -> EnforcementLevel:
    """A rule blocks, unless it is for production and this is not; CrossGuard's configuration overrides both."""
    if rule.prod_only and not production:
        return EnforcementLevel.ADVISORY
    return EnforcementLevel.MANDATORY


Validate = Callable[[StackValidationArgs, ReportViolation], None]


def undecided_of(run: PackRun) -> Validate:
    def validate(_args: StackValidationArgs, report: ReportViolation) -> None:
        for judgement in run.books.judgements:
            for finding in judgement.open(Verdict.UNKNOWN):
                report(f"{judgement.rule.id}: {finding.text}", finding.urn or None)

    return validate


def waived_of(run: PackRun) -> Validate:
    def validate(_args: StackValidationArgs, report: ReportViolation) -> None:
        for judgement in run.books.judgements:
            for finding, waiver in judgement.waived.items():
                who = f"waived by {waiver.owner} until {waiver.expires}: {waiver.reason}"
                report(f"{judgement.rule.id}: {who}. {finding.text}", finding.urn or None)

    return validate


def mistakes_of(run: PackRun) -> Validate:
    def validate(_args: StackValidationArgs, report: ReportViolation) -> None:
        for finding in run.books.defects:
            report(finding.text, finding.urn or None)
        for mistake in run.books.mistakes:
            report(mistake, None)

    return validate
