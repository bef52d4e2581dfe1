"""Resources in, cost lines out. Pure: no file but the price tables is read, nothing is run.

A resource becomes charges (`plinth.costs.charges`): what is billed, how much of it, at which key of the price table. A
charge whose key is missing from the table of its region becomes a line without an amount: unknown, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from plinth.costs.charges import CHARGES, Charge, is_free
from plinth.costs.stack import Stack
from plinth.costs.table import Price, prices
from plinth.preview import Resource

AWS = "aws:"


@dataclass(frozen=True)
class Line:
    """What one charge of one resource comes to a month, in USD."""

    component: str
    """The outermost component that made the resource; `(no component)` if none did."""
    resource: str
    type: str
    item: str
    """What is billed, with its quantity: `3 x m6i.xlarge, on-demand`."""
    monthly: Decimal | None
    """None when the table has no price."""
    at_most: Decimal | None = None
    """With everything scaled out, where that differs."""
    assumption: str = ""
    """For what is billed by use: how much use the amount supposes. Such lines are no part of the fixed total."""
    source: str = ""
    verified: bool = True
    region: str = ""
    urn: str = ""
    position: int = 0
    """Which of its resource's charges this is: by urn and position, lines of two previews are the same one."""


@dataclass(frozen=True)
class Total:
    """Sums in USD a month, and what they leave out."""

    fixed: Decimal
    at_most: Decimal
    usage: Decimal
    unpriced: int


def price(resources: Iterable[Resource], region: str) -> list[Line]:
    """The lines of all resources, sorted by component, resource and item.

    `region` is that of resources which name none and whose provider names none.
    """
    stack = Stack(resources, region)
    found = [line for resource in stack.resources for line in lines_of(resource, stack)]
    return sorted(found, key=lambda line: (line.component, line.type, line.resource, line.item))


def lines_of(resource: Resource, stack: Stack) -> Iterator[Line]:
    charges = CHARGES.get(resource.type)
    billed = charges or resource.type.startswith(AWS)
    if not resource.custom or not billed or is_free(resource.type):
        return
    if charges is None:
        yield line(resource, stack, 0, Charge("", "no price in the table"), None)
        return
    table = prices(stack.region_of(resource))
    for position, charge in enumerate(charges(resource, stack)):
        yield line(resource, stack, position, charge, table.get(charge.key))


def line(resource: Resource, stack: Stack, position: int, charge: Charge, found: Price | None) -> Line:
    return Line(
        component=stack.component_of(resource),
        resource=resource.name,
        type=resource.type,
        item=charge.item,
        monthly=found.monthly(charge.quantity) if found else None,
        at_most=found.monthly(charge.at_most) if found and charge.at_most is not None else None,
        assumption=charge.assumption,
        source=found.source if found else "",
        verified=found.verified if found else True,
        region=stack.region_of(resource),
        urn=resource.urn,
        position=position,
    )


def total(lines: Sequence[Line]) -> Total:
    fixed = [item for item in lines if item.monthly is not None and not item.assumption]
    usage = [item.monthly for item in lines if item.monthly is not None and item.assumption]
    return Total(
        fixed=sum((item.monthly or Decimal() for item in fixed), Decimal()),
        at_most=sum((item.at_most or item.monthly or Decimal() for item in fixed), Decimal()),
        usage=sum(usage, Decimal()),
        unpriced=sum(item.monthly is None for item in lines),
    )


def by_component(lines: Iterable[Line]) -> Mapping[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for item in lines:
        found.setdefault(item.component, []).append(item)
    return found
