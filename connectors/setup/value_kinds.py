"""What the values of a column look like: dates, NHS numbers by their check digit, postcodes, addresses of e-mail, telephone numbers, names."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mappings.canonical.identifiers import NHSNumber
from mappings.concept_map import fold
from mappings.transforms import POSTCODE
from mappings.transforms_dates import DateForms, NotADate

MOST_BY_CHANCE = 0.1
"""The share of a column that may be something else. One random number of ten digits in eleven passes for an NHS number: many must."""

DAY_FIRST = (
    "%d/%m/%Y", "iso", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%d.%m.%y", "%d-%m-%y", "%d-%b-%y", "%d-%b-%Y", "%d %b %y", "%d %b %Y",
    "%d %B %Y", "%d %B %y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S",
)  # fmt: skip
MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%m/%d/%Y %H:%M")
SERIAL = "excel-serial"

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"(\+44|0)[\d ()-]{8,16}")
_NAME = re.compile(r"[^\W\d_]+[.]?([ ,'’-]+[^\W\d_]+[.]?){0,4}")
_CODE = re.compile(r"[A-Za-z]{0,4}[-/]?\d[\w/-]{0,18}")
_GENDERS = frozenset(
    {"m", "f", "male", "female", "man", "woman", "boy", "girl", "x", "other", "nonbinary", "u", "unknown", "notstated"}
)


class Kind(StrEnum):
    """`TEXT` is anything else, `EMPTY` nothing at all."""

    DATE = "dates"
    NHS_NUMBER = "NHS numbers"
    POSTCODE = "postcodes"
    EMAIL = "addresses of e-mail"
    PHONE = "telephone numbers"
    GENDER = "genders"
    NAME = "names"
    CODE = "codes or numbers"
    TEXT = "other text"
    EMPTY = "nothing"


@dataclass(frozen=True, slots=True)
class Look:
    """What a column looks like: how many cells are filled, how many of those are of the kind, and how many different ones there are."""

    kind: Kind
    filled: int
    fitting: int
    different: int


def look(values: Sequence[str]) -> Look:
    """At the cells of one column."""
    filled = [value for value in values if value]
    different = len(set(filled))
    if not filled:
        return Look(Kind.EMPTY, 0, 0, 0)
    for kind, fits in _TESTS:
        fitting = sum(map(fits, filled))
        if fitting >= (1 - MOST_BY_CHANCE) * len(filled) and not (kind is Kind.NHS_NUMBER and fitting < 3):
            return Look(kind, len(filled), fitting, different)
    return Look(Kind.TEXT, len(filled), len(filled), different)


def is_date(text: str) -> bool:
    """Whether it is a day, in any of the forms that people type; a bare number is not."""
    return day_of(text) is not None


def day_of(text: str, forms: tuple[str, ...] = (*DAY_FIRST, *MONTH_FIRST)) -> date | None:
    """The day, where it is whole."""
    try:
        found = DateForms(forms).parse(text, date.max)
    except NotADate:
        return None
    if found.year is None or found.month is None or found.day is None:
        return None
    return date(found.year, found.month, found.day)


def date_forms(columns: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The forms in which these columns write their dates. Day before month, as here is usual, unless that cannot be and the other can."""
    values = [value for column in columns for value in column if value]
    serial = (SERIAL,) if any(re.fullmatch(r"[1-9]\d{4}(\.\d+)?", value) for value in values) else ()
    in_words = [value for value in values if is_date(value)]
    day_first = sum(day_of(value, DAY_FIRST) is not None for value in in_words)
    month_first = sum(day_of(value, (*MONTH_FIRST, "iso")) is not None for value in in_words)
    first, second = (MONTH_FIRST, DAY_FIRST) if month_first > day_first else (DAY_FIRST, ())
    used = [form for form in (*first, *second) if any(day_of(value, (form,)) is not None for value in in_words)]
    return (*used, *serial) or ("%d/%m/%Y", "iso")


def _nhs_number(text: str) -> bool:
    return NHSNumber.parse(text) is not None


def _postcode(text: str) -> bool:
    return bool(POSTCODE.fullmatch(text.strip()))


_TESTS: tuple[tuple[Kind, Callable[[str], bool]], ...] = (
    (Kind.NHS_NUMBER, _nhs_number),
    (Kind.DATE, is_date),
    (Kind.POSTCODE, _postcode),
    (Kind.EMAIL, lambda text: bool(_EMAIL.fullmatch(text))),
    (Kind.PHONE, lambda text: bool(_PHONE.fullmatch(text))),
    (Kind.GENDER, lambda text: fold(text) in _GENDERS),
    (Kind.CODE, lambda text: bool(_CODE.fullmatch(text))),
    (Kind.NAME, lambda text: len(text) <= 60 and bool(_NAME.fullmatch(text))),
)
