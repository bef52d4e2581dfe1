"""The base of a comparison: an earlier version of the program, checked out aside and brought up in a simulated cloud.

Bringing it up takes longer than the preview that follows, so it is kept: in `.plinth/bases/` of the program, by the hash
of all its files, the stack and what rehearses it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

import plinth
from plinth.diffing.revisions import Repository, Revision
from plinth.errors import UserError
from plinth.program import Program, virtual_environment
from plinth.pulumi_arguments import PulumiArguments
from plinth.rehearsal import prepare

KEPT = 8
"""Bases that stay; a comparison with one that went makes it again."""

OUTPUT_LINES = 40


def base_of(program: Program, repository: Repository, revision: Revision, stack: str) -> Program:
    """The program at `revision` with `stack` rehearsed up; one without that stack's file is left with no resources.

    Raises `UserError` when it cannot be brought up.
    """
    bases = program.home / "bases"
    folder = bases / f"{revision.tree[:16]}-{fingerprint()[:8]}-{stack}"
    if not folder.is_dir():
        bases.mkdir(parents=True, exist_ok=True)
        (program.home / ".gitignore").write_text("*\n", encoding="utf-8")
        draft = Path(mkdtemp(dir=bases, prefix=".draft-"))
        try:
            base = checked_out(program, repository, revision, draft / "base")
            if base.stack_file(stack).is_file():
                bring_up(base, stack, revision)
            prune(bases)
            (draft / "base").replace(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    folder.touch()
    return Program.find(folder / program.folder.relative_to(repository.top))


def checked_out(program: Program, repository: Repository, revision: Revision, folder: Path) -> Program:
    """The program at `revision` in the new `folder`, running in the virtual environment of `program`."""
    repository.check_out(revision, folder)
    within = folder / program.folder.relative_to(repository.top)
    if not any((within / name).is_file() for name in ("Pulumi.yaml", "Pulumi.yml")):
        raise UserError(
            f"{revision.commit[:12]}: has no Pulumi.yaml in {within.relative_to(folder)}, so there is no program to compare "
            "with. Name a later commit as BASE."
        )
    found = Program.find(within)
    if found.definition["name"] != program.definition["name"]:
        raise UserError(
            f"{revision.commit[:12]}: its project is called {found.definition['name']!r}, this one "
            f"{program.definition['name']!r}: to Pulumi they share no resource, so a comparison would show everything new. "
            "Keep `name:` in Pulumi.yaml."
        )
    theirs, ours = virtual_environment(found), virtual_environment(program)
    if theirs and ours and ours.is_dir() and not theirs.exists():
        theirs.parent.mkdir(parents=True, exist_ok=True)
        theirs.symlink_to(ours.resolve())
    return found


def bring_up(base: Program, stack: str, revision: Revision) -> None:
    sys.stderr.write(f"plinth: rehearsing stack {stack} of {revision.commit[:12]} up, to compare with\n")
    arguments = ["up", "--yes", "--skip-preview", "--non-interactive", "--color", "never", "--stack", stack]
    run = prepare(base, PulumiArguments.parse(arguments))
    done = engine_run(run.argv, base.folder, run.environment)
    if done.returncode:
        told = "\n".join(done.stdout.strip().splitlines()[-OUTPUT_LINES:])
        raise UserError(
            f"{revision.commit[:12]}: stack {stack!r} of the base cannot be rehearsed up, so there is nothing to compare with. "
            f"Name another BASE, or mend it there:\n{told}"
        )


def engine_run(
    argv: list[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run the engine quietly; its errors are in its output, in their order."""
    return subprocess.run(
        argv,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def prune(bases: Path) -> None:
    """Make room for one more."""
    kept = sorted(
        (path for path in bases.iterdir() if path.name[0] != "."), key=lambda path: path.stat().st_mtime
    )
    for old in kept[: max(len(kept) - KEPT + 1, 0)]:
        shutil.rmtree(old, ignore_errors=True)


def fingerprint() -> str:
    """A hash of what rehearses: this tool's own code and the Pulumi packages."""
    found = hashlib.sha256()
    for path in sorted(Path(plinth.__path__[0]).rglob("*.py")):
        found.update(path.read_bytes())
    for item in sorted(f"{each.name}=={each.version}" for each in importlib.metadata.distributions()):
        if item.startswith("pulumi"):
            found.update(item.encode())
    return found.hexdigest()
