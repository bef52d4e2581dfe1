"""The comparison of two versions of a program, and of a program with the stack that runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from plinth import engine
from plinth.diffing import places
from plinth.diffing.base import base_of, checked_out
from plinth.diffing.preview import BOOKS, PLAN, previewed
from plinth.diffing.revisions import Repository
from plinth.diffing.sections import sections
from plinth.errors import UserError
from plinth.program import Program
from plinth.pulumi_arguments import PulumiArguments
from plinth.rehearsal import Invocation, prepare, search_path
from plinth.reports.model import Diagnostic, Report

WORKING_TREE = "the working tree"


def rehearsed(
    program: Program, base: str, head: str | None, *, stack: str | None, all_stacks: bool
) -> Iterator[Report]:
    """What `head` (the working tree as it is, when None) changes since it left `base`, on the simulated cloud.

    Raises `UserError` for what the user can mend.
    """
    repository = Repository.around(program.folder)
    newest = repository.revision(head or "HEAD")
    oldest = repository.fork_point(repository.revision(base), newest)
    versus = f"{oldest.commit[:12]} to {newest.commit[:12] if head else WORKING_TREE}"
    with ExitStack() as running:
        changed = program
        if head:
            aside = Path(running.enter_context(TemporaryDirectory()))
            changed = checked_out(program, repository, newest, aside / "head")
        for name in stacks_of(changed, stack, all_stacks=all_stacks):
            before = base_of(program, repository, oldest, name)
            yield replace(compared(before, changed, name), comparison=versus)
        if all_stacks:
            gone = {*repository.stack_names(oldest, program.folder)} - {*changed.stack_names()}
            yield from (removed(name, versus) for name in sorted(gone))


def removed(stack: str, versus: str) -> Report:
    """The report on a stack whose file is no longer there."""
    text = (
        f"Pulumi.{stack}.yaml is removed: from here on nobody previews or updates this stack, and what runs of it stays and "
        "costs. If it is to go, `pulumi destroy` it before this is merged; else keep its file."
    )
    return Report(stack, diagnostics=(Diagnostic(False, text),), comparison=versus, removed=True)


def compared(before: Program, after: Program, stack: str) -> Report:
    """The report on `after`, previewed on a copy of what `before` left: a preview must not change what is kept."""
    with TemporaryDirectory() as aside:
        home = Path(aside) / "home"
        if before.home.is_dir():
            shutil.copytree(before.home, home, ignore=shutil.ignore_patterns("logs", "*.log"))
        placed = replace(after, kept_in=home)
        calls = Path(aside) / "calls.json"

        def prepared(arguments: list[str]) -> Invocation:
            made = prepare(placed, PulumiArguments.parse(arguments))
            return replace(made, environment=made.environment | {places.ASKED_FOR: str(calls)})

        report, preview = previewed(placed, stack, Path(aside), prepared)
        beside = sections(before, after, stack, preview, Path(aside) / BOOKS)
        found = places.places(after, stack, report, calls)
        return replace(report, stack=stack, sections=beside, places=found)


def live(program: Program, *, stack: str | None, all_stacks: bool) -> Iterator[Report]:
    """What the working tree changes on the real stacks: with the caller's backend and credentials, after a refresh.

    The plan of each is saved in `.plinth/plans/`, for `pulumi up --plan` to do exactly this.
    """
    pulumi = engine.find()
    environment = dict(os.environ) | {
        "PATH": search_path(pulumi, os.environ),
        "PULUMI_DEBUG_COMMANDS": "true",  # makes --event-log available
        "PULUMI_EXPERIMENTAL": "true",  # makes --save-plan available
    }
    plans = program.home / "plans"
    plans.mkdir(parents=True, exist_ok=True)
    (program.home / ".gitignore").write_text("*\n", encoding="utf-8")
    for name in stacks_of(program, stack, all_stacks=all_stacks):
        with TemporaryDirectory() as aside:
            report, preview = previewed(
                program,
                name,
                Path(aside),
                lambda arguments: Invocation([str(pulumi.pulumi), *arguments, "--refresh"], environment),
            )
            if (plan := Path(aside) / PLAN).is_file():
                shutil.move(plan, plans / f"{name}.json")
            beside = sections(None, program, name, preview, Path(aside) / BOOKS)
        yield replace(report, stack=name, sections=beside, comparison="what runs to the working tree")


def stacks_of(program: Program, stack: str | None, *, all_stacks: bool) -> list[str]:
    """The stacks to compare: all that have a file, else the one that is named, else the only one there is."""
    known = program.stack_names()
    wanted = stack or os.environ.get("PULUMI_STACK")
    if all_stacks and known:
        return known
    if wanted and wanted.rpartition("/")[2] in known:
        return [wanted.rpartition("/")[2]]
    if not wanted and len(known) == 1:
        return known
    choice = ", ".join(known) or "none has a file"
    raise UserError(
        f"{program.folder}: stack {wanted!r} has no stack file. Stacks here: {choice}."
        if wanted
        else f"{program.folder}: which stack is compared? Say it with -s NAME ({choice}), or --all-stacks."
    )
