"""The exclusion list: clients of whom nothing may ever leave the agency (restricted, sealed and adopted records).
Applied before all else.

A text file with one client id a line (`#` begins a remark), or a CSV file whose heading names the column. The ids are
the agency's own, those its exports call the client by. A list that cannot be read stops publishing: without it nobody
knows who must not be published.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mappings.concept_map import fold
from mappings.transforms import one_line

MAX_BYTES = 64 * 1024 * 1024
MAX_ID = 200
HEADINGS = frozenset(
    fold(name)
    for name in (
        *(
            "person id",
            "client id",
            "client ref",
            "client reference",
            "local id",
            "local person id",
            "id",
            "mrn",
            "CMS No",
        ),
        *("pers_person_id", "invo_person_id", "case ref", "patient id"),
    )
)
LEADING_ZEROS = re.compile(r"^0+(?=[0-9])")


class ExclusionListUnreadable(Exception):
    """The list cannot be read, so nothing may be published. Names the file and the way out, never an id."""


@dataclass(frozen=True, slots=True)
class ExclusionList:
    """`person_ids` as the file writes them. Comparison is forgiving (case, spaces, leading zeros that spreadsheets
    lose): it is better to leave one client too many unpublished than one too few."""

    person_ids: frozenset[str] = field(default=frozenset(), repr=False)
    _compared: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_compared", frozenset(_comparable(one) for one in self.person_ids))

    def excludes(self, local_person_id: str) -> bool:
        """Whether nothing about this client may leave the agency."""
        return _comparable(local_person_id) in self._compared

    def __len__(self) -> int:
        return len(self.person_ids)

    @classmethod
    def load(cls, path: Path) -> "ExclusionList":
        """The list in a file. Raises `ExclusionListUnreadable`."""
        try:
            if path.stat().st_size > MAX_BYTES:
                raise ExclusionListUnreadable(
                    f"the exclusion list {path.name} is larger than {MAX_BYTES // 1024**2} MB"
                )
            data = path.read_bytes()
        except OSError as error:
            reason = error.strerror or "not a file"
            raise ExclusionListUnreadable(
                f"the exclusion list {path.name} cannot be read: {reason}; where nobody is excluded, give an empty file"
            ) from None
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ExclusionListUnreadable(
                f"the exclusion list {path.name} is not UTF-8 text; save it as CSV UTF-8"
            ) from None
        try:
            return cls(frozenset(_ids(path.name, text)))
        except csv.Error:
            raise ExclusionListUnreadable(
                f"the exclusion list {path.name} has a quotation mark that never closes, or a cell too long"
            ) from None


def _ids(name: str, text: str) -> Iterator[str]:
    rows = [
        (number, cells)
        for number, cells in enumerate(csv.reader(text.splitlines()), 1)
        if any(cell.strip() for cell in cells) and not cells[0].lstrip().startswith("#")
    ]
    place = 0
    if rows:
        found = [place for place, cell in enumerate(rows[0][1]) if fold(cell) in HEADINGS]
        if found:
            place = found[0]
            rows = rows[1:]
        elif len(rows[0][1]) > 1:
            raise ExclusionListUnreadable(
                f"the exclusion list {name} has several columns and none is headed 'person id'; "
                "head it so, or give one id a line"
            )
    for number, cells in rows:
        one = one_line(cells[place].partition(" #")[0]) if place < len(cells) else ""
        if not one or len(one) > MAX_ID:
            raise ExclusionListUnreadable(
                f"the exclusion list {name} has no usable id in line {number}: expected 1 to {MAX_ID} characters"
            )
        yield one


def _comparable(local_id: str) -> str:
    return LEADING_ZEROS.sub("", "".join(one_line(local_id).casefold().split()))
