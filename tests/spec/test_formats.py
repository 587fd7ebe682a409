"""Chapter 8. An agency's export in its own format yields exactly the involvements a careful reader would find in it.

The expectations are the Seaton family's own (`deploy/demo/seaton/expected.jsonl`): for each source and row, whom it is
about, who is involved, since and until when, under which reference; or that it is rightly skipped, or withdrawn.
"""

import json
import os
import shutil
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from connectors.publishing.display import Display
from connectors.sources.opening import AUTO, detect, open_source
from connectors.sources.port import Merged, Read, Reading, Rejected, Skipped, SkipReason, Source, Withdrawn
from mappings.agency_defaults import AgencyDefaults, ServiceDefaults
from mappings.canonical.codes import LegalBasis, Mode, NoticeEvent, Sensitivity, ServiceLine
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.involvement import Contact
from mappings.canonical.person import Person
from tests.connectors.office import SCHOOL, Office

SEATON = Path(__file__).parents[2] / "deploy/demo/seaton"
# The same family where it is handed to people who judge formats; on most machines only the project's own copy is there.
SHARED = Path(os.environ.get("PATCHWORK_SAMPLES", Path(__file__).parents[3] / "shared/samples")) / "own"
ROOTS = [root for root in (SEATON, SHARED) if root.is_dir()]
EXPORTS = {
    "ssd": ("ssd_involvements", "ssd", ServiceLine.CHILDRENS_SOCIAL_CARE),
    "ssda903": ("ssda903", "ssda903_social_worker.csv", ServiceLine.CHILDRENS_SOCIAL_CARE),
    "cin": ("cin_census", "cin_2026_own.xml", ServiceLine.CHILDRENS_SOCIAL_CARE),
    "dfe_csc": ("dfe_csc_api", "dfe_csc_payload.json", ServiceLine.CHILDRENS_SOCIAL_CARE),
    "cld": ("asc_cld", "cld_own.csv", ServiceLine.ADULT_SOCIAL_CARE),
    "mhsds": ("mhsds", "mhsds", ServiceLine.MENTAL_HEALTH),
    "hl7v2": ("hl7v2_adt_uk", "hl7v2", ServiceLine.HOSPITAL),
    "fhir": ("fhir_r4_ukcore", "fhir_ukcore_bundle.json", ServiceLine.PUBLIC_HEALTH_NURSING),
    "ctf": ("ctf", "9992001_CTF_999LLLL_001.xml", ServiceLine.SCHOOL),
    "charity": ("vcs_spreadsheet", "charity_export_cp1252.csv", ServiceLine.VOLUNTARY),
    "hmpps": ("hmpps_event", "hmpps_community_manager_allocated.json", ServiceLine.PROBATION),
    "housing": ("generic_agency_csv", "housing_own.csv", ServiceLine.HOUSING),
}
# Exports that name nobody: the person number's heading, the number, and whose it is.
KNOWN_BY_NUMBER = {"hmpps": ("CRN", "X000001", "darren"), "ssda903": ("Person id", "1002388", "ahmad")}
PEOPLE = json.loads((SEATON / "people.json").read_text(encoding="utf-8"))
EXPECTED = [json.loads(line) for line in (SEATON / "expected.jsonl").read_text(encoding="utf-8").splitlines()]
AS_OF = date(2025, 11, 6)


def plain(name: str) -> str:
    """A name without accents and capitals: agencies spell the same mother Siobhan and Siobhán."""
    return unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode().casefold()


def who(person: Person) -> str:
    """Which member of the family this is: by a number, else by birth date and what there is of the names."""
    numbers = {number.value for number in person.identifiers}
    for name, known in PEOPLE.items():
        if numbers & {known.get("nhs"), known.get("upn")} - {None}:
            return str(name)
    found = [
        name
        for name, known in PEOPLE.items()
        if person.birth_date
        and person.birth_date.exact == date.fromisoformat(known["dob"])
        and plain(person.family) in ("", plain(known["sn"]))
        and (not person.given or plain(person.given[0]) == plain(known["fn"]).split()[0])
    ]
    assert len(found) == 1, "the export names somebody who is not of the family, or might be two of it"
    return str(found[0])


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


