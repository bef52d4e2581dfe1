"""No stack file breaks its own checks: whatever its keys say, settings come of it, or each problem with what to write."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from plinth.stack_schema import stack_schema
from settings import SettingsError, load
from tests.settings.files import config_of

SCHEMA: Mapping[str, Any] = stack_schema()
SECTIONS = {
    key.removeprefix("plinth:"): section
    for key, section in SCHEMA["properties"]["config"]["properties"].items()
    if key.startswith("plinth:")
}
STACKS = {name: config_of(name) for name in ("prod", "dev")}

ODD: list[Any] = [
    None, True, False, 0, -1, 1, 1.5, float("inf"), float("nan"), 10**30, "", " ", "x", "1", "a.b", "/", "é", "x" * 300,
    [], {}, [None], [1], ["x", "x"], {"x": 1}, {"x": None}, {1: 2}, "0.0.0.0/0", "::/0", "10.0.0.0/8", "none", "auto",
    "web.example.com", "/healthz", "30s", "512Mi", "250m", "10Mi", "0 3 * * *",
]  # fmt: skip
NAMES = st.sampled_from(["orders", "media", "Upper", "a b", "9"])

Path = tuple[Any, ...]


def choices(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a schema allows, references followed."""
    if "$ref" in schema:
        return choices(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]])
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return [found for branch in branches for found in choices(branch)] or [schema]


@st.composite
def said(draw: st.DrawFn, schema: Mapping[str, Any]) -> Any:
    """A value that a schema allows, or nearly."""
    found = draw(st.sampled_from(choices(schema)))
    if "enum" in found or "const" in found:
        return draw(st.sampled_from(found.get("enum", [found.get("const")])))
    match found.get("type"):
        case "boolean":
            return draw(st.booleans())
        case "integer" | "number":
            least = found.get("minimum", 0)
            return draw(st.integers(int(least) - 1, int(found.get("maximum", least + 100)) + 1))
        case "array":
            return draw(st.lists(said(found.get("items", {})), max_size=3))
        case "object":
            kept = {
                key: said(part) for key, part in found.get("properties", {}).items() if draw(st.booleans())
            }
            free = said(cast("Mapping[str, Any]", found.get("additionalProperties") or {}))
            return draw(st.fixed_dictionaries(kept)) | draw(st.dictionaries(NAMES, free, max_size=2))
        case _:
            return draw(st.sampled_from([*found.get("examples", ()), *ODD]))


def places(schema: Mapping[str, Any], value: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Each place that a section has, or could have, with what may stand there."""
    yield path, schema
    for found in choices(schema):
        known: Mapping[str, Any] = found.get("properties", {})
        free = found.get("additionalProperties") or next(
            iter(found.get("patternProperties", {}).values()), {}
        )
        if isinstance(value, dict):
            inner = cast("dict[Any, Any]", value)
            for key in [*known, *(key for key in inner if key not in known)]:
                yield from places(known.get(key, free), inner.get(key), (*path, key))
        elif isinstance(value, list):
            for index, item in enumerate(cast("list[Any]", value)):
                yield from places(found.get("items", {}), item, (*path, index))


@st.composite
def stack_files(draw: st.DrawFn) -> dict[str, Any]:
    """One of this project's stack files, with a few places changed."""
    config = copy.deepcopy(STACKS[draw(st.sampled_from(sorted(STACKS)))])
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(sorted(SECTIONS)))
        reachable = [
            place
            for place in places(SECTIONS[name], config.get(name), (name,))
            if exists(config, place[0][:-1])
        ]
        path, schema = draw(st.sampled_from(reachable))
        section: Any = config
        for step in path[:-1]:
            section = section[step]
        section[path[-1]] = copy.deepcopy(draw(said(schema) | st.sampled_from(ODD)))
    return config


def exists(config: Any, path: Path) -> bool:
    for step in path:
        try:
            config = config[step]
        except (KeyError, TypeError, IndexError):
            return False
    return isinstance(config, dict | list)


@settings(max_examples=4 * settings.default.max_examples)
@given(stack_files())
def test_every_stack_file_is_accepted_or_its_problems_are_said(config: dict[str, Any]) -> None:
    try:
        load(config)
    except SettingsError as refusal:
        for problem in refusal.problems:
            assert problem.startswith(("plinth:", "aws:")), problem
            assert "is refused:" not in problem, problem
