"""Dates as sources write them. A preset lists its forms, tried in order; nothing outside the list is guessed.

Forms are written with the directives of `strptime` (%d %m %Y %y %b %B %H %M %S %f), plus three names: `iso` (YYYY-MM-DD,
with or without a time and zone, whose date part is taken as written), `hl7` (YYYY, YYYYMM, YYYYMMDD and more digits for
a time, with or without a zone, taken likewise) and `excel-serial` (the day count of a spreadsheet cell). Month names
are English. Behind any form with a day a time of day is passed over, and where the month has a name so are the name of the
weekday before it and the ending of `9th`: they say nothing that the day does not.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from mappings.canonical.person import PartialDate

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
PARTS = {
    "%d": r"(?P<day>[0-9]{1,2})",
    "%m": r"(?P<month>[0-9]{1,2})",
    "%Y": r"(?P<year>[0-9]{4})",
    "%y": r"(?P<short>[0-9]{2})",
    "%b": r"(?P<name>[A-Za-z]{3,9})\.?",
    "%B": r"(?P<name>[A-Za-z]{3,9})",
    "%H": r"[0-9]{1,2}",
    "%M": r"[0-9]{2}",
    "%S": r"[0-9]{2}",
    "%f": r"[0-9]{1,9}",
}
ISO_TIME = r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?: ?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
TIME = r"(?:[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,:][0-9]{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?)?"
WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,? )?"
ORDINAL = r"(?:st|nd|rd|th)?"
ISO = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})" + ISO_TIME
HL7 = r"(?P<year>[0-9]{4})(?:(?P<month>[0-9]{2})(?:(?P<day>[0-9]{2})(?:[0-9]{2}){0,3}(?:\.[0-9]{1,9})?(?:[+-][0-9]{4})?)?)?"
SERIAL = r"(?P<serial>[1-9][0-9]{4})(?:\.[0-9]+)?"
# Day 0 of the 1900 date system, with its leap-year error of 1900 taken in. Serials have five digits (1927 and later), so
# that a year is never taken for one.
EXCEL_EPOCH = date(1899, 12, 30)
OLDEST_AGE = 100
MOST_SHOWN = 6


class NotADate(ValueError):
    """The text is in none of the forms, or is no day of the calendar. The message shows forms, never the text."""


def compiled(form: str) -> re.Pattern[str]:
    """The pattern of one form. Raises `ValueError` for an unknown directive."""
    if form == "iso":
        return re.compile(ISO)
    if form == "hl7":
        return re.compile(HL7)
    if form == "excel-serial":
        return re.compile(SERIAL)
    pieces = re.split(r"(%.)", form)
    unknown = [piece for piece in pieces if piece.startswith("%") and piece not in PARTS]
    if unknown or ("%Y" not in form and "%y" not in form):
        raise ValueError(
            f"the date form {form!r} is not understood: use iso, hl7, excel-serial, or "
            "%d %m %Y %y %b %B %H %M %S %f with a year"
        )
    pattern = "".join(PARTS.get(piece) or re.escape(piece) for piece in pieces)
    if "%b" in form or "%B" in form:
        pattern = WEEKDAY + pattern.replace(PARTS["%d"], PARTS["%d"] + ORDINAL)
    if "%d" in form and "%H" not in form:
        pattern += TIME
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"the date form {form!r} names the same part twice") from error


@dataclass(frozen=True, slots=True, eq=False)
class DateForms:
    """The forms of a preset, in the order they are tried. Known by identity: what was parsed is remembered by it."""

    forms: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...] = field(init=False, repr=False)
    examples: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "patterns", tuple(compiled(form) for form in self.forms))
        object.__setattr__(self, "examples", ", ".join(map(_shown, self.forms[:MOST_SHOWN])))

    def parse(self, text: str, as_of: date, past_only: bool = False) -> PartialDate:
        """The date in `text`; without day or month where its form has none.

        A two-digit year is the latest that is not after `as_of` (`past_only`, birth dates: nobody is older than 100) or
        at most 20 years after it. Raises `NotADate`.
        """
        parsed = _parse(self, text, as_of, past_only)
        if parsed is None:
            raise NotADate(f"is not a date such as {self.examples}")
        return parsed


def _shown(form: str) -> str:
    """The last day of 2025 in a form."""
    named = {"iso": "2025-12-31", "hl7": "20251231", "excel-serial": "46022"}
    return named.get(form) or date(2025, 12, 31).strftime(form)


@lru_cache(maxsize=16_384)
def _parse(forms: DateForms, text: str, as_of: date, past_only: bool) -> PartialDate | None:
    for pattern in forms.patterns:
        found = pattern.fullmatch(text)
        if not found:
            continue
        try:
            return _of(found.groupdict(), as_of, past_only)
        except (ValueError, OverflowError):
            continue
    return None


def _of(parts: dict[str, str | None], as_of: date, past_only: bool) -> PartialDate:
    if serial := parts.get("serial"):
        return PartialDate.of(EXCEL_EPOCH + timedelta(days=int(serial)))
    named = parts.get("name")
    month = MONTHS.index(named[:3].casefold()) + 1 if named else int(parts.get("month") or 0) or None
    day = int(parts.get("day") or 0) or None
    if parts.get("day") and day is None:
        raise ValueError("a day is 1 to 31")
    short = parts.get("short")
    if short is None:
        return PartialDate(int(parts.get("year") or 0), month, day)
    ceiling = as_of.year if past_only else as_of.year + 20
    year = ceiling - (ceiling - int(short)) % OLDEST_AGE
    if past_only and date(year, month or 1, day or 1) > as_of:
        year -= OLDEST_AGE
    return PartialDate(year, month, day)
