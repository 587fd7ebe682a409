"""Staff and team files beside a listener: a consultant's number becomes a name, a role and a work contact, and a ward's telephone stands in where the
consultant has none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.listeners.one_by_one import OneByOne
from connectors.listeners.opening import tried
from connectors.publishing.standing import read
from connectors.settings import SettingsFault
from gateway.bench.world import World
from mappings.canonical.codes import NoticeEvent
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Worker
from tests.connectors.listeners.doors import PUSH, AtTheDoor, post
from tests.connectors.listeners.test_hl7v2_mllp import MLLP, adt, codes, say
from tests.connectors.listeners.test_http_push import message, notice

STAFF = "GMC number,Name,Role,Work phone,Work email\nC3456789,Dr Priya Rao,Consultant,01632 960222,\n"
TEAMS = "Team code,Team name,Phone,Email\nWARD5,Ward 5,01632 960555,ward5@hospital.example\n"
NAMED = 'staff = "staff.csv"\nteams = "teams.csv"\n'


def write(folder: Path, staff: str = STAFF, teams: str = TEAMS) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "staff.csv").write_text(staff)
    (folder / "teams.csv").write_text(teams)


@pytest.fixture
def door(tmp_path: Path, seaton: World) -> Iterator[AtTheDoor]:
    write(tmp_path)
    door = AtTheDoor(tmp_path, seaton, MLLP + NAMED)
    yield door
    door.close()


def stated(door: AtTheDoor) -> Worker:
    """Who is involved, as the ledger has it of the only involvement."""
    with door.council.children.served.ledger.read() as unit:
        (known,) = unit.involvements.after("", 10)
        written = unit.involvements.standing(known.ref)
    assert written is not None
    return read(written).worker


def test_a_number_becomes_a_name_a_role_and_a_work_contact(door: AtTheDoor) -> None:
    assert codes(say(door, adt("A01", 1))) == ["AA"]
    contact = Contact("01632 960222", "ward5@hospital.example")
    assert stated(door) == Worker("Dr Priya Rao", "Consultant", "Ward 5", contact), (
        "what the worker lacks is the ward's"
    )


def test_who_is_in_no_directory_is_as_the_message_says_and_reached_by_the_ward(door: AtTheDoor, tmp_path: Path) -> None:
    write(tmp_path, staff=STAFF.replace("C3456789", "C1111111"))
    say(door, adt("A01", 1))
    said = stated(door)
    assert "Priya Rao" in said.name
    assert (said.role, said.team, said.contact.phone) == ("", "Ward 5", "01632 960555")


def test_a_directory_that_is_replaced_counts_from_the_next_message_on(door: AtTheDoor, tmp_path: Path) -> None:
    say(door, adt("A01", 1))
    write(tmp_path, staff=STAFF.replace("960222", "960223"))
    say(door, adt("A08", 2))
    assert stated(door).contact.phone == "01632 960223"
    assert door.queued() == [NoticeEvent.STARTED, NoticeEvent.CHANGED]


def test_while_a_new_one_cannot_be_read_the_one_before_is_used(door: AtTheDoor, tmp_path: Path) -> None:
    write(tmp_path, staff="Rota\nMonday\n")
    assert codes(say(door, adt("A01", 1))) == ["AA"]
    assert stated(door).name == "Dr Priya Rao"
    (noted,) = [what for what in door.noted if "staff" in what]
    assert "the one before is used: staff.csv has no heading row with a column for worker" in noted
    assert "Monday" not in noted


def test_a_number_that_two_rows_claim_is_nobodys_and_the_message_is_taken(door: AtTheDoor, tmp_path: Path) -> None:
    write(tmp_path, staff=STAFF + "C3456789,Dr Robin Other,Consultant,01632 960999,\n")
    assert codes(say(door, adt("A01", 1))) == ["AA"]
    said = stated(door)
    assert ("Priya Rao" in said.name, said.contact.phone) == (True, "01632 960555")


def test_a_json_notice_is_completed_too(tmp_path: Path, seaton: World) -> None:
    write(tmp_path, staff=STAFF.replace("GMC number", "Staff id").replace("C3456789", "S-17"))
    door = AtTheDoor(tmp_path, seaton, PUSH + 'staff = "staff.csv"\n')
    assert post(door, "/notices", notice("n1", Worker="", **{"Worker id": "S-17"}))[0] == 202
    assert (stated(door).name, stated(door).contact.phone) == ("Dr Priya Rao", "01632 960222")
    door.close()


def test_a_fhir_message_is_completed_and_what_it_says_itself_counts_first(tmp_path: Path, seaton: World) -> None:
    write(
        tmp_path,
        staff="Staff id,Name,Role,Work phone,Work email\nS-17,Dr Priya Rao,Consultant,01632 960222,p.rao@hospital.example\n",
    )
    door = AtTheDoor(tmp_path, seaton, PUSH + 'staff = "staff.csv"\n')
    sent = message("m1")
    (worker,) = [each["resource"] for each in sent["entry"] if each["resource"]["resourceType"] == "Practitioner"]
    worker["identifier"] = [{"system": "urn:own:staff", "value": "S-17"}]
    worker["telecom"] = [{"system": "phone", "value": "01632 960777", "use": "work"}]
    assert post(door, "/fhir", sent)[0] == 202
    said = stated(door)
    assert (said.name, said.role) == ("Carys Lund", "Consultant")
    assert said.contact == Contact("01632 960777", "p.rao@hospital.example")
    door.close()


def test_check_says_what_was_read(door: AtTheDoor, tmp_path: Path) -> None:
    write(tmp_path, staff=STAFF + "C3456789,Dr Robin Other,,,\n,Dr No Number,,,\n")
    desk = OneByOne(door.council.connector.settings, door.council.children.id, door.seaton.clock.now)
    said = tried(door.said, desk, None)
    assert (
        "staff (numbers known: 0, claimed by two rows: 1, rows that cannot be used: 1), teams (numbers known: 1)"
        in said
    )


@pytest.mark.parametrize(
    ("staff", "problem"),
    [("Rota\nMonday\n", r"staff: staff.csv has no heading row"), (None, r"staff: staff.csv is not there")],
    ids=["no directory", "no file"],
)
def test_what_cannot_be_read_at_the_start_is_said_by_its_setting(
    tmp_path: Path, seaton: World, staff: str | None, problem: str
) -> None:
    write(tmp_path, staff=staff or "")
    if staff is None:
        (tmp_path / "staff.csv").unlink()
    with pytest.raises(SettingsFault, match=problem):
        AtTheDoor(tmp_path, seaton, MLLP + NAMED)
