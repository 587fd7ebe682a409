"""Chapter 41. Live sources: an agency's system is asked, or tells, instead of being exported to a file. What is said about a person does not
depend on the way in, nothing is lost when a connection breaks, and nothing ends because somebody pulled a plug.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.probing.checking import check
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from mappings.canonical.codes import AlertEvent
from mappings.canonical.identifiers import AgencyId
from tests.connectors.listeners.doors import PUSH, AtTheDoor, post
from tests.connectors.listeners.test_hl7v2_mllp import MLLP, adt, codes, say
from tests.connectors.sources.fhir_place import FhirPlace, Scripted
from tests.council import CHILDREN, Council
from tests.spec.people import MAYA, TYLER
from tests.spec.test_merges_from_a_source import patient, practitioner, team

NURSING = AgencyId("urn:patchwork:seaton:nursing")
MADE, ENDED = AlertEvent.MADE, AlertEvent.ENDED


class Agency:
    """The council's connector, whose first agency has a live source in place of its export."""

    def __init__(self, folder: Path, seaton: World, source: str) -> None:
        self.seaton, self.council = seaton, Council(folder, seaton)
        settings = self.council.settings_file
        csv = 'preset = "generic_agency_csv"\npath = "childrens-services.csv"'
        settings.write_text(settings.read_text("utf-8").replace(csv, source), "utf-8")
        self.council.start_again()

    def asks(self) -> list[str]:
        """The source is read and everything that follows is said and heard; answers what was wrong with the reading."""
        report = self.council.children.publish()
        self.exchange()
        return [feed.problem for feed in report.feeds]

    def exchange(self) -> None:
        """Everything is said and heard."""
        self.council.exchange()
        self.seaton.step()
        self.council.exchange()


@pytest.fixture
def nursing(seaton: World) -> Counterpart:
    """A health visitor who sees the girl."""
    joined = seaton.join(NURSING)
    joined.say(joined.notice(MAYA))
    return joined


class TestAServerThatIsAsked:
    """A hospital's FHIR server."""

    @pytest.fixture
    def server(self, seaton: World) -> Iterator[FhirPlace]:
        server = FhirPlace(
            patient("maya", "MRN-1", MAYA), practitioner("t1", "Carys Lund"), team("t1", "Ward 1", "maya"),
            patient("tyler", "MRN-2", TYLER), practitioner("t2", "Dan Rowe"), team("t2", "Ward 2", "tyler"),
        )  # fmt: skip
        server.now = seaton.clock.now
        yield server
        server.close()

    @pytest.fixture
    def hospital(self, tmp_path: Path, seaton: World, server: FhirPlace, nursing: Counterpart) -> Agency:
        agency = Agency(tmp_path, seaton, f'kind = "fhir_server"\nurl = "{server.url}"\npage_size = 1')
        seaton.agree(CHILDREN, NURSING)
        seaton.step()
        return agency

    def test_what_it_holds_is_published(self, hospital: Agency, nursing: Counterpart) -> None:
        """Given a hospital's server that is asked instead of exporting a file, when it is read, then the health visitor is told of the hospital
        worker who sees the girl, by name."""
        assert hospital.asks() == [""]
        assert nursing.events() == [MADE]
        assert [alert.other.worker.name for alert in nursing.told.values() if alert.other] == ["Carys Lund"]

    def test_an_hour_later_only_what_changed_is_asked_for(self, hospital: Agency, server: FhirPlace) -> None:
        """Given a server that was read whole, when it is asked again an hour later, then only what has changed since is asked for."""
        hospital.asks()
        hospital.seaton.clock.pass_(hours=1)
        server.asked.clear()
        assert hospital.asks() == [""]
        assert all("_lastUpdated=ge" in path for _, path, _ in server.asked if path.startswith("/fhir/CareTeam?"))

    def test_what_ended_there_ends_here(self, hospital: Agency, server: FhirPlace, nursing: Counterpart) -> None:
        """Given an involvement that was published from a server, when the server says that it is over, then the health visitor hears that it has
        ended."""
        hospital.asks()
        hospital.seaton.clock.pass_(hours=1)
        server.records[2] |= {
            "status": "inactive",
            "meta": {"lastUpdated": f"{hospital.seaton.clock.now():%Y-%m-%dT%H:%M:%SZ}"},
        }
        hospital.asks()
        assert nursing.events() == [MADE, ENDED]

    def test_what_vanished_is_seen_when_everything_is_read_again(
        self, hospital: Agency, server: FhirPlace, nursing: Counterpart
    ) -> None:
        """Given a record that vanished from the server, when only changes are asked for, then nothing ends; when everything is read again a day
        later, then it does."""
        hospital.asks()
        del server.records[2]
        hospital.seaton.clock.pass_(hours=1)
        hospital.asks()
        assert nursing.events() == [MADE], "what was not asked for has not vanished"
        hospital.seaton.clock.pass_(days=1)
        hospital.asks()
        assert nursing.events() == [MADE, ENDED]

    def test_a_server_that_breaks_off_half_way_ends_nothing(
        self, hospital: Agency, server: FhirPlace, nursing: Counterpart
    ) -> None:
        """Given a server that breaks off in the middle of a full reading, when that happens, then nothing ends and the report says what was wrong;
        the reading after it is whole again, and still nothing ends."""
        hospital.asks()
        hospital.seaton.clock.pass_(days=1)
        server.script = lambda path, _: Scripted(500) if "at=" in path else None
        (problem,) = hospital.asks()
        assert "does not answer" in problem
        assert nursing.events() == [MADE]
        server.script = lambda _path, _body: None
        assert hospital.asks() == [""], "and the next reading is of everything, as it was due"
        assert nursing.events() == [MADE]

    def test_trying_the_connector_out_says_what_is_there(self, hospital: Agency, server: FhirPlace) -> None:
        """Given a connector that is being set up, when somebody tries it out, then it says which version the server speaks, and, where it is one
        that cannot be read, which one can."""
        assert "records: FHIR 4.0.1, as of" in _sources(hospital)
        server.version = "3.0.2"
        assert "only R4 (4.0.1) is read" in _sources(hospital)


