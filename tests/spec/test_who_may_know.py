"""Chapter 2. Who may know of whom: nothing without an agreement, and what stops being allowed stops being told."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.trust.actor import Actor
from gateway.trust.lifecycle import change
from gateway.trust.operators import VerifiedChange
from identity.agency.trust import Status
from mappings.canonical.codes import (
    AgeBand,
    AlertEvent,
    AlertLevel,
    Consent,
    LegalBasis,
    NoticeEvent,
    ReceiptOutcome,
    Sensitivity,
)
from mappings.canonical.identifiers import AgencyId
from tests.spec.people import MAYA, TYLER

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")

MADE, ENDED, RETRACTED = AlertEvent.MADE, AlertEvent.ENDED, AlertEvent.RETRACTED


@pytest.fixture
def pair(seaton: World) -> tuple[Counterpart, Counterpart]:
    """Two agencies with an agreement about children."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    seaton.agree(SOCIAL_CARE, NURSING)
    return joined


def both_say(seaton: World, pair, **changes):
    for counterpart in pair:
        counterpart.say(counterpart.notice(MAYA, **changes))
    seaton.step()


@pytest.mark.parametrize(
    "changes",
    [
        {"age_band": AgeBand.ADULT},
        {"age_band": AgeBand.UNKNOWN},
        {"age_band_until": date(2026, 3, 1)},
        {"sensitivity": Sensitivity.SENSITIVE},
        {"sensitivity": Sensitivity.UNCLASSIFIED},
        {"consent": Consent.MISSING},
        {"consent": Consent.REFUSED},
        {"held_back": True},
    ],
)
def test_whatever_the_rules_do_not_allow_is_not_told_to_either_side(seaton: World, pair, changes):
    """Given an adult, an unknown or outdated age, a sensitive or unclassified service, missing consent or something held back, when two agencies
    share a client, then neither is told."""
    social_care, nursing = pair
    social_care.say(social_care.notice(MAYA))
    nursing.say(nursing.notice(MAYA, **changes))
    seaton.step()
    assert social_care.alerts == nursing.alerts == []
    assert [len(counterpart.receipts) for counterpart in pair] == [1, 1]


def test_an_agency_outside_the_agreement_is_told_nothing(seaton: World):
    """Given two agencies with no agreement between them, when they share a child, then neither is told."""
    social_care, nursing = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    other = seaton.join(AgencyId("urn:patchwork:seaton:elsewhere"))
    seaton.agree(SOCIAL_CARE, other.agency)
    both_say(seaton, (social_care, nursing))
    assert social_care.alerts == nursing.alerts == []


def test_the_level_of_the_agreement_is_the_dial(seaton: World, pair):
    """Given an agreement that shows agencies only, when two share a child, then each is told the other's agency and no worker."""
    seaton.agree(SOCIAL_CARE, NURSING, version=2, level=AlertLevel.ID_ONLY)
    for counterpart in pair:
        counterpart.place = replace(counterpart.place, agreement_version=2)
    both_say(seaton, pair)
    other = pair[0].alerts[0].other
    assert other is not None
    assert other.agency_name == "Seaton Nursing"
    assert (other.worker.name, other.worker.contact.phone, other.start) == ("", "", None)


def test_an_empty_alert_says_only_that_there_is_somebody(seaton: World, pair):
    """Given an agreement of the lowest level, when two agencies share a child, then each is told only that there is somebody."""
    seaton.agree(SOCIAL_CARE, NURSING, version=2, level=AlertLevel.EMPTY)
    for counterpart in pair:
        counterpart.place = replace(counterpart.place, agreement_version=2)
    both_say(seaton, pair)
    assert pair[0].alerts[0].other is None


def test_what_lapses_between_queueing_and_sending_is_not_sent_and_that_is_recorded(seaton: World, pair):
    """Given an alert that waits, when the agreement ends before it leaves, then it is not sent, and that is on record."""
    for counterpart in pair:
        counterpart.say(counterpart.notice(MAYA))
    seaton.receive()
    seaton.agree(SOCIAL_CARE, NURSING, version=2, valid_until=date(2026, 3, 1))
    seaton.step()
    assert pair[0].alerts == pair[1].alerts == []
    with seaton.store.read() as uow:
        codes = [event.code for event in uow.audit.events(0, 100)]
        assert uow.alerts.counts().get("pending", 0) == 0
    assert "alert-sent" not in codes
    assert codes.count("alert-lapsed") == 2


def test_when_the_agreement_runs_out_those_who_were_told_hear_that_it_is_over(seaton: World, pair):
    """Given two agencies that know of each other, when their agreement runs out, then both hear that it is over."""
    both_say(seaton, pair)
    seaton.clock.instant = seaton.clock.instant.replace(year=2027)
    seaton.sweep()
    seaton.step()
    assert [counterpart.events() for counterpart in pair] == [[MADE, ENDED], [MADE, ENDED]]


def test_when_a_child_grows_up_a_childrens_agreement_stops_sharing_without_any_notice(seaton: World, pair):
    """Given a children's agreement, when the child grows up, then sharing stops on that day without any notice, and both hear that it is over."""
    social_care, nursing = pair
    eighteenth = seaton.clock.now().date() + timedelta(days=10)
    both_say(seaton, pair, age_band_until=eighteenth - timedelta(days=1))
    seaton.clock.pass_(days=9)
    assert seaton.sweep() == 0
    seaton.clock.pass_(days=1)
    seaton.sweep()
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED]


