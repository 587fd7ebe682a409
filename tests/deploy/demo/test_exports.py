"""The agencies' exports: the real sources read exactly the rows back, and every person stays recognisable."""

from datetime import date
from pathlib import Path

import pytest

from connectors.sources.opening import detect, open_source
from connectors.sources.port import Read, Reading, Rejected
from deploy.demo.agencies import AGREEMENTS, REGISTRATIONS, agency_id
from deploy.demo.caseloads import Allocation, Fate, Office
from deploy.demo.exports.as_written import as_written
from deploy.demo.residents import Resident
from deploy.demo.story import Story, export, tell
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Gender, IdentifierSystem, Mode, ServiceLine
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.involvement import Involvement
from mappings.canonical.person import Person
from tests.deploy.demo.known_truth import own_words

DAY = date(2026, 3, 14)
# Persons and involvements of the carried family, as the files beside them count (`deploy/demo/seaton/expected.jsonl`).
CARRIED = {Office.CHILDRENS: 4, Office.HEALTH: 2, Office.HOUSING: 2, Office.YOUTH: 0, Office.ADULTS: 0}


@pytest.fixture(scope="module")
def story() -> Story:
    return tell(DAY)


@pytest.fixture(scope="module", params=list(Office))
def office(request: pytest.FixtureRequest) -> Office:
    return Office(request.param)


@pytest.fixture(scope="module")
def readings(story: Story, office: Office, tmp_path_factory: pytest.TempPathFactory) -> list[Reading]:
    said = REGISTRATIONS[office]
    path = export(story, office, tmp_path_factory.mktemp(office.value))
    defaults = AgencyDefaults(AgencyId(agency_id(office)), ServiceLine(said.service))
    return list(open_source(said.preset, path, defaults, Mode.TRIAL, DAY).readings())


def test_an_export_reads_back_as_exactly_the_agencys_rows(
    story: Story, office: Office, readings: list[Reading]
) -> None:
    wanted = sorted(as_row(row) for row in story.rows if row.office is office and not row.carried)
    known = {row[0] for row in wanted}
    read = [reading.involvement for reading in readings if isinstance(reading, Read)]

    assert sorted(as_read(one) for one in read if one.person.local_id in known) == wanted
    assert len(read) - len(wanted) == CARRIED[office]
    assert not [reading for reading in readings if isinstance(reading, Rejected)]


def test_every_person_is_still_recognisable_as_the_resident(
    story: Story, office: Office, readings: list[Reading]
) -> None:
    rows = {own_words(row)[0]: row for row in story.rows if row.office is office and not row.carried}
    seen = 0
    for reading in readings:
        row = rows.get(reading.involvement.person.local_id) if isinstance(reading, Read) else None
        if row is not None and isinstance(reading, Read):
            assert recognisable(reading.involvement.person, row.person), f"row {row.number}, {row.quirk or 'no quirk'}"
            seen += 1

    assert seen == len(rows)


def test_the_private_and_the_refused_differ_from_the_rest_where_they_should(
    story: Story, office: Office, readings: list[Reading]
) -> None:
    rows = {own_words(row)[0]: row for row in story.rows if row.office is office and not row.carried}
    usual = AGREEMENTS[REGISTRATIONS[office].agreement].legal_basis
    for reading in readings:
        row = rows.get(reading.involvement.person.local_id) if isinstance(reading, Read) else None
        if row is not None and isinstance(reading, Read):
            # A row that says nothing leaves it to what the agency's settings say.
            stated = reading.involvement.legal_basis
            assert (stated is not None and stated.value != usual) == (row.fate is Fate.REFUSED)


@pytest.mark.parametrize("quirk", ["", "no-number", "no-middle-name", "capitals", "moved-house"])
def test_a_quirk_changes_one_thing_alone(story: Story, quirk: str) -> None:
    row = next(row for row in story.rows if row.quirk == quirk and not row.carried and row.person.middle)
    written, person = as_written(row), row.person
    whole = (f"{person.given} {person.middle}", person.family, person.nhs_number, person.street, person.postcode)
    parts = (written.given, written.family, written.nhs_number, written.street, written.postcode)
    changed = {"": 0, "moved-house": 2}.get(quirk, 1)

    assert sum(one != other for one, other in zip(whole, parts, strict=True)) == changed


def test_each_export_is_recognised_by_its_shape(story: Story, office: Office, tmp_path: Path) -> None:
    assert detect(export(story, office, tmp_path)) == REGISTRATIONS[office].preset


def recognisable(person: Person, resident: Resident) -> bool:
    """Enough agrees for a careful reader: first name and family name, the birth date, the sex where it is stated; and the
    number or else the home."""
    numbers = {one.value for one in person.identifiers if one.system is IdentifierSystem.NHS_NUMBER}
    homes = {address.postcode for address in person.addresses}
    sexes = {Gender.FEMALE if resident.female else Gender.MALE, Gender.UNKNOWN}
    return (
        " ".join(person.given).startswith(resident.given)
        and person.family.casefold() == resident.family.casefold()
        and person.birth_date is not None
        and person.birth_date.exact == resident.born
        and person.gender in sexes
        and numbers <= {resident.nhs_number}
        and bool(numbers or resident.postcode in homes or not homes)
    )


def as_row(row: Allocation) -> tuple[str, ...]:
    client_id, client, worker = own_words(row)
    return client_id, f"{client} ({client_id})", worker, row.service, str(row.start), str(row.end)


def as_read(one: Involvement) -> tuple[str, ...]:
    return one.person.local_id, one.person.label, one.worker, one.team, str(one.start), str(one.end)
