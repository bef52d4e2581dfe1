"""`plinth audit`: the pack's rules on what exists (a stack's state) or on a recorded preview, without a run of the program."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from plinth import engine, pack
from plinth.errors import UserError

if TYPE_CHECKING:
    from incidents.graph import Resource
    from incidents.judgement import Books


@dataclass(frozen=True)
class Subject:
    """What is judged: exactly one of a stack of the program in `cwd`, a state export, a recorded preview."""

    stack: str | None = None
    state: Path | None = None
    preview: Path | None = None
    cwd: Path = Path()


@dataclass(frozen=True)
class Baseline:
    """Who takes on all that fails today, and until when (`--write-waivers`)."""

    owner: str
    expires: date


def audit(
    subject: Subject, folder: Path | None, *, strict: bool, report: Path | None, baseline: Baseline | None
) -> int:
    """Judge, print the books and what fails; exit code 1 if something does (`strict`: or could not be decided).

    Raises `UserError` for what cannot be read.
    """
    pack_folder = pack.load(folder)
    from incidents import recorded, waivers
    from incidents.graph import Graph
    from incidents.judgement import judge_stack
    from incidents.rules import RULES
    from incidents.stage import is_production

    name, record = read(subject)
    try:
        resources = recorded.of_preview(record) if subject.preview else recorded.of_state(record)
    except ValueError as problem:
        raise UserError(f"{name}: {problem}, so there is nothing to judge.") from problem
    production = is_production({"PULUMI_STACK": stack_of(resources)})
    advice = frozenset(rule.id for rule in RULES if rule.prod_only and not production)
    file = pack_folder / "waivers.yaml"
    known, void = waivers.load(file, {rule.id for rule in RULES}, waivers.today())
    books = judge_stack(Graph(resources), RULES, known)
    if baseline:
        if void:
            raise UserError(f"no waivers were written, as those there are void: {void[0]}")
        write_baseline(file, books, advice, baseline)
        known, void = waivers.load(file, {rule.id for rule in RULES}, waivers.today())
        books = judge_stack(Graph(resources), RULES, known)
    books = replace(books, mistakes=[*void, *books.mistakes])
    show(books, advice)
    if report:
        text = json.dumps(books.to_json(), indent=2, ensure_ascii=False)
        report.write_text(f"{text}\n", encoding="utf-8")
    kinds = {entry["verdict"] for entry in books.to_json()["findings"] if entry["rule"] not in advice}
    return int(bool(books.mistakes or books.defects) or "fail" in kinds or (strict and "undecided" in kinds))


def stack_of(resources: Sequence[Resource]) -> str:
    """The name of the stack, as urns begin with it: `urn:pulumi:STACK::...`."""
    return resources[0].urn.partition("::")[0].removeprefix("urn:pulumi:") if resources else ""


def read(subject: Subject) -> tuple[str, dict[str, Any]]:
    """The name of the record for messages, and its content."""
    if subject.stack:
        return f"stack {subject.stack}", parsed(subject.stack, export(subject.stack, subject.cwd))
    path = subject.state or subject.preview
    assert path  # noqa: S101 - one of the three is said
    try:
        return str(path), parsed(str(path), path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise UserError(f"{path}: cannot be read: {problem}") from problem


def parsed(name: str, text: str) -> dict[str, Any]:
    try:
        content: Any = json.loads(text)
    except ValueError as problem:
        raise UserError(f"{name}: is no JSON ({problem}), so there is nothing to judge.") from problem
    return content if isinstance(content, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def export(stack: str, cwd: Path) -> str:
    """The state of a real stack, with secrets encrypted, from the backend that pulumi is logged in to."""
    done = subprocess.run(
        [engine.find().pulumi, "stack", "export", "--stack", stack, "--non-interactive", "-C", cwd],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UserError(f"stack {stack!r}: its state cannot be exported:\n{done.stderr.strip()}")
    return done.stdout


def write_baseline(file: Path, books: Books, advice: Collection[str], baseline: Baseline) -> None:
    """Add to `file` a waiver for each resource that a rule fails, unless the rule only advises."""
    from incidents import waivers
    from incidents.rule import Verdict

    wrong = waivers.mistake_of_expiry(baseline.expires, waivers.today())
    if wrong:
        raise UserError(f"--expires: {wrong}")
    failing = {
        (judgement.rule.id, finding.urn): None
        for judgement in books.judgements
        for finding in judgement.open(Verdict.FAIL)
        if judgement.rule.id not in advice and finding.urn and not finding.is_defect
    }
    added = [
        waivers.Waiver(
            rule, urn, "baseline: it was so when the policy pack came", baseline.owner, baseline.expires, ""
        )
        for rule, urn in failing
    ]
    text = file.read_text(encoding="utf-8") if file.is_file() else f"{waivers.HEADER}waivers: []\n"
    text = text.replace("waivers: []", "waivers:") if added else text
    entry = re.search(r"^( *)- ", text, re.MULTILINE)  # as deep as those that are there
    rendered = waivers.render(added, entry[1] if entry else "  ")
    file.write_text(f"{text.rstrip()}\n{rendered}", encoding="utf-8")


def show(books: Books, advice: Collection[str]) -> None:
    """Print what fails (or would on production), what could not be decided, what is waived, and rule by rule how many were judged."""
    console = Console(highlight=False)
    for kind, colour in (("fail", "red"), ("undecided", "yellow"), ("waived", "cyan")):
        for entry in books.to_json()["findings"]:
            if entry["verdict"] == kind:
                said = "advice" if kind == "fail" and entry["rule"] in advice else kind
                line = f"[{colour}]{said}[/] [bold]{entry['rule']}[/] {escape(entry['urn'])}"
                console.print(line, soft_wrap=True)
                console.print(f"    {escape(entry['text'])}\n", soft_wrap=True)
    for mistake in books.mistakes:
        console.print(f"[red]mistake[/] {escape(mistake)}\n", soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    kinds = ("fail", "undecided", "waived", "pass", "not applicable")
    for title in ("rule", *kinds):
        table.add_column(title, justify="left" if title == "rule" else "right")
    for judgement in books.judgements:
        table.add_row(judgement.rule.id, *(str(judgement.counts[kind] or "-") for kind in kinds))
    console.print(table)
    console.print(f"\n{books.summary()}", soft_wrap=True)
