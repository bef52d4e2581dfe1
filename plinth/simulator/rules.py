"""What the provider and AWS refuse of a resource type beyond its schema, in their words.

The provider's own checks see the program alone and refuse at preview already; AWS's see the values and what else exists,
and refuse when something is made, changed or deleted. What the simulated cloud has no record of counts as existing, made
by another tool, and is not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plinth.simulator.check import Failure
from plinth.simulator.creation import Creation
from plinth.simulator.schema import snake
from plinth.simulator.values import Unknown

Values = Mapping[str, Any]


def no_failures(_values: Values) -> Iterator[Failure]:
    yield from ()


def no_reasons(*_about: object) -> Iterator[str]:
    yield from ()


@dataclass(frozen=True)
class Rules:
    """The rules of one resource type.

    `arguments` is the provider's check of a program's values. `change` is AWS's of a resource in the making, whose outputs
    were the second argument before (empty for a new one); `deletion` of one whose properties are the inputs. Both give
    `Code: text`. `replaces` names the properties that replace the resource for these two sets of inputs, but not always.
    `keeps` is the name of a deleted resource that stays taken, if it does.
    """

    arguments: Callable[[Values], Iterator[Failure]] = no_failures
    change: Callable[[Creation, Values], Iterator[str]] = no_reasons
    deletion: Callable[[Creation], Iterator[str]] = no_reasons
    replaces: Callable[[Values, Values], Sequence[str]] = lambda _old, _new: ()
    keeps: Callable[[Creation], str | None] = lambda _creation: None


NO_RULES = Rules()


def at(path: str, reason: str) -> Failure:
    """A refusal of the value at `path`, as the Terraform bridge words it."""
    return Failure(path, f"{reason}. Examine values at '{{name}}.{path}'.")


def known(values: Values, name: str) -> Any:
    """A value; None when it is not given, or not known at preview."""
    value = values.get(name)
    return None if isinstance(value, Unknown) else value


def conflicting(values: Values, name: str, *others: str) -> Iterator[Failure]:
    """`ConflictsWith`: even a value of false conflicts (terraform-plugin-sdk, `schema.go`)."""
    for other in others:
        if known(values, name) is not None and known(values, other) is not None:
            said = f'Conflicting configuration arguments. "{snake(name)}": conflicts with {snake(other)}'
            yield at(name, said)


def one_of(values: Values, name: str, choices: Sequence[str | int]) -> Iterator[Failure]:
    """`StringInSlice` and `IntInSlice` (terraform-plugin-sdk, `helper/validation`)."""
    value = known(values, name)
    if value is not None and value not in choices:
        shown = " ".join(f'"{choice}"' if isinstance(choice, str) else str(choice) for choice in choices)
        yield at(name, f"expected {snake(name)} to be one of [{shown}], got {value}")


def between(values: Values, name: str, low: int, high: int) -> Iterator[Failure]:
    """`IntBetween` (terraform-plugin-sdk, `helper/validation`)."""
    value = known(values, name)
    if value is not None and not low <= float(value) <= high:
        yield at(name, f"expected {snake(name)} to be in the range ({low} - {high}), got {value}")
