"""The age band that leaves an agency instead of a birth date, and until when it holds."""

import calendar
from datetime import date

from mappings.canonical.codes import AgeBand
from mappings.canonical.involvement import AssertedStatus
from mappings.canonical.person import PartialDate

_LIMITS = ((18, AgeBand.CHILD), (20, AgeBand.YOUNG_18_19), (25, AgeBand.YOUNG_20_24))
_OLDEST = 125


def age_band(birth_date: PartialDate | None, expected: date | None, on: date) -> tuple[AgeBand, date | None]:
    """(band, the last day on which it may be relied on; None where it holds for good or nothing is known).

    That last day is the end of a month, because the exact day would give the birthday away: the connector publishes the
    new band on the day itself, this only bounds how long an old one can stand. An incomplete birth date gives a band
    only where every day it could mean gives the same one; else `UNKNOWN`, which permits nothing. A child is `UNBORN` to
    the end of the month after the expected one.
    """
    if birth_date is None or birth_date.year is None:
        return _unborn(expected, on) if expected else (AgeBand.UNKNOWN, None)
    earliest, latest = _range(birth_date.year, birth_date.month, birth_date.day)
    if earliest > on or earliest.year < on.year - _OLDEST:
        return AgeBand.UNKNOWN, None
    oldest, youngest = _band(earliest, on), _band(min(latest, on), on)
    if oldest is not youngest:
        return AgeBand.UNKNOWN, None
    limit = next((years for years, band in _LIMITS if band is oldest), None)
    return oldest, _end_of_month(earliest.year + limit, earliest.month) if limit else None


def claimed_band(
    birth_date: PartialDate | None, expected: date | None, asserted: AssertedStatus, on: date
) -> tuple[AgeBand, date | None]:
    """The same, as the agency may claim it: somebody of 20 to 24 is an adult unless a status is asserted that holds that day (Children Act 2004,
    section 10(9)). A status that will end bounds the band too, to the end of that month; the connector publishes the end on the day itself.
    """
    band, until = age_band(birth_date, expected, on)
    if band is not AgeBand.YOUNG_20_24:
        return band, until
    if not asserted.holds_on(on):
        return AgeBand.ADULT, None
    if asserted.until is None or until is None:
        return band, until
    return band, min(until, _end_of_month(asserted.until.year, asserted.until.month))


def _unborn(expected: date, on: date) -> tuple[AgeBand, date | None]:
    following = (expected.year + expected.month // 12, expected.month % 12 + 1)
    until = _end_of_month(*following)
    return (AgeBand.UNBORN, until) if on <= until else (AgeBand.UNKNOWN, None)


def _range(year: int, month: int | None, day: int | None) -> tuple[date, date]:
    """The first and the last day that the date could mean."""
    last_month = month or 12
    last_day = day or calendar.monthrange(year, last_month)[1]
    return date(year, month or 1, day or 1), date(year, last_month, last_day)


def _band(born: date, on: date) -> AgeBand:
    # In England and Wales somebody born on 29 February comes of age on 1 March in a common year.
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return next((band for limit, band in _LIMITS if years < limit), AgeBand.ADULT)


def _end_of_month(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])
