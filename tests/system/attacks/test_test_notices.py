"""Test notices where none was asked for, by the wrong connector, twice, too late, or taken for what they are not. Over the real HTTPS channel."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.bench import hostile
from gateway.bench.counterpart import Counterpart
from gateway.model.probe import Probe
from identity.agency import envelope_header
from mappings.canonical.codes import MessageKind, ReceiptOutcome
from mappings.canonical.identifiers import MessageId
from mappings.canonical.receipt import Issue, Receipt
from mappings.fhir import notice_bundle, receipt_bundle
from tests.builders import person
from tests.system.attacks.town import Town

ORLA = person()
ASKED = MessageId("00000000-0000-4000-8000-00000000a5ed")
UNKNOWN = MessageId("00000000-0000-4000-8000-00000000dead")
ACCEPTED = ReceiptOutcome.ACCEPTED


def ask(town: Town, who: Counterpart) -> None:
    """The gateway wants a test notice from `who`, within half a minute; then the story begins."""
    now = town.clock.now()
    with town.store.write() as unit:
        unit.probes.add(Probe(ASKED, who.id, who.agency, "anna", now, now + timedelta(seconds=30), now, sent_at=now))
    town.mark()


def the_test(town: Town) -> Probe:
    with town.store.read() as unit:
        probe = unit.probes.get(ASKED)
    assert probe
    return probe


def dead_letters(town: Town) -> int:
    with town.store.read() as unit:
        return len(unit.dead_letters.all(10))


def test_an_honest_answer_is_accepted_and_changes_nothing(town: Town) -> None:
    ask(town, town.housing)
    town.housing.answer(ASKED, ORLA)
    town.receive()
    assert town.audited() == [("connector-tested", "")]
    assert the_test(town).outcome is ACCEPTED
    assert town.held() == town.before
    assert [(who, receipt.outcome) for who, receipt in town.answers()] == [(town.housing.id, ACCEPTED)]


def test_the_register_does_not_make_an_answer_that_somebody_is_known_any_different(town: Town) -> None:
    """A test is no way to ask who is known: the same answer for a person of the register, and nobody is linked."""
    town.health.say(town.health.notice(ORLA))
    town.world.step()
    ask(town, town.housing)
    town.housing.answer(ASKED, ORLA)
    town.receive()
    assert town.held() == town.before
    ((_, known),) = town.answers()
    town.assert_tells_nothing(receipt_bundle.write(known))
    assert (known.outcome, known.issues, known.last_accepted) == (ACCEPTED, (), None)
    town.world.step()
    assert (town.housing.alerts, town.health.alerts) == ([], [])


def test_a_test_notice_that_nobody_asked_for_is_refused(town: Town) -> None:
    town.housing.answer(UNKNOWN, ORLA)
    town.assert_refused("test-not-asked", town.housing)
    assert dead_letters(town) == 1


def test_anothers_test_is_not_answered_and_the_answer_does_not_tell_that_there_is_one(town: Town) -> None:
    ask(town, town.health)
    town.housing.answer(ASKED, ORLA)
    town.assert_refused("test-not-asked", town.housing)
    assert the_test(town).outcome is None
    town.health.answer(ASKED, ORLA)
    town.receive()
    assert the_test(town).outcome is ACCEPTED


def test_anothers_genuine_answer_in_ones_own_request_does_not_spoil_it(town: Town) -> None:
    ask(town, town.health)
    notice = replace(town.health.notice(ORLA), id=ASKED)
    genuine = town.health.seal(MessageKind.TEST_NOTICE, ASKED, notice_bundle.write(notice))
    town.housing.end.send(genuine)
    town.assert_refused("sender-mismatch", None)
    assert the_test(town).outcome is None
    town.health.end.send(genuine)
    town.receive()
    assert the_test(town).outcome is ACCEPTED


def test_a_test_is_answered_once(town: Town) -> None:
    ask(town, town.housing)
    sealed = town.housing.answer(ASKED, ORLA)
    town.receive()
    before, told = the_test(town), town.answers()
    town.mark()
    town.clock.pass_(seconds=1)
    town.housing.end.send(sealed)
    town.housing.answer(ASKED, ORLA, agency=town.health.agency)
    town.receive()
    assert town.audited() == [("test-repeated", "")] * 2
    assert (the_test(town), town.held()) == (before, town.before)
    assert [receipt.outcome for _, receipt in town.answers()] == [ACCEPTED] * (len(told) + 2)


def test_what_was_refused_is_not_made_good_by_a_second_answer(town: Town) -> None:
    ask(town, town.housing)
    town.housing.answer(ASKED, ORLA, agency=town.health.agency)
    town.housing.answer(ASKED, ORLA)
    town.receive()
    assert town.audited() == [("connector-tested", "agency-not-approved"), ("test-repeated", "")]
    assert the_test(town).outcome is ReceiptOutcome.REFUSED
    assert [receipt.outcome for _, receipt in town.answers()] == [ReceiptOutcome.REFUSED] * 2


def test_a_signed_answer_sealed_again_by_another_hand_is_refused_and_not_answered(town: Town) -> None:
    ask(town, town.housing)
    leaked = signed(town.housing, MessageKind.TEST_NOTICE)
    town.housing.end.send(hostile.sealed_part(town.housing, leaked))
    town.receive()
    before, told = the_test(town), town.answers()
    town.mark()
    town.housing.end.send(hostile.sealed_part(town.housing, leaked))
    town.receive()
    assert town.audited() == [("message-refused", "message-repeated")]
    assert (the_test(town), town.answers()) == (before, told)


def test_an_answer_after_the_end_is_refused(town: Town) -> None:
    ask(town, town.housing)
    town.clock.pass_(seconds=30)
    town.housing.answer(ASKED, ORLA)
    town.assert_refused("test-over", town.housing)
    assert the_test(town).outcome is None


def signed(who: Counterpart, kind: MessageKind) -> bytes:
    """A well-signed notice of the test's id, under a header of that kind."""
    notice = replace(who.notice(ORLA), id=ASKED)
    header = envelope_header.write(replace(hostile.header_of(who, notice), kind=kind))
    return hostile.signed_part(who, notice, hostile.properly(who.keys.signing), pw=header)


