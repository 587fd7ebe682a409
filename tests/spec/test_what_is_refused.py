"""Chapter 4. What is refused: each refusal names the thing and the way out, is kept as it came, and never holds up the next notice."""

import hashlib
from dataclasses import replace
from datetime import date

import pytest

from gateway.bench import hostile
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from identity.agency.trust import Status
from mappings.canonical.codes import AlertEvent, LegalBasis, MessageKind, Mode, ReceiptOutcome
from mappings.canonical.identifiers import AgencyId, GatewayId, PartnershipId
from mappings.fhir import notice_bundle
from tests.spec.people import AHMAD, MAYA

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")


@pytest.fixture
def pair(seaton: World) -> tuple[Counterpart, Counterpart]:
    """Two agencies with an agreement about children."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    seaton.agree(SOCIAL_CARE, NURSING)
    return joined


def dead_letters(seaton: World):
    with seaton.store.read() as uow:
        return uow.dead_letters.all(50)


def refusal(seaton: World, counterpart: Counterpart, sealed: bytes) -> tuple[str, str]:
    """The code and element of the one refusal the counterpart heard, having checked that the message was kept."""
    seaton.step()
    (receipt,) = counterpart.receipts
    assert receipt.outcome is ReceiptOutcome.REFUSED
    assert receipt.digest == hashlib.sha256(sealed).hexdigest()
    (letter,) = dead_letters(seaton)
    assert letter.sealed == sealed
    assert letter.issues == receipt.issues
    return receipt.issues[0].code, receipt.issues[0].element


def test_an_unknown_element_is_refused_by_name(seaton: World, pair):
    """Given a notice with an extra element such as a case note, when it arrives, then it is refused by the element's name, and its content is
    repeated nowhere."""

    def add_case_note(bundle):
        bundle["entry"][1]["resource"]["note"] = [{"text": "she said that"}]

    _, element = refusal(seaton, pair[0], hostile.tamper(pair[0], MAYA, add_case_note))
    assert element == "Bundle.entry[1].resource.note"
    assert "she said" not in str(pair[0].receipts)


def test_a_wrong_code_is_refused_by_name(seaton: World, pair):
    """Given a notice with an unknown code, when it arrives, then it is refused and the place is named."""

    def unknown_event(bundle):
        bundle["entry"][0]["resource"]["eventCoding"]["code"] = "involvement-guessed"

    _, element = refusal(seaton, pair[0], hostile.tamper(pair[0], MAYA, unknown_event))
    assert element.startswith("Bundle.entry[0].resource.eventCoding")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[" * 100_000,
        b'{"resourceType": "Patient"}',
        b'{"a": ' * 30 + b"1" + b"}" * 30,
        b"\xff\xfe",
        b'{"x": "' + b"y" * 270_000 + b'"}',
    ],
    ids=["empty", "not JSON", "nested without end", "not our profile", "nested too deeply", "not UTF-8", "too large"],
)
def test_what_is_not_a_notice_is_refused(seaton: World, pair, body):
    """Given something that is no notice at all, when it arrives, then it is refused."""
    refusal(seaton, pair[0], hostile.send_body(pair[0], MAYA, body))


def test_a_signature_by_a_key_nobody_registered_is_refused(seaton: World, pair):
    """Given a notice signed with a key that nobody registered, when it arrives, then it is refused."""
    sealed = hostile.sign_with_an_unknown_key(pair[0], MAYA)
    assert refusal(seaton, pair[0], sealed)[0] == "unknown-signer"


def test_a_damaged_envelope_is_refused(seaton: World, pair):
    """Given a sealed notice that was damaged on its way, when it arrives, then it is refused."""
    assert refusal(seaton, pair[0], hostile.flip_a_bit(pair[0], MAYA))[0] == "unreadable"


def test_nobody_speaks_for_another_agency(seaton: World, pair):
    """Given a connector, when it speaks for an agency it was not approved for, then it is refused."""
    sealed = hostile.speak_for_another_agency(pair[0], MAYA, NURSING)
    assert refusal(seaton, pair[0], sealed)[0] == "agency-not-approved"


def test_nobody_speaks_in_another_connectors_name(seaton: World, pair):
    """Given two connectors, when one speaks in the other's name, then it is refused."""
    sealed = hostile.pretend_to_be(pair[0], pair[1], MAYA)
    assert refusal(seaton, pair[0], sealed)[0] == "sender-mismatch"


@pytest.mark.parametrize(
    "header",
    [{"partnership": PartnershipId("elsewhere")}, {"mode": Mode.LIVE}, {"destination": "other"}],
    ids=["partnership", "mode", "destination"],
)
def test_an_envelope_meant_for_elsewhere_is_refused(seaton: World, pair, header):
    """Given a message meant for another partnership, mode or gateway, when it arrives, then it is refused."""
    notice = pair[0].notice(MAYA)
    sealed = pair[0].post(MessageKind.NOTICE, notice.id, notice_bundle.write(notice), **header)
    assert refusal(seaton, pair[0], sealed)[0] == "misdirected"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"legal_basis": LegalBasis.CONSENT}, "legal-basis"),
        ({"home_gateway": GatewayId("urn:patchwork:elsewhere:gateway")}, "home-gateway"),
    ],
)
def test_a_notice_that_does_not_fit_its_agreement_or_gateway_is_refused(seaton: World, pair, changes, code):
    """Given a notice with a legal basis that its agreement does not have, or of another gateway, when it arrives, then it is refused."""
    sealed = pair[0].say(replace(pair[0].notice(MAYA), **changes))
    assert refusal(seaton, pair[0], sealed)[0] == code


