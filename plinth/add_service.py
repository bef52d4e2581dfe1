"""`plinth add-service`: one more service in a stack file, and every other byte of it as it was."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel

from plinth.errors import UserError
from plinth.program import Program
from plinth.stack_files import Edit, StackFile, as_pulumi
from plinth.yaml_outline import line_end
from settings import SettingsError, StackSettings
from settings.capacity import nodes_for
from settings.cluster import ClusterSettings
from settings.connections import connection_budget
from settings.problems import keys_of, section_in
from settings.service import Replicas, Service
from settings.stack import valid


def add_service(folder: Path, stack: str, name: str, said: Mapping[str, Any]) -> None:
    """Write the service `name` into the file of `stack`, with the keys `said`, and print what it will bring.

    What the settings require and nobody said is written as in their examples. Raises `UserError`, and writes nothing, when
    the name is taken or the file would have problems.
    """
    file = StackFile.of(Program.find(folder), stack, "there is nothing to add to")
    services = file.section("services")
    if services and name in services.children:
        raise UserError(
            f"{file.path}:{services.children[name].line}: {name} is there already, so a second one would take its place. "
            "Edit it there, or choose another name."
        )
    service = as_pulumi({**required(Service), **fitting_arch(file), **said})
    changed = file.edited(insertion(file, name, service))
    settings = verified(file, changed, name, service)
    changed.write()
    print(f"{file.path.name}: {name} is added. What it brings:")  # noqa: T201
    for line in brings(settings, name):
        print(f"  - {line}")  # noqa: T201
    print(f"\nNext: plinth rehearse preview --diff -s {stack}")  # noqa: T201


def key_and_value(text: str) -> tuple[str, Any]:
    """What `--set KEY=YAML` says. Raises `UserError`."""
    key, equals, value = text.partition("=")
    try:
        if not equals:
            raise UserError(f"--set {text}: no `=`, so nobody knows which value is meant. Write KEY=YAML.")
        return key, yaml.safe_load(value)
    except (ValueError, yaml.YAMLError) as problem:
        raise UserError(f"--set {text}: the value is no YAML: {problem}") from problem


def required(section: type[BaseModel]) -> dict[str, Any]:
    """The required keys of a section, with the values of their examples; those without example are left out."""
    found: dict[str, Any] = {}
    for key, field in keys_of(section).items():
        if not field.is_required():
            continue
        inner = section_in(field.annotation)
        if field.examples:
            found[key] = yaml.safe_load(str(field.examples[0]))
        elif inner:
            found[key] = required(inner)
    return found


def fitting_arch(file: StackFile) -> dict[str, Any]:
    """The architecture to say where no node has the one that services have unless said."""
    cluster = valid(ClusterSettings, file.config.get("cluster"))
    known = sorted({group.arch for group in cluster.open_nodes.values()}) if cluster else []
    return {} if not known or Service.model_fields["arch"].default in known else {"arch": known[0]}


def insertion(file: StackFile, name: str, service: Mapping[str, Any]) -> list[Edit]:
    """The edits that put the service behind the last one, in the form that the file has. Raises `UserError`."""
    services, config = file.section("services"), file.outline.children.get("config")
    entry = {name: in_order(service, file)}
    if services and services.block and isinstance(file.config["services"], Mapping):
        last = list(services.children.values())[-1]
        indent = last.column - services.column if last.block else 2
        return [added(file, services.end, as_text(entry, services.column, indent))]
    if services and not file.config.get("services"):
        column = file.outline.children["config"].column + 2
        before = len(file.text[: services.start].rstrip(" "))
        return [(before, services.end, ""), added(file, services.end, as_text(entry, column))]
    if not services and config and config.block:
        entry = {f"{file.project}:services": entry}
        return [added(file, config.end, as_text(entry, config.column))]
    where = services or file.outline
    raise UserError(
        f"{file.path}:{where.line}: the services stand in braces, in a text or in a list, where no line can be added. "
        "Write each service as a key with its own keys below it."
    )


def in_order(service: Mapping[str, Any], file: StackFile) -> dict[str, Any]:
    """The service's keys in the order that the file's services have them."""
    known = list(dict.fromkeys(key for other in services_of(file).values() if other for key in other))
    return dict(
        sorted(service.items(), key=lambda item: known.index(item[0]) if item[0] in known else len(known))
    )


def services_of(file: StackFile) -> Mapping[str, Mapping[str, Any] | None]:
    """The services that the file has; None for one of which it says nothing."""
    given: Any = file.config.get("services")
    found = cast("Mapping[str, Any]", given if isinstance(given, Mapping) else {})
    return {name: service if isinstance(service, dict) else None for name, service in found.items()}  # pyright: ignore[reportUnknownVariableType]


def as_text(entry: Mapping[str, Any], column: int, indent: int = 2) -> str:
    """YAML lines as this project writes them: keys below each other, and the innermost mappings in braces."""
    text = yaml.safe_dump(
        dict(entry), sort_keys=False, default_flow_style=None, indent=indent, width=1000, allow_unicode=True
    )
    return textwrap.indent(text, " " * column)


def added(file: StackFile, after: int, lines: str) -> Edit:
    """The edit that puts `lines` below the line in which the character before `after` stands."""
    place = line_end(file.text, after)
    apart = "" if file.text[:place].endswith("\n") else "\n"
    newline = "\r\n" if "\r\n" in file.text else "\n"
    return place, place, (apart + lines).replace("\n", newline)


def verified(file: StackFile, changed: StackFile, name: str, service: Mapping[str, Any]) -> StackSettings:
    """The settings of the changed file. Raises `UserError` when it says anything else than the old one and the service."""
    before: dict[str, Any] = file.config.get("services") or {}
    if changed.config != file.config | {"services": before | {name: service}}:
        raise UserError(
            f"{file.path}: its form is too unusual to add {name} without touching the rest, so nothing was written. "
            "Add it by hand."
        )
    try:
        return changed.check()
    except SettingsError as problems:
        raise UserError(f"{name} was not added. {problems}") from None


def brings(settings: StackSettings, name: str) -> Iterator[str]:
    """What the service takes and what is made for it, a line each."""
    service = settings.services[name]
    nodes = ", ".join(sorted(nodes_for(service, settings.cluster.open_nodes)))
    each = f"{service.requests.cpu} CPU and {service.requests.memory} memory each"
    yield f"room for up to {service.max_replicas} pods with {each}, on nodes of {nodes}"
    yield from workload(service) if service.image else ["nothing that runs, until it names an `image`"]
    database = service.own_database(name)
    if database and settings.database:
        [share] = [
            share
            for share in connection_budget(settings.database, settings.services).shares
            if share.service == name
        ]
        yield f"database {database.name} and a role of that name, for {share.pool} connections of each pod"
        if database.auth == "password":
            yield "a password, and a secret in Secrets Manager with all that a client needs"
        yield "a new bootstrap job, which leaves the other services' databases as they are"


def workload(service: Service) -> Iterator[str]:
    """What runs in the cluster, and what belongs to it."""
    yield "a Deployment, its service account with a role of its own, and network policies"
    if service.port:
        callers = ", ".join(service.callers) or "nobody until `callers` are named"
        yield f"a Service on port {service.port}, for {callers}"
    if service.migrate and service.migrate != "none":
        yield "a migration before each rollout"
    if service.min_replicas > 1:
        yield "a disruption budget"
    if isinstance(service.replicas, Replicas):
        yield f"an autoscaler from {service.replicas.min} to {service.replicas.max} pods"
    for cron in service.cron:
        yield f"the scheduled command {cron}"
