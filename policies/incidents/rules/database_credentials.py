"""`database-credentials`: nobody writes a password, and services do not log in as the master user.

On the DOA market the secret named another user than the master, and its password stood in a runbook and a values file; in
the PAY ledger passwords stood in plain text as well. Judged are the passwords of databases and caches, secrets and
parameters that hold one, and what shows its text to whoever may read it: variables of pods and functions, ConfigMaps,
commands, user data.

A password that a resource made is fine in a secret, and not in a variable. One from the stack's configuration is undecided: a
policy is not told whether it is encrypted there. No message shows a password.

Sources: RDS user guide, "Password management with Amazon RDS and AWS Secrets Manager"; Kubernetes documentation, "Secrets";
pulumi-aws (names of properties).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any

from incidents.databases import databases
from incidents.environment import containers
from incidents.graph import Graph, Resource
from incidents.passwords import configured, in_secret, in_text, in_variables
from incidents.pods import TEMPLATE
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, as_dict, as_list

STORES: Mapping[str, tuple[str, ...]] = {
    "aws:docdb/cluster:Cluster": ("masterPassword", "masterPasswordWo"),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("authToken", "authTokenWo"),
    "aws:elasticache/user:User": ("passwords",),
    "aws:rds/cluster:Cluster": ("masterPassword", "masterPasswordWo"),
    "aws:rds/instance:Instance": ("password", "passwordWo"),
    "aws:redshift/cluster:Cluster": ("masterPassword", "masterPasswordWo"),
    "aws:secretsmanager/secretVersion:SecretVersion": ("secretString", "secretStringWo"),
    "aws:ssm/parameter:Parameter": ("value", "valueWo", "insecureValue"),
    "kubernetes:core/v1:Secret": ("stringData",),
}
"""Which properties hold passwords, or texts with one."""

PASSWORDS_ONLY = ("masterPassword", "password", "passwords", "authToken")
"""Properties that are a password, whatever they say (also as `...Wo`, which only keeps them out of the state)."""

MAKERS = ("random:", "tls:", "aws:secretsmanager/", "aws:iam/accessKey:")
"""Types whose outputs are passwords that nobody wrote."""

SHOWN: Mapping[str, tuple[str, ...]] = {
    "aws:ec2/instance:Instance": ("userData", "userDataBase64"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("userData",),
    "aws:ecs/taskDefinition:TaskDefinition": ("containerDefinitions",),
    "aws:lambda/function:Function": ("environment",),
}
"""Which properties are shown to many."""

USER = (
    "DB_USER",
    "DB_USERNAME",
    "DATABASE_USER",
    "DATABASE_USERNAME",
    "PGUSER",
    "POSTGRES_USER",
    "DB_MASTER_USER",
)
ONCE = ("Job", "CronJob")
"""Kinds that may set up databases and roles as the master user."""

REMEDY = (
    "manage_master_user_password=True, or a random.RandomPassword in a Secrets Manager secret, and a secretKeyRef or an external "
    "secret where a pod needs it"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that holds passwords, and for each that could show one."""
    known = configured()
    yield from each(RULE.id, graph.of_type(*STORES), lambda resource: judge_store(graph, resource, known))
    yield from each(RULE.id, graph.of_type(*SHOWN), judge_shown)
    names = (
        database.resource.peek("masterUsername" if database.is_cluster else "username")
        for database in databases(graph)
    )
    masters = {name for name in names if isinstance(name, str)}
    manifests = [
        resource
        for resource in graph.resources
        if resource.type.startswith("kubernetes:") and resource.type not in STORES
    ]
    yield from each(RULE.id, manifests, lambda resource: judge_manifest(graph, resource, masters))


def judge_store(graph: Graph, resource: Resource, known: frozenset[str]) -> Finding:
    """What is certainly written comes before what may be."""
    if resource.type == "aws:ssm/parameter:Parameter" and resource.peek("type") != "SecureString":
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    questions: list[str] = []
    for prop in STORES[resource.type]:
        made = any(target.type.startswith(MAKERS) for target in graph.dependencies(resource, prop))
        written = [text for text in texts_of(resource.peek(prop)) if is_password(prop, *text)]
        if resource.edges.get(prop):
            named = as_dict(resource.peek(prop))
            may_hold = bool(list(in_variables(named, prop))) if named else not prop.startswith(PASSWORDS_ONLY)
            if may_hold and not made:
                questions.append(f"what {prop} holds is not known at preview")
        elif any(text not in known for _, text in written):
            text = (
                f"{resource}: its {prop} holds a password that is written out. It stands in the program, in its history and "
                f"wherever it was copied to, and nobody changes it. Remedy: {REMEDY}."
            )
            return Finding(Verdict.FAIL, resource.urn, text)
        elif written:
            questions.append(
                f"whether {prop} is encrypted in the stack's configuration is not told to policies"
            )
    if questions:
        raise Undecided(questions[0])
    return Finding(Verdict.PASS, resource.urn)