@dataclass
class Seaton:
    """The exports of the agencies of Seaton, laid out as each would lay them out."""

    root: Path
    place: Path

    def export(self, source: str, *names: str) -> Path:
        """The export of one source. Of the hospital's messages, those named."""
        _, name, _ = EXPORTS[source]
        if source == "hl7v2":
            folder = self.place / "-".join(one[:2] for one in names)
            folder.mkdir(exist_ok=True)
            for one in (self.root / name).iterdir():
                if one.name[:2] in names:
                    shutil.copy(one, folder)
            return folder
        if source in KNOWN_BY_NUMBER:
            # Who that is stands in a list of the agency's own, beside the export.
            heading, number, name_of = KNOWN_BY_NUMBER[source]
            shutil.copy(self.root / name, self.place)
            row = f"{number},{PEOPLE[name_of]['sn']},{PEOPLE[name_of]['fn']},{PEOPLE[name_of]['dob']}"
            text = f"{heading},Surname,Forename,Date of birth\n{row}\n"
            (self.place / "people.csv").write_text(text, encoding="utf-8")
            return self.place / name
        return self.root / name

    def source(self, source: str, *names: str, agency: AgencyId | None = None) -> Source:
        """The export of one source, opened as the agency's connector does."""
        preset, _, service = EXPORTS[source]
        told = ServiceDefaults(contact=Contact("01632 960000"), legal_basis=LegalBasis.CHILDREN_ACT_2004_S10)
        defaults = AgencyDefaults(agency or AgencyId(f"urn:patchwork:seaton:{source}"), service, told)
        path = self.export(source, *(names or UNTIL_DISCHARGED))
        return open_source(preset, path, defaults, Mode.TRIAL, AS_OF)

    def readings(self, source: str, *names: str) -> list[Reading]:
        """Everything that the source states."""
        return list(self.source(source, *names).readings())


UNTIL_DISCHARGED = ("01", "02", "03", "04", "05")


@pytest.fixture(params=ROOTS, ids=lambda root: root.name)
def seaton(request: pytest.FixtureRequest, tmp_path: Path) -> Seaton:
    return Seaton(request.param, tmp_path)


