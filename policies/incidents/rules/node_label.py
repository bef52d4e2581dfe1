"""`node-label`: a selector names a label and a value that some node carries.

On the DOA market pods asked for `capacity-type: spot`, while EKS labels the nodes of a managed group
`eks.amazonaws.com/capacityType: SPOT`: `0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence

from aws_facts import node_labels as labels
from incidents.graph import Graph, Resource
from incidents.nodes import NodeSource, node_sources
from incidents.pods import Placement, Term, Wish, placements
from incidents.rule import Finding, Rule, Verdict, each

CAPACITY_SPELLINGS = {
    labels.MANAGED_CAPACITY: frozenset({*labels.MANAGED_CAPACITY_VALUES, "CAPACITY_BLOCK"}),
    labels.KARPENTER_CAPACITY: frozenset(labels.KARPENTER_CAPACITY_VALUES),
}
LOOKS_LIKE_CAPACITY = re.compile(r"(^|/)(node-?)?capacity[-_]?type$|(^|/)lifecycle$", re.IGNORECASE)

SYMPTOM = "the pod would stay Pending: `node(s) didn't match Pod's node affinity/selector`"
MILD_SYMPTOM = "the preference would never be met, and nobody would notice"
NEGATED_SYMPTOM = "the exclusion would exclude nothing, and the pod would run where it must not"

REMEDY = "write a label that a node group of the stack gives"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that runs pods."""
    sources = node_sources(graph)
    subjects = [resource for resource in graph.resources if resource.type.startswith("kubernetes:")]
    worst_first = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS, Verdict.NOT_APPLICABLE)

    def judge_all(resource: Resource) -> Finding:
        found = [judge(resource, placement, sources) for placement in placements(resource)]
        nothing = Finding(Verdict.NOT_APPLICABLE, resource.urn)
        return min(found, key=lambda finding: worst_first.index(finding.verdict), default=nothing)

    yield from each(RULE.id, subjects, judge_all)


def judge(resource: Resource, placement: Placement, sources: Sequence[NodeSource]) -> Finding:
    """The verdict on one pod template: what is certainly wrong comes before what is not known."""
    asked = [*placement.wishes, *placement.alternatives]
    for wish in asked:
        for term in wish.terms:
            wrong = misspelled(term, sources)
            if wrong:
                return failure(resource, wish, term, wrong)
    found = against_nodes(resource, placement, sources) if sources else without_nodes(resource, asked)
    if placement.open and found.verdict is not Verdict.FAIL:
        text = f"the node labels of {resource} could not all be checked: {', '.join(placement.open)} is not known at preview."
        return Finding(Verdict.UNKNOWN, resource.urn, text)
    return found


def without_nodes(resource: Resource, asked: Sequence[Wish]) -> Finding:
    """For a stack whose nodes are made elsewhere: only labels that each node has are sure to be there."""
    if not asked:
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    foreign = [term for wish in asked for term in wish.terms if term.key not in labels.EVERY_NODE]
    if not foreign:
        return Finding(Verdict.PASS, resource.urn)
    text = f"{foreign[0].where} of {resource} asks for {shown(foreign[0])}, but this stack makes no nodes to compare it with."
    return Finding(Verdict.UNKNOWN, resource.urn, text)


def against_nodes(resource: Resource, placement: Placement, sources: Sequence[NodeSource]) -> Finding:
    """What is required must be fulfilled by one node together; each preference by some node."""
    preferred = [wish for wish in placement.wishes if not wish.required]
    together = tuple(term for wish in placement.wishes if wish.required for term in wish.terms)
    options = [Wish((*together, *choice.terms), required=True) for choice in placement.alternatives]
    if together and not options:
        options = [Wish(together, required=True)]
    answers = [some(fulfils(source, wish.terms) for source in sources) for wish in preferred]
    for wish, answer in zip(preferred, answers, strict=True):
        if answer is False:
            return failure(resource, wish, *blame(wish, sources))
    if options:
        answers.append(some(fulfils(source, option.terms) for option in options for source in sources))
        if answers[-1] is False:
            return failure(resource, options[0], *blame(options[0], sources))
    if None in answers:
        text = f"the node labels of {resource} could not be compared: labels of {', '.join(undecided(sources))} are not known at preview."
        return Finding(Verdict.UNKNOWN, resource.urn, text)
    return Finding(Verdict.PASS if answers else Verdict.NOT_APPLICABLE, resource.urn)


def undecided(sources: Sequence[NodeSource]) -> list[str]:
    return [source.label for source in sources if source.open or source.hidden] or ["the pod"]


def blame(wish: Wish, sources: Sequence[NodeSource]) -> tuple[Term, str]:
    """The term that no nodes fulfil, else the first with the reason that no nodes fulfil all of them."""
    for term in wish.terms:
        if not any(fulfils_one(source, term) for source in sources):
            return term, offered(term, sources)
    why = "each of its terms fits some nodes, but no nodes fit all of them together"
    return wish.terms[0], f"{why}: {', '.join(map(shown, wish.terms))}. Remedy: {REMEDY}"


