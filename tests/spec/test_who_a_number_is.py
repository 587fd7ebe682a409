"""Chapter 44. Who a number is: hospital messages know a consultant by number and a ward by code. The agency's own directories say who that is and how
they are reached, so that whoever is told has somebody to ring.
"""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from mappings.canonical.alert import OtherParty
from mappings.canonical.codes import AlertEvent
from mappings.canonical.identifiers import AgencyId
from tests.connectors.listeners.doors import AtTheDoor
from tests.connectors.listeners.test_directories import NAMED, STAFF, write
from tests.connectors.listeners.test_hl7v2_mllp import MLLP, adt, codes, say
from tests.council import CHILDREN
from tests.spec.people import MAYA

NURSING = AgencyId("urn:patchwork:seaton:nursing")
MADE, CHANGED = AlertEvent.MADE, AlertEvent.CHANGED


@pytest.fixture
def nursing(seaton: World) -> Counterpart:
    """A health visitor who sees the girl."""
    joined = seaton.join(NURSING)
    joined.say(joined.notice(MAYA))
    return joined


@pytest.fixture
def door(tmp_path: Path, seaton: World, nursing: Counterpart) -> Iterator[AtTheDoor]:
    """A hospital's messages, and its directories of staff and wards."""
    write(tmp_path)
    door = AtTheDoor(tmp_path, seaton, MLLP + NAMED)
    seaton.agree(CHILDREN, NURSING)
    seaton.step()
    yield door
    door.close()


def sends(door: AtTheDoor, message: bytes) -> None:
    """A message about the girl is acknowledged, and everything that follows is said and heard."""
    assert codes(say(door, message)) == ["AA"]
    door.council.exchange()
    door.seaton.step()


def told(nursing: Counterpart) -> OtherParty:
    """Whom the health visitor was told of last."""
    other = nursing.alerts[-1].other
    assert other is not None
    return other


def test_a_consultants_number_is_told_as_a_name_a_role_and_a_work_contact(door: AtTheDoor, nursing: Counterpart):
    """Given a hospital message that knows a consultant by number, when the staff directory says who that is, then the health visitor is told the
    name, the role and the work telephone, and not the number."""
    sends(door, adt("A01", 1))
    worker = told(nursing).worker
    assert (worker.name, worker.role, worker.contact.phone) == ("Dr Priya Rao", "Consultant", "01632 960222")
    assert "C3456789" not in str([asdict(each) for each in nursing.alerts])


def test_who_is_in_no_directory_is_reached_by_the_ward(door: AtTheDoor, nursing: Counterpart, tmp_path: Path):
    """Given a consultant who is in no staff directory, when the ward is in the directory of teams, then the health visitor is told the ward's
    telephone and mailbox."""
    write(tmp_path, staff=STAFF.replace("C3456789", "C1111111"))
    sends(door, adt("A01", 1))
    contact = told(nursing).worker.contact
    assert (contact.phone, contact.email) == ("01632 960555", "ward5@hospital.example")


def test_a_new_number_of_the_consultant_is_told_with_the_next_message(
    door: AtTheDoor, nursing: Counterpart, tmp_path: Path
):
    """Given a consultant who was told of, when the directory has a new telephone and the hospital sends again, then the health visitor is told the
    new one."""
    sends(door, adt("A01", 1))
    write(tmp_path, staff=STAFF.replace("960222", "960223"))
    sends(door, adt("A08", 2))
    assert nursing.events() == [MADE, CHANGED]
    assert told(nursing).worker.contact.phone == "01632 960223"