@pytest.mark.parametrize(
    ("claimed", "meant"),
    [(MessageKind.NOTICE, MessageKind.TEST_NOTICE), (MessageKind.TEST_NOTICE, MessageKind.NOTICE)],
    ids=["a test notice as a notice", "a notice as a test notice"],
)
def test_neither_can_be_made_the_other(town: Town, claimed: MessageKind, meant: MessageKind) -> None:
    """The kind is signed: with the header of the one, the content and signature of the other are worth nothing."""
    ask(town, town.housing)
    forged = hostile.swap(signed(town.housing, meant), signed(town.housing, claimed), 0)
    town.housing.end.send(hostile.sealed_part(town.housing, forged))
    town.assert_refused("bad-signature", town.housing)
    assert the_test(town).outcome is None


def test_a_real_notice_under_the_header_of_a_test_answers_nothing(town: Town) -> None:
    ask(town, town.housing)
    notice = town.housing.notice(ORLA)
    town.housing.post(MessageKind.TEST_NOTICE, ASKED, notice_bundle.write(notice))
    town.receive()
    assert town.audited() == [("connector-tested", "id-mismatch")]
    town.mark()
    town.housing.post(MessageKind.TEST_NOTICE, notice.id, notice_bundle.write(notice))
    town.receive()
    assert town.audited() == [("message-refused", "test-not-asked")]
    assert town.held() == town.before


def test_a_test_does_not_vouch_for_a_notice_of_its_id_nor_a_notice_for_a_test(town: Town) -> None:
    """They are counted apart: the one's being accepted is not the other's."""
    ask(town, town.housing)
    town.housing.answer(ASKED, ORLA, agency=town.health.agency)
    town.receive()
    town.mark()
    town.housing.say(replace(town.housing.notice(ORLA), id=ASKED))
    town.receive()
    assert town.audited() == [("notice-accepted", "")]
    assert the_test(town).outcome is ReceiptOutcome.REFUSED


def test_anothers_test_is_not_called_off_by_a_receipt(town: Town) -> None:
    ask(town, town.health)
    cannot = Receipt(ASKED, "0" * 64, ReceiptOutcome.REFUSED, (Issue("processing", "test-no-evidence", "", "away"),))
    hostile.settle_unasked(town.housing, ASKED, cannot)
    town.receive()
    assert town.audited() == [("receipt-not-believed", "")]
    assert the_test(town).outcome is None
    hostile.settle_unasked(town.health, ASKED, cannot)
    town.receive()
    assert [issue.code for issue in the_test(town).issues] == ["test-no-evidence"]


def test_a_receipt_that_accepts_is_no_answer(town: Town) -> None:
    ask(town, town.housing)
    hostile.settle_unasked(town.housing, ASKED, Receipt(ASKED, "0" * 64, ACCEPTED))
    town.receive()
    assert town.audited() == [("receipt-not-believed", "")]
    assert the_test(town).outcome is None


def test_the_dead_letter_of_a_test_notice_is_not_laundered_into_an_answer(town: Town) -> None:
    town.housing.answer(ASKED, ORLA)
    town.receive()
    ask(town, town.housing)
    with town.store.read() as unit:
        (letter,) = unit.dead_letters.all(10)
    assert town.world.intake().replay(letter.id, "anna") is ReceiptOutcome.REFUSED
    assert the_test(town).outcome is None