def test_a_superseded_agreement_is_refused_until_the_connector_signs_for_the_current_one(seaton: World, pair):
    """Given an agreement that a newer version replaced, when a notice names the old version, then it is refused until the agency signs for the new
    one."""
    seaton.agree(SOCIAL_CARE, NURSING, version=2)
    assert refusal(seaton, pair[0], pair[0].say(pair[0].notice(MAYA)))[0] == "agreement-version"


def test_an_agreement_whose_review_is_overdue_admits_nothing(seaton: World, pair):
    """Given an agreement whose review is overdue, when a notice arrives under it, then it is refused."""
    seaton.agree(SOCIAL_CARE, NURSING, version=2, review_by=date(2026, 3, 1))
    pair[0].place = replace(pair[0].place, agreement_version=2)
    assert refusal(seaton, pair[0], pair[0].say(pair[0].notice(MAYA)))[0] == "agreement-not-in-force"


def test_a_connector_that_is_not_live_is_kept_out(seaton: World, pair):
    """Given a connector that was stopped for good, when it sends a notice, then it is kept out and gets no answer."""
    with seaton.store.write() as uow:
        connector = uow.trust.connector(pair[0].id)
        assert connector is not None
        uow.trust.update_connector(replace(connector, status=Status.REVOKED))
    pair[0].say(pair[0].notice(MAYA))
    seaton.step()
    assert [issue.code for letter in dead_letters(seaton) for issue in letter.issues] == ["connector-not-live"]
    assert pair[0].receipts == []


def test_an_envelope_that_is_too_old_is_asked_for_again_and_not_kept(seaton: World, pair):
    """Given a sealed notice older than three days, when it arrives, then it is asked for again and not kept."""
    notice = pair[0].notice(MAYA)
    pair[0].say(notice)
    seaton.clock.pass_(hours=73)
    seaton.step()
    assert pair[0].outcomes() == [ReceiptOutcome.STALE]
    assert dead_letters(seaton) == []
    pair[0].say(notice)
    seaton.step()
    assert pair[0].outcomes() == [ReceiptOutcome.STALE, ReceiptOutcome.ACCEPTED]


def test_what_is_bad_never_holds_up_what_is_good(seaton: World, pair):
    """Given good notices among bad ones, when all arrive, then the good are taken in and the bad refused."""
    social_care, nursing = pair
    social_care.say(social_care.notice(MAYA))
    hostile.flip_a_bit(nursing, MAYA)
    hostile.send_body(nursing, MAYA, b"rubbish")
    nursing.say(nursing.notice(MAYA))
    hostile.sign_with_an_unknown_key(nursing, MAYA)
    nursing.say(nursing.notice(AHMAD))
    seaton.step()
    assert nursing.outcomes().count(ReceiptOutcome.ACCEPTED) == 2
    assert nursing.outcomes().count(ReceiptOutcome.REFUSED) == 3
    assert nursing.events() == social_care.events() == [AlertEvent.MADE]


def test_a_message_our_own_code_stumbles_over_is_set_aside_alone_and_can_be_replayed(seaton: World, pair, monkeypatch):
    """Given a notice over which the gateway's own code stumbles, when it arrives, then it alone is set aside; when the code is mended, then it can
    be replayed."""
    social_care, nursing = pair
    social_care.say(social_care.notice(MAYA))
    seaton.step()
    poisoned = nursing.notice(MAYA)

    from gateway.linkage import linking

    genuine = linking.place

    def stumble(uow, pepper, notice, now):
        if notice.id == poisoned.id:
            raise RuntimeError("an error of our own")
        return genuine(uow, pepper, notice, now)

    monkeypatch.setattr(linking, "place", stumble)
    nursing.say(poisoned)
    nursing.say(nursing.notice(AHMAD))
    seaton.step()
    assert sorted(nursing.outcomes()) == [ReceiptOutcome.ACCEPTED, ReceiptOutcome.REFUSED]
    (letter,) = dead_letters(seaton)
    assert [issue.code for issue in letter.issues] == ["not-processed"]

    monkeypatch.setattr(linking, "place", genuine)
    seaton.clock.pass_(days=30)
    assert seaton.intake().replay(letter.id, "operator") is ReceiptOutcome.ACCEPTED
    seaton.step()
    assert nursing.receipts[-1].about == poisoned.id
    assert nursing.receipts[-1].outcome is ReceiptOutcome.ACCEPTED
    assert social_care.events() == [AlertEvent.MADE]
    assert dead_letters(seaton)[0].replayed_at is not None


def test_a_receipt_for_somebody_elses_alert_settles_nothing(seaton: World, pair):
    """Given an alert that was sent to one agency, when another sends a receipt for it, then it settles nothing."""
    social_care, _ = pair
    stranger = seaton.join(AgencyId("urn:patchwork:seaton:stranger"))
    for counterpart in pair:
        counterpart.say(counterpart.notice(MAYA))
    seaton.receive()
    seaton.relay().send_alerts()
    social_care.listen(receipt_alerts=False)
    from mappings.canonical.receipt import Receipt
    from mappings.fhir import receipt_bundle

    about = social_care.alerts[0].id
    body = receipt_bundle.write(Receipt(about, "0" * 64, ReceiptOutcome.ACCEPTED))
    stranger.post(MessageKind.RECEIPT, about, body)
    seaton.receive()
    with seaton.store.read() as uow:
        alert = uow.alerts.get(about)
    assert alert is not None
    assert alert.status.value == "sent"
