"""The JSON Schema of a stack file, from the settings: editors complete, explain and check with it (`make schema`).

The settings do not load their attributes' docstrings at run time, because reading source files would slow each preview
down; here they are read from the source.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, cast

import yaml
from pydantic import BaseModel

from aws_facts import aurora, elasticache
from aws_facts.eks import KUBERNETES_VERSIONS
from aws_facts.instances import INSTANCE_TYPES
from aws_facts.network import INTERFACE_ENDPOINTS, REGIONS
from settings.cache import CacheSettings
from settings.cluster import ClusterSettings, NodeGroup
from settings.database import DatabaseSettings, Instances
from settings.karpenter import NodePool
from settings.network import NetworkSettings
from settings.problems import NAMESPACE, keys_of
from settings.stack import StackSettings
from settings.types import Settings

Schema = dict[str, Any]

KNOWN: Mapping[tuple[type[Settings], str], Iterable[str]] = {
    (StackSettings, "region"): REGIONS,
    (NetworkSettings, "interface_endpoints"): INTERFACE_ENDPOINTS,
    (ClusterSettings, "version"): KUBERNETES_VERSIONS,
    (NodeGroup, "instance_types"): INSTANCE_TYPES,
    (NodePool, "instance_types"): INSTANCE_TYPES,
    (DatabaseSettings, "version"): aurora.ENGINE_VERSIONS,
    (Instances, "class"): aurora.INSTANCE_CLASSES,
    (CacheSettings, "node_type"): elasticache.NODE_TYPES,
}
"""Values that a validator looks up in a table of AWS's, so that an editor can offer them."""


def stack_schema() -> Schema:
    """The JSON Schema (2020-12) of `Pulumi.<stack>.yaml`, in a stable order."""
    root = StackSettings.model_json_schema()
    definitions: dict[str, Schema] = root.pop("$defs")
    for model in models():
        explain(root if model is StackSettings else definitions[model.__name__], model)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Plinth stack file",
        "description": root["description"],
        "type": "object",
        "required": ["config"],
        "properties": {"config": configuration(root)},
        "$defs": {name: untitled(definition) for name, definition in sorted(definitions.items())},
    }


def configuration(root: Schema) -> Schema:
    """The schema of `config:`, whose keys have a namespace. Those of other namespaces are other programs' business."""
    return {
        "type": "object",
        "required": [written_key(key) for key in root["required"]],
        "properties": {written_key(key): untitled(value) for key, value in root["properties"].items()},
        "patternProperties": {f"^(?!{NAMESPACE}:|aws:region$)[^:]+:.+$": {}},
        "additionalProperties": False,
    }


def written_key(key: str) -> str:
    return "aws:region" if key == "region" else f"{NAMESPACE}:{key}"


def models() -> list[type[Settings]]:
    """All sections of the stack file."""
    found = list(descendants(Settings))
    names = [model.__name__ for model in found]
    if len(set(names)) < len(names):
        raise ValueError("two sections have one name, so the schema would mix them up. Rename one.")
    return found


def descendants(model: type[Settings]) -> Iterator[type[Settings]]:
    for child in model.__subclasses__():
        yield child
        yield from descendants(child)


def explain(section: Schema, model: type[Settings]) -> None:
    """Write descriptions, examples and known values into the schema `section` of `model`."""
    docstrings = attribute_docstrings(model)
    for key, field in keys_of(model).items():
        entry: Schema = section["properties"][key]
        name = key if key in docstrings else f"{key}_"
        if name in docstrings:
            entry["description"] = docstrings[name]
        if field.examples:
            entry["examples"] = [yaml.safe_load(str(example)) for example in field.examples]
        if known := KNOWN.get((model, key)):
            entry.get("items", entry)["enum"] = list(known)


def attribute_docstrings(model: type[BaseModel]) -> Mapping[str, str]:
    """The docstring below each attribute of a class, by the attribute's name, on one line."""
    [definition] = ast.parse(inspect.getsource(model)).body
    body = cast("ast.ClassDef", definition).body
    return {
        attribute.target.id: " ".join(text.value.value.split())
        for attribute, text in pairwise(body)
        if isinstance(attribute, ast.AnnAssign)
        and isinstance(attribute.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def untitled(section: Schema) -> Schema:
    """Without what tells a reader nothing: titles made from names, `null` as a default, bytes where a text is written.

    Names that do not match a pattern are refused, as pydantic does.
    """
    kept = {key: value for key, value in section.items() if key != "title" or not isinstance(value, str)}
    default = kept.get("default")
    if "default" in kept and (
        default is None or (kept.get("type") == "string" and not isinstance(default, str))
    ):
        del kept["default"]
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    if "properties" in kept:
        kept["properties"] = {key: untitled(value) for key, value in kept["properties"].items()}
    return kept


if __name__ == "__main__":
    print(json.dumps(stack_schema(), indent=2, ensure_ascii=False))  # noqa: T201
