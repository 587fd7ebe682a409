"""What was refused is kept sealed, can be looked at and tried, and can be processed again or given up by a signature."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from gateway.bench.world import AGREEMENT, HOME, World
from gateway.dead_letters.keeping import (
    DISCARD,
    check_dead_letter,
    count_dead_letters,
    discard_content,
    discard_dead_letter,
    list_dead_letters,
    show_dead_letter,
)
from gateway.dead_letters.replay import REPLAY, Replayed, ask_replay, letters_with, replay_content, replay_each
from gateway.model.dead_letter import Discard
from gateway.refused import NotPermitted, Refused
from gateway.store.sql_store import SqlStore
from gateway.trust.actor import LOCAL_READER, Actor
from gateway.trust.operators import Office
from mappings.canonical.codes import Mode
from tests import builders
from tests.builders import HOUSING, SCHOOL
from tests.gateway.staff import Staff, audited


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


def test_they_are_counted_by_reason_and_sender_and_listed_by_reason(world: World, staff: Staff) -> None:
    housing = world.counterparts[HOUSING]
    for _ in range(2):
        housing.say(housing.notice(builders.person()))
    world.step()
    groups = count_dead_letters(staff.office, LOCAL_READER)
    assert [(group.reasons, group.sender, group.number) for group in groups] == [
        (("agreement-version",), housing.id, 2),
        (("agreement-version",), world.counterparts[SCHOOL].id, 1),
    ]
    assert len(list_dead_letters(staff.office, LOCAL_READER, reason="agreement-version")) == 3
    assert list_dead_letters(staff.office, LOCAL_READER, reason="agreement") == []
    assert count_dead_letters(staff.office, LOCAL_READER, "agreement") == []


def test_a_check_says_what_a_replay_would_come_to_and_nothing_comes_of_it(world: World, staff: Staff) -> None:
    def everything() -> tuple[object, ...]:
        with staff.office.store.read() as unit:
            due = unit.replies.due(world.clock.now(), 100)
            return unit.counts(), unit.audit.head(), due, unit.dead_letters.all(9)

    before = everything()
    refused = check_dead_letter(staff.office, world.intake(), LOCAL_READER, 1)
    assert (refused.accepted, [issue.code for issue in refused.issues]) == (False, ["agreement-version"])
    assert everything() == before
    world.agree(SCHOOL, HOUSING)
    before = everything()
    accepted = check_dead_letter(staff.office, world.intake(), LOCAL_READER, 1)
    assert (accepted.accepted, accepted.issues) == (True, ())
    assert everything() == before
    assert replayed(world, staff, 1) == [(1, Replayed.ACCEPTED)]
    with pytest.raises(Refused, match="replayed and accepted already"):
        check_dead_letter(staff.office, world.intake(), LOCAL_READER, 1)


def test_a_check_needs_a_role_and_a_letter(world: World, staff: Staff) -> None:
    with pytest.raises(NotPermitted):
        check_dead_letter(staff.office, world.intake(), Actor("nobody", frozenset(), "not at all"), 1)
    with pytest.raises(Refused, match="no dead letter 99"):
        check_dead_letter(staff.office, world.intake(), LOCAL_READER, 99)


def test_a_check_of_what_our_own_code_stumbles_over_says_so(
    world: World, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("Okafor")

    world.agree(SCHOOL, HOUSING)
    monkeypatch.setattr("gateway.linkage.linking.place", broken)
    found = check_dead_letter(staff.office, world.intake(), LOCAL_READER, 1)
    assert (found.accepted, [issue.code for issue in found.issues]) == (False, ["not-processed"])
    assert replayed(world, staff, 1) == [(1, Replayed.FAULTY)]
    assert show_dead_letter(staff.office, LOCAL_READER, 1).is_open


def test_once_the_cause_is_gone_a_replay_is_accepted_and_done(world: World, staff: Staff) -> None:
    world.agree(SCHOOL, HOUSING)
    assert replayed(world, staff, 1) == [(1, Replayed.ACCEPTED)]
    assert show_dead_letter(staff.office, LOCAL_READER, 1).replayed_at is not None
    with staff.office.store.read() as unit:
        assert unit.counts()["involvements"] == 1
        codes = [event.code for event in unit.audit.events(0, 100)]
    assert "dead-letter-replay-asked" in codes
    assert "dead-letter-replayed" in codes
    with pytest.raises(Refused, match="replayed and accepted already"):
        replayed(world, staff, 1)
    with pytest.raises(Refused, match="no open dead letter that was refused for this reason"):
        letters_with(staff.office, LOCAL_READER, "agreement-version")


def test_while_the_cause_is_there_a_replay_is_refused_and_the_letter_stays(world: World, staff: Staff) -> None:
    assert replayed(world, staff, 1) == [(1, Replayed.REFUSED)]
    (letter,) = list_dead_letters(staff.office, LOCAL_READER)
    assert letter.replayed_at is None


def test_a_batch_is_replayed_in_order_under_one_signature_and_can_be_stopped(world: World, staff: Staff) -> None:
    school = world.counterparts[SCHOOL]
    for _ in range(3):
        school.say(school.notice(builders.person()))
    world.step()
    world.agree(SCHOOL, HOUSING)
    ids = letters_with(staff.office, LOCAL_READER, "agreement-version", 3)
    assert ids == [1, 2, 3]
    asked = ask_replay(staff.office, staff.sign(REPLAY, replay_content(*ids)))
    outcomes = replay_each(staff.office, world.intake(), asked)
    assert next(outcomes) == (1, Replayed.ACCEPTED)
    with staff.office.store.read() as unit:
        assert [letter.id for letter in unit.dead_letters.all(9) if letter.is_open] == [4, 3, 2]
        asking = [event for event in unit.audit.events(0, 200) if event.code == "dead-letter-replay-asked"]
    assert [event.fields["dead_letter"] for event in asking] == [1, 2, 3]
    assert len({event.fields["statement"] for event in asking}) == 1
    discard_dead_letter(staff.office, staff.sign(DISCARD, discard_content(2, "sent twice")))
    assert list(outcomes) == [(2, Replayed.PASSED_OVER), (3, Replayed.ACCEPTED)]


def test_an_observer_replays_and_discards_nothing(world: World, staff: Staff) -> None:
    ben = staff.colleague("ben", "observer")
    with pytest.raises(NotPermitted, match="may not replay dead letters"):
        replayed(world, ben, 1)
    with pytest.raises(NotPermitted, match="may not discard dead letters"):
        discard_dead_letter(staff.office, ben.sign(DISCARD, discard_content(1, "in the way")))
    assert show_dead_letter(staff.office, LOCAL_READER, 1).is_open


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"dead_letters": ["1"]}, "by its number"),
        ({"dead_letters": [True]}, "by its number"),
        ({"dead_letters": [1, 1]}, "each dead letter once"),
        ({"dead_letters": []}, "1 to 200 dead letters"),
        ({"dead_letters": "1"}, "1 to 200 dead letters"),
        ({"dead_letters": list(range(1, 202))}, "1 to 200 dead letters"),
        ({}, "'dead_letters' is missing"),
        ({"dead_letters": [1], "x": 2}, "no field 'x'"),
        ({"dead_letters": [1], "side": "both"}, "side must be one of"),
        ({"dead_letters": [1], "side": "live"}, "signed for the live side, and the letter is on the trial side"),
        ({"dead_letters": [1, 7]}, "no dead letter 7"),
    ],
)
def test_a_replay_names_dead_letters_that_are_there(
    world: World, staff: Staff, content: dict[str, object], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        ask_replay(staff.office, staff.sign(REPLAY, {"side": "trial", **content}))
    assert ("dead-letter-replay-asked", "anna") not in audited(staff.office)


def test_what_is_discarded_loses_its_body_and_keeps_its_digest_and_reasons(world: World, staff: Staff) -> None:
    before = show_dead_letter(staff.office, LOCAL_READER, 1)
    elsewhere = discard_content(1, "the school asked for it", Mode.LIVE)
    with pytest.raises(Refused, match="signed for the live side"):
        discard_dead_letter(staff.office, staff.sign(DISCARD, elsewhere))
    signed = staff.sign(DISCARD, discard_content(1, "the school asked for it"))
    discarded = discard_dead_letter(staff.office, signed)
    gone = Discard(staff.office.clock.now(), "anna", "the school asked for it")
    assert discarded == replace(before, sealed=b"", discarded=gone)
    assert show_dead_letter(staff.office, LOCAL_READER, 1) == discarded
    with staff.office.store.read() as unit:
        (event,) = [event for event in unit.audit.events(0, 100) if event.code == "dead-letter-discarded"]
        assert (unit.counts()["refused"], unit.counts()["dead_letters"]) == (0, 1)
    assert (event.actor, event.fields["digest"]) == ("anna", before.digest)
    assert event.fields["statement"] == signed.digest
    assert count_dead_letters(staff.office, LOCAL_READER) == []
    for again in (
        lambda: replayed(world, staff, 1),
        lambda: check_dead_letter(staff.office, world.intake(), LOCAL_READER, 1),
        lambda: discard_dead_letter(staff.office, staff.sign(DISCARD, discard_content(1, "again"))),
    ):
        with pytest.raises(Refused, match="was discarded by anna"):
            again()


@pytest.mark.parametrize(
    ("id", "reason"), [(0, "why"), (True, "why"), ("1", "why"), (1, ""), (1, " why"), (1, "x" * 201)]
)
def test_a_discard_names_one_letter_and_says_why(id: Any, reason: str) -> None:
    with pytest.raises(Refused, match="discarded dead letter: "):
        discard_content(id, reason)


def test_nothing_that_is_done_with_a_letter_changes_what_was_signed(world: World, staff: Staff) -> None:
    before = show_dead_letter(staff.office, LOCAL_READER, 1)
    check_dead_letter(staff.office, world.intake(), LOCAL_READER, 1)
    replayed(world, staff, 1)
    world.agree(SCHOOL, HOUSING)
    replayed(world, staff, 1)
    after = show_dead_letter(staff.office, LOCAL_READER, 1)
    assert (after.sealed, after.digest, after.issues) == (before.sealed, before.digest, before.issues)
    assert hashlib.sha256(after.sealed).hexdigest() == before.digest


def replayed(world: World, staff: Staff, *ids: int) -> list[tuple[int, Replayed]]:
    """What becomes of them, one signature for all."""
    asked = ask_replay(staff.office, staff.sign(REPLAY, replay_content(*ids)))
    return list(replay_each(staff.office, world.intake(), asked))


def test_the_world_speaks_of_this_partnership(world: World) -> None:
    assert (HOME, AGREEMENT) == (builders.HOME, builders.AGREEMENT)
