"""`plinth cost`: the lines as a table for people, or as JSON for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aws_facts.prices import REGIONS
from plinth.costs.pricing import Line, by_component, price, total
from plinth.preview import Resource, rehearse_preview
from plinth.program import Program, read_yaml

PLAIN_WIDTH = 120
"""Columns where the output is no terminal, so that it is the same everywhere."""

UNKNOWN = "unknown"


def show(folder: Path, stack: str, *, as_json: bool) -> None:
    """Print what `stack` of the program at `folder` or above costs a month. Raises `UserError`."""
    lines = lines_of(folder, stack, rehearse_preview(folder, stack).after)
    if as_json:
        print(json.dumps(as_data(lines), indent=2))  # noqa: T201
        return
    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    console.print("USD a month (730 hours), AWS's on-demand list prices, without tax", style="bold")
    console.print(cost_table(lines))
    for note in notes(lines):
        console.print(note)


def lines_of(folder: Path, stack: str, resources: Sequence[Resource]) -> list[Line]:
    """The lines of a previewed stack; its region is that of its stack file where neither resource nor provider names one."""
    file = Program.find(folder).stack_file(stack)
    config: Any = (read_yaml(file) if file.is_file() else {}).get("config") or {}
    return price(resources, str(config.get("aws:region", "")))


def cost_table(lines: Sequence[Line]) -> Table:
    """One row a kind of charge: equal ones of a component (nineteen secrets) are one row with their number."""
    table = Table(box=None, pad_edge=False)
    table.add_column("Component")
    table.add_column("What is billed")
    for heading in ("a month", "at most"):
        table.add_column(heading, justify="right")
    for component, items in by_component(lines).items():
        table.add_row(escape(component), "", *fixed(items), style="bold")
        for label, monthly, most in grouped([item for item in items if not item.assumption]):
            table.add_row("", escape(label), amount(monthly), at_most(monthly, most))
    table.add_row("all", "", *fixed(lines), style="bold")
    table.add_section()
    table.add_row("by use, supposing", "", amount(total(lines).usage), "", style="bold")
    for label, monthly, _ in grouped([item for item in lines if item.assumption]):
        table.add_row("", escape(label), amount(monthly), "")
    return table


def fixed(lines: Sequence[Line]) -> tuple[str, str]:
    """What runs all the time comes to, and at most; `> ` where something of it has no price, `unknown` if nothing has one."""
    sums = total(lines)
    if all(item.monthly is not None or item.assumption for item in lines):
        return amount(sums.fixed), at_most(sums.fixed, sums.at_most)
    return (f"> {amount(sums.fixed)}" if sums.fixed else UNKNOWN), ""


def grouped(lines: Sequence[Line]) -> Iterator[tuple[str, Decimal | None, Decimal | None]]:
    """Label and sums of the lines that differ in nothing but their resource."""
    found: dict[tuple[str, str, str, Decimal | None, Decimal | None], list[Line]] = {}
    for item in lines:
        found.setdefault((item.type, item.item, item.assumption, item.monthly, item.at_most), []).append(item)
    for (type_, what, assumption, monthly, most), same in found.items():
        who = same[0].resource if len(same) == 1 else f"{len(same)} of {kind(type_)}"
        use = (
            f" ({assumption} each)"
            if assumption and len(same) > 1
            else f" ({assumption})"
            if assumption
            else ""
        )
        star = "" if same[0].verified else " *"
        times = len(same)
        yield (
            f"{who}: {what}{use}{star}",
            None if monthly is None else monthly * times,
            None if most is None else most * times,
        )


def kind(type_: str) -> str:
    """`kms Key` of `aws:kms/key:Key`."""
    _, module, name = type_.split(":")
    return f"{module.partition('/')[0]} {name}"


def amount(value: Decimal | None) -> str:
    return UNKNOWN if value is None else f"{value:,.2f}"


def at_most(monthly: Decimal | None, most: Decimal | None) -> str:
    return "" if most is None or most == monthly else amount(most)


def notes(lines: Sequence[Line]) -> Iterator[str]:
    unpriced = [item for item in lines if item.monthly is None]
    if unpriced:
        yield f"unknown, and in no sum: {', '.join(sorted({kind(item.type) for item in unpriced}))}"
    for region in sorted({item.region for item in unpriced} - set(REGIONS)):
        yield f"{region or 'no region is said'}: there is no price table for it; docs/cost.md tells how to make one"
    if not all(item.verified for item in lines):
        yield "* this figure was not checked against AWS's price list; docs/cost.md tells how to refresh the table"


def as_data(lines: Sequence[Line]) -> dict[str, Any]:
    """Plain data: amounts as text with all their digits, None where no price is known."""
    plain = {"currency": "USD", "hours_a_month": 730}
    return plain | {"total": texts(asdict(total(lines))), "lines": [texts(asdict(item)) for item in lines]}


def texts(values: dict[str, Any]) -> dict[str, Any]:
    return {key: f"{value:f}" if isinstance(value, Decimal) else value for key, value in values.items()}
