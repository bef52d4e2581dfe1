"""What a preview does not know, and how a rule cannot read it by accident."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast


class Undecided(Exception):
    """A rule needed something that only an update will tell; the text says what of which resource."""


class Unknown:
    """The place of a value that is not known yet. `Resource.get` raises rather than hand it out."""

    def __repr__(self) -> str:
        return "UNKNOWN"


class Withheld(Unknown):
    """The place of a secret in a record of a stack: the program says it, and nobody can read it."""


UNKNOWN: Final = Unknown()
WITHHELD: Final = Withheld()

SENTINELS = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""The texts that stand for an unknown, one a type (pulumi-policy, `proxy.py`)."""


def plain(value: Any) -> Any:
    """`value` as pulumi-policy hands it over, in plain Python with `UNKNOWN` in it.

    pulumi-policy wraps properties so that reading an unknown raises, upon which it turns a mandatory policy into advice:
    the mistake would pass. The key `__target` of its wrappers gives what is below.
    """
    if isinstance(value, str):
        return UNKNOWN if value in SENTINELS else value
    if isinstance(value, Mapping):
        inner: Mapping[str, Any] = unwrapped(value)  # pyright: ignore[reportUnknownArgumentType]
        return {key: plain(inner[key]) for key in inner}
    if isinstance(value, Sequence):
        items: Iterable[Any] = unwrapped(value)  # pyright: ignore[reportUnknownArgumentType]
        return [plain(item) for item in items]
    return value


def unwrapped(value: Any) -> Any:
    return value["__target"] if type(value).__module__ == "pulumi_policy.proxy" else value


def holds_unknown(value: Any) -> bool:
    """Whether `value` is, or holds anywhere, something that is not known."""
    if isinstance(value, Unknown):
        return True
    return any(map(holds_unknown, [*as_dict(value).values(), *as_list(value)]))


def as_dict(value: Any) -> dict[str, Any]:
    """`value` if it is an object, else an empty one: a manifest may hold null or nonsense anywhere."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """`value` if it is a list, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def is_number(value: Any) -> bool:
    return isinstance(value, int | float)
