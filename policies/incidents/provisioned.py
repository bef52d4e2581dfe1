"""What databases and roles a stack provisions on its servers, and which of them its workloads ask for.

Provisioned are: what a Job creates, in its commands or in ConfigMaps and Secrets that it names (`CREATE DATABASE`,
`CREATE ROLE|USER`, `createdb`, `createuser`, or a table `databases.csv` with the columns `database`, `owner`, `read_only`),
resources of Pulumi's PostgreSQL provider, and the first database and the master user of a server (incident catalogue,
"Conventions for programs that are not ours").

Sources: PostgreSQL documentation, "Template Databases" (`postgres` and the templates are always there), `CREATE DATABASE`,
"Identifiers and Key Words" (without quotes a name is in lower case), `createdb`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from incidents.databases import CLUSTER, databases
from incidents.environment import Container, container, containers
from incidents.graph import Graph, Resource
from incidents.hosts import hosts_in, is_nearby
from incidents.pods import TEMPLATE
from incidents.pools import CLIENT, ONCE, OWNER, configuration, kind_of
from incidents.unknowns import UNKNOWN, as_dict, as_list, holds_unknown
from incidents.workloads import texts

ALWAYS = ("postgres", "template0", "template1")
TABLE = "databases.csv"

DATABASE_TYPE = "postgresql:index/database:Database"
ROLE_TYPE = "postgresql:index/role:Role"

VALUED = "owner|template|encoding|tablespace|locale|host|port|username|connection-limit|role|member-of"
OPTIONS = rf"(?:\s+(?:(?:-[ODTElhpUcgmav]|--(?:{VALUED}))\s+\S+|--?[\w-]+(?:=\S+)?))*"
"""Options of `createdb` and `createuser`; those in `VALUED` may have their value as the next word."""

IDENTIFIER = r"(\\?\"[^\"\\]+\\?\"|[^\s;\"'`),]+)"
CREATE_DATABASE = re.compile(rf"\b(?:create\s+database|createdb{OPTIONS})\s+{IDENTIFIER}", re.IGNORECASE)
CREATE_ROLE = re.compile(rf"\b(?:create\s+(?:role|user)|createuser{OPTIONS})\s+{IDENTIFIER}", re.IGNORECASE)
PLAIN_NAME = re.compile(r"[\w-]+")
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|\((\w+)\)|(\w+))")

NAME = re.compile(rf"^(.*_)?{OWNER}(NAME|DATABASE|DB)$")
USER = re.compile(rf"^(.*_)?{OWNER}(USER|USERNAME)$")
URL = re.compile(rf"^(.*_)?{OWNER}(URL|URI|DSN|CONNECTION_STRING)$")
SERVER_ALSO = re.compile(r"^POSTGRES_(DB|USER)$")
"""A container with these and no host is itself a server (the official image of PostgreSQL)."""


@dataclass
class Provisioned:
    """Names of databases and roles; `open` says why there may be more than these, empty if there are none."""

    databases: set[str] = field(default_factory=set[str])
    roles: set[str] = field(default_factory=set[str])
    open: str = ""

    def add(self, found: set[str], name: Any, where: str) -> None:
        """Add `name`, as SQL or a property says it, to `found`."""
        text = name if isinstance(name, str) else ""
        bare = text.replace("\\", "")
        unquoted = bare.strip('"')
        if not PLAIN_NAME.fullmatch(unquoted):
            self.open = f"{where} creates what has a computed name"
        else:
            found.add(unquoted if bare != unquoted else bare.lower())


@dataclass(frozen=True)
class Asked:
    """What one container asks for: a variable's name, and the name of a database or role, `UNKNOWN` if that is unknown."""

    variable: str
    value: Any


