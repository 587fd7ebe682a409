"""Chapter 8. An agency's export in its own format yields exactly the involvements a careful reader would find in it.

The expectations are the Seaton family's own (`deploy/demo/seaton/expected.jsonl`): for each source and row, whom it is
about, who is involved, since and until when, under which reference; or that it is rightly skipped, or withdrawn.
"""

import json
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from connectors.sources.opening import open_source
from connectors.sources.port import Read, Skipped, SkipReason, Withdrawn
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Mode, ServiceLine
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.person import Person

SEATON = Path(__file__).parents[2] / "deploy/demo/seaton"
EXPORTS = {
    "ssd": ("ssd_involvements", "ssd", ServiceLine.CHILDRENS_SOCIAL_CARE),
    "fhir": ("fhir_r4_ukcore", "fhir_ukcore_bundle.json", ServiceLine.PUBLIC_HEALTH_NURSING),
    "housing": ("generic_agency_csv", "housing_own.csv", ServiceLine.HOUSING),
}
PEOPLE = json.loads((SEATON / "people.json").read_text(encoding="utf-8"))
EXPECTED = [json.loads(line) for line in (SEATON / "expected.jsonl").read_text(encoding="utf-8").splitlines()]


def plain(name: str) -> str:
    """A name without accents and capitals: agencies spell the same mother Siobhan and Siobhán."""
    return unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode().casefold()


def who(person: Person) -> str:
    """Which member of the family this is: by birth date, family name and first given name."""
    for name, known in PEOPLE.items():
        same_names = plain(known["sn"]) == plain(person.family) and plain(known["fn"]).split()[0] == plain(
            person.given[0]
        )
        if same_names and person.birth_date and person.birth_date.exact == date.fromisoformat(known["dob"]):
            return str(name)
    raise AssertionError("the export names somebody who is not of the family")


def told(reading: Read) -> dict[str, str | None]:
    """An involvement as the expectations write it."""
    one = reading.involvement
    return {
        "person": who(one.person),
        "worker": one.worker or None,
        "team": one.team or None,
        "start": one.start.isoformat() if one.start else None,
        "end": one.end.isoformat() if one.end else None,
        "local_id": one.local_id,
    }


@pytest.fixture(params=list(EXPORTS))
def source(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def readings_of(source: str) -> list[object]:
    preset, name, service = EXPORTS[source]
    defaults = AgencyDefaults(AgencyId(f"urn:patchwork:seaton:{source}"), service)
    return list(open_source(preset, SEATON / name, defaults, Mode.TRIAL, date(2025, 11, 6)).readings())


def expected_of(source: str) -> list[dict[str, str | None]]:
    lines = [line for line in EXPECTED if line["source"] == source]
    assert lines
    return lines


def test_an_export_yields_exactly_the_involvements_that_are_in_it(source: str) -> None:
    """Given an agency's export in its own format, when it is read, then exactly the involvements that a careful reader finds in it come out."""
    wanted = [
        {key: line[key] for key in ("person", "worker", "team", "start", "end", "local_id")}
        for line in expected_of(source)
        if "person" in line
    ]

    assert [told(reading) for reading in readings_of(source) if isinstance(reading, Read)] == wanted


def test_what_is_skipped_is_skipped_for_a_reason_and_nothing_else_is(source: str) -> None:
    """Given rows that should not be published, when the export is read, then those are skipped, each for a reason, and no others."""
    wanted = [line["skip"] for line in expected_of(source) if "skip" in line]
    skipped = [reading for reading in readings_of(source) if isinstance(reading, Skipped)]

    assert [reading.local_id for reading in skipped if reading.reason is not SkipReason.DUPLICATE] == wanted


def test_what_the_source_takes_back_is_withdrawn(source: str) -> None:
    """Given entries that the source marks as errors, when the export is read, then exactly those are withdrawn."""
    wanted = [line["withdraw"] for line in expected_of(source) if "withdraw" in line]

    assert [reading.local_id for reading in readings_of(source) if isinstance(reading, Withdrawn)] == wanted


def test_every_row_is_accounted_for() -> None:
    """Given every export of the family, when it is read, then each row is accounted for: read, skipped, withdrawn or merged."""
    kinds = {source: [type(reading).__name__ for reading in readings_of(source)] for source in EXPORTS}

    assert kinds == {
        "ssd": ["Read", "Read", "Read", "Read", "Skipped", "Skipped"],
        # The one patient is a record of its own, merged into no other.
        "fhir": ["Parted", "Read", "Read", "Withdrawn"],
        "housing": ["Read", "Read"],
    }


def test_a_row_that_stands_twice_collapses_into_one() -> None:
    """Given a row that stands twice, when the export is read, then it counts once."""
    duplicates = [one for one in readings_of("ssd") if isinstance(one, Skipped) and one.reason is SkipReason.DUPLICATE]

    assert [one.local_id for one in duplicates] == ["90001"]


def test_the_external_doctor_in_the_councils_records_is_not_the_councils_worker() -> None:
    """Given a doctor from outside who stands in the council's records, when the export is read, then the doctor is not published as the council's
    worker."""
    external = [
        one for one in readings_of("ssd") if isinstance(one, Skipped) and one.reason is SkipReason.EXTERNAL_WORKER
    ]

    assert [one.local_id for one in external] == ["90005"]


def test_a_social_workers_registration_number_is_read_from_the_councils_records() -> None:
    """Given a council's records in which one worker has a Social Work England number and one has none, when they are read, then that number is
    known, so that its keyed token may keep her from being alerted about herself."""
    found = {
        one.involvement.worker: one.involvement.registration for one in readings_of("ssd") if isinstance(one, Read)
    }
    assert found["Folake Adeyemi"] == "swe|SW100501"
    assert found["Lewis Grant"] == ""
