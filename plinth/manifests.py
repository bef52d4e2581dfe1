"""Kubernetes manifests in files: several documents a file, Lists, output of `helm template` and kustomize."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from plinth.errors import UserError

STDIN = Path("-")
SUFFIXES = (".yaml", ".yml", ".json")
CLIENT_SIDE = ("kustomize.config.k8s.io/",)
"""Groups of files that tools read and no cluster takes."""

TIMESTAMP = "tag:yaml.org,2002:timestamp"


class KubernetesLoader(yaml.SafeLoader):
    """Reads YAML 1.1 as the API server does (`yes` is true), but leaves dates as texts."""


KubernetesLoader.add_constructor(TIMESTAMP, yaml.SafeLoader.construct_scalar)


@dataclass(frozen=True)
class Manifest:
    """One object: its place (`document` counts from 1, `node` knows the lines), and what it says."""

    path: Path
    document: int
    node: yaml.Node
    content: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.kind} '{self.name}'"

    @property
    def kind(self) -> str:
        return str(self.content.get("kind"))

    @property
    def api_version(self) -> str:
        return str(self.content.get("apiVersion"))

    @property
    def metadata(self) -> dict[str, Any]:
        said: Any = self.content.get("metadata")
        return cast("dict[str, Any]", said) if isinstance(said, dict) else {}

    @property
    def name(self) -> str:
        return str(self.metadata.get("name") or self.metadata.get("generateName"))

    def place(self, steps: Sequence[str | int] = ()) -> str:
        """File, line and document of what is at `steps`, or of the nearest that is there."""
        return f"{self.path}:{line_of(self.node, steps)} (document {self.document})"


def line_of(node: yaml.Node, steps: Sequence[str | int]) -> int:
    line = node.start_mark.line
    for step in steps:
        children = cast("list[Any]", node.value)
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in children if key.value == step]
            if not found:
                break
            line, node = found[0][0].start_mark.line, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = children[step]
            line = node.start_mark.line
        else:
            break
    return line + 1


def read_manifests(paths: Sequence[Path]) -> list[Manifest]:
    """All objects in files and, below folders, in files that hold some. Raises `UserError` if one cannot be read."""
    found = [manifest for path in paths for manifest in of_path(path)]
    if not found:
        shown = ", ".join(map(str, paths))
        raise UserError(
            f"{shown}: no Kubernetes manifest (apiVersion, kind) here, so nothing was checked. Name the files."
        )
    return found


def of_path(path: Path) -> Iterator[Manifest]:
    if path.is_dir():
        for file in sorted(item for item in path.rglob("*") if item.suffix in SUFFIXES and item.is_file()):
            yield from (item for item in read_file(file) if "kind" in item.content and is_for_a_cluster(item))
        return
    for manifest in read_file(path):
        if not isinstance(manifest.content.get("kind"), str) or not isinstance(
            manifest.content.get("apiVersion"), str
        ):
            raise UserError(
                f"{manifest.place()}: `kind` or `apiVersion` is missing, so it is no Kubernetes object, and the API server would refuse "
                "it. Add them, or leave the file out."
            )
        if is_for_a_cluster(manifest):
            yield manifest


def is_for_a_cluster(manifest: Manifest) -> bool:
    return not manifest.api_version.startswith(CLIENT_SIDE)


def read_file(path: Path) -> Iterator[Manifest]:
    try:
        text = sys.stdin.read() if path == STDIN else path.read_text(encoding="utf-8")
        yield from read_documents(path, text)
    except (OSError, UnicodeDecodeError) as problem:
        raise UserError(f"{path}: cannot be read: {problem}. Check the path.") from None
    except (ValueError, yaml.YAMLError) as problem:
        hint = (
            "Render the chart first: `helm template CHART | plinth check -`."
            if path != STDIN and "{{" in path.read_text(encoding="utf-8")
            else "Mend it."
        )
        raise UserError(
            f"{path}: no YAML, so the API server could not read it either: {problem}. {hint}"
        ) from None


def read_documents(path: Path, text: str) -> Iterator[Manifest]:
    loader = KubernetesLoader(text)
    document = 0
    while loader.check_node():
        node = loader.get_node()
        document += 1
        content: Any = loader.construct_document(node)  # pyright: ignore[reportUnknownMemberType]
        if isinstance(content, dict):
            yield from unpacked(
                Manifest(path, document, cast("yaml.Node", node), cast("dict[str, Any]", content))
            )
        elif content is not None:
            raise UserError(
                f"{path}: document {document} is no object, so the API server would refuse it. Mend it."
            )


def unpacked(manifest: Manifest) -> Iterator[Manifest]:
    """The items of a List, else the manifest itself."""
    items: Any = manifest.content.get("items")
    if not (manifest.kind.endswith("List") and isinstance(items, list)):
        yield manifest
        return
    nodes = next(value for key, value in cast("list[Any]", manifest.node.value) if key.value == "items")
    for item, node in zip(cast("list[Any]", items), nodes.value, strict=True):
        if isinstance(item, dict):
            yield Manifest(manifest.path, manifest.document, node, cast("dict[str, Any]", item))
