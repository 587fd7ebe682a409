"""What was refused is kept sealed, can be looked at, and can be processed again by a signature."""

import pytest

from gateway.actor import LOCAL_READER, Actor
from gateway.bench.world import AGREEMENT, HOME, World
from gateway.dead_letters import REPLAY, list_dead_letters, replay_content, replay_dead_letter, show_dead_letter
from gateway.operators import Office
from gateway.refused import NotPermitted, Refused
from gateway.store.sql_store import SqlStore
from mappings.canonical.codes import ReceiptOutcome
from tests import builders
from tests.builders import HOUSING, SCHOOL
from tests.gateway.staff import Staff


@pytest.fixture
def world(store: SqlStore, office: Office, staff: Staff) -> World:
    """A school that speaks under an agreement that is not in force yet, so that what it says is refused."""
    world = World(store)
    school = world.join(SCHOOL)
    world.join(HOUSING)
    school.say(school.notice(builders.person()))
    world.step()
    return world


def test_a_dead_letter_shows_its_reasons_and_never_its_content(world: World, staff: Staff) -> None:
    (letter,) = list_dead_letters(staff.office, LOCAL_READER)
    assert [issue.code for issue in letter.issues] == ["agreement-version"]
    assert show_dead_letter(staff.office, LOCAL_READER, letter.id) == letter
    with pytest.raises(Refused, match="no dead letter 99"):
        show_dead_letter(staff.office, LOCAL_READER, 99)


def test_looking_needs_a_role(world: World, staff: Staff) -> None:
    with pytest.raises(NotPermitted):
        list_dead_letters(staff.office, Actor("nobody", frozenset(), "not at all"))


def test_once_the_cause_is_gone_a_replay_is_accepted_and_done(world: World, staff: Staff) -> None:
    world.agree(SCHOOL, HOUSING)
    outcome = replay_dead_letter(staff.office, world.intake(), staff.sign(REPLAY, replay_content(1)))
    assert outcome is ReceiptOutcome.ACCEPTED
    assert show_dead_letter(staff.office, LOCAL_READER, 1).replayed_at is not None
    with staff.office.store.read() as unit:
        assert unit.counts()["involvements"] == 1
        codes = [event.code for event in unit.audit.events(0, 100)]
    assert "dead-letter-replay-asked" in codes
    assert "dead-letter-replayed" in codes
    with pytest.raises(Refused, match="replayed and accepted already"):
        replay_dead_letter(staff.office, world.intake(), staff.sign(REPLAY, replay_content(1)))


def test_while_the_cause_is_there_a_replay_is_refused_and_the_letter_stays(world: World, staff: Staff) -> None:
    outcome = replay_dead_letter(staff.office, world.intake(), staff.sign(REPLAY, replay_content(1)))
    assert outcome is ReceiptOutcome.REFUSED
    (letter,) = list_dead_letters(staff.office, LOCAL_READER)
    assert letter.replayed_at is None


def test_an_observer_replays_nothing(world: World, staff: Staff) -> None:
    ben = staff.colleague("ben", "observer")
    with pytest.raises(NotPermitted, match="may not replay dead letters"):
        replay_dead_letter(staff.office, world.intake(), ben.sign(REPLAY, replay_content(1)))


@pytest.mark.parametrize(
    "content", [{"dead_letter": "1"}, {"dead_letter": True}, {}, {"dead_letter": 1, "x": 2}, {"dead_letter": 7}]
)
def test_a_replay_names_one_dead_letter_that_is_there(world: World, staff: Staff, content: dict[str, object]) -> None:
    with pytest.raises(Refused, match="dead letter"):
        replay_dead_letter(staff.office, world.intake(), staff.sign(REPLAY, content))


def test_the_world_speaks_of_this_partnership(world: World) -> None:
    assert (HOME, AGREEMENT) == (builders.HOME, builders.AGREEMENT)