def test_a_new_agreement_connects_what_was_known_already(seaton: World):
    """Given agencies that were not allowed to know of each other, when a new agreement allows it, then what was known already is told."""
    social_care, nursing = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    third = seaton.join(AgencyId("urn:patchwork:seaton:third"))
    seaton.agree(SOCIAL_CARE, NURSING, version=1, legal_bases=(LegalBasis.CHILDREN_ACT_2004_S11,))
    seaton.agree(SOCIAL_CARE, third.agency, version=2)
    for counterpart in (social_care, third):
        counterpart.place = replace(counterpart.place, agreement_version=2)
        counterpart.say(counterpart.notice(MAYA))
    seaton.step()
    seaton.agree(SOCIAL_CARE, third.agency, NURSING, version=3)
    nursing.place = replace(nursing.place, agreement_version=3)
    nursing.say(nursing.notice(MAYA))
    seaton.sweep()
    seaton.step()
    assert len(nursing.told) == 2


def test_an_alert_nobody_receipted_is_decided_and_sent_afresh_under_the_same_id(seaton: World, pair):
    """Given an alert without a receipt, when its time is over, then it is decided anew and sent again under the same number."""
    social_care, nursing = pair
    social_care.say(social_care.notice(MAYA))
    nursing.say(nursing.notice(MAYA))
    seaton.receive()
    seaton.relay().send_alerts()
    social_care.listen(receipt_alerts=False)
    nursing.listen()
    seaton.receive()

    seaton.clock.pass_(minutes=9)
    seaton.step()
    assert len(social_care.alerts) == 1
    seaton.clock.pass_(minutes=2)
    seaton.step()
    assert [alert.id for alert in social_care.alerts] == [social_care.alerts[0].id] * 2
    seaton.clock.pass_(minutes=11)
    seaton.step()
    assert len(social_care.alerts) == 2
    assert len(nursing.alerts) == 1


def test_an_alert_that_lapses_while_its_reader_is_away_is_followed_by_its_ending(seaton: World, pair):
    """Given a reader who is away, when the alert's involvement is withdrawn meanwhile, then the retraction follows the alert."""
    social_care, nursing = pair
    social_care.say(social_care.notice(MAYA))
    nursing.say(nursing.notice(MAYA))
    seaton.receive()
    seaton.relay().send_alerts()
    nursing.say(nursing.notice(MAYA, event=NoticeEvent.WITHDRAWN))
    seaton.receive()
    seaton.relay().send_alerts()
    seaton.clock.pass_(minutes=1)
    social_care.listen()
    assert social_care.events() == [MADE, RETRACTED]
    assert social_care.told == {}


def test_a_suspended_connector_is_sent_nothing_and_hears_of_it_at_once_when_it_is_resumed(seaton: World, pair):
    """Given a suspended connector, when something it was told is taken back, then it is sent nothing, and hears of it at once when it is
    resumed."""
    social_care, nursing = pair
    both_say(seaton, pair)
    move(seaton, social_care, Status.SUSPENDED)
    nursing.say(nursing.notice(MAYA, event=NoticeEvent.WITHDRAWN))
    seaton.step()
    assert social_care.events() == [MADE]
    move(seaton, social_care, Status.LIVE)
    seaton.step()
    assert social_care.events() == [MADE, RETRACTED]


def test_what_waits_for_a_suspended_connector_holds_up_nobody(seaton: World, pair, monkeypatch: pytest.MonkeyPatch):
    """Given alerts that wait for a suspended connector, when others are due, then they are sent without delay."""
    monkeypatch.setattr("gateway.relay.ALERTS", 1)
    social_care, nursing = pair
    for counterpart in pair:
        for person in (MAYA, TYLER):
            counterpart.say(counterpart.notice(person))
    seaton.receive()
    move(seaton, social_care, Status.SUSPENDED)
    assert seaton.relay().send_alerts() == 2
    nursing.listen()
    assert nursing.events() == [MADE, MADE]


def test_what_a_suspended_connector_said_is_not_answered_and_is_heard_when_it_says_it_again(seaton: World, pair):
    """Given something a suspended connector said, when it is resumed, then that is not answered until it says it again."""
    social_care, _ = pair
    notice = social_care.notice(MAYA)
    move(seaton, social_care, Status.SUSPENDED)
    social_care.say(notice)
    seaton.receive()
    # It is let in again before anything was answered; a refusal now would be of what holds no longer.
    move(seaton, social_care, Status.LIVE)
    seaton.step()
    assert social_care.receipts == []
    social_care.say(notice)
    seaton.step()
    assert social_care.outcomes() == [ReceiptOutcome.ACCEPTED]


def move(seaton: World, counterpart: Counterpart, after: Status) -> None:
    """As two operators do."""
    anna, omar = (Actor(name, frozenset(), "in a test") for name in ("anna", "omar"))
    now = seaton.clock.now()
    with seaton.store.write() as uow:
        change(uow, counterpart.id, after, anna, "a story", now, VerifiedChange(anna, {}, now, "", "", omar))
