"""What a service needs of the stack beside its own pods."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator

from settings.problems import nearest, problem, shown

PLAIN = ("postgres", "redis", "bucket", "search")
"""A database of its own, the stack's cache, a folder of the content bucket, the stack's search domain."""

NAMED = ("queue", "topic")
"""An SQS queue or an SNS topic, which all services share that say its name."""

NAME = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")


def check_need(need: str) -> str:
    kind, colon, name = need.partition(":")
    if kind in PLAIN and not colon:
        return need
    if kind in NAMED and NAME.fullmatch(name):
        return need
    if kind in NAMED:
        raise problem(
            f"{shown(need)} names no {kind}, so none would be made. Write up to 40 lower-case letters, digits and "
            f"hyphens behind it, like '{kind}:orders'."
        )
    choices = [*PLAIN, *(f"{named}:NAME" for named in NAMED)]
    raise problem(f"{shown(need)} is nothing that the stack gives. {nearest(need, choices)}")


Need = Annotated[str, AfterValidator(check_need)]


def named(needs: Iterable[str], kind: str) -> list[str]:
    """The names of the queues or topics among `needs`."""
    return [need.partition(":")[2] for need in needs if need.startswith(f"{kind}:")]
