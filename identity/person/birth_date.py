"""Birth dates as matching sees them: what is plausible, what looks filled in, and what a written date holds.

* Forms that insist on a full date get 1 January or the 15th of the month: such a day is flagged, never treated as
  known.
* 1 January 1900 and years before 1880 are what systems store for "no date": missing.
"""

import re
from datetime import date

from mappings.canonical.person import PartialDate

EARLIEST_YEAR = 1880
_WRITTEN = re.compile(r"\s*([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?(?:[T ].*)?\s*")


def plausible(born: PartialDate | None, latest_year: int = 2200) -> PartialDate | None:
    """The date, or None where it only stands for a missing one."""
    if born is None or not EARLIEST_YEAR <= born.year <= latest_year:
        return None
    return None if born.exact == date(1900, 1, 1) else born


def has_default_day(born: PartialDate) -> bool:
    """Whether the day (for 1 January the month too) looks filled in by a form rather than known."""
    return (born.month, born.day) == (1, 1) or born.day == 15


def read_written(text: str) -> PartialDate | None:
    """A date written YYYY-MM-DD, where `00` or nothing stands for an unknown part; None where not even a year can be
    read.

    A month above 12 beside a day up to 12 is the two swapped. A part that cannot be (31 February) counts as unknown.
    """
    match = _WRITTEN.fullmatch(text)
    if not match:
        return None
    year, month, day = (int(part or 0) for part in match.groups())
    if month > 12 >= day > 0:
        month, day = day, month
    for parts in ((year, month, day), (year, month, None), (year, None, None)):
        try:
            return PartialDate(parts[0], parts[1] or None, (parts[2] or None) if parts[1] else None)
        except ValueError:
            continue
    return None
