"""`plinth budget`: what a stack file's services want, against what its nodes, its database and its cache offer."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from rich.console import Console
from rich.table import Table

from plinth.errors import UserError
from plinth.program import Program
from plinth.stack_files import StackFile
from settings import SettingsError
from settings.cache import CacheSettings
from settings.capacity import CapacityBudget, budgets
from settings.cluster import ClusterSettings
from settings.connections import ConnectionBudget, cache_connection_budget, connection_budget
from settings.database import DatabaseSettings
from settings.service import Service
from settings.stack import delivers_by_argocd, valid

PLAIN_WIDTH = 120
"""Columns where the output is no terminal, so that it is the same everywhere."""


def show(folder: Path, stack: str) -> None:
    """Print the tables of `stack`, whose file is in the program at `folder` or above.

    A section that is wrong has no table. Raises `UserError` with everything that is wrong in the file, in the stack's own
    words; what does not fit is among it.
    """
    file = StackFile.of(Program.find(folder), stack, "there is nothing to add up")
    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    for title, table in tables(file.config):
        console.print(title, style="bold")
        console.print(table)
        console.print()
    try:
        file.check()
    except SettingsError as problems:
        raise UserError(str(problems)) from None


@dataclass(frozen=True)
class Budgets:
    """The budgets of one stack file; those whose section is missing or wrong are not there."""

    capacity: tuple[CapacityBudget, ...] = ()
    database: ConnectionBudget | None = None
    cache: ConnectionBudget | None = None


def add_up(config: Mapping[str, Any]) -> Budgets:
    """The budget of each section that is right by itself."""
    given: Any = config.get("services")
    declared = cast("Mapping[str, Any]", given if isinstance(given, Mapping) else {})
    services = {name: service for name, value in declared.items() if (service := valid(Service, value))}
    cluster = valid(ClusterSettings, config.get("cluster"))
    database = valid(DatabaseSettings, config.get("database"))
    cache = valid(CacheSettings, config.get("cache"))
    return Budgets(
        capacity=tuple(budgets(cluster, services, argocd=delivers_by_argocd(config))) if cluster else (),
        database=connection_budget(database, services) if database else None,
        cache=cache_connection_budget(cache, services) if cache else None,
    )


def tables(config: Mapping[str, Any]) -> Iterator[tuple[str, Table]]:
    """Title and table of each budget."""
    found = add_up(config)
    if found.capacity:
        yield (
            "Pods, CPU and memory, with one node lost and a rollout under way",
            capacity_table(found.capacity),
        )
    if budget := found.database:
        yield f"Database connections, with a rollout under way ({budget.server})", connection_table(budget)
    if budget := found.cache:
        yield (
            f"Connections to each cache node, with a rollout under way ({budget.server})",
            connection_table(budget),
        )


def capacity_table(found: Iterable[CapacityBudget]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("Node groups", "Services"):
        table.add_column(heading)
    for heading in ("Pods", "CPU", "Memory", ""):
        table.add_column(heading, justify="right")
    for budget in found:
        wanted, there = budget.demand, budget.supply
        table.add_row(
            ", ".join(budget.node_groups),
            str(len(budget.services)),
            f"{wanted.pods} of {there.pods}",
            f"{wanted.cpu}m of {there.cpu}m",
            f"{wanted.memory}Mi of {there.memory}Mi",
            verdict(fits=budget.fits),
        )
    return table


def connection_table(budget: ConnectionBudget) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("Service")
    for heading in ("Pods", "Each", "Connections", ""):
        table.add_column(heading, justify="right")
    for share in budget.shares:
        each = str(share.pool) if share.said else f"{share.pool} (computed)"
        table.add_row(share.service, str(share.pods), each, str(share.connections), "")
    if budget.jobs:
        table.add_row("(bootstrap and migrations)", "", "", str(budget.jobs), "")
    table.add_row("(kept free)", "", "", str(budget.reserve), "")
    table.add_row("all", "", "", f"{budget.wanted} of {budget.limit}", verdict(fits=budget.fits))
    return table


def verdict(*, fits: bool) -> str:
    return "[green]fits[/]" if fits else "[red]too much[/]"
