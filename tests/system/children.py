"""Invented children, one unlike the other, and the export in which an agency states its work with them."""

import csv
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from deploy.demo.exports.sheets import KEYWORKER_HEADINGS
from mappings.canonical.codes import Gender, IdentifierSystem, Strength
from mappings.canonical.identifiers import NHSNumber
from mappings.canonical.person import Address, PartialDate, Person, PersonIdentifier

GIVEN = ("Ada", "Bea", "Cai", "Dov", "Eli", "Fay", "Gus", "Hal", "Ivy", "Jem")
FAMILY = ("Lund", "Okafor", "Pryce", "Quill", "Rowe", "Stagg", "Tull", "Upton", "Vance", "Wren")


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """One agency's work with child `number`. `basis` is the legal basis in words, empty for the agency's own. `numbered`: the export has the
    child's NHS number, which is an invented one and so never live."""

    number: int
    worker: str = "Carys Lund"
    service: str = "Family support"
    basis: str = ""
    end: date | None = None
    numbered: bool = True


def rows(*numbers: int, worker: str = "Carys Lund", basis: str = "") -> list[Row]:
    """One row a child."""
    return [Row(number, worker, basis=basis) for number in numbers]


def person_of(number: int) -> Person:
    """The same child as another agency knows them."""
    day = born(number)
    return Person(
        local_id=f"N-{number}",
        given=(GIVEN[number % 10],),
        family=FAMILY[number // 10 % 10],
        birth_date=PartialDate(day.year, day.month, day.day),
        gender=Gender.FEMALE,
        addresses=(Address((f"{number + 1} Harbour Road",), "Seaton", "ZZ5 1AB"),),
        identifiers=(PersonIdentifier(IdentifierSystem.NHS_NUMBER, nhs_number(number), Strength.STRONG),),
    )


def write_export(path: Path, stated: Iterable[Row]) -> None:
    """Put an export in the place of the one before, whole, as a system that exports every night does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".part")
    with fresh.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(KEYWORKER_HEADINGS)
        writer.writerows(_line(row) for row in stated)
    os.replace(fresh, path)


def born(number: int) -> date:
    """A birth date of their own; all are children for years to come, none near a birthday that changes that."""
    return date(date.today().year - 12, 1, 2) + timedelta(days=number % 2500)


def nhs_number(number: int) -> str:
    """A number of the range that is never given out, with the right check digit."""
    serials = range(999_700_000 + 7 * number, 999_700_000 + 7 * number + 7)
    return next(text for serial in serials for digit in range(10) if NHSNumber.parse(text := f"{serial}{digit}"))


def _line(row: Row) -> list[str]:
    who = [FAMILY[row.number // 10 % 10], GIVEN[row.number % 10], born(row.number).strftime("%d/%m/%Y"), "F"]
    where = f"{row.number + 1} Harbour Road\nSeaton\nZZ5 1AB"
    end = row.end.strftime("%d/%m/%Y") if row.end else ""
    return [
        *who,
        *(nhs_number(row.number) if row.numbered else "", "01" if row.numbered else "", where, f"K-{row.number}"),
        *(row.worker, "worker@seaton.example", row.service, "05/01/2026", end, row.basis),
    ]
