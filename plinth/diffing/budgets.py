"""The budgets of a stack file before and after a change, as a section of the report."""

from __future__ import annotations

from plinth.budget import add_up
from plinth.program import Program
from plinth.reports.model import Section
from plinth.stack_files import StackFile

HEADINGS = ("Budget", "Before", "After")
NONE = "-"


def budget_section(before: Program | None, after: Program, stack: str) -> Section | None:
    """What is wanted of what there is, before and after; None for a program without our settings.

    A section of a stack file that is missing or wrong has no figure on that side.
    """
    old = figures(before, stack) if before else {}
    new = figures(after, stack)
    names = [*old, *(name for name in new if name not in old)]
    rows = tuple((name, old.get(name, NONE), new.get(name, NONE)) for name in names)
    return Section("Budgets", HEADINGS, rows) if rows else None


def figures(program: Program, stack: str) -> dict[str, str]:
    if stack not in program.stack_names():
        return {}
    found = add_up(StackFile.of(program, stack, "it has no budgets").config)
    rows: dict[str, str] = {}
    for budget in found.capacity:
        nodes, wanted, there = ", ".join(budget.node_groups), budget.demand, budget.supply
        rows[f"Pods on {nodes}"] = figure(wanted.pods, there.pods)
        rows[f"CPU on {nodes}"] = figure(wanted.cpu, there.cpu, "m")
        rows[f"Memory on {nodes}"] = figure(wanted.memory, there.memory, "Mi")
    if found.database:
        rows["Database connections"] = figure(found.database.wanted, found.database.limit)
    if found.cache:
        rows["Connections to each cache node"] = figure(found.cache.wanted, found.cache.limit)
    return rows


def figure(wanted: int, there: int, unit: str = "") -> str:
    return f"{wanted}{unit} of {there}{unit}{'' if wanted <= there else ' (too much)'}"
