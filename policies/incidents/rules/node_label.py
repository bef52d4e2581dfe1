"""`node-label`: a selector names a label and a value that some node carries.

On the DOA market pods asked for `capacity-type: spot`, while EKS labels the nodes of a managed group
`eks.amazonaws.com/capacityType: SPOT`: `0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from aws_facts import node_labels as labels

from incidents.graph import Graph, Resource
from incidents.nodes import NodeSource, node_sources
from incidents.pods import Term, Wish, alternatives, pod_spec, wishes
from incidents.rule import Finding, Rule, Verdict
from incidents.unknowns import Undecided

CAPACITY_SPELLINGS = {
    labels.MANAGED_CAPACITY: frozenset({*labels.MANAGED_CAPACITY_VALUES, "CAPACITY_BLOCK"}),
    labels.KARPENTER_CAPACITY: frozenset(labels.KARPENTER_CAPACITY_VALUES),
}
LOOKS_LIKE_CAPACITY = re.compile(r"(^|/)(node-?)?capacity[-_]?type$|(^|/)lifecycle$", re.IGNORECASE)

SYMPTOM = "the pod would stay Pending: `node(s) didn't match Pod's node affinity/selector`"
MILD_SYMPTOM = "the preference would never be met, and nobody would notice"

REMEDY = "write a label that a node group of the stack gives"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that runs pods."""
    sources = node_sources(graph)
    for resource in graph.resources:
        try:
            spec = pod_spec(resource)
            if spec is None:
                continue
            asked, choices = wishes(spec), alternatives(spec)
        except Undecided as undecided:
            yield Finding(Verdict.UNKNOWN, resource.urn, f"the node labels of {resource} could not be checked: {undecided}.")
            continue
        yield judge(resource, asked, choices, sources)


def judge(resource: Resource, asked: Sequence[Wish], choices: Sequence[Wish], sources: Sequence[NodeSource]) -> Finding:
    if not asked and not choices:
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    for wish in [*asked, *choices]:
        for term in wish.terms:
            wrong = misspelled(term, sources)
            if wrong:
                return failure(resource, wish, term, wrong)
    if not sources:
        foreign = [term for wish in [*asked, *choices] for term in wish.terms if term.key not in labels.EVERY_NODE]
        if not foreign:
            return Finding(Verdict.PASS, resource.urn)
        text = f"{foreign[0].where} of {resource} asks for {shown(foreign[0])}, but this stack makes no nodes to compare it with."
        return Finding(Verdict.UNKNOWN, resource.urn, text)
    return against_nodes(resource, asked, choices, sources)


def against_nodes(
    resource: Resource, asked: Sequence[Wish], choices: Sequence[Wish], sources: Sequence[NodeSource]
) -> Finding:
    """What is required must be fulfilled by one node together; each preference by some node."""
    together = tuple(term for wish in asked if wish.required for term in wish.terms)
    for wish in (wish for wish in asked if not wish.required):
        if not any(fulfils(source, wish.terms) for source in sources):
            return failure(resource, wish, wish.terms[0], offered(wish.terms[0], sources))
    options = [Wish((*together, *choice.terms), required=True) for choice in choices] or [Wish(together, required=True)]
    if any(fulfils(source, option.terms) for option in options for source in sources):
        return Finding(Verdict.PASS, resource.urn)
    option = options[0]
    for term in option.terms:
        if not any(fulfils(source, (term,)) for source in sources):
            return failure(resource, option, term, offered(term, sources))
    why = "each of its terms fits some nodes, but no nodes fit all of them together"
    return failure(resource, option, option.terms[0], f"{why}: {', '.join(map(shown, option.terms))}. Remedy: {REMEDY}")


def misspelled(term: Term, sources: Sequence[NodeSource]) -> str:
    """What is wrong with the spelling of a capacity label, whatever nodes there are."""
    spelling = CAPACITY_SPELLINGS.get(term.key)
    if spelling is None:
        own = any(term.key in source.offers for source in sources)
        return remedy_for_capacity(term, sources) if LOOKS_LIKE_CAPACITY.search(term.key) and not own else ""
    for value in term.values:
        if value not in spelling:
            right = value.upper().replace("-", "_") if term.key == labels.MANAGED_CAPACITY else value.lower().replace("_", "-")
            hint = f"'{right}'" if right in spelling else " or ".join(f"'{known}'" for known in sorted(spelling))
            return f"the value of {term.key} is never '{value}'. Remedy: write {hint}"
    return ""


def remedy_for_capacity(term: Term, sources: Sequence[NodeSource]) -> str:
    karpenter = any(labels.KARPENTER_CAPACITY in source.offers for source in sources)
    managed = any(labels.MANAGED_CAPACITY in source.offers for source in sources)
    value = term.values[0] if term.values else "spot"
    upper, lower = value.upper().replace("-", "_"), value.lower().replace("_", "-")
    right = [f"'{labels.MANAGED_CAPACITY}': '{upper}' (managed node groups)"] if managed or not karpenter else []
    right += [f"'{labels.KARPENTER_CAPACITY}': '{lower}' (Karpenter, Auto Mode)"] if karpenter or not managed else []
    return f"no node carries the label '{term.key}'. Remedy: write {' or '.join(right)}"


def fulfils(source: NodeSource, terms: Sequence[Term]) -> bool:
    """Whether a node of `source` can fulfil all `terms`; what is not known counts as possible."""
    return all(fulfils_one(source, term) for term in terms)


def fulfils_one(source: NodeSource, term: Term) -> bool:
    if not source.has(term.key):
        return term.operator in ("NotIn", "DoesNotExist")
    values = source.values(term.key)
    match term.operator:
        case "In":
            return values is None or bool(values & set(term.values))
        case "NotIn":
            return values is None or bool(values - set(term.values))
        case "DoesNotExist":
            return source.open and term.key not in source.offers
        case _:
            return True


def offered(term: Term, sources: Sequence[NodeSource]) -> str:
    """What there is in place of what `term` asks for."""
    with_key = [source for source in sources if source.has(term.key)]
    if not with_key:
        known = sorted({key for source in sources for key in source.offers})
        close = difflib.get_close_matches(term.key, known, n=1)
        hint = f"Did you mean '{close[0]}'?" if close else f"Known keys: {', '.join(known)}."
        return f"no node carries the label '{term.key}'. {hint} Remedy: {REMEDY}"
    there = "; ".join(f"{source.label}: {', '.join(sorted(source.values(term.key) or ()))}" for source in with_key)
    return f"no node has '{term.key}' with that value (there are {there}). Remedy: {REMEDY}, or add a node group that does"


def failure(resource: Resource, wish: Wish, term: Term, what: str) -> Finding:
    symptom = SYMPTOM if wish.required else MILD_SYMPTOM
    return Finding(Verdict.FAIL, resource.urn, f"{resource}: {term.where} asks for {shown(term)}, but {what}. Otherwise {symptom}.")


def shown(term: Term) -> str:
    if not term.values:
        return f"'{term.key}'"
    return f"'{term.key}': {' or '.join(repr(value) for value in term.values)}"


RULE = Rule(
    id="node-label",
    why="A selector asks for a node label that no node carries: pods stay Pending.",
    remedy=REMEDY,
    check=check,
)
