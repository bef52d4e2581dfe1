"""Objects inside a resource's arguments, which may be missing, and at preview unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

Block = Mapping[str, Any]


def block(value: Any) -> Block:
    """An object; empty when there is none."""
    return cast("Block", value) if isinstance(value, dict) else {}


def blocks(value: Any) -> list[Block]:
    """The objects of a list; none when there is no list."""
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [block(item) for item in items if isinstance(item, dict)]
