"""Working days: Monday to Friday but for bank holidays (`gateway.bank_holidays`). Of a year that the table lacks weekdays alone count, so that a
clock never runs longer than it says; `patchwork check` warns in time."""

from datetime import date, datetime, timedelta

from gateway.bank_holidays import bank_holidays

_SATURDAY = 5


def after_working_days(start: datetime, days: int) -> datetime:
    """The same time of day so many working days later. What starts on a day off is counted from the next working day."""
    at = _next_working(start)
    for _ in range(days):
        at = _next_working(at + timedelta(days=1))
    return at


def is_working(day: date) -> bool:
    """Whether anybody can be expected to work that day."""
    return day.weekday() < _SATURDAY and day not in bank_holidays().days


def _next_working(at: datetime) -> datetime:
    while not is_working(at.date()):
        at += timedelta(days=1)
    return at
