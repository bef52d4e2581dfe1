"""What a change does to the bill: the lines of two previews side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from plinth.costs.pricing import Line, Total, by_component, total


@dataclass(frozen=True)
class Row:
    """One charge before and after; None where there is none. At least one of them is there."""

    before: Line | None
    after: Line | None

    @property
    def line(self) -> Line:
        """The one to name the row by: as it will be, or as it was."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - see above
        return found

    @property
    def difference(self) -> Decimal | None:
        """USD a month; None if a price on either side is unknown."""
        before, after = (Decimal() if item is None else item.monthly for item in (self.before, self.after))
        return None if before is None or after is None else after - before


@dataclass(frozen=True)
class ComponentRow:
    """The sums of one component before and after."""

    component: str
    before: Total
    after: Total


def compare(before: Sequence[Line], after: Sequence[Line]) -> list[Row]:
    """The charges that come, go, or differ in what is billed or in amount; by component, type, resource."""
    then = {(item.urn, item.position): item for item in before}
    now = {(item.urn, item.position): item for item in after}
    rows = [Row(then.get(key), now.get(key)) for key in then.keys() | now.keys()]
    return sorted((row for row in rows if row.before != row.after), key=order)


def order(row: Row) -> tuple[str, str, str, int]:
    return row.line.component, row.line.type, row.line.resource, row.line.position


def compare_components(before: Sequence[Line], after: Sequence[Line]) -> list[ComponentRow]:
    """Every component of either side, the unchanged ones too, in alphabetical order."""
    then, now = by_component(before), by_component(after)
    names = sorted(then.keys() | now.keys())
    return [ComponentRow(name, total(then.get(name, [])), total(now.get(name, []))) for name in names]
