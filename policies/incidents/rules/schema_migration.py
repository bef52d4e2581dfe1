"""`schema-migration`: a workload with a database declares what makes its tables, or says that nothing has to.

On the DOA market and in the PAY ledger tables were missing in production: `sync()` had made them on developers' machines
only. A migration is an init container, or a Job of the same image or service label, whose command says so, or a part of the
workload's own command. The annotation `plinth.dev/schema-migration` says what no command shows: `runs` on a Job whose command
is a migration by another name, `none` on a workload or its pods.

Sources: Kubernetes documentation, "Recommended Labels"; the tools' own commands (Alembic, Prisma, Flyway, Liquibase, dbmate,
goose, sqitch, Flask-Migrate, Rails, Entity Framework, Atlas, Drizzle, Aerich, yoyo): remembered, not read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from incidents.graph import Graph, Resource
from incidents.pods import TEMPLATE
from incidents.pools import ONCE, is_client, kind_of
from incidents.provisioned import command_of
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, as_dict, as_list, holds_unknown

ANNOTATION = "plinth.dev/schema-migration"
LABELS = ("app.kubernetes.io/name", "app", "service", "k8s-app")
MIGRATES = re.compile(
    r"migrat|\balembic\b.*\bupgrade\b|\bflyway\b|\bliquibase\b|\bdbmate\b|\bgoose\b|\bsqitch\b|\bprisma\s+db\s+push\b|"
    r"\bflask\b.*\bdb\s+upgrade\b|\bdb:(prepare|setup|schema:load)\b|\bef\s+database\s+update\b|\befbundle\b|\batlas\s+schema\s+apply\b|"
    r"\bdrizzle-kit\s+push\b|\baerich\s+upgrade\b|\byoyo\s+apply\b|\bschema\.sql\b",
    re.IGNORECASE,
)

REMEDY = (
    "a Job or an init container of the same image whose command migrates the schema, the annotation "
    f"{ANNOTATION}: runs on a Job that does so in other words, or {ANNOTATION}: none on the workload"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each workload that stays."""
    workloads = [
        resource
        for resource in graph.resources
        if resource.type.startswith("kubernetes:")
        and kind_of(resource) in TEMPLATE
        and kind_of(resource) not in ONCE
    ]
    jobs = [resource for resource in graph.resources if is_job(resource)]
    yield from each(RULE.id, workloads, lambda resource: judge(graph, resource, jobs))


def is_job(resource: Resource) -> bool:
    return resource.type.startswith("kubernetes:") and kind_of(resource) == "Job"


def judge(graph: Graph, resource: Resource, jobs: list[Resource]) -> Finding:
    if not is_client(graph, resource):
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    own = containers_of(resource, "containers")
    if says(resource, "none") or any(map(migrates, containers_of(resource, "initContainers"))):
        return Finding(Verdict.PASS, resource.urn)
    if any(MIGRATES.search(command_of(item)) for item in own):
        return Finding(Verdict.PASS, resource.urn)
    related = [job for job in jobs if is_related(job, resource)]
    said = [item for job in related for item in containers_of(job, "initContainers", "containers")]
    if any(map(migrates, said)) or any(says(job, "runs") for job in related):
        return Finding(Verdict.PASS, resource.urn)
    for item in (*said, *own, *containers_of(resource, "initContainers")):
        if any(holds_unknown(item.get(key)) for key in ("command", "args")):
            raise Undecided(
                f"whether container '{item.get('name')}' migrates the schema is not known at preview"
            )
    text = (
        f"{resource}: it has a database, and nothing in the stack migrates its schema: its first query would fail with "
        f"`relation ... does not exist`. Remedy: {REMEDY}."
    )
    return Finding(Verdict.FAIL, resource.urn, text)


def says(resource: Resource, word: str) -> bool:
    """Whether the annotation of a workload, a Job or their pods is `word`."""
    pod = TEMPLATE[kind_of(resource)][:-1]
    return any(
        as_dict(resource.peek(*path, "metadata", "annotations")).get(ANNOTATION) == word for path in ((), pod)
    )


def migrates(said: Mapping[str, Any]) -> bool:
    """Whether a container's command says so, or its image, where the command is in the image."""
    return bool(MIGRATES.search(f"{said.get('image')} {command_of(said)}"))


def is_related(job: Resource, resource: Resource) -> bool:
    """Whether a Job is of the same image or of the same service label as a workload."""
    images = [
        {
            item.get("image")
            for item in containers_of(each_, "containers")
            if isinstance(item.get("image"), str)
        }
        for each_ in (job, resource)
    ]
    return bool(images[0] & images[1] or services(job) & services(resource))


def services(resource: Resource) -> set[tuple[str, str]]:
    pod = TEMPLATE[kind_of(resource)][:-1]
    labels = [as_dict(resource.peek(*path, "metadata", "labels")) for path in ((), pod)]
    return {(key, said[key]) for said in labels for key in LABELS if isinstance(said.get(key), str)}


def containers_of(resource: Resource, *keys: str) -> list[dict[str, Any]]:
    spec = as_dict(resource.peek(*TEMPLATE[kind_of(resource)]))
    return [as_dict(item) for key in keys for item in as_list(spec.get(key))]


RULE = Rule(
    id="schema-migration",
    why="A workload has a database, and nothing makes its tables.",
    remedy=REMEDY,
    check=check,
    bad="""
        kind: Deployment
        spec: {template: {spec: {containers: [{name: app, env: [{name: DB_NAME, value: orders}]}]}}}
    """,
    good="""
        kind: Job
        metadata: {name: orders-migrate-3f9c2a1b}
        spec: {template: {spec: {containers: [{name: migrate, args: [migrate], env: [{name: DB_NAME, value: orders}]}]}}}
    """,
)
