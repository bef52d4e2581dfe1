"""Where things stand in a YAML file, so that an edit can leave every other byte as it is, and an error can name its line.

Positions are read from the parser's events, not from composed nodes: an alias's node stands where its anchor is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

import yaml


class DuplicateKey(ValueError):
    """A mapping says a key twice, which Pulumi refuses to read and other readers decide silently. Begins with the line."""


@dataclass(frozen=True)
class Outline:
    """A value in a file: the line of its key (from 1), and its extent in characters without trailing comments."""

    line: int
    key_start: int
    start: int
    end: int
    column: int
    """Of the value; for a block mapping, the column of its keys."""
    block: bool
    """Is it a mapping or a list whose elements stand below each other?"""
    children: Mapping[str, Outline] = field(default_factory=dict[str, "Outline"])
    """By key; elements of a list by index, as text."""

    def line_of(self, path: str) -> int:
        """The line of the key that `path` (`plinth:network.zones[1]: ...`) begins with, or of what would hold it."""
        for key, child in sorted(self.children.items(), key=lambda item: -len(item[0])):
            for form in (key, f".{key}", f"[{key}]"):
                if path.startswith(form) and path[len(form) :][:1] in {".", "[", ":", ""}:
                    return child.line_of(path[len(form) :])
        return self.line


def outline(text: str) -> Outline:
    """The outline of the first document in `text`. Raises `yaml.YAMLError` and `DuplicateKey`."""
    events = (
        event
        for event in yaml.parse(text, Loader=yaml.SafeLoader)
        if not isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent)
    )
    first = next(events)
    return read(first, events)


def read(event: yaml.Event, events: Iterator[yaml.Event]) -> Outline:
    """The value that begins with `event`; takes the rest of it from `events`."""
    start, stop = extent(event)
    end = stop.index
    children: dict[str, Outline] = {}
    block = isinstance(event, yaml.CollectionStartEvent) and not event.flow_style
    if isinstance(event, yaml.CollectionStartEvent):
        while not isinstance(first := next(events), yaml.CollectionEndEvent):
            at, _ = extent(first)
            key = str(len(children))
            value = read(first, events)
            if isinstance(event, yaml.MappingStartEvent):
                key = first.value if isinstance(first, yaml.ScalarEvent) else key
                value = read(next(events), events)
            if key in children:
                raise DuplicateKey(
                    f"{at.line + 1}: `{key}` stands on line {children[key].line} already, so Pulumi would refuse the "
                    "file. Remove one of them."
                )
            children[key] = replace(value, line=at.line + 1, key_start=at.index)
            end = value.end
        if not block:
            end = extent(first)[1].index
    return Outline(start.line + 1, start.index, start.index, end, start.column, block, children)


def extent(event: yaml.Event) -> tuple[yaml.Mark, yaml.Mark]:
    """Where an event begins and ends; each that was read from text has both marks."""
    return cast("tuple[yaml.Mark, yaml.Mark]", (event.start_mark, event.end_mark))


def line_end(text: str, position: int) -> int:
    """Where the line after the one that holds the character before `position` begins, or the end of `text`."""
    following = text.find("\n", max(position - 1, 0))
    return len(text) if following < 0 else following + 1
