"""Birth dates as matching sees them: what is plausible, what looks filled in, and what a written date holds.

* Forms that insist on a full date get 1 January or the 15th of the month: such a day is flagged, never treated as
  known.
* 1 January 1900 and years before 1880 are what systems store for "no date": missing.
"""

import re
from datetime import date

from mappings.canonical.person import PartialDate

EARLIEST_YEAR = 1880
_WRITTEN = re.compile(r"\s*([^-T\s][^-T]*)(?:-([^-T]*)(?:-(\s*[^-T\s]*))?)?(?:[T ][0-9:.Z+-]*)?\s*", re.ASCII)
_LONGEST, _FIRST_OF_FOUR_DIGITS = 64, 1000


def plausible(born: PartialDate | None, latest_year: int = 2200) -> PartialDate | None:
    """The date, or None where it only stands for a missing one. Without a year, a day that looks filled in is none."""
    if born is None or (born.year is None and has_default_day(born)):
        return None
    if born.year is not None and not EARLIEST_YEAR <= born.year <= latest_year:
        return None
    return None if born.exact == date(1900, 1, 1) else born


def has_default_day(born: PartialDate) -> bool:
    """Whether the day (for 1 January the month too) looks filled in by a form rather than known."""
    return (born.month, born.day) == (1, 1) or born.day == 15


def read_written(text: str) -> PartialDate | None:
    """A date written YYYY-MM-DD, as far as it can be read; None where neither a year nor a day and month can.

    `00`, nothing, or what is no number (`o4`) stands for an unknown part. A month above 12 beside a day up to 12 is the two swapped; else a
    part that cannot be (month 19, day 31 in February) counts as unknown, and the others stay.
    """
    match = _WRITTEN.fullmatch(text) if len(text) <= _LONGEST else None
    if not match:
        return None
    year, month, day = map(_number, match.groups(), (4, 2, 2))
    year = year if year and year >= _FIRST_OF_FOUR_DIGITS else None
    if month and day and month > 12 >= day:
        month, day = day, month
    month = month if month and month <= 12 else None
    for parts in ((year, month, day), (year, month, None), (year, None, None)):
        try:
            return PartialDate(*parts)
        except ValueError:
            continue
    return None


def _number(part: str | None, digits: int) -> int | None:
    told = (part or "").strip()
    return int(told) or None if told.isdecimal() and len(told) <= digits else None
