"""Envelopes as no honest program makes or sends them, handed in over the real HTTPS channel in requests that are themselves well signed.

What an envelope's own reader refuses stands in tests/identity/agency/test_envelope_attacks.py; here is what the whole gateway does then.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.bench import hostile
from gateway.bench.counterpart import Counterpart
from gateway.model.connector import AgencyKey
from identity.agency import envelope_header
from identity.agency.keys import SigningKey
from identity.agency.trust import Status
from mappings.canonical.codes import AgencyType, MessageKind, Mode, ReceiptOutcome
from mappings.canonical.identifiers import AgencyId, PartnershipId
from mappings.fhir import notice_bundle
from tests.builders import person
from tests.system.attacks.town import HOUSING, NOTICES, Town

ORLA = person()


def signed(who: Counterpart, **members: object) -> bytes:
    """A signed part whose signature is good."""
    return hostile.signed_part(who, who.notice(ORLA), hostile.properly(who.keys.signing), **members)


def test_an_honest_notice_is_accepted(town: Town) -> None:
    town.housing.say(town.housing.notice(ORLA))
    town.world.receive()
    assert town.audited() == [("notice-accepted", "")]
    assert town.held() != town.before


def test_the_forge_itself_is_good_so_that_what_is_refused_below_is_refused_for_its_one_fault(town: Town) -> None:
    town.housing.end.send(hostile.sealed_part(town.housing, signed(town.housing)))
    town.world.receive()
    assert town.audited() == [("notice-accepted", "")]


def test_the_same_envelope_again_changes_nothing(town: Town) -> None:
    sealed = town.housing.say(town.housing.notice(ORLA))
    town.world.receive()
    town.mark()
    town.housing.end.send(sealed)
    town.world.receive()
    assert town.audited() == [("notice-repeated", "")]
    assert town.held() == town.before


def test_anothers_envelope_in_ones_own_request_is_refused(town: Town) -> None:
    genuine = town.health.seal(MessageKind.NOTICE, (n := town.health.notice(ORLA)).id, notice_bundle.write(n))
    town.housing.end.send(genuine)
    town.assert_refused("sender-mismatch", None)


def test_anothers_envelope_sent_first_does_not_keep_the_genuine_one_out(town: Town) -> None:
    """A receipt that refuses it would make its sender give it up."""
    genuine = town.health.seal(MessageKind.NOTICE, (n := town.health.notice(ORLA)).id, notice_bundle.write(n))
    town.housing.end.send(genuine)
    town.health.end.send(genuine)
    town.world.receive()
    assert town.audited() == [("message-refused", "sender-mismatch"), ("notice-accepted", "")]
    assert [(who, receipt.outcome) for who, receipt in town.answers()] == [(town.health.id, ReceiptOutcome.ACCEPTED)]


def test_an_old_envelope_of_anothers_does_not_make_it_send_again(town: Town) -> None:
    genuine = town.health.seal(MessageKind.NOTICE, (n := town.health.notice(ORLA)).id, notice_bundle.write(n))
    town.clock.pass_(hours=73)
    town.housing.end.send(genuine)
    town.assert_refused("stale", None)


def test_replaying_the_dead_letter_does_not_launder_anothers_envelope(town: Town) -> None:
    genuine = town.health.seal(MessageKind.NOTICE, (n := town.health.notice(ORLA)).id, notice_bundle.write(n))
    town.housing.end.send(genuine)
    town.world.receive()
    with town.store.read() as unit:
        (letter,) = unit.dead_letters.all(10)
    assert letter.sender == town.housing.id
    assert town.world.intake().replay(letter.id, "anna") is ReceiptOutcome.REFUSED
    assert town.held() == town.before


def test_ones_own_name_over_anothers_key_is_refused(town: Town) -> None:
    hostile.pretend_to_be(town.housing, town.health, ORLA)
    town.assert_refused("sender-mismatch", town.housing)


def test_a_signed_message_sealed_again_by_another_hand_is_refused_and_not_answered(town: Town) -> None:
    leaked = signed(town.health)
    town.health.end.send(hostile.sealed_part(town.health, leaked))
    town.world.receive()
    before = town.answers()
    town.mark()
    town.health.end.send(hostile.sealed_part(town.housing, leaked))
    town.world.receive()
    assert town.audited() == [("message-refused", "message-repeated")]
    assert town.held() == town.before
    assert town.answers() == before


def test_a_signed_message_sealed_again_into_another_connectors_request_is_refused(town: Town) -> None:
    town.housing.end.send(hostile.sealed_part(town.housing, signed(town.health)))
    town.assert_refused("sender-mismatch", None)


def test_a_message_id_used_for_a_second_notice_is_refused(town: Town) -> None:
    first, second = town.housing.notice(ORLA), town.housing.notice(ORLA)
    header = hostile.header_of(town.housing, first)
    town.housing.post(MessageKind.NOTICE, first.id, notice_bundle.write(first), message=header.message)
    town.world.receive()
    town.mark()
    before = town.answers()
    town.housing.post(MessageKind.NOTICE, second.id, notice_bundle.write(second), message=header.message)
    town.world.receive()
    assert town.audited() == [("message-refused", "message-repeated")]
    assert town.held() == town.before
    assert town.answers() == before


@pytest.mark.parametrize("kept", [1, 40, 0.5, -1])
def test_a_truncated_envelope_is_refused(town: Town, kept: float) -> None:
    whole = hostile.sealed_part(town.housing, signed(town.housing))
    town.housing.end.send(whole[: int(len(whole) * kept) if isinstance(kept, float) else kept])
    town.assert_refused("unreadable", town.housing)


@pytest.mark.parametrize("part", [0, 2, 3, 4], ids=["header", "nonce", "ciphertext", "tag"])
def test_an_envelope_with_a_part_of_another_is_refused(town: Town, part: int) -> None:
    one, other = (hostile.sealed_part(town.housing, signed(who)) for who in (town.housing, town.health))
    town.housing.end.send(hostile.swap(one, other, part))
    town.assert_refused("unreadable", town.housing)


@pytest.mark.parametrize("part", [1, 2], ids=["content", "signature"])
def test_a_signed_message_with_a_part_of_another_is_refused(town: Town, part: int) -> None:
    swapped = hostile.swap(signed(town.housing), signed(town.housing), part)
    town.housing.end.send(hostile.sealed_part(town.housing, swapped))
    town.assert_refused("bad-signature", town.housing)


@pytest.mark.parametrize("late", [timedelta(hours=-73), timedelta(minutes=6)], ids=["expired", "from the future"])
def test_a_message_outside_its_window_is_sent_back_to_be_sealed_again(town: Town, late: timedelta) -> None:
    notice = town.housing.notice(ORLA)
    when = town.clock.now() + late
    town.housing.post(MessageKind.NOTICE, notice.id, notice_bundle.write(notice), issued_at=when)
    town.assert_refused("stale", town.housing)


def test_a_message_kept_past_its_end_is_refused(town: Town) -> None:
    notice, now = town.housing.notice(ORLA), town.clock.now()
    town.housing.post(MessageKind.NOTICE, notice.id, notice_bundle.write(notice), not_after=now)
    town.assert_refused("expired", town.housing)


@pytest.mark.parametrize(
    "changes",
    [{"partnership": PartnershipId("elsewhere")}, {"mode": Mode.LIVE}, {"destination": "health"}],
    ids=["partnership", "mode", "destination"],
)
def test_a_message_meant_for_somebody_else_is_refused(town: Town, changes: dict[str, Any]) -> None:
    notice = town.housing.notice(ORLA)
    town.housing.post(MessageKind.NOTICE, notice.id, notice_bundle.write(notice), **changes)
    town.assert_refused("misdirected", town.housing)


def test_what_the_gateway_said_cannot_be_said_back_to_it(town: Town) -> None:
    town.housing.say(town.housing.notice(ORLA))
    town.world.receive()
    town.world.relay().send_replies()
    ((parcel),) = town.housing.end.take(1, 0.0)
    town.housing.end.acknowledge([parcel])
    town.mark()
    town.housing.end.send(parcel.sealed)
    town.assert_refused("unreadable", town.housing)


@pytest.mark.parametrize("odd", ["health\n", "health*", ".*", "HEALTH", "../health", "health\x00", "", "h" * 41])
def test_a_sender_with_odd_characters_is_no_sender(town: Town, odd: str) -> None:
    notice = town.housing.notice(ORLA)
    pw = envelope_header.write(hostile.header_of(town.housing, notice)) | {"sender": odd}
    inner = hostile.signed_part(town.housing, notice, hostile.properly(town.housing.keys.signing), pw=pw)
    town.housing.end.send(hostile.sealed_part(town.housing, inner))
    town.assert_refused("header-refused", town.housing)


def rotated(town: Town, agencies: tuple[AgencyId, ...] = (HOUSING,)) -> tuple[SigningKey, ...]:
    """Housing's key gave way to new ones an hour ago, one for each agency. Returns the new."""
    old, now = town.housing.keys, town.clock.now()
    new = tuple(SigningKey.generate() for _ in agencies)
    changed = now - timedelta(hours=1)
    past = AgencyKey(HOUSING, old.signing.public, changed - timedelta(days=9), changed)
    signing = tuple(AgencyKey(agency, key.public, changed) for agency, key in zip(agencies, new, strict=True))
    keys = replace(town.connector(town.housing).keys, signing=new[0].public)
    town.change(town.housing, keys=keys, signing=(past, *signing), agencies=agencies)
    return new