@pytest.fixture(params=list(EXPORTS))
def source(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def expected_of(source: str) -> list[dict[str, str | None]]:
    lines = [line for line in EXPECTED if line["source"] == source]
    assert lines
    return lines


def begins(local_id: str, wanted: str) -> bool:
    """Whether a reference is the one that is meant: itself, or what the agency says of the client of that number."""
    return local_id == wanted or local_id.startswith(f"{wanted}|")


def test_the_expectations_are_those_everybody_has() -> None:
    """Given what a careful reader expects of the family's exports, then the project's own copy is the one that everybody has, source by source."""
    for root in ROOTS:
        assert (root / "expected.jsonl").read_bytes() == (SEATON / "expected.jsonl").read_bytes()
    assert {line["source"] for line in EXPECTED} == set(EXPORTS)


def test_an_export_yields_exactly_the_involvements_that_are_in_it(seaton: Seaton, source: str) -> None:
    """Given an agency's export in its own format, when it is read, then exactly the involvements that a careful reader finds in it come out."""
    wanted = [
        {key: line[key] for key in ("person", "worker", "team", "start", "end", "local_id")}
        for line in expected_of(source)
        if "person" in line
    ]

    assert [told(reading) for reading in seaton.readings(source) if isinstance(reading, Read)] == wanted


def test_what_is_going_on_is_published_as_the_export_states_it(seaton: Seaton, source: str, tmp_path: Path) -> None:
    """Given an agency's export in its own format, when it is published, then what is going on is told with worker, team and dates as the export
    states them; of a private service, and of whoever also works in one, the agency's office is named instead, and whoever is too thinly known
    waits for a person's eye."""
    office = Office(tmp_path)
    read = [one.involvement for one in seaton.readings(source, *UNTIL_DISCHARGED) if isinstance(one, Read)]
    private = {one.worker or one.team for one in read if one.sensitivity is not Sensitivity.STANDARD}
    office.display = Display(office.display.general, {one.team: one.team for one in read if one.team})
    office.records = seaton.source(source, *UNTIL_DISCHARGED, agency=SCHOOL)  # type: ignore[assignment]
    lines = [{key: text or "" for key, text in line.items()} for line in expected_of(source) if "person" in line]
    shown = [
        (
            *(("", "Office") if (one["worker"] or one["team"]) in private else (one["worker"], one["team"])),
            one["start"],
            one["end"],
        )
        for one in lines
    ]
    wanted, over = Counter(one for one in shown if not one[3]), {one for one in shown if one[3]}

    report = office.publish().feeds[0]
    office.exchange()

    assert report.problem == ""
    told: dict[NoticeEvent, list[tuple[str, ...]]] = {NoticeEvent.STARTED: [], NoticeEvent.ENDED: []}
    for notice in office.gateway.notices:
        end = notice.end.isoformat() if notice.end else ""
        said = (notice.worker.name, notice.worker.team, notice.start.isoformat() if notice.start else "", end)
        told[notice.event].append(said)
    assert Counter(told[NoticeEvent.STARTED]) <= wanted
    assert len(told[NoticeEvent.STARTED]) == wanted.total() - report.weak
    # What was over long before it was first read is remembered, not told.
    assert set(told[NoticeEvent.ENDED]) <= over


def test_what_is_to_be_skipped_is_skipped_and_nothing_is_rejected(seaton: Seaton, source: str) -> None:
    """Given rows that should not be published, when the export is read, then those are skipped, each for a reason, and no others."""
    wanted = [str(line["skip"]) for line in expected_of(source) if "skip" in line]
    readings = seaton.readings(source)
    skipped = [reading.local_id for reading in readings if isinstance(reading, Skipped)]

    assert [one for one in wanted if not any(begins(local_id, one) for local_id in skipped)] == []
    assert [reading for reading in readings if isinstance(reading, Rejected)] == []


def test_what_the_source_takes_back_is_withdrawn(seaton: Seaton, source: str) -> None:
    """Given entries that the source marks as errors, when the export is read, then exactly those are withdrawn."""
    wanted = [line["withdraw"] for line in expected_of(source) if "withdraw" in line]

    assert [reading.local_id for reading in seaton.readings(source) if isinstance(reading, Withdrawn)] == wanted


def test_the_format_is_told_by_what_the_file_holds(seaton: Seaton, source: str) -> None:
    """Given an export whose format nobody named, when somebody looks at it, then its format is told by what the file holds."""
    assert detect(seaton.export(source, *UNTIL_DISCHARGED)) == EXPORTS[source][0]


def test_every_row_is_accounted_for(seaton: Seaton) -> None:
    """Given every export of the family, when it is read, then each row is accounted for: read, skipped, withdrawn or merged."""
    kinds = {source: [type(reading).__name__ for reading in seaton.readings(source)] for source in EXPORTS}

    assert kinds == {
        "ssd": ["Read", "Read", "Read", "Read", "Skipped", "Skipped"],
        "ssda903": ["Read", "Read"],
        "cin": ["Read", "Skipped"],
        "dfe_csc": ["Read", "Read", "Withdrawn"],
        "cld": ["Read", "Skipped", "Skipped"],
        "mhsds": ["Read", "Skipped", "Read"],
        # Registered, the merge, then what came before the discharge, and the discharge.
        "hl7v2": ["Skipped", "Merged", "Skipped", "Skipped", "Read"],
        # The one patient is a record of its own, merged into no other.
        "fhir": ["Parted", "Read", "Read", "Withdrawn"],
        "ctf": ["Read", "Read"],
        "charity": ["Read", "Read", "Skipped", "Read"],
        "hmpps": ["Read"],
        "housing": ["Read", "Read"],
    }


def test_a_row_that_stands_twice_collapses_into_one(seaton: Seaton) -> None:
    """Given a row that stands twice, when the export is read, then it counts once."""
    duplicates = [
        one for one in seaton.readings("ssd") if isinstance(one, Skipped) and one.reason is SkipReason.DUPLICATE
    ]

    assert [one.local_id for one in duplicates] == ["90001"]


def test_the_external_doctor_in_the_councils_records_is_not_the_councils_worker(seaton: Seaton) -> None:
    """Given a doctor from outside who stands in the council's records, when the export is read, then the doctor is not published as the council's
    worker."""
    external = [
        one for one in seaton.readings("ssd") if isinstance(one, Skipped) and one.reason is SkipReason.EXTERNAL_WORKER
    ]

    assert [one.local_id for one in external] == ["90005"]


def test_an_unborn_child_waits_until_it_has_a_birth_date(seaton: Seaton) -> None:
    """Given an unborn child in the council's census, when the export is read, then the child is skipped, and the reason given is that it is not
    born yet."""
    [unborn] = [one for one in seaton.readings("cin") if isinstance(one, Skipped)]

    assert unborn.reason is SkipReason.UNBORN


def test_a_cancelled_discharge_reopens_the_visit(seaton: Seaton) -> None:
    """Given a patient who was discharged, when the hospital cancels the discharge, then the same visit goes on without an end."""
    [visit] = [one for one in seaton.readings("hl7v2", *UNTIL_DISCHARGED, "06") if isinstance(one, Read)]

    assert (visit.involvement.local_id, visit.involvement.end) == ("V778899", None)


def test_a_cancelled_admission_takes_the_visit_back(seaton: Seaton) -> None:
    """Given a patient who was admitted, when the hospital cancels the admission, then the visit is withdrawn and nothing of it is published."""
    readings = seaton.readings("hl7v2", *UNTIL_DISCHARGED, "06", "07")

    assert [one for one in readings if isinstance(one, Read)] == []
    assert [one.local_id for one in readings if isinstance(one, Withdrawn)] == ["V778899"]


def test_a_merge_says_which_number_became_which(seaton: Seaton) -> None:
    """Given a hospital that merges two of its patient numbers, when its messages are read, then it is known which number gave way to which."""
    [merge] = [one for one in seaton.readings("hl7v2") if isinstance(one, Merged)]

    assert (merge.superseded, merge.surviving) == ("RZZ9911", "RZZ4455")


def test_a_refuge_is_classified_as_sensitive_without_anybody_saying_so(seaton: Seaton) -> None:
    """Given a charity's list that marks nothing as private, when it is read, then its domestic abuse outreach is sensitive all the same, and its
    food bank is not."""
    lines = {
        one.involvement.team: one.involvement.sensitivity for one in seaton.readings("charity") if isinstance(one, Read)
    }

    assert lines["Domestic abuse outreach"] is Sensitivity.SENSITIVE
    assert lines["Food bank"] is Sensitivity.STANDARD


def test_the_thin_event_alone_tells_of_nobody_that_could_be_published(seaton: Seaton) -> None:
    """Given a probation event without the region's own list of people, when it is read, then all that is known is the service's own case number,
    and no number by which another agency could know the man."""
    defaults = AgencyDefaults(
        AgencyId("urn:patchwork:seaton:hmpps"), ServiceLine.PROBATION, ServiceDefaults(contact=Contact("01632 960000"))
    )
    alone = seaton.place / "alone"
    alone.mkdir()
    path = Path(shutil.copy(seaton.root / EXPORTS["hmpps"][1], alone))

    [event] = open_source(AUTO, path, defaults, Mode.TRIAL, AS_OF).readings()
    assert detect(path) == "hmpps_event"

    assert isinstance(event, Read)
    assert event.involvement.person.local_id == "X000001"
    assert not event.involvement.person.identifiers


def test_a_social_workers_registration_number_is_read_from_the_councils_records(seaton: Seaton) -> None:
    """Given a council's records in which one worker has a Social Work England number and one has none, when they are read, then that number is
    known, so that its keyed token may keep her from being alerted about herself."""
    found = {
        one.involvement.worker: one.involvement.registration for one in seaton.readings("ssd") if isinstance(one, Read)
    }
    assert found["Folake Adeyemi"] == "swe|SW100501"
    assert found["Lewis Grant"] == ""
