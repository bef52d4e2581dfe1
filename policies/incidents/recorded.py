"""Stacks that were recorded: a state export (`pulumi stack export`) and a preview (`pulumi preview --json`).

Sources: Pulumi, apitype `UntypedDeployment` and `ResourceV3`, `pulumi preview --json` (steps with `newState`; inputs only for
what is to be made, secrets as `[secret]`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incidents.graph import Resource
from incidents.unknowns import SENTINELS, UNKNOWN, WITHHELD, as_dict, as_list

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - marks a secret, is none
REDACTED = "[secret]"


def of_state(export: Mapping[str, Any]) -> list[Resource]:
    """The resources of a state export. Raises `ValueError` where it is none."""
    deployment = as_dict(export.get("deployment"))
    if not deployment:
        raise ValueError("has no `deployment`, as the output of `pulumi stack export` has")
    states = map(as_dict, as_list(deployment.get("resources")))
    return [resource_of(state) for state in states if not state.get("delete")]


def of_preview(preview: Mapping[str, Any]) -> list[Resource]:
    """The resources that a recorded preview would leave. Raises `ValueError` where it is none."""
    if "steps" not in preview:
        raise ValueError("has no `steps`, as the output of `pulumi preview --json` has")
    planned: dict[str, Resource] = {}
    for step in map(as_dict, as_list(preview["steps"])):
        state = as_dict(step.get("newState"))
        if state:
            planned[str(state.get("urn"))] = resource_of(state)
    return list(planned.values())


def resource_of(state: Mapping[str, Any]) -> Resource:
    """One resource; without outputs, as one to be made has none, its inputs, and an id that is not known."""
    urn = str(state.get("urn"))
    outputs = as_dict(state.get("outputs"))
    known = outputs or {"id": UNKNOWN, **inputs_of(state)}
    edges = as_dict(state.get("propertyDependencies"))
    return Resource(
        urn=urn,
        type=str(state.get("type")),
        name=urn.rpartition("::")[2],
        props={key: opened(value) for key, value in known.items()},
        parent=state.get("parent"),
        edges={key: tuple(map(str, as_list(found))) for key, found in edges.items()},
        protect=state.get("protect") is True,
    )


def inputs_of(state: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in as_dict(state.get("inputs")).items() if not key.startswith("__")}


def opened(value: Any) -> Any:
    """A value as rules read it: unknowns and secrets by their marks, and the text of what was recorded in the open."""
    match value:
        case str() if value in SENTINELS:
            return UNKNOWN
        case str() if value == REDACTED:
            return WITHHELD
        case dict() if value.get(SIGNATURE) == SECRET:  # pyright: ignore[reportUnknownMemberType]
            return WITHHELD
        case dict():
            return {key: opened(inner) for key, inner in as_dict(value).items()}  # pyright: ignore[reportUnknownArgumentType]
        case list():
            return [opened(inner) for inner in as_list(value)]  # pyright: ignore[reportUnknownArgumentType]
        case _:
            return value