def texts_of(value: Any) -> Iterator[tuple[str, str]]:
    """The known texts of a property, with their keys."""
    if isinstance(value, str):
        yield "", value
    for text in as_list(value):
        if isinstance(text, str):
            yield "", text
    for key, text in sorted(as_dict(value).items()):
        if isinstance(text, str):
            yield key, text


def is_password(prop: str, key: str, text: str) -> bool:
    if prop.startswith(PASSWORDS_ONLY):
        return bool(text)
    return bool(list(in_variables({key: text}, ""))) if key else in_secret(text)


def judge_shown(resource: Resource) -> Finding:
    """The verdict on what stands in scripts, task definitions and variables."""
    found: list[str] = []
    for prop in SHOWN[resource.type]:
        value = resource.peek(prop)
        if prop == "environment":
            found += in_variables(as_dict(as_dict(value).get("variables")), prop)
        elif prop == "containerDefinitions":
            found += in_definitions(value)
        else:
            found.append(in_text(decoded(value), prop))
    return shown(resource, [where for where in found if where])


def in_definitions(value: Any) -> Iterator[str]:
    """Passwords in the variables of an ECS task, whose definition is a text in JSON."""
    try:
        definitions = as_list(json.loads(value)) if isinstance(value, str) else []
    except ValueError:
        return
    for definition in map(as_dict, definitions):
        yield from in_variables(
            inline(definition.get("environment")), f"container '{definition.get('name')}'"
        )


def judge_manifest(graph: Graph, resource: Resource, masters: set[str]) -> Finding:
    """The verdict on a ConfigMap, or on what runs pods."""
    if resource.type == "kubernetes:core/v1:ConfigMap":
        return shown(resource, list(in_variables(as_dict(resource.peek("data")), "data")))
    kind = str(resource.peek("kind") or resource.type.rpartition(":")[2].removesuffix("Patch"))
    path = TEMPLATE.get(kind)
    if path is None:
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    spec = as_dict(resource.peek(*path))
    found: list[str] = []
    for said in (item for key in ("initContainers", "containers") for item in as_list(spec.get(key))):
        name = f"container '{as_dict(said).get('name')}'"
        found += in_variables(inline(as_dict(said).get("env")), name)
        command = [text for key in ("command", "args") for text in as_list(as_dict(said).get(key))]
        found.append(in_text(" ".join(filter(is_text, command)), f"the command of {name}"))
    found = [where for where in found if where]
    if not found and kind not in ONCE:
        for container in containers(graph, resource):
            users = [name for name in USER if container.env.get(name) in masters]
            if users:
                text = (
                    f"{resource}: container '{container.name}' logs in as the database's master user ({users[0]}): a single leak of "
                    "it gives away all databases of the server. Remedy: a role of its own, made by a Job."
                )
                return Finding(Verdict.FAIL, resource.urn, text)
    return shown(resource, found)


def inline(variables: Any) -> dict[str, Any]:
    """By name, the variables of a container that say their value themselves."""
    items = map(as_dict, as_list(variables))
    return {str(item.get("name")): item["value"] for item in items if "value" in item}


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def decoded(value: Any) -> Any:
    """User data as text, which EC2 takes in base64 too."""
    try:
        return base64.b64decode(value, validate=True).decode() if isinstance(value, str) else value
    except (binascii.Error, ValueError):
        return value


def shown(resource: Resource, found: list[str]) -> Finding:
    if not found:
        return Finding(Verdict.PASS, resource.urn)
    text = (
        f"{resource}: a password stands in {', '.join(found)}. Whoever may read it, its logs or its history has the password. "
        f"Remedy: {REMEDY}."
    )
    return Finding(Verdict.FAIL, resource.urn, text)


RULE = Rule(
    id="database-credentials",
    why="A password is written out, or a service logs in as the master user: one leak opens the database.",
    remedy=REMEDY,
    check=check,
    bad="""
        aws.rds.Cluster("orders", engine="aurora-postgresql", master_username="admin1", master_password="hunter2hunter2")
    """,
    good="""
        aws.rds.Cluster("orders", engine="aurora-postgresql", master_username="admin1", manage_master_user_password=True)
    """,
)
