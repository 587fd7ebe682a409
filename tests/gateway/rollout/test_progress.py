"""How far an agency is follows from the register of trust, step by step; what is late follows from that and the plan."""

from datetime import date, timedelta
from typing import Any

import pytest

from gateway.enrolment import invitations
from gateway.model.rollout import RolloutState
from gateway.rollout.forgetting import forget_champions
from gateway.rollout.planning import PLAN, Wanted, plan_content
from gateway.rollout.progress import Course, Progress, show_progress
from gateway.trust.actor import LOCAL_READER
from gateway.trust.lifecycle import GO_LIVE_CONNECTOR, OFF_BOARD_CONNECTOR, REVOKE_CONNECTOR, SUSPEND_CONNECTOR
from tests.builders import SCHOOL
from tests.gateway.staff import Staff, audited

TODAY = date(2026, 3, 2)


def on_day(staff: Staff, later: int) -> None:
    staff.office.clock.instant += timedelta(days=later)  # type: ignore[attr-defined]


def plan(staff: Staff, starts: date = TODAY, live_by: date = TODAY, **what: Any) -> None:
    wanted = Wanted(SCHOOL.value, "The school", starts.isoformat(), live_by.isoformat(), **what)
    staff.carry_out(PLAN, plan_content(wanted))


def found(staff: Staff) -> Progress:
    return show_progress(staff.office, LOCAL_READER, SCHOOL.value)


def course(staff: Staff) -> Course:
    return found(staff).course


def invite(staff: Staff, connector: str = "school") -> Any:
    wanted = invitations.Wanted(connector, (SCHOOL.value,))
    content, _ = invitations.invitation_content(wanted, staff.office.clock.now())
    return staff.carry_out(invitations.INVITE, content)


def test_every_step_of_a_connector_is_a_step_of_its_agency(staff: Staff) -> None:
    plan(staff)
    assert course(staff) == Course(RolloutState.PLANNED, "has not been invited")
    staff.agency(SCHOOL)
    assert course(staff).state is RolloutState.PLANNED, "to be in the register is not to be invited"
    invite(staff)
    assert course(staff) == Course(RolloutState.ONBOARDING, "is invited and has not enrolled", invited_on=TODAY)
    staff.trial_connector("school-1", SCHOOL)
    assert course(staff) == Course(RolloutState.ONBOARDING, "is still in its trial", enrolled_on=TODAY)
    on_day(staff, 1)
    staff.move("school-1", GO_LIVE_CONNECTOR)
    live = {"enrolled_on": TODAY, "live_since": TODAY + timedelta(days=1)}
    assert course(staff) == Course(RolloutState.LIVE, "is live", **live)
    on_day(staff, 1)
    staff.move("school-1", SUSPEND_CONNECTOR)
    assert course(staff) == Course(RolloutState.SUSPENDED, "is suspended", **live)
    on_day(staff, 1)
    staff.move("school-1", REVOKE_CONNECTOR)
    gone = {"enrolled_on": TODAY, "left_on": TODAY + timedelta(days=3)}
    assert course(staff) == Course(RolloutState.LEFT, "has left", **gone)
    on_day(staff, 1)
    staff.move("school-1", OFF_BOARD_CONNECTOR)
    assert course(staff) == Course(RolloutState.LEFT, "has left, and what it published is taken back", **gone)


def test_an_invitation_that_ran_out_is_none(staff: Staff) -> None:
    plan(staff)
    staff.agency(SCHOOL)
    invite(staff)
    on_day(staff, 4)
    assert course(staff).state is RolloutState.PLANNED
    assert found(staff).late == "was to be live by 2 March 2026, and has not been invited"


def test_who_left_and_is_planned_or_invited_anew_is_at_the_beginning_again(staff: Staff) -> None:
    plan(staff, champion="Head of inclusion", contact="01632 960001")
    staff.agency(SCHOOL)
    staff.trial_connector("school-1", SCHOOL)
    on_day(staff, 1)
    staff.move("school-1", REVOKE_CONNECTOR)
    on_day(staff, 1)
    staff.move("school-1", OFF_BOARD_CONNECTOR)
    staff.carry_out(PLAN, plan_content(Wanted(SCHOOL.value, eligibility="All clients")))
    assert course(staff).state is RolloutState.LEFT, "no day was planned anew"
    plan(staff, TODAY + timedelta(days=60), TODAY + timedelta(days=90))
    assert course(staff).state is RolloutState.PLANNED
    invite(staff, "school-2")
    assert course(staff).state is RolloutState.ONBOARDING


@pytest.mark.parametrize(
    ("starts", "live_by", "late"),
    [
        (-1, 0, "was to start on 1 March 2026, and has not been invited"),
        (0, 0, ""),
        (-2, -1, "was to be live by 1 March 2026, and has not been invited"),
    ],
    ids=["not begun", "today", "not live"],
)
def test_a_day_is_missed_once_it_is_over(staff: Staff, starts: int, live_by: int, late: str) -> None:
    plan(staff, TODAY + timedelta(days=starts), TODAY + timedelta(days=live_by))
    assert found(staff).late == late


def test_who_has_begun_is_not_late_to_begin_and_who_is_live_or_gone_not_late_at_all(staff: Staff) -> None:
    staff.agency(SCHOOL)
    plan(staff, TODAY - timedelta(days=9), TODAY)
    invite(staff)
    assert found(staff).late == ""
    on_day(staff, 1)
    assert found(staff).late == "was to be live by 2 March 2026, and is invited and has not enrolled"
    staff.trial_connector("school-1", SCHOOL)
    assert found(staff).late == "was to be live by 2 March 2026, and is still in its trial"
    for action in (GO_LIVE_CONNECTOR, SUSPEND_CONNECTOR, REVOKE_CONNECTOR):
        staff.move("school-1", action)
        assert found(staff).late == ""


def test_an_agency_that_nobody_planned_is_there_too_and_is_never_late(staff: Staff) -> None:
    staff.agency(SCHOOL)
    assert (found(staff).name, found(staff).planned, found(staff).late) == ("Seaton school", None, "")


def test_the_name_in_the_register_counts(staff: Staff) -> None:
    plan(staff)
    assert found(staff).name == "The school"
    staff.agency(SCHOOL)
    assert found(staff).name == "Seaton school"


def test_a_champion_goes_with_the_agency_and_not_before(staff: Staff) -> None:
    def kept() -> bool:
        with staff.office.store.write() as unit:
            forget_champions(unit, "housekeeping", staff.office.clock.now())
        planned = found(staff).planned
        assert planned is not None
        assert planned.live_by == TODAY, "the rest of the plan stays"
        return planned.champion is not None

    plan(staff, champion="Head of inclusion", contact="01632 960001")
    staff.agency(SCHOOL)
    assert kept()
    staff.connector("school-1", SCHOOL)
    assert kept()
    staff.move("school-1", SUSPEND_CONNECTOR)
    assert kept()
    staff.move("school-1", REVOKE_CONNECTOR)
    assert not kept()
    assert not kept()
    assert audited(staff.office).count(("rollout-champion-removed", "housekeeping")) == 1
