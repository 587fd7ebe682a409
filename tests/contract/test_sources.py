"""What every source promises, whichever way an agency's records come in: what is stated is read, the same again is the same, what cannot be read
raises before the first row, and a fault names no client.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import pytest

from connectors.listeners import fhir_message
from connectors.listeners.directories import Directories
from connectors.sources.fhir_client import FhirAccess
from connectors.sources.fhir_server import FhirServerSource
from connectors.sources.message import MessageSource
from connectors.sources.opening import open_source
from connectors.sources.port import Coverage, Read, Source, SourceUnreadable
from connectors.sources.sql_query import SqlQuerySource
from connectors.sources.sql_query_database import SqliteDatabase
from mappings.canonical.codes import Mode
from mappings.preset import load_preset
from tests.connectors.sources.agencies import DEFAULTS, EXTRACTED
from tests.connectors.sources.fhir_place import FhirPlace, Scripted

NOW = datetime(2025, 11, 1, 9, 0, tzinfo=UTC)
CLIENTS = {"C-1": ("Okafor", "Maya", "2014-03-09"), "C-2": ("Marsh", "Tyler", "2012-05-01")}
"""Invented: local id -> family name, given name, birth date."""


class Records(Protocol):
    """An agency's records behind one kind of source, as a test sees them."""

    full: bool
    """Whether one reading states everything."""

    def state(self, *clients: str) -> None:
        """The records hold an involvement with each of these from now on, and no other."""

    def source(self) -> Source:
        """The source, opened anew."""

    def break_down(self) -> None:
        """From now on it cannot be read."""

    def close(self) -> None:
        """The test is over."""


class CsvRecords:
    """A CSV export."""

    full = True

    def __init__(self, folder: Path) -> None:
        self.path = folder / "export.csv"

    def state(self, *clients: str) -> None:
        rows = ["client_id,family_name,given_name,date_of_birth,involvement_id,worker,start_date"]
        for id in clients:
            family, given, born = CLIENTS[id]
            rows.append(f"{id},{family},{given},{born},I-{id},Helen Marsh,2025-01-01")
        self.path.write_text("\n".join(rows) + "\n")

    def source(self) -> Source:
        return open_source("generic_agency_csv", self.path, DEFAULTS, Mode.TRIAL, EXTRACTED)

    def break_down(self) -> None:
        self.path.write_bytes(b"\x00\x01\x02")

    def close(self) -> None:
        """Nothing is open."""


def fhir_resources(*clients: str) -> list[dict[str, Any]]:
    """The same involvements in FHIR."""
    found: list[dict[str, Any]] = [
        {"resourceType": "Practitioner", "id": "w", "name": [{"family": "Marsh", "given": ["Helen"]}]}
    ]
    for id in clients:
        family, given, born = CLIENTS[id]
        found += [
            {
                "resourceType": "Patient", "id": id, "identifier": [{"system": "urn:x:mrn", "value": id}],
                "name": [{"use": "official", "family": family, "given": [given]}], "birthDate": born,
            },
            {
                "resourceType": "CareTeam", "id": f"I-{id}", "status": "active", "subject": {"reference": f"Patient/{id}"},
                "identifier": [{"value": f"I-{id}"}], "period": {"start": "2025-01-01"},
                "participant": [{"member": {"reference": "Practitioner/w"}}],
            },
        ]  # fmt: skip
    return found


