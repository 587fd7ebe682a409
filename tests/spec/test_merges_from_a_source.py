"""Chapter 22. The chapter before, the whole way: a hospital's system merges two patients in its FHIR export; its connector reads that, the gateway
moves the involvement, the other agency hears what changed for it, and all of it is undone when the hospital finds that it was wrong.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from mappings.canonical.codes import AlertEvent
from mappings.canonical.identifiers import AgencyId
from tests.council import CHILDREN, Council
from tests.spec.people import MAYA, TYLER

NURSING = AgencyId("urn:patchwork:seaton:nursing")
MADE, RETRACTED = AlertEvent.MADE, AlertEvent.RETRACTED
Json = dict[str, Any]

REPLACED = {"link": [{"type": "replaced-by", "other": {"reference": "Patient/maya"}}]}


class Hospital:
    """The council's connector, with the export of its first agency in FHIR."""

    def __init__(self, folder: Path, seaton: World) -> None:
        self.seaton = seaton
        self.council = Council(folder, seaton)
        settings = self.council.settings_file
        csv = 'preset = "generic_agency_csv"\npath = "childrens-services.csv"'
        fhir = 'preset = "fhir_r4_ukcore"\npath = "export.json"'
        settings.write_text(settings.read_text("utf-8").replace(csv, fhir), "utf-8")
        self.council.start_again()
        self.export = folder / "export.json"

    def exports(self, *entries: Json) -> None:
        """The next day's export is read, and everything that follows is said and heard."""
        self.seaton.clock.pass_(days=1)
        bundle = {
            "resourceType": "Bundle",
            "type": "collection",
            "timestamp": f"{self.seaton.clock.now():%Y-%m-%dT%H:%M:%SZ}",
            "entry": [{"resource": each} for each in entries],
        }
        self.export.write_text(json.dumps(bundle), "utf-8")
        report = self.council.children.publish()
        assert [feed.problem for feed in report.feeds] == [""]
        self.council.exchange()
        self.seaton.step()
        self.council.exchange()

    def whose(self) -> dict[str, str]:
        """Which patient each care team's involvement is with, by the gateway's register."""
        names = self.council.children.served.desk.references
        patients = {names.person(each): each for each in ("MRN-1", "MRN-2")}
        with self.seaton.store.read() as unit:
            held = list(unit.involvements.of_agency(CHILDREN))
            records = [unit.records.get(each.record_id) for each in held]
        worker = [each.worker.name for each in held]
        return dict(zip(worker, [patients[each.person_ref] for each in records if each], strict=True))


def patient(id: str, number: str, person: Any, **more: Any) -> Json:
    born = person.birth_date
    return {
        "resourceType": "Patient",
        "id": id,
        "identifier": [{"system": "urn:x:mrn", "value": number}],
        "name": [{"use": "official", "family": person.family, "given": list(person.given)}],
        "birthDate": f"{born.year}-{born.month:02}-{born.day:02}",
        "gender": person.gender.value,
        "address": [
            {"use": "home", "line": list(a.lines), "city": a.town, "postalCode": a.postcode} for a in person.addresses
        ],
    } | more


def team(id: str, name: str, patient: str) -> Json:
    return {
        "resourceType": "CareTeam",
        "id": id,
        "status": "active",
        "subject": {"reference": f"Patient/{patient}"},
        "name": name,
        "participant": [{"member": {"reference": f"Practitioner/{id}"}}],
    }


def practitioner(id: str, name: str) -> Json:
    given, family = name.split()
    return {"resourceType": "Practitioner", "id": id, "name": [{"family": family, "given": [given]}]}


def everything(**of_second: Any) -> list[Json]:
    """The girl, whom Carys Lund sees, and somebody taken for a boy, whom Dan Rowe sees."""
    return [
        patient("maya", "MRN-1", MAYA),
        patient("other", "MRN-2", TYLER, **of_second),
        practitioner("t1", "Carys Lund"),
        practitioner("t2", "Dan Rowe"),
        team("t1", "Ward 1", "maya"),
        team("t2", "Ward 2", "other"),
    ]


@pytest.fixture
def hospital(tmp_path: Path, seaton: World) -> Hospital:
    return Hospital(tmp_path, seaton)


@pytest.fixture
def nursing(hospital: Hospital, seaton: World) -> Counterpart:
    """A health visitor who sees the girl."""
    joined = seaton.join(NURSING)
    seaton.agree(CHILDREN, NURSING)
    joined.say(joined.notice(MAYA))
    seaton.step()
    return joined


def test_a_merge_in_the_export_goes_all_the_way_and_so_does_its_undoing(hospital: Hospital, nursing: Counterpart):
    """Given a hospital's export that shows a merge, when it is read, then the involvement moves and the other side hears of it; when a later export
    takes it back, then so does everything else."""
    hospital.exports(*everything())
    assert hospital.whose() == {"Carys Lund": "MRN-1", "Dan Rowe": "MRN-2"}
    assert nursing.events() == [MADE]

    hospital.exports(*everything(**REPLACED))
    assert hospital.whose() == {"Carys Lund": "MRN-1", "Dan Rowe": "MRN-1"}
    # The health visitor hears of the second worker; of the first she knows.
    assert nursing.events() == [MADE, MADE]
    assert sorted(alert.other.worker.name for alert in nursing.told.values() if alert.other) == [
        "Carys Lund",
        "Dan Rowe",
    ]
    assert len(hospital.council.children.texts()) == 2

    hospital.exports(*everything(**REPLACED))
    assert nursing.events() == [MADE, MADE], "the same again tells nobody anything"

    hospital.exports(*everything())
    assert hospital.whose() == {"Carys Lund": "MRN-1", "Dan Rowe": "MRN-2"}
    assert nursing.events() == [MADE, MADE, RETRACTED]
    assert hospital.council.children.current() == 1
    assert set(hospital.council.children.outbox()) == {"settled"}


def test_a_patient_that_the_export_drops_after_the_merge_stays_merged(hospital: Hospital, nursing: Counterpart):
    """Given a patient whom the export drops after the merge, when that export is read, then the merge stands."""
    hospital.exports(*everything())
    hospital.exports(*everything(**REPLACED))
    merged = [each for each in everything() if each["id"] != "other"]
    merged[-1]["subject"] = {"reference": "Patient/maya"}
    hospital.exports(*merged)
    assert hospital.whose() == {"Carys Lund": "MRN-1", "Dan Rowe": "MRN-1"}
    assert nursing.events() == [MADE, MADE]
