"""A connector that is tested answers with a notice like any other, about nobody, and is afterwards as it was before."""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.deliver import deliver
from connectors.probing.invented import invented_person
from identity.agency.faults import KeyFault
from identity.agency.keys import generate
from identity.person.ports import TokeniserUnavailable
from identity.person.standardise import standardise
from mappings.canonical.codes import AgeBand, LegalBasis, MessageKind, NoticeEvent, ReceiptOutcome, Sensitivity
from mappings.canonical.codes import ServiceLine as Line
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.notice import Notice
from mappings.canonical.receipt import Issue, Receipt
from mappings.fhir import notice_bundle, receipt_bundle
from tests.connectors.office import SCHOOL, Office, involvement
from tests.counterparts import message_id


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def the_answer(office: Office) -> Notice:
    """What the connector answers."""
    id = office.gateway.ask_for_test(SCHOOL)
    office.deliver()
    (opened,) = office.gateway.take()
    assert (opened.header.kind, opened.header.about) == (MessageKind.TEST_NOTICE, id)
    return notice_bundle.read(opened.body)


def answered(office: Office, about: object) -> Receipt:
    """What it says where it cannot answer."""
    office.deliver()
    office.gateway.take()
    (receipt,) = office.gateway.receipts
    assert (receipt.about, receipt.outcome) == (about, ReceiptOutcome.REFUSED)
    return receipt


def test_the_answer_leaves_at_once_signed_for_the_agreement_in_use(office: Office) -> None:
    office.gateway.ask_for_test(SCHOOL)
    done = office.deliver()
    assert done.parcels == {"test request, answered": 1}
    assert (done.posted[SCHOOL].sent, done.needs_a_person) == (1, False)
    (opened,) = office.gateway.take()
    assert (opened.header.agreement, opened.header.agreement_version) == (office.correspondence.agreement, 1)
    assert opened.header.sender == office.correspondence.connector.value


def test_it_is_a_whole_notice_under_every_linkage_key_in_use_that_permits_nothing(office: Office) -> None:
    notice = the_answer(office)
    assert [evidence.epoch for evidence in notice.evidence] == ["trial-1"]
    assert all(_is_full(evidence) for evidence in notice.evidence)
    assert (notice.event, notice.agency, notice.start) == (NoticeEvent.STARTED, SCHOOL, office.clock().date())
    assert (notice.age_band, notice.sensitivity, notice.held_back) == (AgeBand.UNKNOWN, Sensitivity.UNCLASSIFIED, True)


def _is_full(evidence: Evidence) -> bool:
    born = evidence.birth_date
    known = (
        evidence.given,
        evidence.middle,
        evidence.family,
        evidence.identifiers,
        evidence.locations,
        evidence.blocks,
    )
    return all(known) and born is not None and born.full is not None and not evidence.weak


def test_two_tests_have_nothing_in_common_that_the_gateway_could_learn_from(office: Office) -> None:
    first, second = the_answer(office), the_answer(office)
    assert first.person_ref != second.person_ref
    assert first.involvement_ref != second.involvement_ref
    one, other = first.evidence[0], second.evidence[0]
    assert one.identifiers != other.identifiers
    assert not set(one.blocks) & set(other.blocks)


def test_invented_people_are_all_different_and_have_numbers_that_are_never_given_out() -> None:
    people = [standardise(invented_person("x")) for _ in range(50)]
    assert len({person.given for person in people}) == len({person.family for person in people}) == 50
    assert all(number.value.startswith("999") for person in people for number in person.identifiers)
    assert all(person.birth_date and person.locations and not person.nickname_only for person in people)


def test_it_states_the_line_and_basis_that_the_agency_last_stated(office: Office) -> None:
    assert the_answer(office).legal_basis is LegalBasis.CHILDREN_ACT_2004_S10, (
        "the agency's default, before there is one"
    )
    office.publish(involvement(1, service=Line.HOUSING, legal_basis=LegalBasis.CONSENT))
    office.gateway.take()
    notice = the_answer(office)
    assert (notice.service, notice.legal_basis) == (Line.HOUSING, LegalBasis.CONSENT)


def test_the_ledger_is_as_it_was_and_no_sink_hears_of_it(office: Office) -> None:
    office.publish(involvement(1))
    office.exchange()
    with office.ledger.read() as unit:
        before = (unit.positions.accepted, unit.positions.seen, list(unit.involvements.stated("")))
    id = office.gateway.ask_for_test(SCHOOL)
    office.deliver()
    (opened,) = office.gateway.take()
    assert opened.header.about == id
    accepted = Receipt(
        id, "0" * 64, ReceiptOutcome.ACCEPTED, (), office.gateway.incarnation, office.gateway.last_accepted
    )
    office.gateway.send(MessageKind.RECEIPT, id, receipt_bundle.write(accepted))
    office.clock.wait(seconds=1)
    assert office.deliver().parcels == {"receipt, accepted": 1}
    with office.ledger.read() as unit:
        assert (unit.positions.accepted, unit.positions.seen, list(unit.involvements.stated(""))) == before
    assert office.outbox() == {"settled": 2}
    assert office.statuses() == {"live": 1}
    assert office.desktop.shown == []