@lru_cache(maxsize=1)
def provisioned(graph: Graph) -> Provisioned:
    """All that the stack provisions."""
    found = Provisioned({*ALWAYS})
    for database in databases(graph):
        first = database.resource.peek("databaseName" if database.resource.type == CLUSTER else "dbName")
        master = database.resource.peek("masterUsername" if database.is_cluster else "username")
        for names, name in ((found.databases, first), (found.roles, master)):
            if isinstance(name, str):
                names.add(name)
    for names, type_ in ((found.databases, DATABASE_TYPE), (found.roles, ROLE_TYPE)):
        for resource in graph.of_type(type_):
            # The provider quotes the name: its case stays.
            found.add(names, f'"{resource.peek("name")}"', str(resource))
    for resource in graph.resources:
        if resource.type.startswith("kubernetes:") and kind_of(resource) in ONCE:
            read_job(graph, resource, found)
    return found


def read_job(graph: Graph, job: Resource, found: Provisioned) -> None:
    """Add what a Job creates by its commands, ConfigMaps and Secrets."""
    spec = as_dict(job.peek(*TEMPLATE[kind_of(job)]))
    for said in (
        as_dict(item) for key in ("initContainers", "containers") for item in as_list(spec.get(key))
    ):
        if any(holds_unknown(said.get(key)) for key in ("command", "args")):
            found.open = f"the command of {job} is not known at preview"
        read_sql(with_variables(command_of(said), container(graph, said).env), str(job), found)
    for source in configuration(graph, job):
        if source.type.endswith(":ConfigMap"):
            read_config_map(source, found)
        for _, text in texts(as_dict(source.peek("stringData"))):
            read_sql(text, str(source), found)


def read_config_map(source: Resource, found: Provisioned) -> None:
    data = source.peek("data")
    if holds_unknown(data):
        found.open = f"data of {source} is not known at preview"
    files = dict(texts(as_dict(data)))
    if TABLE not in files:
        for text in files.values():
            read_sql(text, str(source), found)
        return
    for row in csv.DictReader(files[TABLE].splitlines()):
        found.databases.add(row.get("database") or "")
        found.roles |= {row.get("owner") or "", row.get("read_only") or ""} - {""}


def read_sql(text: str, where: str, found: Provisioned) -> None:
    for pattern, names in ((CREATE_DATABASE, found.databases), (CREATE_ROLE, found.roles)):
        for name in pattern.findall(text):
            found.add(names, name, where)


def command_of(said: Mapping[str, Any]) -> str:
    """The known texts of a container's `command` and `args`."""
    parts = [part for key in ("command", "args") for part in as_list(said.get(key))]
    return " ".join(part for part in parts if isinstance(part, str))


def with_variables(text: str, env: Mapping[str, Any]) -> str:
    """`text` with the known variables of the container filled in."""

    def fill(match: re.Match[str]) -> str:
        value = env.get(next(filter(None, match.groups())))
        return value if isinstance(value, str) else match.group()

    return VARIABLE.sub(fill, text)


def asking(graph: Graph, resource: Resource) -> Iterator[tuple[Container, list[Asked], list[Asked]]]:
    """The databases and the roles that each container of a workload asks for, outside the cluster. Raises `Undecided`."""
    for found in containers(graph, resource):
        places = [value for name, value in found.env.items() if CLIENT.match(name)]
        hosts = [host for value in places for host in hosts_in(value)]
        if hosts and all(map(is_nearby, hosts)):
            continue
        names: list[Asked] = []
        users: list[Asked] = []
        for variable, said in sorted(found.env.items()):
            value = with_variables(said, found.env) if isinstance(said, str) else said
            if SERVER_ALSO.match(variable) and not places:
                continue
            if NAME.match(variable):
                names.append(Asked(variable, value))
            elif USER.match(variable):
                users.append(Asked(variable, value))
            elif URL.match(variable):
                name, user = from_url(value)
                names += [Asked(variable, name)] if name else []
                users += [Asked(variable, user)] if user else []
        yield found, names, users


def from_url(value: Any) -> tuple[Any, Any]:
    """The database and the user of a connection URL, empty where it says none."""
    if not isinstance(value, str):
        return UNKNOWN, ""
    try:
        parts = urlsplit(value.removeprefix("jdbc:"))
        return unquote(parts.path.strip("/")) if parts.scheme else "", unquote(parts.username or "")
    except ValueError:
        return UNKNOWN, ""
