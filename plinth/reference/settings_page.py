"""All keys of a stack file, from the schema that editors use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from plinth.stack_schema import stack_schema

MANY = 10
"""Values that are too many to list: an editor offers them."""


def settings_page() -> Iterator[str]:
    """The page's lines."""
    schema = stack_schema()
    yield "# Settings"
    yield ""
    yield "What `Pulumi.<stack>.yaml` may say below `config:`. An unknown key is refused. Made from the settings by `make docs`."
    yield ""
    yield from table(schema["properties"]["config"])
    for name, section in schema["$defs"].items():
        if "properties" in section:
            yield f"## {name}"
            yield ""
            yield section["description"].split("\n\n")[0].replace("\n", " ")
            yield ""
            yield from table(section)


def table(section: Mapping[str, Any]) -> Iterator[str]:
    yield "| key | value | unless said | |"
    yield "|---|---|---|---|"
    required = section.get("required", [])
    for key, entry in section["properties"].items():
        usual = "**required**" if key in required else code(entry.get("default", {}))
        yield f"| `{key}` | {kind(entry)} | {usual} | {cell(entry.get('description', ''))} |"
    yield ""


def kind(entry: Mapping[str, Any]) -> str:
    """What a value may be, in a few words."""
    if choices := entry.get("anyOf") or entry.get("oneOf"):
        return " or ".join(dict.fromkeys(kind(choice) for choice in choices if choice.get("type") != "null"))
    if "$ref" in entry:
        name = entry["$ref"].rpartition("/")[2]
        return "`on-demand` or `spot`" if name == "Capacity" else f"[{name}](#{name.lower()})"
    if known := entry.get("enum", [entry["const"]] if "const" in entry else []):
        return ", ".join(map(code, known)) if len(known) <= MANY else f"one of {len(known)} known to AWS"
    match entry.get("type"):
        case "array":
            return f"list of {kind(entry['items'])}"
        case "object":
            [by_name] = (entry.get("patternProperties") or {"": entry["additionalProperties"]}).values()
            return f"{kind(by_name)} by name"
        case type_:
            return f"{type_}{limits(entry)}"


def limits(entry: Mapping[str, Any]) -> str:
    low, high = entry.get("minimum"), entry.get("maximum")
    if low is not None and high is not None:
        return f", {low:,} to {high:,}"
    return "" if low is None else f", at least {low:,}"


def code(value: Any) -> str:
    """A value as it is written; nothing for a section, whose own table says it."""
    if value == "" or isinstance(value, Mapping):
        return ""
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def cell(text: str) -> str:
    return text.replace("|", "\\|")