def _sources(agency: Agency) -> str:
    found: Any = check(agency.council.connector)
    return next(one.text for one in found if one.part == "sources" and one.agency == CHILDREN.value)


class TestASystemThatTells:
    """A casework system that POSTs what changed to the connector's door."""

    @pytest.fixture
    def door(self, tmp_path: Path, seaton: World, nursing: Counterpart) -> Iterator[AtTheDoor]:
        door = AtTheDoor(tmp_path, seaton, PUSH)
        seaton.agree(CHILDREN, NURSING)
        seaton.step()
        yield door
        door.close()

    def tells(self, door: AtTheDoor, id: str, event: str) -> int:
        """One notice about the girl; answers with which status it was taken."""
        record = {
            "Client ref": "C-1", "Involvement id": "I-1", "Surname": MAYA.family, "Forename": MAYA.given[0],
            "DoB": "2014-03-09", "NHS number": "9990100012", "Postcode": "ZZ2 4XY", "Worker": "Carys Lund",
        }  # fmt: skip
        at = f"{door.seaton.clock.now():%Y-%m-%dT%H:%M:%SZ}"
        status, _ = post(door, "/notices", {"id": id, "at": at, "event": event, "record": record})
        door.seaton.clock.pass_(minutes=1)
        door.council.exchange()
        door.seaton.step()
        return status

    def test_it_is_told_at_once_and_once(self, door: AtTheDoor, nursing: Counterpart) -> None:
        """Given a casework system that tells the connector what changed, when it states an involvement, then the health visitor is told of it at
        once; the same again tells nobody anything, and an ending is told as an ending."""
        assert self.tells(door, "n1", "stated") == 202
        assert nursing.events() == [MADE]
        assert self.tells(door, "n2", "stated") == 202
        assert nursing.events() == [MADE], "the same again tells nobody anything"
        assert self.tells(door, "n3", "ended") == 202
        assert nursing.events() == [MADE, ENDED]

    def test_what_it_took_back_is_disregarded(self, door: AtTheDoor, nursing: Counterpart) -> None:
        """Given an involvement that a casework system stated, when the system takes it back, then the health visitor hears "disregard"."""
        self.tells(door, "n1", "stated")
        self.tells(door, "n2", "withdrawn")
        assert nursing.events() == [MADE, AlertEvent.RETRACTED]


class TestAHospitalThatSends:
    """An integration engine that sends a copy of every ADT message to the connector's door, and waits for each to be acknowledged."""

    @pytest.fixture
    def door(self, tmp_path: Path, seaton: World, nursing: Counterpart) -> Iterator[AtTheDoor]:
        door = AtTheDoor(tmp_path, seaton, MLLP)
        seaton.agree(CHILDREN, NURSING)
        seaton.step()
        yield door
        door.close()

    def sends(self, door: AtTheDoor, *messages: bytes) -> list[str]:
        """Messages about the girl; answers how each was acknowledged."""
        acknowledged = codes(say(door, *messages))
        door.council.exchange()
        door.seaton.step()
        return acknowledged

    def test_an_admission_is_told_and_a_discharge_too(self, door: AtTheDoor, nursing: Counterpart) -> None:
        """Given a girl whom a health visitor sees, when the hospital sends that she was admitted and later discharged, then the health
        visitor is told of both."""
        assert self.sends(door, adt("A01", 1)) == ["AA"]
        assert nursing.events() == [MADE]
        assert self.sends(door, adt("A03", 2, end="20260302020000")) == ["AA"]
        assert nursing.events() == [MADE, ENDED]

    def test_the_discharge_that_came_first_is_not_undone(self, door: AtTheDoor, nursing: Counterpart) -> None:
        """Given messages that come in the wrong order, when the discharge arrives before the admission, then nobody is told that she is
        in hospital."""
        assert self.sends(door, adt("A03", 2, end="20260302020000"), adt("A01", 1)) == ["AA", "AA"]
        assert MADE not in nursing.events()

    def test_an_admission_that_was_cancelled_is_disregarded(self, door: AtTheDoor, nursing: Counterpart) -> None:
        """Given an admission that was told, when the hospital cancels it as a mistake, then whoever was told is told to disregard it."""
        self.sends(door, adt("A01", 1))
        self.sends(door, adt("A11", 2))
        assert nursing.events() == [MADE, AlertEvent.RETRACTED]

    def test_while_the_gateway_is_away_the_hospital_need_not_wait(self, door: AtTheDoor, nursing: Counterpart) -> None:
        """Given a gateway that cannot be reached, when the hospital sends an admission, then it is acknowledged at once, kept on disk
        through a restart, and told later."""
        assert codes(say(door, adt("A01", 1))) == ["AA"], "it is in the outbox, on the disk"
        assert nursing.events() == []
        door.council.start_again()
        door.council.exchange()
        door.seaton.step()
        assert nursing.events() == [MADE]
