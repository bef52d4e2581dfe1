"""What one preview would do to one stack, typed: the single thing that every format renders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Operation(StrEnum):
    """What happens to a resource. A replacement is one operation, whatever steps the engine takes for it."""

    DELETE = "delete"
    REPLACE = "replace"
    UPDATE = "update"
    CREATE = "create"
    IMPORT = "import"

    @property
    def destroys(self) -> bool:
        return self in (Operation.DELETE, Operation.REPLACE)


SYMBOLS = {
    Operation.DELETE: "-",
    Operation.REPLACE: "+-",
    Operation.UPDATE: "~",
    Operation.CREATE: "+",
    Operation.IMPORT: "=",
}
"""The engine's own signs."""

DONE = {
    Operation.DELETE: "deleted",
    Operation.REPLACE: "replaced",
    Operation.UPDATE: "updated",
    Operation.CREATE: "created",
    Operation.IMPORT: "imported",
}


class Loss(IntEnum):
    """What goes with a resource that is deleted or replaced; the lowest is the worst."""

    DATA = 0
    IDENTITY = 1
    NOTHING = 2


class Verdict(StrEnum):
    NO_CHANGE = "no change"
    CHANGES = "changes"
    BLOCKED = "blocked"
    REMOVED = "stack file removed"


@dataclass(frozen=True)
class PropertyChange:
    """One property, old to new, as texts without secrets; None where there is no value on that side.

    `replaces` tells that it forces the replacement; `noise` that a reader learns nothing from it.
    """

    path: str
    old: str | None
    new: str | None
    replaces: bool = False
    noise: bool = False


@dataclass(frozen=True)
class Change:
    """What happens to one resource.

    `component` is the path of the components above it, outermost first. `renamed_from` is the logical name that it had
    before. `protected` and `retained` are the resource options `protect` and `retainOnDelete`.
    """

    urn: str
    type: str
    name: str
    operation: Operation
    component: tuple[str, ...] = ()
    properties: tuple[PropertyChange, ...] = ()
    loss: Loss = Loss.NOTHING
    renamed_from: str = ""
    protected: bool = False
    retained: bool = False

    @property
    def order(self) -> tuple[int, int, str]:
        """Worst first, then by kind of operation, then by urn."""
        return self.loss, list(Operation).index(self.operation), self.urn


@dataclass(frozen=True)
class Finding:
    """One policy violation; `mandatory` ones block. `why` is the policy's description, `text` what is wrong here."""

    policy: str
    urn: str
    text: str
    why: str = ""
    mandatory: bool = True

    @property
    def order(self) -> tuple[bool, str, str, str]:
        return not self.mandatory, self.policy, self.urn, self.text


@dataclass(frozen=True)
class Diagnostic:
    """What the engine or the program said; `urn` is empty when it is about no resource."""

    error: bool
    text: str
    urn: str = ""


@dataclass(frozen=True)
class Place:
    """A line, from 1, of a file of the program; the file seen from the program's folder."""

    file: str
    line: int = 1


@dataclass(frozen=True)
class Section:
    """Something to show beside the changes: a table, a picture, or both.

    `rows` have as many cells as `headings`. `svg` is a whole SVG document, `mermaid` the text of a Mermaid diagram; formats
    show the one that they can.
    """

    title: str
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    svg: str = ""
    mermaid: str = ""


@dataclass(frozen=True)
class Report:
    """One preview of one stack. `passed` are the policies that judged it and found nothing, all sorted.

    `comparison` says what was compared, `finished` whether the engine came to an end and was content. `places` has where
    a urn, or the text of an error, comes from. `removed` tells that the stack's file is gone, so nothing was previewed.
    """

    stack: str
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    passed: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    finished: bool = True
    comparison: str = ""
    sections: tuple[Section, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict[str, Place], hash=False)
    removed: bool = False

    @property
    def verdict(self) -> Verdict:
        if self.removed:
            return Verdict.REMOVED
        if not self.finished or any(finding.mandatory for finding in self.findings):
            return Verdict.BLOCKED
        return Verdict.CHANGES if self.changes else Verdict.NO_CHANGE

    @property
    def losses(self) -> tuple[Change, ...]:
        """The deletions and replacements, worst first."""
        return tuple(change for change in self.changes if change.operation.destroys)

    @property
    def components(self) -> dict[str, tuple[Change, ...]]:
        """The changes by outermost component, those with the worst change first."""
        found: dict[str, list[Change]] = {}
        for change in self.changes:
            found.setdefault(change.component[0] if change.component else "", []).append(change)
        return {name: tuple(changes) for name, changes in found.items()}


def worst(reports: Sequence[Report]) -> Verdict:
    """The verdict on all of `reports` together."""
    verdicts = {Verdict.CHANGES if report.removed else report.verdict for report in reports}
    return next((v for v in (Verdict.BLOCKED, Verdict.CHANGES) if v in verdicts), Verdict.NO_CHANGE)


def counts(changes: Iterable[Change]) -> dict[Operation, int]:
    """How many resources for each operation that happens, worst first."""
    found = Counter(change.operation for change in changes)
    return {operation: found[operation] for operation in Operation if found[operation]}


def count_text(changes: Iterable[Change]) -> str:
    """`1 replaced, 7 created`, or `no change`."""
    return (
        ", ".join(f"{count} {DONE[operation]}" for operation, count in counts(changes).items()) or "no change"
    )


def name_of(urn: str) -> str:
    """The logical name in `urn:pulumi:STACK::PROJECT::TYPES::NAME`, which may hold `::` itself."""
    return urn.split("::", 3)[-1]
