"""From rules to CrossGuard policies: one policy a rule, and one for what could not be decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyResource,
    ReportViolation,
    StackValidationArgs,
    StackValidationPolicy,
)

from incidents.graph import Graph, Resource
from incidents.rule import Finding, Rule, Verdict, defect
from incidents.rules import RULES
from incidents.stage import is_production
from incidents.unknowns import plain

UNDECIDED = "undecided"


class Judgements:
    """The findings of all rules about one stack: the graph is built once, however many policies ask.

    CrossGuard runs each policy on the same resources in turn, and says nothing of where one stack ends and the next run
    begins. A policy that asks a second time therefore starts a new run.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._served: set[str] = set()
        self._findings: Mapping[str, list[Finding]] = {}

    def of(self, policy: str, resources: Sequence[PolicyResource]) -> Mapping[str, list[Finding]]:
        """All findings by rule id, for policy `policy`."""
        if policy in self._served or not self._served:
            self._served.clear()
            graph = Graph(map(read, resources))
            self._findings = {rule.id: judge(rule, graph) for rule in self._rules}
        self._served.add(policy)
        return self._findings


def read(resource: PolicyResource) -> Resource:
    return Resource(
        urn=resource.urn,
        type=resource.resource_type,
        name=resource.name,
        props=plain(resource.props),
        parent=resource.parent.urn if resource.parent else None,
        edges={
            key: tuple(target.urn for target in targets)
            for key, targets in resource.property_dependencies.items()
        },
        protect=resource.opts.protect,
    )


def judge(rule: Rule, graph: Graph) -> list[Finding]:
    """The findings of one rule, sorted. An error in the rule is a failure of the pack: it must not look like a pass."""
    try:
        return sorted(rule.check(graph), key=lambda finding: (finding.urn, finding.text))
    except Exception as error:
        return [defect(rule.id, error)]


def policies() -> list[Policy]:
    """The pack's policies, in the order of the rules."""
    judgements = Judgements(RULES)
    undecided = StackValidationPolicy(
        name=UNDECIDED,
        description="Names what a preview could not decide. Make it mandatory (--policy-pack-config) for strict mode.",
        enforcement_level=EnforcementLevel.ADVISORY,
        validate=undecided_of(judgements),
    )
    return [*(policy_of(rule, judgements) for rule in RULES), undecided]


def policy_of(rule: Rule, judgements: Judgements) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for finding in judgements.of(rule.id, args.resources)[rule.id]:
            if finding.verdict is Verdict.FAIL:
                report(finding.text, finding.urn or None)

    return StackValidationPolicy(
        name=rule.id,
        description=rule.why,
        enforcement_level=level_of(rule, production=is_production()),
        validate=validate,
    )


def level_of(rule: Rule, *, production: bool) -> EnforcementLevel:
    """A rule blocks, unless it is for production and this is not; CrossGuard's configuration overrides both."""
    if rule.prod_only and not production:
        return EnforcementLevel.ADVISORY
    return EnforcementLevel.MANDATORY


def undecided_of(judgements: Judgements) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for rule_id, findings in judgements.of(UNDECIDED, args.resources).items():
            for finding in findings:
                if finding.verdict is Verdict.UNKNOWN:
                    report(f"{rule_id}: {finding.text}", finding.urn or None)

    return validate
