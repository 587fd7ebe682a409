"""The time a report speaks of: whole calendar months, so that nobody learns of one day by comparing two reports."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from gateway.refused import Refused

MOST_MONTHS = 120
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day through the last, both included."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        """Its first instant."""
        return datetime.combine(self.first, time.min, UTC)

    @property
    def end(self) -> datetime:
        """Its last instant."""
        return datetime.combine(self.last, time.max, UTC)


def period(since: str, until: str, today: date) -> Period:
    """From the month `since` through `until`, as YYYY-MM; by default twelve months up to this one. Raises `Refused`."""
    last = _month(until, "--until") if until else today.replace(day=1)
    first = _month(since, "--since") if since else date(last.year - 1, last.month, 1)
    if not since:
        first = _after(first)
    if first > last:
        raise Refused(f"the report would end ({last:%Y-%m}) before it begins ({first:%Y-%m}); exchange them")
    if last > today:
        raise Refused(f"--until {last:%Y-%m} has not begun yet; the latest month is {today:%Y-%m}")
    if _months(last) - _months(first) >= MOST_MONTHS:
        raise Refused(f"a report speaks of {MOST_MONTHS} months at most; name a later --since")
    return Period(first, last.replace(day=calendar.monthrange(last.year, last.month)[1]))


def _month(text: str, option: str) -> date:
    read = _MONTH.fullmatch(text)
    if read is None or read[1] == "0000":
        raise Refused(
            f"{option} is a whole month, as 2026-03: counts by the day would show what happened on one of them"
        )
    return date(int(read[1]), int(read[2]), 1)


def _after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _months(month: date) -> int:
    return month.year * 12 + month.month
