"""`dev-command`: production runs no development server.

On the DOA market a Dockerfile's command was `npm run dev`: files were watched, code was compiled at start, and memory went.
Judged are the commands that manifests say, and variables that choose a framework's mode; what is only in the image is not
seen.

Sources: Django documentation, "runserver" (not for production); Uvicorn settings, `--reload` (for development); Node.js,
"development and production" (`NODE_ENV`); the other tools' own commands: remembered, not read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from incidents.environment import containers
from incidents.graph import Graph, Resource
from incidents.provisioned import command_of
from incidents.rule import Finding, Rule, each
from incidents.unknowns import Unknown, holds_unknown
from incidents.workloads import conclude, name_of, workload, workloads

COMMANDS = re.compile(
    r"(?<![\w.-])("
    r"(npm|pnpm|yarn|bun)\s+(run\s+)?(start:)?(dev|develop|serve:dev)|"
    r"nodemon|ts-node-dev|webpack-dev-server|(next|nuxt|astro|remix|gatsby)\s+(dev|develop)|vite(?!\s+(build|preview))|nest\s+start\s+--watch|"
    r"(\S*/)?manage\.py\s+runserver|flask\s+(\S+\s+)*run\s+(\S+\s+)*--debug|fastapi\s+dev|"
    r"rails\s+s(erver)?\s+(\S+\s+)*-e\s+development"
    r")(?![\w:./-])|(?<!\S)--reload(=true)?(?!\S)"
)
MODES = re.compile(
    r"^(NODE_ENV|FLASK_ENV|RAILS_ENV|RACK_ENV|ASPNETCORE_ENVIRONMENT|APP_ENV|DJANGO_ENV|GO_ENV)$"
)
DEVELOPMENT = re.compile(r"^(dev|develop|development|local)$", re.IGNORECASE)
FLAGS = re.compile(r"^(FLASK_DEBUG|DJANGO_DEBUG)$")

CONSEQUENCE = "it watches files, compiles at start, shows stack traces to visitors and takes the memory of a workstation"
REMEDY = "leave the command to the image, built for production, and set NODE_ENV=production (or the framework's own)"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that runs pods."""
    yield from each(RULE.id, workloads(graph), lambda resource: judge(graph, resource))


def judge(graph: Graph, resource: Resource) -> Finding:
    wrong: list[str] = []
    questions: list[str] = []
    for said in workload(resource).all_containers:
        match = COMMANDS.search(command_of(said))
        if match:
            wrong.append(f"{name_of(said)} runs `{match[0].strip()}`")
        elif any(holds_unknown(said.get(key)) for key in ("command", "args")):
            questions.append(f"the command of {name_of(said)} is not known at preview")
    for container in containers(graph, resource):
        for variable, value in sorted(container.env.items()):
            if MODES.match(variable) and isinstance(value, Unknown):
                questions.append(f"{variable} of container '{container.name}' is not known at preview")
            elif is_development(variable, value):
                wrong.append(f"container '{container.name}' has {variable}={value}")
    return conclude(resource, wrong, questions, consequence=CONSEQUENCE, remedy=REMEDY)


def is_development(variable: str, value: object) -> bool:
    if MODES.match(variable):
        return DEVELOPMENT.match(str(value)) is not None
    return FLAGS.match(variable) is not None and str(value).lower() in ("1", "true")


RULE = Rule(
    id="dev-command",
    why="Production runs a development server.",
    remedy=REMEDY,
    check=check,
    prod_only=True,
)
