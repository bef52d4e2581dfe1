"""The environment contract as a table: what services of all kinds are given, by the code that gives it to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from settings.env_names import PRESETS
from settings.env_values import REFUSALS
from settings.environment import TUNABLE, FromSecret, Surroundings, Value, contract
from settings.service import Service

NAME = "order-service"
BARE = Surroundings(
    region="ap-northeast-2", pools={NAME: 10}, cache_auth="token", upload_limit=None, cdn_base_url=None
)

Case = tuple[Mapping[str, Any], Mapping[str, Any]]
"""What is said of a service, and what is otherwise around it."""

PLAIN: Case = ({}, {})

CASES: Mapping[str, Mapping[str, Case]] = {
    "always": {"": PLAIN},
    "with `port`": {
        "": ({"port": 3000}, {}),
        "where `plinth:ingress` routes to it": (
            {"port": 3000},
            {"page_hosts": ("www.example.com",), "routed": {NAME}},
        ),
    },
    "needs `postgres`": {
        "`auth: password`": ({"database": True}, {}),
        "`auth: iam`": ({"database": {"auth": "iam"}}, {}),
    },
    "needs `redis`": {
        "`auth: token`": ({"needs": ["redis"]}, {}),
        "`auth: rbac`": ({"needs": ["redis"]}, {"cache_auth": "rbac"}),
    },
    "where the stack has `plinth:content`": {
        "": ({}, {"cdn_base_url": "https://cdn.example.com", "upload_limit": 10 * 2**20})
    },
    "needs `bucket`": {"": ({"needs": ["bucket"]}, {})},
    "needs `queue:NAME`": {"": ({"needs": ["queue:name"]}, {})},
    "needs `topic:NAME`": {"": ({"needs": ["topic:name"]}, {})},
    "needs `search`": {"": ({"needs": ["search"]}, {})},
}
"""By what they have in common, and then by what they differ in: services and what is around them."""


def environment_page() -> Iterator[str]:
    """The page's lines."""
    yield "# Environment"
    yield ""
    yield (
        f"The variables of a service's containers. Values are those of a service `{NAME}` with 10 connections for each pod; "
        "`$(NAME)` stands for another variable. Made from the settings by `make docs`."
    )
    yield ""
    yield "| variable | value | when it is there |"
    yield "|---|---|---|"
    for variable, value, when in variables():
        mark = " *" if variable in TUNABLE else ""
        yield f"| `{variable}`{mark} | {shown(value)} | {when} |"
    yield ""
    yield "Those with * may be set otherwise under `env`. The others tell what is so."
    yield ""
    yield "## Names of frameworks"
    yield ""
    yield (
        "`env_names` sets these beside the contract's own names, where all that they refer to is there; "
        "`env_names: {preset: go, names: {POSTGRES_HOST: $(DB_HOST)}}` adds a service's own."
    )
    yield ""
    for preset, templates in PRESETS.items():
        if templates:
            yield f"### {preset}"
            yield ""
            yield "| variable | value |"
            yield "|---|---|"
            yield from (f"| `{variable}` | `{template}` |" for variable, template in templates.items())
            yield ""
    yield "## What `env` refuses"
    yield ""
    yield "A variable that"
    yield ""
    yield from (f"- {refused.why}. {refused.remedy}." for refused in REFUSALS)
    yield ""


def variables() -> Iterator[tuple[str, Value, str]]:
    """Each variable of the contract and its value, with the cases in which it is not what it always is."""
    usual = dict(given(PLAIN))
    for common, cases in CASES.items():
        found = {differing: dict(given(case)) for differing, case in cases.items()}
        for variable, value in dict.fromkeys(pair for each in found.values() for pair in each.items()):
            where = [differing for differing, each in found.items() if each.get(variable) == value]
            if common == "always" or usual.get(variable) != value:
                yield variable, value, common if len(where) == len(cases) else f"{common}, {where[0]}"


def given(case: Case) -> Iterator[tuple[str, Value]]:
    said, around = case
    service = Service.model_validate({"replicas": 2, "requests": {"cpu": "100m", "memory": "128Mi"}, **said})
    return contract(NAME, service, replace(BARE, **around))


def shown(value: Value) -> str:
    if isinstance(value, str):
        return f"`{value}`"
    if isinstance(value, FromSecret):
        return f"secret: `{value.key}` of the `{value.secret}`"
    return f"the `{value.fact.partition(':')[0]}` of the deployed stack"
