"""Files of labelled, fictional people: what matching is tried on.

Columns: rec_id, source, true_id, given_name, middle_name, family_name, birth_date (YYYY-MM-DD, `00` for an unknown
part), gender, address, city, postcode; others are kept for grouping only. `national_id`, `phone` and `email` are never
matched by. The label (`true_id`) is read after the last decision, and only to count.
"""

import csv
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from identity.person.birth_date import read_written
from identity.person.standard_person import StandardPerson
from identity.person.standardise import standardise
from mappings.canonical.codes import Gender
from mappings.canonical.person import Address, Person

NEEDED = (
    "rec_id",
    "source",
    "true_id",
    "given_name",
    "middle_name",
    "family_name",
    "birth_date",
    "gender",
    "address",
    "city",
    "postcode",
)
_GENDERS = {"f": Gender.FEMALE, "m": Gender.MALE}


class NotLabelled(ValueError):
    """The file does not have the columns; the message names those that are missing."""


@dataclass(frozen=True, slots=True, repr=False)
class LabelledRecord:
    """One row: who it is in truth, which source holds it, the group it is reported in, and the standardised person."""

    truth: str
    source: str
    person: StandardPerson
    group: str = ""


def read_labelled(path: Path, limit: int | None = None, by: str = "") -> list[LabelledRecord]:
    """The first `limit` rows, in file order, grouped by the column `by`. Raises `NotLabelled`, `OSError`."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = [name for name in (*NEEDED, *filter(None, [by])) if name not in (rows.fieldnames or ())]
        if missing:
            raise NotLabelled(f"{path.name} has no column {', '.join(missing)}; the layout is that of a labelled file")
        try:
            return [
                LabelledRecord(row["true_id"], row["source"], standardise(_person(row)), (row[by] or "") if by else "")
                for row in islice(rows, limit)
            ]
        except (csv.Error, UnicodeDecodeError):
            raise NotLabelled(f"{path.name} cannot be read as CSV in UTF-8") from None


def _person(row: dict[str, str]) -> Person:
    cell = {name: row[name] or "" for name in NEEDED}
    lines = (cell["address"],) if cell["address"] else ()
    return Person(
        local_id=cell["rec_id"],
        given=tuple(filter(None, (cell["given_name"], cell["middle_name"]))),
        family=cell["family_name"],
        birth_date=read_written(cell["birth_date"]),
        gender=_GENDERS.get(cell["gender"][:1].lower(), Gender.UNKNOWN),
        addresses=(Address(lines=lines, town=cell["city"], postcode=cell["postcode"]),),
    )
