"""Which resources of AWS take tags, and which tags the provider gives all of them.

Whether a type takes tags is read off the installed SDK's source: importing all of pulumi_aws costs seconds, reading the files of
the types in use milliseconds. Each type is a class of its own file, `aws:ec2/flowLog:FlowLog` in `ec2/flow_log.py`.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from incidents.graph import Graph, Resource
from incidents.unknowns import UNKNOWN, Unknown, as_dict

PROVIDER = "pulumi:providers:aws"
AUTO_SCALING_GROUP = "aws:autoscaling/group:Group"
"""It has a list of tags, each with a key, and takes no default ones."""


@lru_cache(maxsize=1)
def sdk() -> Path | None:
    """The folder of pulumi_aws, found without importing it; None where it is not installed."""
    spec = importlib.util.find_spec("pulumi_aws")
    return Path(spec.origin).parent if spec and spec.origin else None


@cache
def modules(folder: str) -> Mapping[str, Path]:
    """The SDK's files of one service, by their names without underscores and in lower case."""
    root = sdk()
    inner = [root / folder, root / f"{folder}_"] if root else []
    return {
        file.stem.replace("_", ""): file
        for path in inner
        if path.is_dir()
        for file in path.glob("*.py")
        if file.stem[0] != "_"
    }


@cache
def takes_tags(type_: str) -> bool:
    """Whether resources of a type take tags; of a type that the SDK does not know, no."""
    if type_ == AUTO_SCALING_GROUP:
        return True
    folder, _, name = type_.removeprefix("aws:").partition(":")[0].partition("/")
    file = modules(folder).get(name.lower())
    return file is not None and b'name="tagsAll"' in file.read_bytes()


def default_tags(graph: Graph) -> list[Mapping[str, Any] | Unknown]:
    """The default tags of each AWS provider of the stack."""
    return [tags_of(provider) for provider in graph.of_type(PROVIDER)]


def tags_of(provider: Resource) -> Mapping[str, Any] | Unknown:
    said = decoded(provider.peek("defaultTags"))
    tags = UNKNOWN if isinstance(said, Unknown) else decoded(as_dict(said).get("tags"))
    return UNKNOWN if isinstance(tags, Unknown) else as_dict(tags)


def decoded(value: Any) -> Any:
    """A provider's nested inputs arrive as JSON text."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return None
