"""Stack files at random, by the schema of stack files: this project's own with some places changed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, cast

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
]  # fmt: skip
TEXTS = [
    "orders", "media", "Upper", "a b", "web.example.com", "img.example.com", "/healthz", "30s", "512Mi", "250m", "10Mi",
    "0 3 * * *", "postgres", "redis", "bucket", "search", "queue:orders", "topic:events", "api-gateway", "order-service",
]  # fmt: skip
NAMES = ["orders", "media", "Upper", "a b", "9"]

Place = tuple[Any, ...]
"""The keys and indexes that lead there."""


def changed(seed: int, stack: str, changes: int) -> dict[str, Any]:
    """The file of a stack with so many changes, right or wrong."""
    draw = Random(seed)  # noqa: S311 - no cryptography
    config = copy.deepcopy(STACKS[stack])
    for _ in range(changes):
        change(draw, config)
    return config


def walked(seed: int, stack: str, steps: int) -> dict[str, Any]:
    """The file of a stack after so many attempts to change it, of which those were kept that the settings accept."""
    draw = Random(seed)  # noqa: S311 - no cryptography
    config = copy.deepcopy(STACKS[stack])
    for _ in range(steps):
        attempt = copy.deepcopy(config)
        change(draw, attempt)
        try:
            load(attempt)
        except SettingsError:
            continue
        config = attempt
    return config


def change(draw: Random, config: dict[str, Any]) -> None:
    """Change one place, most often below a section and often one of a service: those have the most to say."""
    name = "services" if draw.random() < 0.4 else draw.choice(sorted(SECTIONS))
    found = [*places(SECTIONS[name], config.get(name), (name,))]
    path, schema = draw.choice(found[1:] if found[1:] and draw.random() < 0.9 else found)
    put(config, path, copy.deepcopy(said(draw, schema) if draw.random() < 0.6 else draw.choice(ODD)))


def put(config: dict[str, Any], path: Place, value: Any) -> None:
    section: Any = config
    for step in path[:-1]:
        section = section[step]
    section[path[-1]] = value


def places(schema: Mapping[str, Any], value: Any, path: Place) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Each place that a section has, or could have, with what may stand there."""
    yield path, schema
    for found in choices(schema):
        if isinstance(value, dict):
            inner, known = cast("dict[Any, Any]", value), found.get("properties", {})
            yield from ((((*path, key)), known[key]) for key in known if key not in inner)
            for key in inner:
                yield from places(known.get(key, free(found)), inner[key], (*path, key))
        elif isinstance(value, list):
            for index, item in enumerate(cast("list[Any]", value)):
                yield from places(found.get("items", {}), item, (*path, index))


def said(draw: Random, schema: Mapping[str, Any]) -> Any:
    """A value that a schema allows, or nearly."""
    found = draw.choice(choices(schema))
    if "enum" in found or "const" in found:
        return draw.choice(found.get("enum", [found.get("const")]))
    match found.get("type"):
        case "boolean":
            return draw.random() < 0.5
        case "integer" | "number":
            least = int(found.get("minimum", 0))
            return draw.randint(least - 1, int(found.get("maximum", least + 100)) + 1)
        case "array":
            return [said(draw, found.get("items", {})) for _ in range(draw.randrange(4))]
        case "object":
            known, required = found.get("properties", {}), found.get("required", ())
            kept = {key: said(draw, known[key]) for key in known if key in required or draw.random() < 0.3}
            other = {
                draw.choice(NAMES): said(draw, free(found)) for _ in range(draw.randrange(3)) if free(found)
            }
            return kept | other
        case _:
            return draw.choice(
                found.get("examples") if draw.random() < 0.5 and "examples" in found else TEXTS
            )


def choices(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a schema allows, references followed."""
    if "$ref" in schema:
        return choices(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]])
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return [found for branch in branches for found in choices(branch)] or [schema]


def free(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What stands under keys that users choose."""
    return schema.get("additionalProperties") or next(iter(schema.get("patternProperties", {}).values()), {})
