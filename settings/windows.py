"""Weekly and daily windows in which AWS works on a database or a cache; all times are UTC."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from settings.problems import problem, shown

DAY = 24 * 60
WEEK = 7 * DAY
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK = r"([01]\d|2[0-3]):([0-5]\d)"

LEAST_MINUTES = 60
"""ElastiCache's least for both windows, and more than RDS's 30 (ElastiCache API reference, `CreateReplicationGroup`:
`SnapshotWindow`, `PreferredMaintenanceWindow`; RDS API reference, `CreateDBCluster`)."""


def daily_minutes(window: str) -> tuple[int, int]:
    """Start and length of a valid daily window, in minutes from midnight."""
    start, end = (int(hour) * 60 + int(minute) for hour, minute in re.findall(CLOCK, window))
    return start, (end - start) % DAY


def weekly_minutes(window: str) -> tuple[int, int]:
    """Start and length of a valid weekly window, in minutes from Monday's midnight."""
    start, end = (
        WEEKDAYS.index(day) * DAY + int(hour) * 60 + int(minute)
        for day, hour, minute in re.findall(f"([a-z]{{3}}):{CLOCK}", window)
    )
    return start, (end - start) % WEEK


def check_daily(window: str) -> str:
    if not re.fullmatch(f"{CLOCK}-{CLOCK}", window) or daily_minutes(window)[1] < LEAST_MINUTES:
        raise problem(
            f"{shown(window)} is no daily window of at least {LEAST_MINUTES} minutes, so AWS would refuse it. "
            "Write one in UTC, like '16:00-17:00'."
        )
    return window


def check_weekly(window: str) -> str:
    day = f"({'|'.join(WEEKDAYS)})"
    form = re.fullmatch(f"{day}:{CLOCK}-{day}:{CLOCK}", window)
    if not form or not LEAST_MINUTES <= weekly_minutes(window)[1] <= DAY:
        raise problem(
            f"{shown(window)} is no weekly window of {LEAST_MINUTES} minutes to a day, so AWS would refuse it. "
            "Write one in UTC, like 'sun:17:30-sun:18:30'."
        )
    return window


DailyWindow = Annotated[str, AfterValidator(check_daily)]
WeeklyWindow = Annotated[str, AfterValidator(check_weekly)]


def overlap(daily: str, weekly: str) -> bool:
    """Whether the two valid windows meet on some day, which AWS refuses."""
    daily_start, daily_length = daily_minutes(daily)
    weekly_start, weekly_length = weekly_minutes(weekly)
    return any(
        (day * DAY + daily_start - weekly_start) % WEEK < weekly_length
        or (weekly_start - day * DAY - daily_start) % WEEK < daily_length
        for day in range(7)
    )
