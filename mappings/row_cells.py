"""The cells of one row, read as what they should be. A problem names the column and the rule, never the value."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from mappings.canonical.notice import MAX_DISPLAY
from mappings.canonical.person import PartialDate
from mappings.concept_map import ConceptMap, UnmappedCode, fold
from mappings.source_map import Field, Row, RowAction
from mappings.transforms_dates import DateForms, NotADate

Code = TypeVar("Code", bound=StrEnum)
YES = frozenset({"y", "yes", "true", "1", "t"})
NO = frozenset({"n", "no", "false", "0", "f"})
EARLIEST = date(1880, 1, 1)
LATEST_YEARS_AHEAD = 20
# What databases write for a date that there is none of.
NULL_DAY = date(1900, 1, 1)
NEVER = 2099


class RowRefused(ValueError):
    """A row that cannot be read. The text names the column and the rule."""

    local_id = ""


class RowSetAside(Exception):
    """A row that the map rightly leaves out, or withdraws. `person_id` is the client's reference, where the row tells
    it."""

    def __init__(self, action: RowAction, person_id: str = "") -> None:
        super().__init__(action.value)
        self.action = action
        self.person_id = person_id
        self.local_id = ""


@dataclass(frozen=True, slots=True, repr=False)
class Cells:
    """A row with the headings its columns have in the file. Every method raises `RowRefused` for a cell that breaks its
    rule."""

    row: Row
    headings: Mapping[Field, str]
    as_of: date
    dates: DateForms

    def heading(self, of: Field) -> str:
        """The column of a field, as the file names it."""
        return self.headings.get(of, of.value)

    def text(self, of: Field) -> str:
        """The cell, or empty text."""
        return self.row.get(of, "")

    def display(self, of: Field) -> str:
        """A cell that other agencies will read, at most as long as a notice allows."""
        return self.shown(self.text(of), of)

    def shown(self, text: str, of: Field) -> str:
        """`text`, at most as long as a notice allows, spoken of as the column of `of`."""
        if len(text) > MAX_DISPLAY:
            raise RowRefused(f"{self.heading(of)} is longer than {MAX_DISPLAY} characters")
        return text

    def bounded(self, of: Field, limit: int) -> str:
        """A cell of at most `limit` characters."""
        text = self.text(of)
        if len(text) > limit:
            raise RowRefused(f"{self.heading(of)} is longer than {limit} characters")
        return text

    def when(self, of: Field, past_only: bool = False) -> PartialDate | None:
        """A date of which parts may be missing; `past_only` for what cannot lie after the day of the extract."""
        text = self.row.get(of)
        if not text:
            return None
        parsed = _read(self.dates, text, self.as_of, past_only)
        if isinstance(parsed, str):
            raise RowRefused(f"{self.heading(of)} {parsed}")
        return parsed[0]

    def day(self, of: Field) -> date | None:
        """A whole date."""
        text = self.row.get(of)
        if not text:
            return None
        parsed = _read(self.dates, text, self.as_of, False)
        if isinstance(parsed, str):
            raise RowRefused(f"{self.heading(of)} {parsed}")
        if parsed[1] is None:
            raise RowRefused(f"{self.heading(of)} has no day")
        return parsed[1]

    def last_day(self, of: Field) -> date | None:
        """A date; where it has no day, the last one it may mean. What is over by then is not told of as if it went on. None also for what
        databases keep where there is no end (31 December 9999, 1 January 1900)."""
        if self.row.get(of) and _never(self.dates, self.row[of], self.as_of):
            return None
        found = self.when(of)
        if found is None or found.exact or found.year is None:
            return found.exact if found else None
        month = found.month or 12
        return date(found.year, month, monthrange(found.year, month)[1])

    def yes_or_no(self, of: Field) -> bool | None:
        """Yes or no; None for an empty cell."""
        if of not in self.row:
            return None
        text = fold(self.text(of))
        if text and text not in YES | NO:
            raise RowRefused(f"{self.heading(of)} is neither yes nor no")
        return text in YES if text else None

    def concept(self, of: Field, table: ConceptMap[Code]) -> Code | None:
        """The shared code of a cell."""
        text = self.row.get(of)
        if not text:
            return None
        try:
            return table.target(text)
        except UnmappedCode as problem:
            raise RowRefused(f"{self.heading(of)} {problem}") from None


def _never(dates: DateForms, text: str, as_of: date) -> bool:
    try:
        day = dates.parse(text, as_of).exact
    except NotADate:
        return False
    return day is not None and (day <= NULL_DAY or (day.year >= NEVER and (day.month, day.day) in ((12, 31), (1, 1))))


@lru_cache(maxsize=16_384)
def _read(dates: DateForms, text: str, as_of: date, past_only: bool) -> tuple[PartialDate, date | None] | str:
    """A date and, where all its parts are known, the day; or what is wrong with it."""
    try:
        parsed = dates.parse(text, as_of, past_only)
    except NotADate as problem:
        return str(problem)
    if parsed.year is None:
        return "has no year"
    first = date(parsed.year, parsed.month or 1, parsed.day or 1)
    if first < EARLIEST or first.year > as_of.year + LATEST_YEARS_AHEAD:
        return "lies outside every possible range"
    if past_only and first > as_of:
        return "lies after the day of the extract"
    return parsed, parsed.exact
