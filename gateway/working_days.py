"""Working days: Monday to Friday. Bank holidays are not known here, so a clock never runs longer than it says."""

from datetime import datetime, timedelta

_SATURDAY = 5


def after_working_days(start: datetime, days: int) -> datetime:
    """The same time of day so many working days later. What starts at a weekend is counted from the Monday."""
    at = start
    while at.weekday() >= _SATURDAY:
        at += timedelta(days=1)
    for _ in range(days):
        at += timedelta(days=1)
        while at.weekday() >= _SATURDAY:
            at += timedelta(days=1)
    return at
