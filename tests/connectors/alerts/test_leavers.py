"""A worker leaves: what bears their name, what whoever takes over should know, and what happens when nobody does."""

from pathlib import Path

import pytest

from connectors.alerts.leavers import as_json, as_text, handover
from mappings.canonical.codes import NoticeEvent
from mappings.canonical.identifiers import MessageId
from tests.connectors.commands.test_commands import Housing, housing, row, set_up
from tests.connectors.office import Office, involvement
from tests.counterparts import an_alert, by_event

assert housing  # a fixture


@pytest.fixture
def school(tmp_path: Path) -> Office:
    """Alex works with clients 1 and 2, Sam with client 3. Of clients 1 and 3 it is known who else is involved."""
    school = Office(tmp_path)
    school.publish(involvement(1), involvement(2), involvement(3, worker="Sam New"))
    school.exchange()
    known = {each.involvement_ref: each for each in school.gateway.notices}
    for number in (1, 3):
        notice = known[school.references.involvement(f"I{number}")]
        connection = MessageId(f"00000000-0000-4000-8000-00000000000{number}")
        alert = an_alert(
            notice.agency, notice.person_ref, notice.involvement_ref, school.clock(), connection=connection
        )
        school.gateway.send_alerts(alert)
    school.deliver()
    return school


def shown(school: Office, worker: str) -> tuple[list[str], list[str]]:
    with school.ledger.read() as unit:
        document = as_json(handover(unit, worker, school.clock()))
    return document["involvements"], [each["client"] for each in document["connections"]]


def test_a_leavers_involvements_and_their_connections_are_one_digest(school: Office) -> None:
    assert shown(school, "Alex Worker") == (["I1", "I2"], ["Client 1"])
    assert shown(school, "  alex   WORKER ") == (["I1", "I2"], ["Client 1"])
    assert shown(school, "Sam New") == (["I3"], ["Client 3"])
    assert shown(school, "Alex") == ([], [])
    with school.ledger.read() as unit:
        text = as_text(handover(unit, "Alex Worker", school.clock()))
        assert "None of our live involvements" in as_text(handover(unit, "Alex", school.clock()))
    assert "named in 2 of our live involvements: I1, I2." in text
    assert "Karen Priest" in text
    assert "Client 3" not in text


def test_moved_in_the_agencys_own_system_the_digest_is_the_incoming_workers_and_the_others_hear_of_it(
    school: Office,
) -> None:
    school.next_day()
    school.publish(*(involvement(number, worker="Sam New") for number in (1, 2, 3)))
    school.exchange()
    assert shown(school, "Alex Worker") == ([], [])
    assert shown(school, "Sam New") == (["I1", "I2", "I3"], ["Client 1", "Client 3"])
    assert by_event(school.gateway.notices) == {NoticeEvent.STARTED: 3, NoticeEvent.CHANGED: 2}


def test_the_commands_show_and_end_and_give_the_incoming_worker_their_digest(housing: Housing) -> None:
    set_up(housing)
    housing.export(row(1), row(2), row(3, officer="Sam New"))
    housing("publish")
    housing.gateway.take()
    housing("deliver")
    for number, notice in enumerate(housing.gateway.notices):
        connection = MessageId(f"00000000-0000-4000-8000-00000000000{number}")
        housing.gateway.send_alerts(
            an_alert(
                notice.agency,
                notice.person_ref,
                notice.involvement_ref,
                housing.gateway.now(),
                connection=connection,
            )
        )
    housing("deliver")
    (mine,) = housing.json("worklist", "--worker", "Sam New")["connections"]  # type: ignore[misc]
    assert mine["our_worker"] == "Sam New"  # type: ignore[index]
    (before,) = housing.json("leaver", "Karen Priest", code=1)["agencies"]  # type: ignore[misc]
    assert (len(before["involvements"]), len(before["connections"]), before["ended"]) == (2, 2, 0)  # type: ignore[index,arg-type]
    (done,) = housing.json("leaver", "Karen Priest", "--end")["agencies"]  # type: ignore[misc]
    assert done["ended"] == 2  # type: ignore[index]
    assert "None of our live involvements" in housing("leaver", "Karen Priest").stdout
    assert housing("leaver", " ", "--end").exit_code == 2
    housing("publish", "--due")
    housing.gateway.take()
    assert by_event(housing.gateway.notices) == {NoticeEvent.STARTED: 3, NoticeEvent.ENDED: 2}
