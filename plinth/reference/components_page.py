"""The components: what each is for, what it takes and what it gives, read from their source without importing it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "components"
BASE = "pulumi.ComponentResource"


def components_page() -> Iterator[str]:
    """The page's lines."""
    yield "# Components"
    yield ""
    yield (
        "What `__main__.py` puts together. Each is a `pulumi.ComponentResource` in `components/`; the types that are not "
        "Pulumi's are of `settings/` and of the component's own file. Made from the source by `make docs`."
    )
    yield ""
    for file in sorted(FOLDER.glob("*.py")):
        module = ast.parse(file.read_text(encoding="utf-8"))
        for definition in module.body:
            if isinstance(definition, ast.ClassDef) and BASE in map(ast.unparse, definition.bases):
                yield from component(file, module, definition)


def component(file: Path, module: ast.Module, definition: ast.ClassDef) -> Iterator[str]:
    yield f"## {definition.name}"
    yield ""
    yield f"`{FOLDER.name}/{file.name}`. {one_line(definition)}"
    yield ""
    # The file's first paragraph is its title; what it owns comes after it.
    for paragraph in (ast.get_docstring(module) or "").split("\n\n")[1:]:
        yield " ".join(paragraph.split())
        yield ""
    [constructor] = (
        item for item in definition.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"
    )
    yield one_line(constructor)
    yield ""
    yield "| takes | type | unless said |"
    yield "|---|---|---|"
    yield from map(row, arguments(constructor))
    yield ""
    if given := list(outputs(definition)):
        yield "| gives | type | |"
        yield "|---|---|---|"
        yield from map(row, given)
        yield ""


Row = tuple[str, str, str]


def row(cells: Row) -> str:
    name, type_, last = cells
    return f"| `{name}` | {code(type_)} | {last} |"


def arguments(constructor: ast.FunctionDef) -> Iterator[Row]:
    """Name, type and default of each argument but `self`."""
    said = constructor.args
    positional = said.args[1:]
    unsaid: list[ast.expr | None] = [None] * (len(positional) - len(said.defaults))
    for argument, default in zip(
        [*positional, *said.kwonlyargs], [*unsaid, *said.defaults, *said.kw_defaults], strict=True
    ):
        yield (
            argument.arg,
            ast.unparse(argument.annotation) if argument.annotation else "",
            code(ast.unparse(default)) if default else "**required**",
        )


def outputs(definition: ast.ClassDef) -> Iterator[Row]:
    """Name, type and docstring of each public attribute."""
    for item, below in pairwise([*definition.body, ast.Pass()]):
        if (
            isinstance(item, ast.AnnAssign)
            and isinstance(item.target, ast.Name)
            and not item.target.id.startswith("_")
        ):
            yield item.target.id, ast.unparse(item.annotation), docstring(below)


def docstring(below: ast.stmt) -> str:
    """The text below an attribute, on one line; nothing where there is none."""
    if (
        isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    ):
        return " ".join(below.value.value.split()).replace("|", "\\|")
    return ""


def one_line(documented: ast.ClassDef | ast.FunctionDef) -> str:
    return " ".join((ast.get_docstring(documented) or "").split())


def code(text: str) -> str:
    """As code in a cell, whose `|` Markdown would take for the next one."""
    return f"`{text.replace('|', chr(92) + '|')}`"