def test_the_same_request_again_is_answered_once(office: Office) -> None:
    id = office.gateway.ask_for_test(SCHOOL)
    office.gateway.ask_for_test(SCHOOL, id)
    assert office.deliver().parcels == {"test request, answered": 1, "test request, repeated": 1}
    assert [opened.header.about for opened in office.gateway.take()] == [id]
    office.gateway.ask_for_test(SCHOOL, id)
    assert office.deliver().parcels == {"test request, repeated": 1}
    assert office.gateway.take() == []


def test_a_request_that_is_over_is_not_answered(office: Office) -> None:
    office.gateway.ask_for_test(SCHOOL, seconds=30)
    office.clock.wait(seconds=30)
    assert office.deliver().parcels == {"expired": 1}
    assert office.gateway.take() == []


def test_a_newer_request_takes_the_place_of_an_answer_that_never_left(office: Office) -> None:
    with office.ledger.write() as unit:
        unit.outbox.add(old := message_id(), MessageKind.TEST_NOTICE, old, b"{}", office.clock())
    id = office.gateway.ask_for_test(SCHOOL)
    office.deliver()
    assert [opened.header.about for opened in office.gateway.take()] == [id]
    assert office.outbox() == {"sent": 1}


def test_a_refused_answer_is_settled_because_there_is_nothing_to_send_again(office: Office) -> None:
    id = office.gateway.ask_for_test(SCHOOL)
    office.deliver()
    office.gateway.take()
    issue = Issue("forbidden", "legal-basis", "", "the agreement does not name this legal basis")
    office.gateway.send(
        MessageKind.RECEIPT, id, receipt_bundle.write(Receipt(id, "0" * 64, ReceiptOutcome.REFUSED, (issue,)))
    )
    office.deliver()
    assert office.outbox() == {"settled": 1}


def test_a_test_of_another_agency_is_not_answered_but_said_to_be_wrong(office: Office) -> None:
    id = office.gateway.ask_for_test(AgencyId("urn:patchwork:seaton:housing"))
    assert answered(office, id).issues[0].code == "test-misdirected"


@pytest.mark.parametrize(
    ("fault", "code"),
    [(KeyFault("no linkage epoch is installed in /secret/place"), "test-no-linkage-key"), (None, "test-no-evidence")],
)
def test_a_connector_that_cannot_make_a_notice_says_why(
    office: Office, monkeypatch: pytest.MonkeyPatch, fault: KeyFault | None, code: str
) -> None:
    class Away:
        epoch_id = "trial-1"

        def evidence(self, persons: object) -> list[Evidence]:
            raise TokeniserUnavailable("away")

    def desk(self: Office) -> object:
        if fault:
            raise fault
        return replace(genuine.fget(self), tokenisers=(Away(),))

    genuine = Office.desk
    assert isinstance(genuine, property)
    assert genuine.fget
    monkeypatch.setattr(Office, "desk", property(desk))
    id = office.gateway.ask_for_test(SCHOOL)
    (issue,) = answered(office, id).issues
    assert issue.code == code
    assert "secret" not in issue.text, "paths of the agency's machine are its own affair"
    assert office.outbox() == {}


def test_a_program_that_makes_no_notices_says_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = office.reception
    monkeypatch.setattr(Office, "reception", property(lambda self: replace(whole, desk=None)))
    assert answered(office, office.gateway.ask_for_test(SCHOOL)).issues[0].code == "test-not-supported"


def test_what_another_than_the_gateway_asks_is_not_answered(office: Office) -> None:
    office.gateway.ask_for_test(SCHOOL)
    pinned, office.gateway.keys = office.reception, generate()
    office.gateway.ask_for_test(SCHOOL)
    assert deliver([pinned], office.channel).parcels == {"test request, answered": 1, "dead letter": 1}


def test_a_request_that_cannot_be_read_is_kept(office: Office) -> None:
    office.gateway.send(MessageKind.TEST_REQUEST, office.gateway.ask_for_test(SCHOOL), b'{"testRequest":1}')
    done = office.deliver()
    assert (done.parcels["dead letter"], done.needs_a_person) == (1, True)
