"""Chapter 1. Two professionals who help the same child learn of each other. Nobody else learns anything."""

from dataclasses import replace

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from mappings.canonical.codes import AlertEvent, NoticeEvent, ReceiptOutcome
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.notice import Worker
from tests.spec.people import AHMAD, MAYA

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
HOUSING = AgencyId("urn:patchwork:seaton:housing")

MADE, CHANGED, ENDED, RETRACTED = AlertEvent.MADE, AlertEvent.CHANGED, AlertEvent.ENDED, AlertEvent.RETRACTED


@pytest.fixture
def trio(seaton: World) -> tuple[Counterpart, Counterpart, Counterpart]:
    """Three agencies with an agreement about children."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING), seaton.join(HOUSING)
    seaton.agree(SOCIAL_CARE, NURSING, HOUSING)
    return joined


def test_each_side_of_a_connection_is_told_once(seaton: World, trio):
    """Given two agencies involved with one child, when the second says so, then each is told of the other once, and a third that is not involved
    hears nothing."""
    social_care, nursing, housing = trio
    social_care.say(social_care.notice(MAYA))
    seaton.step()
    assert social_care.events() == []

    nursing.say(nursing.notice(MAYA))
    seaton.step()
    seaton.step()

    assert social_care.events() == [MADE]
    assert nursing.events() == [MADE]
    assert housing.events() == []


def test_an_alert_says_who_to_ring_and_names_the_client_only_by_the_readers_own_reference(seaton: World, trio):
    """Given a connection, when the alert is read, then it says whom to ring, and names the client only by the reader's own reference."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(MAYA))
    nursing.say(nursing.notice(MAYA, worker=Worker("Helen Marsh", "Health visitor", "0-19 team")))
    seaton.step()

    alert = social_care.alerts[0]
    assert alert.other is not None
    assert (alert.other.agency_name, alert.other.worker.name) == ("Seaton Nursing", "Helen Marsh")
    assert alert.recipient_person == social_care.references.person("maya")
    assert alert.spoken_reference == nursing.alerts[0].spoken_reference
    assert alert.participation.agencies == ("Seaton Housing", "Seaton Nursing", "Seaton Social Care")


def test_people_who_are_not_the_same_are_not_connected(seaton: World, trio):
    """Given two agencies with different clients, when both say so, then neither hears of the other."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(MAYA))
    nursing.say(nursing.notice(AHMAD))
    seaton.step()
    assert social_care.events() == nursing.events() == []


def test_a_new_worker_is_a_change_and_the_same_again_is_not(seaton: World, trio):
    """Given a connection, when the worker changes, then the other side is told once, and saying it again tells nobody."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(MAYA))
    nursing.say(nursing.notice(MAYA))
    seaton.step()

    nursing.say(
        nursing.notice(MAYA, event=NoticeEvent.CHANGED, worker=Worker("Ines Novak", "Health visitor", "0-19 team"))
    )
    seaton.step()
    nursing.say(
        nursing.notice(MAYA, event=NoticeEvent.CHANGED, worker=Worker("Ines Novak", "Health visitor", "0-19 team"))
    )
    seaton.step()

    assert social_care.events() == [MADE, CHANGED]
    assert nursing.events() == [MADE]


def test_when_one_side_ends_both_are_told_that_the_connection_is_over(seaton: World, trio):
    """Given a connection, when one side ends its involvement, then both are told that it is over."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(MAYA))
    nursing.say(nursing.notice(MAYA))
    seaton.step()
    nursing.say(nursing.notice(MAYA, event=NoticeEvent.ENDED))
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED]
    assert social_care.told == nursing.told == {}


def test_an_ending_says_nothing_of_the_other_side(seaton: World, trio):
    """Given a connection that ends, when the message is read, then it says nothing of the other side."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(MAYA))
    nursing.say(nursing.notice(MAYA))
    seaton.step()
    nursing.say(nursing.notice(MAYA, event=NoticeEvent.ENDED))
    seaton.step()
    assert social_care.alerts[-1].other is None


def test_what_should_never_have_been_said_is_taken_back(seaton: World, trio):
    """Given a connection, when one side withdraws what should never have been said, then both are told to disregard it."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(MAYA))
    nursing.say(nursing.notice(MAYA))
    seaton.step()
    nursing.say(nursing.notice(MAYA, event=NoticeEvent.WITHDRAWN))
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, RETRACTED]


def test_who_was_told_of_an_ending_is_also_told_to_disregard_it(seaton: World, trio):
    """Given an ending that was told, when the involvement is then withdrawn, then those told are also told to disregard it."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(MAYA))
    nursing.say(nursing.notice(MAYA))
    seaton.step()
    nursing.say(nursing.notice(MAYA, event=NoticeEvent.ENDED))
    seaton.step()
    nursing.say(nursing.notice(MAYA, event=NoticeEvent.WITHDRAWN))
    seaton.step()
    assert social_care.events() == [MADE, ENDED, RETRACTED]


