"""A connector's life: only the steps of the table, each with who, why and when."""

from dataclasses import replace

import pytest

from deploy.lifecycle_page import PAGE, page
from gateway.model.connector import Connector
from gateway.model.operator import Role
from gateway.refused import NotPermitted, Refused
from gateway.trust.actor import LOCAL_READER, Actor
from gateway.trust.lifecycle import (
    GO_LIVE_CONNECTOR,
    OFF_BOARD_CONNECTOR,
    RESUME_CONNECTOR,
    REVOKE_CONNECTOR,
    SUSPEND_CONNECTOR,
    change,
    history,
    move_content,
    show_connector,
)
from identity.agency.trust import CHANGES, IllegalChange, Status
from mappings.canonical.identifiers import ConnectorId
from tests.builders import HOUSING, NOON, SCHOOL
from tests.gateway.staff import Staff

ANNA = Actor("anna", frozenset(Role), "in a test")
SCHOOL_1 = ConnectorId("school-1")


@pytest.fixture
def school(staff: Staff) -> Connector:
    """A connector in its trial."""
    staff.agency(SCHOOL)
    return staff.trial_connector("school-1", SCHOOL)


def test_every_step_is_written_down(staff: Staff, school: Connector) -> None:
    staff.move("school-1", GO_LIVE_CONNECTOR, "the trial went well")
    staff.move("school-1", SUSPEND_CONNECTOR, "odd notices")
    staff.move("school-1", RESUME_CONNECTOR, "mended")
    staff.move("school-1", REVOKE_CONNECTOR, "the contract ended")
    staff.move("school-1", OFF_BOARD_CONNECTOR, "the agency has left")
    steps = history(staff.office, LOCAL_READER, "school-1")
    assert [(step.before, step.after, step.actor, step.approver, step.reason) for step in steps] == [
        (
            Status.REQUESTED,
            Status.APPROVED,
            "anna",
            "omar",
            "its public keys came by hand and their fingerprint was compared",
        ),
        (Status.APPROVED, Status.LIVE, "anna", "omar", "the trial went well"),
        (Status.LIVE, Status.SUSPENDED, "anna", "", "odd notices"),
        (Status.SUSPENDED, Status.LIVE, "anna", "omar", "mended"),
        (Status.LIVE, Status.REVOKED, "anna", "", "the contract ended"),
        (Status.REVOKED, Status.OFF_BOARDED, "anna", "", "the agency has left"),
    ]
    with staff.office.store.read() as unit:
        moves = [event.fields for event in unit.audit.events(0, 100) if event.code == "connector-status"]
    assert [move["after"] for move in moves] == [step.after.value for step in steps]


@pytest.mark.parametrize("before", list(Status))
@pytest.mark.parametrize("after", list(Status))
def test_only_the_steps_of_the_table_are_taken(staff: Staff, school: Connector, before: Status, after: Status) -> None:
    step = next((row for row in CHANGES if (row.before, row.after) == (before, after)), None)
    with staff.office.store.write() as unit:
        unit.trust.update_connector(replace(school, status=before))
        if step is None:
            with pytest.raises(IllegalChange, match=f"from {before} to {after} is not possible"):
                change(unit, SCHOOL_1, after, ANNA, "a test", NOON)
        elif step.widens:
            with pytest.raises(NotPermitted, match="takes two people"):
                change(unit, SCHOOL_1, after, ANNA, "a test", NOON)
        else:
            assert change(unit, SCHOOL_1, after, ANNA, "a test", NOON).status is after


def test_resuming_is_not_going_live_nor_the_other_way_round(staff: Staff, school: Connector) -> None:
    with pytest.raises(Refused, match="school-1 is approved; resume is for one that is suspended"):
        staff.move("school-1", RESUME_CONNECTOR)
    staff.move("school-1", GO_LIVE_CONNECTOR)
    staff.move("school-1", SUSPEND_CONNECTOR)
    with pytest.raises(Refused, match="school-1 is suspended; go-live is for one that is approved"):
        staff.move("school-1", GO_LIVE_CONNECTOR)


def test_an_illegal_step_says_why_and_what_is_possible(staff: Staff, school: Connector) -> None:
    with pytest.raises(Refused, match="only a live connector can be suspended; revoke it instead"):
        staff.move("school-1", SUSPEND_CONNECTOR)
    with pytest.raises(Refused, match="no connector school-9"):
        staff.move("school-9", SUSPEND_CONNECTOR)
    with pytest.raises(Refused, match="there is no connector school-9"):
        show_connector(staff.office, LOCAL_READER, "school-9")


def test_one_person_stops_it_and_two_let_it_in(staff: Staff, school: Connector) -> None:
    staff.move("school-1", GO_LIVE_CONNECTOR)
    night = staff.colleague("ben", "operator")
    assert night.hand_in(SUSPEND_CONNECTOR, move_content("school-1", "odd")).done
    with pytest.raises(NotPermitted, match="needs the role registrar"):
        night.hand_in(OFF_BOARD_CONNECTOR, move_content("school-1", "odd"))
    assert night.hand_in(REVOKE_CONNECTOR, move_content("school-1", "worse")).done


@pytest.mark.parametrize("reason", ["", " ", "two\nlines", "x" * 201])
def test_a_reason_is_one_short_line(reason: str) -> None:
    with pytest.raises(Refused, match="connector: reason must be text of 1 to 200"):
        move_content("school-1", reason)


def test_an_agency_whose_connector_is_gone_gets_another_one(staff: Staff, school: Connector) -> None:
    with pytest.raises(Refused, match="school-1 speaks for agency"):
        staff.trial_connector("school-2", SCHOOL)
    staff.move("school-1", REVOKE_CONNECTOR)
    assert staff.trial_connector("school-2", SCHOOL).status is Status.APPROVED
    staff.agency(HOUSING)
    with pytest.raises(Refused, match="school-1 is in the register already"):
        staff.trial_connector("school-1", HOUSING)


def test_the_page_of_the_docs_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: make docs"
    for row in CHANGES:
        assert row.meaning in PAGE.read_text(encoding="utf-8")
