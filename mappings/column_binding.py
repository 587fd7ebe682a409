"""The headings of one file bound to the fields of its map. What is in no list of the map is refused by name, never
dropped silently."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mappings.concept_map import fold
from mappings.source_map import Field, FileMap, Header, Others, Row
from mappings.transforms import UNPRINTABLE, one_line

# Fields whose line ends mean something.
KEEPS_LINES = frozenset({Field.ADDRESS})
# What a heading never looks like, but a value does: such a "heading" is named by its place only, since it may be
# somebody's data.
LONGEST_NULL = 40
# How exports keep a spreadsheet from taking a number for one: ="00123".
GUARDED = re.compile(r'="([^"]*)"')
VALUE_LIKE = re.compile(r"[0-9]{4}|@|[0-9]/[0-9]")


class ColumnsRefused(ValueError):
    """The headings are not those of the map. Names the headings or fields."""


@dataclass(frozen=True, slots=True)
class Binding:
    """Where each field stands. `headings` are as the file writes them, to name a column in a problem; `width` the count
    of headings; `unnamed` the places of headings left empty; `unknown` are the columns in no list, which are not read."""

    places: tuple[tuple[Field, int], ...]
    headings: dict[Field, str]
    width: int
    unnamed: tuple[int, ...]
    unknown: tuple[str, ...] = ()

    def only(self, fields: frozenset[Field]) -> "Binding":
        """The same, for these fields alone."""
        return replace(self, places=tuple((field, place) for field, place in self.places if field in fields))

    def row(self, cells: Sequence[str], null_tokens: frozenset[str]) -> Row:
        """The mapped cells of one row, cleaned; cells that are empty or a null token are absent. No other cell is
        kept."""
        row: Row = {}
        for field, place in self.places:
            raw = cells[place]
            if not raw:
                continue
            if raw[0] == "=" and (guarded := GUARDED.fullmatch(raw.strip())):
                raw = guarded[1]
            if raw.isascii() and raw.isprintable() and "  " not in raw:
                # What `one_line` would find out again, for the cells that are most.
                text = raw.strip()
            else:
                text = UNPRINTABLE.sub("", raw).strip() if field in KEEPS_LINES else one_line(raw)
            if text and (len(text) > LONGEST_NULL or text.casefold() not in null_tokens):
                row[field] = text
        return row


def shown(heading: str, place: int) -> str:
    """A heading as a message may show it; `place` counts from 0."""
    text = one_line(heading)
    if not text or len(text) > 60 or VALUE_LIKE.search(text):
        return f"the {place + 1}. column"
    return f"'{text}'"


def recognised(file_map: FileMap, headings: Sequence[str]) -> bool:
    """Whether these can be the headings of this file: every required field is there, and one of each group."""
    present = fields_of(file_map, headings)
    return file_map.required <= present and all(group & present for group in file_map.one_of)


def fields_of(file_map: FileMap, headings: Sequence[str]) -> set[Field]:
    """The fields that have a column among these headings."""
    folded = {fold(heading) for heading in headings} - {""}
    return {field for field, known in file_map.columns.items() if any(_any(known, one) for one in folded)}


def bind(file_map: FileMap, headings: Sequence[str], strict: bool = True) -> Binding:
    """Raises `ColumnsRefused` for required fields without a column and, where `strict` and if the map asks for that, for
    a column of no list and for two columns of one field."""
    refuses = strict and file_map.others is Others.REFUSE
    places: dict[Field, int] = {}
    unknown: list[str] = []
    unnamed: list[int] = []
    for place, heading in enumerate(headings):
        folded = fold(heading)
        if not folded:
            unnamed.append(place)
        elif _any(file_map.deny, folded):
            continue
        elif (field := _field(file_map, folded)) is not None:
            if field in places and not refuses:
                # The heading that the map names first counts; the other is one of those that are not read.
                first, second = sorted((places[field], place), key=lambda at: _rank(file_map, field, headings[at]))
                places[field] = first
                unknown.append(shown(headings[second], second))
                continue
            if field in places:
                both = f"{shown(headings[places[field]], places[field])} and {shown(heading, place)}"
                raise ColumnsRefused(f"{both} both hold {field.value}; keep one, or ignore one in the preset")
            places[field] = place
        elif not _any(file_map.ignore, folded):
            unknown.append(shown(heading, place))
    if unknown and refuses:
        raise ColumnsRefused(
            f"unknown column {', '.join(unknown)}; map, ignore or deny it by name in the agency's own preset"
        )
    missing = [field.value for field in sorted(file_map.required) if field not in places]
    missing += [" or ".join(sorted(group)) for group in file_map.one_of if not group & set(places)]
    if missing:
        raise ColumnsRefused(f"no column for {', '.join(missing)}")
    headings_by_field = {field: shown(headings[place], place) for field, place in places.items()}
    return Binding(tuple(places.items()), headings_by_field, len(headings), tuple(unnamed), tuple(unknown))


def _field(file_map: FileMap, folded: str) -> Field | None:
    return next((field for field, known in file_map.columns.items() if _any(known, folded)), None)


def _rank(file_map: FileMap, field: Field, heading: str) -> int:
    known = file_map.columns[field]
    return next((number for number, one in enumerate(known) if one.matches(fold(heading))), len(known))


def _any(headers: Sequence[Header], folded: str) -> bool:
    return any(header.matches(folded) for header in headers)
