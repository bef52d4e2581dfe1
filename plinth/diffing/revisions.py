"""Git, as far as a comparison needs it: which commit, which tree, and its files put aside."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from plinth.errors import UserError


@dataclass(frozen=True)
class Revision:
    """A commit, and the hash of all its files (`tree`), which is the same for the same content."""

    commit: str
    tree: str


@dataclass(frozen=True)
class Repository:
    """A git repository with a working tree at `top`. Hooks are never run and nothing in it is changed."""

    top: Path

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """The repository that `folder` is in. Raises `UserError` when it is in none."""
        done = git(folder, "rev-parse", "--show-toplevel")
        if done.returncode:
            raise UserError(
                f"{folder}: is in no git repository, so there is no earlier version to compare with: {done.stderr.strip()} "
                "Run `git init` and commit, or look at one version with `plinth rehearse preview`."
            )
        return cls(Path(done.stdout.strip()))

    def revision(self, name: str) -> Revision:
        """The commit that `name` stands for: a branch, a tag, a hash. Raises `UserError` when there is none."""
        found = [] if name.startswith("-") else self._lines("rev-parse", "--verify", f"{name}^{{commit}}")
        if not found:
            raise UserError(
                f"{name!r}: no such commit here, so there is nothing to compare with. Name a branch, tag or hash; "
                "in a shallow clone fetch it first (`git fetch origin BRANCH`; GitHub's checkout: `fetch-depth: 0`)."
            )
        (tree,) = self._lines("rev-parse", f"{found[0]}^{{tree}}")
        return Revision(found[0], tree)

    def fork_point(self, base: Revision, head: Revision) -> Revision:
        """The last commit that both share: what `head` changes is counted from there. `base` when they share none."""
        found = self._lines("merge-base", base.commit, head.commit)
        return self.revision(found[0]) if found else base

    def check_out(self, revision: Revision, folder: Path) -> None:
        """Write the files of `revision` into the new `folder`."""
        folder.mkdir(parents=True)
        with TemporaryDirectory() as aside:
            index = {"GIT_INDEX_FILE": str(Path(aside) / "index")}
            for arguments in (
                ["read-tree", revision.tree],
                ["checkout-index", "--all", f"--prefix={folder}/"],
            ):
                done = git(self.top, *arguments, environment=index)
                if done.returncode:
                    raise UserError(
                        f"{revision.commit}: cannot be checked out to {folder}:\n{done.stderr.strip()}"
                    )

    def stack_names(self, revision: Revision, folder: Path) -> list[str]:
        """The stacks that have a file in `folder` at `revision`."""
        within = folder.relative_to(self.top).as_posix()
        files = self._lines("ls-tree", "--name-only", f"{revision.tree}:{'' if within == '.' else within}")
        return [name.split(".")[1] for name in files if re.fullmatch(r"Pulumi\..+\.yaml", name)]

    def _lines(self, *arguments: str) -> list[str]:
        """The lines that git answers; none when it refuses."""
        done = git(self.top, *arguments)
        return [] if done.returncode else done.stdout.split()


def git(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise UserError("git is not on PATH, so versions cannot be compared. Install it.") from None
