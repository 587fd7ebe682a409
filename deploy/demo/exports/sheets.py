"""Housing, adult social care and the young people's service: the CSV sheets that multi-agency projects have agreed on."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from deploy.demo.caseloads import Allocation, Fate
from deploy.demo.exports.as_written import as_written
from deploy.demo.seaton_family import FILES

KEYWORKER_HEADINGS = (
    "Last Name",
    "First Name",
    "Date of Birth",
    "Gender",
    "NHS No",
    "NHS number status",
    "Address",
    "CMS No",
    "Keyworker",
    "Email",
    "Service/Event Desc",
    "Service/Event Start",
    "Service/Event End",
    "Legal basis",
)


def write_housing(path: Path, rows: Sequence[Allocation]) -> None:
    """The housing list: the family's rows as carried, the town's after them under the same headings."""
    carried = (FILES / "housing_own.csv").read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(carried if carried.endswith("\n") else carried + "\n")
        csv.writer(stream, lineterminator="\n").writerows(_housing_row(row) for row in rows)


def write_keyworkers(path: Path, rows: Sequence[Allocation]) -> None:
    """A list of clients with their keyworkers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(KEYWORKER_HEADINGS)
        writer.writerows(_keyworker_row(row) for row in rows)


def _housing_row(row: Allocation) -> list[str]:
    written = as_written(row)
    where = f"{written.street}\nSeaton\n{written.postcode}"
    given, family = row.worker.split(" ", 1)
    who = [written.family, written.given, _day(row.person.born), "", written.nhs_number, where, ""]
    return [
        *who,
        f"H-{row.number}",
        f"{family}, {given}",
        "N",
        "Y",
        "Seaton Homes",
        row.service,
        _day(row.start),
        _day(row.end),
    ]


def _keyworker_row(row: Allocation) -> list[str]:
    written = as_written(row)
    where = f"{written.street}\nSeaton\n{written.postcode}"
    basis = "consent" if row.fate is Fate.REFUSED else ""
    status = "01" if written.nhs_number else ""
    who = [
        written.family,
        written.given,
        _day(row.person.born),
        "F" if row.person.female else "M",
        written.nhs_number,
        status,
    ]
    email = f"{row.worker.lower().replace(' ', '.')}@seaton.example"
    return [*who, where, f"K-{row.number}", row.worker, email, row.service, _day(row.start), _day(row.end), basis]


def _day(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""