class BundleRecords(CsvRecords):
    """A FHIR bundle in a file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bundle.json"

    def state(self, *clients: str) -> None:
        entries = [{"resource": each} for each in fhir_resources(*clients)]
        self.path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))

    def source(self) -> Source:
        return open_source("fhir_r4_ukcore", self.path, DEFAULTS, Mode.TRIAL, EXTRACTED)


class ServerRecords:
    """A FHIR server."""

    full = True

    def __init__(self, _: Path) -> None:
        self.server = FhirPlace()

    def state(self, *clients: str) -> None:
        self.server.records = fhir_resources(*clients)

    def source(self) -> Source:
        preset = load_preset("fhir_r4_ukcore")
        return FhirServerSource("ehr", FhirAccess(self.server.url), preset, DEFAULTS, Mode.TRIAL, lambda: NOW)

    def break_down(self) -> None:
        # Answers the first question, and then no more.
        self.server.script = lambda path, _: Scripted(500) if "metadata" not in path else None

    def close(self) -> None:
        self.server.close()


class SqlRecords(CsvRecords):
    """A database."""

    def __init__(self, folder: Path) -> None:
        self.path, self.query = folder / "cases.sqlite", folder / "cases.sql"
        columns = ("Client ref", "Surname", "Forename", "DoB", "Involvement id", "Worker", "Start date")
        named = ", ".join(f'c{number} AS "{name}"' for number, name in enumerate(columns))
        self.query.write_text(f"SELECT {named} FROM cases")

    def state(self, *clients: str) -> None:
        with sqlite3.connect(self.path) as db:
            db.execute("DROP TABLE IF EXISTS cases")
            db.execute("CREATE TABLE cases (c0, c1, c2, c3, c4, c5, c6)")
            rows = [(id, *CLIENTS[id], f"I-{id}", "Helen Marsh", "2025-01-01") for id in clients]
            db.executemany("INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def source(self) -> Source:
        preset = load_preset("generic_agency_csv")
        return SqlQuerySource("cases", SqliteDatabase(self.path), self.query, preset, DEFAULTS, Mode.TRIAL, lambda: NOW)

    def break_down(self) -> None:
        with sqlite3.connect(self.path) as db:
            db.execute("ALTER TABLE cases RENAME COLUMN c6 TO c7")


class SentRecords:
    """A message that a system sent, as a door takes it."""

    full = False

    def __init__(self, _: Path) -> None:
        self.body = b""
        self.agency: Any = SimpleNamespace(
            defaults=DEFAULTS, shared=SimpleNamespace(now=lambda: NOW, settings=SimpleNamespace(mode=Mode.TRIAL))
        )

    def state(self, *clients: str) -> None:
        entries = [{"resource": each} for each in fhir_resources(*clients)]
        bundle = {"resourceType": "Bundle", "type": "message", "identifier": {"value": "m1"}, "entry": entries}
        self.body = json.dumps(bundle).encode()

    def source(self) -> Source:
        preset = load_preset("fhir_r4_ukcore")
        door: Any = SimpleNamespace(name="ehr", staff=None, teams=None)
        nobody = Directories(door, preset, lambda _: None)
        message = fhir_message.making("ehr", preset, self.body, "", nobody)(self.agency)
        return MessageSource(message.readings, EXTRACTED)

    def break_down(self) -> None:
        self.body = self.body[:-1]

    def close(self) -> None:
        """Nothing is open."""


KINDS: dict[str, Callable[[Path], Records]] = {
    "csv": CsvRecords,
    "fhir bundle": BundleRecords,
    "fhir server": ServerRecords,
    "sql": SqlRecords,
    "sent": SentRecords,
}


@pytest.fixture(params=KINDS)
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Records]:
    opened = KINDS[request.param](tmp_path)
    yield opened
    opened.close()


def stated(source: Source) -> dict[str, str]:
    """The involvements of one reading, by their id: whose they are."""
    source.snapshot()
    return {
        one.involvement.local_id: one.involvement.person.local_id for one in source.readings() if isinstance(one, Read)
    }


def test_what_the_records_hold_is_what_is_read(records: Records) -> None:
    records.state("C-1", "C-2")
    assert stated(records.source()) == {"I-C-1": "C-1", "I-C-2": "C-2"}


def test_every_source_says_the_same_of_a_person(records: Records) -> None:
    records.state("C-1")
    source = records.source()
    source.snapshot()
    (one,) = [each.involvement for each in source.readings() if isinstance(each, Read)]
    assert (one.person.family, one.person.given, str(one.start)) == ("Okafor", ("Maya",), "2025-01-01")
    assert one.worker == "Helen Marsh"


def test_the_same_records_twice_are_read_alike(records: Records) -> None:
    records.state("C-1", "C-2")
    assert stated(records.source()) == stated(records.source())


def test_a_reading_of_everything_says_so(records: Records) -> None:
    records.state("C-1")
    snapshot = records.source().snapshot()
    assert (snapshot.coverage is Coverage.FULL) == records.full
    assert snapshot.as_of == EXTRACTED


def rows(records: Records) -> Iterator[object]:
    """One reading, row by row."""
    source = records.source()
    source.snapshot()
    yield from source.readings()


def test_what_cannot_be_read_raises_before_the_first_row_and_names_nobody(records: Records) -> None:
    records.state("C-1", "C-2")
    records.break_down()
    with pytest.raises(SourceUnreadable) as caught:
        next(rows(records))
    assert not [word for word in ("C-1", "Okafor", "Maya", "2014") if word in str(caught.value)]
