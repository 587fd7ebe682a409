"""Children's social care: the Standard Safeguarding Dataset, a set of four CSV files."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from deploy.demo.caseloads import Allocation
from deploy.demo.exports.as_written import as_written
from deploy.demo.seaton_family import FILES

FIRST_TEAM = 200
PERSON_OFFSET = 3_000_000


def write(folder: Path, rows: Sequence[Allocation]) -> None:
    """Fill `folder` with the set: the family's rows as carried, the town's after them."""
    folder.mkdir(parents=True, exist_ok=True)
    teams = {name: str(FIRST_TEAM + n) for n, name in enumerate(sorted({row.service for row in rows}))}
    workers = {name: str(5_000 + n) for n, name in enumerate(sorted({row.worker for row in rows}))}
    _extend(folder, "ssd_department.csv", [[id, name, "7", "Childrens Social Care"] for name, id in teams.items()])
    _extend(folder, "ssd_professionals.csv", [_professional(name, id) for name, id in workers.items()])
    _extend(folder, "ssd_person.csv", [_person(row) for row in rows])
    _extend(folder, "ssd_involvements.csv", [_involvement(row, workers, teams) for row in rows])


def _extend(folder: Path, name: str, rows: list[list[str]]) -> None:
    carried = (FILES / "ssd" / name).read_text(encoding="utf-8")
    with (folder / name).open("w", encoding="utf-8", newline="") as stream:
        stream.write(carried if carried.endswith("\n") else carried + "\n")
        csv.writer(stream, lineterminator="\n").writerows(rows)


def _professional(name: str, id: str) -> list[str]:
    given, family = name.split(" ", 1)
    return [id, f"S{id}", f"{family}, {given}", "", "Social Worker", "Locality East"]


def _person(row: Allocation) -> list[str]:
    written, person = as_written(row), row.person
    sex = "F" if person.female else "M"
    return [
        _person_id(row),
        "",
        written.given,
        written.family,
        sex,
        "",
        _moment(person.born),
        written.nhs_number,
        "",
        "",
    ]


def _involvement(row: Allocation, workers: dict[str, str], teams: dict[str, str]) -> list[str]:
    end = _moment(row.end) if row.end else ""
    start = _moment(row.start)
    return [
        str(100_000 + row.number),
        workers[row.worker],
        "CW",
        teams[row.service],
        _person_id(row),
        start,
        end,
        "FCONTA",
        "",
    ]


def _person_id(row: Allocation) -> str:
    return str(PERSON_OFFSET + row.number)


def _moment(day: date) -> str:
    return f"{day.isoformat()} 00:00:00.000"
