"""Commands of a service that run on a schedule."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from settings.problems import problem, shown
from settings.types import Settings

NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat"
FIELD = re.compile(rf"(\*|(\d+|{NAMES})(-(\d+|{NAMES}))?)(/\d+)?", re.IGNORECASE)
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
"""Minute, hour, day of the month, month, day of the week (Kubernetes, "CronJob", schedule syntax)."""

MACROS = ("@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually")


def check_schedule(schedule: str) -> str:
    fields = schedule.split()
    fits = len(fields) == len(RANGES) and all(map(is_field, fields, RANGES))
    if not fits and schedule not in MACROS:
        raise problem(
            f"{shown(schedule)} is no schedule, so the API server would refuse the CronJob. Write minute, hour, day, month "
            "and day of the week, like '15 3 * * *' (UTC)."
        )
    return schedule


def is_field(field: str, limits: tuple[int, int]) -> bool:
    low, high = limits
    parts = field.split(",")
    numbers = [int(number) for part in parts for number in re.findall(r"\d+", part.partition("/")[0])]
    return all(map(FIELD.fullmatch, parts)) and all(low <= number <= high for number in numbers)


Schedule = Annotated[str, AfterValidator(check_schedule)]
Command = Annotated[tuple[str, ...], Field(min_length=1)]


class Cron(Settings):
    """One command in the service's image, with its environment. A run that is late does not overlap the next."""

    schedule: Annotated[Schedule, Field(examples=["'15 3 * * *'"])]
    """When, in UTC."""

    command: Annotated[Command, Field(examples=["[npm, run, cleanup]"])]

    deadline_seconds: Annotated[int, Field(ge=60, le=86400)] = 3600
    """The longest that a run may take."""