def misspelled(term: Term, sources: Sequence[NodeSource]) -> str:
    """What is wrong with the spelling of a capacity label, whatever nodes there are."""
    spelling = CAPACITY_SPELLINGS.get(term.key)
    if spelling is None:
        strange = LOOKS_LIKE_CAPACITY.search(term.key) and not any(
            source.has(term.key) is not False for source in sources
        )
        return remedy_for_capacity(term, sources) if strange else ""
    for value in term.values or ():
        if value not in spelling:
            right = (
                value.upper().replace("-", "_")
                if term.key == labels.MANAGED_CAPACITY
                else value.lower().replace("_", "-")
            )
            hint = (
                f"'{right}'" if right in spelling else " or ".join(f"'{known}'" for known in sorted(spelling))
            )
            return f"the value of {term.key} is never '{value}'. Remedy: write {hint}"
    return ""


def remedy_for_capacity(term: Term, sources: Sequence[NodeSource]) -> str:
    karpenter = any(labels.KARPENTER_CAPACITY in source.offers for source in sources)
    managed = any(labels.MANAGED_CAPACITY in source.offers for source in sources)
    value = term.values[0] if term.values else "spot"
    upper, lower = value.upper().replace("-", "_"), value.lower().replace("_", "-")
    right = (
        [f"'{labels.MANAGED_CAPACITY}': '{upper}' (managed node groups)"] if managed or not karpenter else []
    )
    right += (
        [f"'{labels.KARPENTER_CAPACITY}': '{lower}' (Karpenter, Auto Mode)"]
        if karpenter or not managed
        else []
    )
    return f"no node carries the label '{term.key}'. Remedy: write {' or '.join(right)}"


def fulfils(source: NodeSource, terms: Sequence[Term]) -> bool | None:
    """Whether a node of `source` can fulfil all `terms`; None if that is not known."""
    answers = [fulfils_one(source, term) for term in terms]
    return False if False in answers else None if None in answers else True


def some(answers: Iterable[bool | None]) -> bool | None:
    """Whether one of the answers is yes; None if one may be."""
    found: bool | None = False
    for answer in answers:
        if answer:
            return True
        found = None if answer is None else found
    return found


def fulfils_one(source: NodeSource, term: Term) -> bool | None:
    has = source.has(term.key)
    if not has:
        opposite = term.operator in ("NotIn", "DoesNotExist")
        return has if has is None else opposite
    if term.operator == "DoesNotExist":
        return False
    if term.operator not in ("In", "NotIn"):
        return True
    values = source.offers.get(term.key)
    if term.key in source.hidden or term.values is None:
        return None
    if values is None:
        return True
    return bool(values & set(term.values)) if term.operator == "In" else bool(values - set(term.values))


def offered(term: Term, sources: Sequence[NodeSource]) -> str:
    """What there is in place of what `term` asks for."""
    with_key = [source for source in sources if source.has(term.key)]
    if not with_key and term.key in CAPACITY_SPELLINGS:
        return remedy_for_capacity(term, sources)
    if not with_key:
        known = sorted({key for source in sources for key in source.offers})
        close = difflib.get_close_matches(term.key, known, n=1)
        hint = f"Did you mean '{close[0]}'?" if close else f"Known keys: {', '.join(known)}."
        return f"no node carries the label '{term.key}'. {hint} Remedy: {REMEDY}"
    there = "; ".join(
        f"{source.label}: {', '.join(sorted(source.offers.get(term.key) or ()))}" for source in with_key
    )
    return f"no node has '{term.key}' with that value (there are {there}). Remedy: {REMEDY}, or add a node group that does"


def failure(resource: Resource, wish: Wish, term: Term, what: str) -> Finding:
    symptom = SYMPTOM if wish.required else MILD_SYMPTOM
    if term.operator == "NotIn":
        symptom = NEGATED_SYMPTOM
    return Finding(
        Verdict.FAIL,
        resource.urn,
        f"{resource}: {term.where} asks for {shown(term)}, but {what}. Otherwise {symptom}.",
    )


def shown(term: Term) -> str:
    negation = "not " if term.operator in ("NotIn", "DoesNotExist") else ""
    if not term.values:
        return f"{negation}'{term.key}'"
    return f"{negation}'{term.key}': {' or '.join(repr(value) for value in term.values)}"


RULE = Rule(
    id="node-label",
    why="A selector asks for a node label that no node carries: pods stay Pending.",
    remedy=REMEDY,
    check=check,
    bad="""
        nodeSelector:
          capacity-type: spot
    """,
    good="""
        nodeSelector:
          eks.amazonaws.com/capacityType: SPOT
    """,
)
