"""`job-immutability`: a Job's name changes with its pod template, and the Job does not vanish by itself.

On the DOA market the changed job for the databases could not be applied: the template of a Job cannot be changed. A Job with
a TTL is deleted by the cluster, is missing at the next refresh, and runs again.

Sources: Kubernetes API reference, JobSpec v1 (`template`, `ttlSecondsAfterFinished`); pulumi-kubernetes, "Auto-naming"
(`pulumi.com/autonamed`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from incidents.graph import Graph, Resource
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, Unknown, as_dict

JOB = "kubernetes:batch/v1:Job"
HASHED = re.compile(r"[-.](?:[0-9a-f]{7,}|(?=[a-z]*\d)[0-9a-z]{6,})$")
"""A last part that looks like a hash."""

REMEDY = "end the Job's name in a hash of its template, or leave the name to Pulumi, and set no ttlSecondsAfterFinished"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each Job."""
    yield from each(RULE.id, graph.of_type(JOB), judge)


def judge(job: Resource) -> Finding:
    """What is certainly wrong comes before what is not known."""
    name, ttl = job.peek("metadata", "name"), job.peek("spec", "ttlSecondsAfterFinished")
    wrong: list[str] = []
    if isinstance(name, str) and not is_autonamed(job) and not HASHED.search(name):
        wrong.append(
            f"its name '{name}' has no hash of its template, and a Job cannot be changed: the next change fails "
            "(`spec.template: ... field is immutable`), or deletes the Job with its log"
        )
    if ttl is not None and not isinstance(ttl, Unknown):
        wrong.append(
            "with ttlSecondsAfterFinished the cluster deletes it, so the next refresh misses it and it runs again"
        )
    if wrong:
        return Finding(Verdict.FAIL, job.urn, f"{job}: {'; '.join(wrong)}. Remedy: {REMEDY}.")
    if isinstance(name, Unknown) or isinstance(ttl, Unknown):
        raise Undecided("its name or ttlSecondsAfterFinished is not known at preview")
    return Finding(Verdict.PASS, job.urn)


def is_autonamed(job: Resource) -> bool:
    return as_dict(job.peek("metadata", "annotations")).get("pulumi.com/autonamed") == "true"


RULE = Rule(
    id="job-immutability",
    why="A Job cannot be changed: with a fixed name its next change fails, and with a TTL it runs again.",
    remedy=REMEDY,
    check=check,
    bad="""
        kind: Job
        metadata: {name: migrate}
        spec: {ttlSecondsAfterFinished: 60, template: {}}
    """,
    good="""
        kind: Job
        metadata: {name: migrate-3f9c2a1b}  # a hash of the template
        spec: {template: {}}
    """,
)
