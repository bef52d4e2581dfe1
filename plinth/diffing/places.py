"""Where the resources of a preview stand in the program: file and line, for code scanning.

The engine is told the line of each resource (`RegisterResourceRequest.sourcePosition` and `stackTrace`, Pulumi's
resource.proto), keeps it in the state, but leaves it out of the event log and of the plan. Its log of gRPC calls has it
(`PULUMI_DEBUG_GRPC`, Pulumi docs, "Debugging providers"). That log holds secrets in clear: it is asked for where a simulated
cloud made them up, into a folder that does not stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from plinth.errors import UserError
from plinth.program import Program
from plinth.reports.model import Loss, Place, Report
from plinth.reports.model import name_of as resource_name
from plinth.stack_files import StackFile
from plinth.yaml_outline import Outline

ASKED_FOR = "PULUMI_DEBUG_GRPC"
"""The environment variable that names the file for the log of calls."""

REGISTER = "/pulumirpc.ResourceMonitor/RegisterResource"
FOREIGN = {".venv", "venv", "site-packages", ".plinth"}
"""Folders in a program's own one whose code its author has not written."""


def places(program: Program, stack: str, report: Report, calls: Path) -> Mapping[str, Place]:
    """A place for each urn and each error text of `report` that a result is about.

    The line of the program that makes the resource; else that of the key which it is named after, or which the error
    names, in the stack file; else that file, or Pulumi.yaml.
    """
    positions = dict(positions_of(calls, program.folder)) if calls.is_file() else {}
    keys = StackKeys(program, stack)
    lost = {change.urn for change in report.losses if change.loss is Loss.DATA}
    urns = {finding.urn for finding in report.findings} | lost
    found = {urn: positions.get(urn) or keys.named_after(resource_name(urn)) for urn in sorted(urns) if urn}
    errors = {
        said.text: positions.get(said.urn) or keys.said_in(said.text)
        for said in report.diagnostics
        if said.error
    }
    return found | errors


def positions_of(calls: Path, folder: Path) -> Iterator[tuple[str, Place]]:
    """By urn, the innermost line of the program in `folder` that led to the resource."""
    with calls.open(encoding="utf-8") as lines:
        for line in lines:
            call: dict[str, Any] = json.loads(line) if f'"{REGISTER}"' in line else {}
            if urn := call.get("response", {}).get("urn"):
                frames = call["request"].get("stackTrace", {}).get("frames", [])
                place = next(own_places((frame.get("pc", {}) for frame in frames), folder.resolve()), None)
                if place:
                    yield urn, place


def own_places(positions: Iterable[Mapping[str, Any]], folder: Path) -> Iterator[Place]:
    for position in positions:
        path = Path(unquote(urlparse(str(position.get("uri", ""))).path))
        if path.is_relative_to(folder) and not FOREIGN & {*path.relative_to(folder).parts}:
            yield Place(path.relative_to(folder).as_posix(), int(position.get("line", 1)))


class StackKeys:
    """The lines of a stack file, for what has no line in the program."""

    def __init__(self, program: Program, stack: str) -> None:
        try:
            file = StackFile.of(program, stack, "it has no lines")
            self._config: Outline | None = file.outline.children.get("config")
            self._file = file.path.name
        except UserError:
            self._config, self._file = None, "Pulumi.yaml"

    def named_after(self, name: str) -> Place:
        """The longest key that `name` has as a whole word: of `shop-prod-order-service` that is `order-service`."""
        keys = {key: child.line for key, child in keys_below(self._config)} if self._config else {}
        found = [key for key in keys if re.search(rf"(^|-){re.escape(key)}(-|$)", name)]
        return Place(self._file, keys[max(found, key=len)] if found else 1)

    def said_in(self, text: str) -> Place:
        """The key that a line of an error begins with."""
        config = self._config
        lines = [config.line_of(line.strip()) for line in text.splitlines()] if config else []
        return Place(self._file, next((line for line in lines if config and line != config.line), 1))


def keys_below(outline: Outline) -> Iterator[tuple[str, Outline]]:
    for key, child in outline.children.items():
        if not key.isdigit():  # an element of a list
            yield key.rpartition(":")[2], child
        yield from keys_below(child)