def test_a_rotated_out_key_signs_nothing_more(town: Town) -> None:
    (new,) = rotated(town)
    old = hostile.sealed_part(town.housing, signed(town.housing))
    town.end(new).send(old)
    town.assert_refused("unknown-signer", town.housing)


def test_the_key_of_one_agency_does_not_speak_for_another_of_the_same_connector(town: Town) -> None:
    repairs = AgencyId("urn:patchwork:seaton:repairs")
    town.world.join(repairs, AgencyType.HOUSING)
    town.world.agree(HOUSING, town.health.agency, repairs, version=2)
    _, for_repairs = rotated(town, (HOUSING, repairs))
    town.housing.keys = replace(town.housing.keys, signing=for_repairs)
    town.housing.place = replace(town.housing.place, agreement_version=2)
    town.end(for_repairs).send(hostile.sealed_part(town.housing, signed(town.housing)))
    town.assert_refused("agency-not-approved", town.housing)


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REVOKED])
def test_what_waited_when_its_sender_was_stopped_is_not_believed(town: Town, status: Status) -> None:
    town.housing.say(town.housing.notice(ORLA))
    town.stop(town.housing, status)
    assert town.queue.waiting() == 1
    town.assert_refused("connector-not-live", None)


def test_a_flood_of_rubbish_does_not_hold_up_the_honest(town: Town) -> None:
    for _ in range(5):
        town.post(town.housing.keys.signing, NOTICES, b"rubbish")
    town.health.say(town.health.notice(ORLA))
    town.world.receive()
    assert town.audited() == [("message-refused", "unreadable")] * 5 + [("notice-accepted", "")]
