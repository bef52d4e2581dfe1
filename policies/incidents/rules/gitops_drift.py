"""`gitops-drift`: what runs is what Git says, at a revision that somebody chose.

In the DOA market people patched by hand (`kubectl patch`), syncs got stuck, and nobody knew what ran. An Argo CD Application
syncs by itself and heals what was changed by hand, and each of its sources names a tag, a version or a commit: `HEAD` or a branch
brings whatever is pushed next.

Sources: Argo CD, "Automated Sync Policy" (without `selfHeal` a change in the cluster stays; `enabled: false` switches all off) and
"Tracking and Deployment Strategies" (`targetRevision`: HEAD without a word; branches, tags and version ranges are followed); "OCI" (a
digest is a revision too); "List Generator" (its elements fill the template in).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from incidents.graph import Graph, Resource
from incidents.pods import dig
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, Unknown, as_dict, as_list

SPECS = {"Application": ("spec",), "ApplicationSet": ("spec", "template", "spec")}

COMMIT = re.compile(r"^((sha-)?[0-9a-f]{7,40}|sha256:[0-9a-f]{64})$")
FIELD = re.compile(r"^\{\{-?\s*\.?(\w+)\s*-?\}\}$")
"""A template that is one parameter of a generator."""

VERSION = re.compile(
    r"(^|[-_/v])\d+\.\d+(\.\d+)?([-+._][\w.+-]+)?$|^v?\d{4}[-.]?\d{2}[-.]?\d{2}|"
    r"[-_/v]\d{4}[-.]?\d{2}[-.]?\d{2}([-.T]?\d{2,6})?$"
)
FLOATING = re.compile(
    r"^$|^(HEAD|main|master|trunk|dev|develop|latest|staging|production|prod)$|^refs/heads/|[*^~<>]|(^|\.)x(\.|$)"
)

REMEDY = (
    "spec.syncPolicy.automated with prune: true and selfHeal: true, and targetRevision with a tag, a chart's exact version or a "
    "commit"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each Argo CD Application and ApplicationSet."""
    yield from each(RULE.id, filter(is_application, graph.resources), judge)


def is_application(resource: Resource) -> bool:
    group = str(resource.peek("apiVersion")).partition("/")[0]
    return (
        resource.type.startswith("kubernetes:") and group == "argoproj.io" and resource.peek("kind") in SPECS
    )


def judge(application: Resource) -> Finding:
    spec = application.peek(*SPECS[application.peek("kind")])
    if isinstance(spec, Unknown):
        raise Undecided("its spec is not known at preview")
    elements = listed(application)
    wrong = [*synchronization(dig(spec, "syncPolicy.automated")), *revisions(as_dict(spec), elements)]
    if wrong:
        text = f"{application} {' and '.join(wrong)}. Remedy: {REMEDY}."
        return Finding(Verdict.FAIL, application.urn, text)
    return Finding(Verdict.PASS, application.urn)


def synchronization(automated: Any) -> Iterator[str]:
    """What is wrong with the sync policy. Raises `Undecided`."""
    heals, enabled = dig(automated, "selfHeal"), dig(automated, "enabled")
    if isinstance(automated, Unknown) or isinstance(heals, Unknown) or isinstance(enabled, Unknown):
        raise Undecided("its sync policy is not known at preview")
    if automated is None or enabled is False:
        yield "has no syncPolicy.automated: the cluster stays behind Git until somebody remembers to sync"
    elif heals is not True:
        yield "has no selfHeal: what somebody patches by hand stays, and Git no longer says what runs"


def listed(application: Resource) -> list[dict[str, Any]]:
    """The elements of an ApplicationSet whose generators are lists; none where some are not."""
    generators = as_list(application.peek("spec", "generators"))
    lists = [as_list(dig(generator, "list.elements")) for generator in generators]
    return [as_dict(element) for elements in lists for element in elements] if all(lists) else []


def revisions(spec: dict[str, Any], elements: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What is wrong with the sources. Raises `Undecided` for a name that may be a tag or a branch."""
    sources = as_list(spec.get("sources")) or [spec.get("source")]
    said_by_sources = (dig(source, "targetRevision") for source in sources)
    for revision in (given for said in said_by_sources for given in filled(said, elements)):
        if isinstance(revision, Unknown) or "{{" in str(revision):
            raise Undecided("the targetRevision of a source is not known at preview")
        said = "" if revision is None else str(revision)
        if FLOATING.search(said):
            shown = f"targetRevision '{said}'" if said else "no targetRevision, so HEAD"
            yield f"has {shown}: whatever is pushed next is deployed, and a rollback finds no revision to go to"
        elif not COMMIT.match(said) and not VERSION.search(said):
            raise Undecided(f"whether '{said}' is a tag or a branch is not seen")


def filled(revision: Any, elements: Sequence[dict[str, Any]]) -> list[Any]:
    """A revision as it is, or what each of `elements` makes of it."""
    field = FIELD.match(revision) if isinstance(revision, str) else None
    return [element.get(field[1]) for element in elements] if field and elements else [revision]


RULE = Rule(
    id="gitops-drift",
    why="An Argo CD Application that floats, or lets the cluster drift from Git.",
    remedy=REMEDY,
    check=check,
)