def test_what_ends_before_anybody_was_told_is_never_mentioned(seaton: World, trio):
    """Given an involvement that ends before anybody was told, when alerts are sent, then it is never mentioned."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(MAYA))
    nursing.say(nursing.notice(MAYA))
    nursing.say(nursing.notice(MAYA, event=NoticeEvent.ENDED))
    seaton.step()
    assert social_care.events() == nursing.events() == []


def test_three_agencies_make_three_connections_and_everybody_hears_of_the_other_two(seaton: World, trio):
    """Given three agencies with one child, when all say so, then each hears of the other two."""
    for counterpart in trio:
        counterpart.say(counterpart.notice(MAYA))
    seaton.step()
    assert [len(counterpart.told) for counterpart in trio] == [2, 2, 2]


def test_two_involvements_of_one_agency_connect_with_others_and_not_with_each_other(seaton: World, trio):
    """Given one agency involved with a child in two ways, when another becomes involved, then it hears of both, and the two do not alert each
    other."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(MAYA, "allocation"))
    social_care.say(social_care.notice(MAYA, "family-support"))
    seaton.step()
    assert social_care.events() == []
    nursing.say(nursing.notice(MAYA))
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, MADE]


def test_every_notice_is_answered_and_the_answer_says_nothing_of_others(seaton: World, trio):
    """Given a notice about a child others know and one about a child nobody knows, when both are answered, then the two answers are alike."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(MAYA))
    seaton.step()
    nursing.say(nursing.notice(MAYA))
    nursing.say(nursing.notice(AHMAD))
    seaton.step()
    known, unknown = nursing.receipts
    assert (known.outcome, unknown.outcome) == (ReceiptOutcome.ACCEPTED, ReceiptOutcome.ACCEPTED)
    told_apart_by = {"about", "digest", "last_accepted"}
    alike = [
        {
            name: value
            for name, value in ((field, getattr(receipt, field)) for field in receipt.__slots__)
            if name not in told_apart_by
        }
        for receipt in (known, unknown)
    ]
    assert alike[0] == alike[1]


def test_the_same_notice_again_changes_nothing_and_gets_the_same_answer(seaton: World, trio):
    """Given a notice that was answered, when it comes again, then nothing changes and the answer is the same."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(MAYA))
    sealed = nursing.say(nursing.notice(MAYA))
    seaton.step()
    nursing.end.send(sealed)
    nursing.end.send(sealed)
    seaton.step()
    assert nursing.outcomes() == [ReceiptOutcome.ACCEPTED] * 3
    assert nursing.events() == social_care.events() == [MADE]


def test_a_notice_that_comes_late_changes_nothing(seaton: World, trio):
    """Given an ending that arrives first, when the beginning comes late, then nothing changes and nobody is told."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(MAYA))
    started = nursing.notice(MAYA)
    ended = nursing.notice(MAYA, event=NoticeEvent.ENDED)
    nursing.say(ended)
    seaton.step()
    nursing.say(started)
    seaton.step()
    assert nursing.outcomes() == [ReceiptOutcome.ACCEPTED] * 2
    assert social_care.events() == nursing.events() == []


def test_an_involvement_that_begins_again_is_a_new_connection_to_hear_of(seaton: World, trio):
    """Given a connection that ended, when the involvement begins again, then it is told as a new one."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(MAYA))
    nursing.say(nursing.notice(MAYA))
    seaton.step()
    nursing.say(nursing.notice(MAYA, event=NoticeEvent.ENDED))
    seaton.step()
    nursing.say(nursing.notice(MAYA))
    seaton.step()
    assert social_care.events() == [MADE, ENDED, MADE]


def test_the_reference_spoken_on_the_telephone_is_the_same_on_both_sides_and_different_for_every_pair(
    seaton: World, trio
):
    """Given three agencies of one child, when alerts are read, then both sides of a pair have the same spoken reference, and each pair another."""
    for counterpart in trio:
        counterpart.say(counterpart.notice(MAYA))
    seaton.step()
    spoken = {alert.connection: alert.spoken_reference for c in trio for alert in c.alerts}
    assert len(spoken) == 3
    assert len(set(spoken.values())) == 3


def test_a_record_that_says_less_still_connects_by_its_number(seaton: World, trio):
    """Given a record with less detail but the same verified number, when it is stated, then it is connected."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(MAYA))
    nursing.say(nursing.notice(replace(MAYA, given=("Maya",), addresses=())))
    seaton.step()
    assert social_care.events() == [MADE]
