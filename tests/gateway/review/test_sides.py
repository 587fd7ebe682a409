"""Review is one side's business: what a steward signed for one side changes nothing on the other, and what waits for a second one waits there."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.linkage.link_changes import RELINK, UNLINK, relink_content, show_link, unlink_content
from gateway.refused import Refused
from gateway.review.check_lists import CheckLists
from gateway.trust.actor import LOCAL_READER
from gateway.trust.operators import Office
from mappings.canonical.codes import AlertEvent
from tests.builders import HOUSING, SCHOOL, SOCIAL_CARE
from tests.gateway.staff import Staff
from tests.gateway.two_sides import TwoSides, sqlite_pair, two_stores
from tests.spec.people import MAYA

MADE, RETRACTED = AlertEvent.MADE, AlertEvent.RETRACTED


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[TwoSides]:
    with two_stores(*sqlite_pair(tmp_path)) as stores:
        made = TwoSides(stores)
        made.live.agree(SCHOOL, HOUSING)
        yield made


def at(office: Office, staff: Staff) -> Staff:
    """The same person, who works at the office of another side."""
    return replace(staff, office=office)


def test_a_steward_parts_and_joins_people_of_the_trial_side_there_and_nowhere_else(sides: TwoSides) -> None:
    school, housing = sides.begin_trial(SCHOOL), sides.begin_trial(HOUSING)
    for each in (school, housing):
        each.say(each.notice(MAYA))
    sides.step()
    live, trial = sides.live.office(), sides.trial.office()
    sam, kim = (sides.anna.colleague(name, "steward") for name in ("sam", "kim"))
    content = unlink_content(show_link(trial, LOCAL_READER, 2))
    assert content["side"] == "trial"
    with pytest.raises(Refused, match="signed for the trial side, and is handed in on the live side"):
        at(live, sam).hand_in(UNLINK, content)
    assert at(trial, sam).hand_in(UNLINK, content).done
    sides.step()
    assert housing.events() == [MADE, RETRACTED]

    again = relink_content(*(show_link(trial, LOCAL_READER, each) for each in (2, 1)))
    waiting = at(trial, sam).hand_in(RELINK, again)
    with sides.live.store.read() as unit:
        assert [each.action for each in unit.proposals.all(100) if each.action == RELINK] == []
    with pytest.raises(Refused, match="no such proposal"):
        at(live, kim).approve(waiting)
    assert at(trial, kim).approve(waiting).done
    sides.step()
    assert housing.events() == [MADE, RETRACTED, MADE]


def test_each_side_sends_the_daily_list_to_the_agencies_that_it_hears(sides: TwoSides) -> None:
    sides.begin_trial(SCHOOL)
    sides.begin_trial(HOUSING)
    sides.begin_trial(SOCIAL_CARE)
    sides.go_live(SCHOOL)
    sent = []
    for world in (sides.live, sides.trial):
        CheckLists(world.store, world.clock, world.pairing()).send_due()
        with world.store.read() as unit:
            events = (event for event in unit.audit.events(0, 1000) if event.code == "check-list-sent")
            sent.append(sorted(str(event.fields["agency"]) for event in events))
    assert sent == [[SCHOOL.value], sorted([HOUSING.value, SOCIAL_CARE.value])]
