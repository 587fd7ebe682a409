"""A live connector that says more than it may: for other agencies, beyond each of its limits, about other agencies' alerts."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.bench import hostile
from gateway.model.alert_reference import AlertReference
from gateway.model.capabilities import Capabilities
from mappings.canonical.codes import (
    AgeBand,
    AlertEvent,
    IdentifierSystem,
    LegalBasis,
    MessageKind,
    NoticeEvent,
    ReceiptOutcome,
    ServiceLine,
    Strength,
)
from mappings.canonical.identifiers import AgencyId, AgreementId, GatewayId, MessageId
from mappings.canonical.person import PersonIdentifier
from mappings.canonical.receipt import Receipt
from mappings.canonical.statement import Statement
from mappings.fhir import notice_bundle
from tests.builders import person
from tests.system.attacks.town import Town

ORLA = person()
UNKNOWN = MessageId("00000000-0000-4000-8000-00000000dead")
BACK = frozenset({NoticeEvent.ENDED, NoticeEvent.WITHDRAWN})


def test_a_notice_for_another_agency_is_refused(town: Town) -> None:
    hostile.speak_for_another_agency(town.housing, ORLA, town.health.agency)
    town.assert_refused("agency-not-approved", town.housing)


def test_a_notice_for_an_agency_that_is_not_there_gets_the_same_answer(town: Town) -> None:
    hostile.speak_for_another_agency(town.housing, ORLA, AgencyId("urn:patchwork:seaton:nobody"))
    town.assert_refused("agency-not-approved", town.housing)


def test_an_involvement_of_another_agency_is_not_ended(town: Town) -> None:
    town.health.say(told := town.health.notice(ORLA))
    town.world.step()
    town.mark()
    now = town.clock.now().date()
    town.housing.say(replace(told, id=UNKNOWN, event=NoticeEvent.ENDED, end=now, age_band=AgeBand.CHILD))
    town.world.receive()
    assert town.audited() == [("message-refused", "agency-not-approved")]
    assert town.held() == town.before


def test_a_statement_for_another_agency_is_refused(town: Town) -> None:
    town.health.say(town.health.notice(ORLA))
    town.world.step()
    town.mark()
    town.housing.state(Statement(UNKNOWN, town.health.agency, town.housing.incarnation, "", ()))
    town.assert_refused("agency-not-approved", town.housing)


def test_a_statement_sent_twice_is_answered_once(town: Town) -> None:
    sealed = town.housing.state(Statement(UNKNOWN, town.housing.agency, town.housing.incarnation, "", ()))
    town.housing.end.send(sealed)
    town.world.receive()
    assert town.audited() == [("statement-answered", ""), ("message-repeated", "")]
    assert town.held() == town.before


def waiting_alert(town: Town) -> AlertReference:
    """An alert on its way to health, which health has not settled."""
    for party in (town.health, town.housing):
        party.say(party.notice(ORLA))
    town.world.receive()
    town.world.relay().send_alerts()
    with town.store.read() as unit:
        (alert,) = [
            unit.alerts.get(MessageId(str(event.fields["alert"])))
            for event in unit.audit.events(0, 1_000)
            if event.code == "alert-sent" and event.fields["agency"] == town.health.agency.value
        ]
    assert alert
    town.mark()
    return alert


@pytest.mark.parametrize("outcome", [ReceiptOutcome.ACCEPTED, ReceiptOutcome.REFUSED])
def test_a_receipt_for_anothers_alert_settles_nothing(town: Town, outcome: ReceiptOutcome) -> None:
    alert = waiting_alert(town)
    before = town.answers()
    hostile.settle_unasked(town.housing, alert.id, Receipt(alert.id, "0" * 64, outcome))
    town.world.receive()
    assert town.audited() == [("receipt-not-believed", "")]
    assert town.held() == town.before
    assert town.answers() == before
    with town.store.read() as unit:
        assert unit.alerts.get(alert.id) == alert


def test_a_receipt_for_an_alert_that_never_was_looks_the_same(town: Town) -> None:
    hostile.settle_unasked(town.housing, UNKNOWN, Receipt(UNKNOWN, "0" * 64, ReceiptOutcome.ACCEPTED))
    town.world.receive()
    assert town.audited() == [("receipt-not-believed", "")]
    assert town.held() == town.before
    assert town.answers() == []


LIMITS: dict[str, tuple[Capabilities, dict[str, Any]]] = {
    "events": (Capabilities(events=BACK), {}),
    "services": (Capabilities(services=frozenset({ServiceLine.HOUSING})), {}),
    "age-bands": (Capabilities(age_bands=frozenset({AgeBand.UNBORN})), {}),
    "minimum-version": (Capabilities(minimum_version="99.0"), {}),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_notice_beyond_a_limit_is_refused_with_the_limits_name(town: Town, name: str) -> None:
    limits, changes = LIMITS[name]
    town.change(town.housing, capabilities=limits)
    town.housing.say(replace(town.housing.notice(ORLA), **changes))
    town.assert_refused(f"limit-{name}", town.housing)


@pytest.mark.parametrize(
    ("name", "limits"),
    [("per-minute", Capabilities(per_minute=2)), ("per-day", Capabilities(per_day=2))],
    ids=["a minute", "a day"],
)
def test_more_notices_than_the_limit_are_put_off(town: Town, name: str, limits: Capabilities) -> None:
    town.change(town.housing, capabilities=limits)
    for _ in range(4):
        town.housing.say(town.housing.notice(ORLA))
    town.health.say(town.health.notice(ORLA))
    town.world.receive()
    audited = town.audited()
    assert audited.count(("message-refused", f"limit-{name}")) == 2
    assert [code for code, _ in audited].count("notice-accepted") == 3
    town.clock.pass_(minutes=1)
    town.mark()
    town.housing.say(town.housing.notice(ORLA))
    town.world.receive()
    expected = ("notice-accepted", "") if name == "per-minute" else ("message-refused", "limit-per-day")
    assert town.audited() == [expected]


def test_refused_notices_do_not_wear_out_anothers_volume(town: Town) -> None:
    town.change(town.health, capabilities=Capabilities(per_minute=1))
    for _ in range(3):
        hostile.pretend_to_be(town.housing, town.health, ORLA)
    town.health.say(town.health.notice(ORLA))
    town.world.receive()
    assert town.audited() == [("message-refused", "sender-mismatch")] * 3 + [("notice-accepted", "")]


def test_an_identifier_counts_for_no_more_than_its_connector_is_believed(town: Town) -> None:
    """Somebody else altogether, with health's client's number: believed, it would join the two."""
    town.health.say(town.health.notice(ORLA))
    town.world.receive()
    town.change(town.housing, capabilities=Capabilities(strongest=Strength.WEAK))
    number = PersonIdentifier(IdentifierSystem.NHS_NUMBER, ORLA.identifiers[0].value, Strength.STRONG)
    invented = person(local_id="X", given=("Zebedee",), family="Quill", addresses=(), identifiers=(number,))
    town.housing.say(town.housing.notice(replace(invented, birth_date=None)))
    town.world.step()
    assert town.housing.events() == town.health.events() == []


def test_a_notice_under_another_version_of_the_agreement_is_refused(town: Town) -> None:
    notice = town.housing.notice(ORLA)
    town.housing.post(MessageKind.NOTICE, notice.id, notice_bundle.write(notice), agreement_version=2)
    town.assert_refused("agreement-version", town.housing)


def test_a_notice_under_an_agreement_that_is_not_there_gets_the_same_answer(town: Town) -> None:
    notice = town.housing.notice(ORLA)
    other = AgreementId("somebody-elses")
    town.housing.post(MessageKind.NOTICE, notice.id, notice_bundle.write(notice), agreement=other)
    town.assert_refused("agreement-version", town.housing)


def test_a_notice_after_the_agreements_end_is_refused(town: Town) -> None:
    town.clock.pass_(days=400)
    town.housing.say(town.housing.notice(ORLA))
    town.assert_refused("agreement-not-in-force", town.housing)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"legal_basis": LegalBasis.CONSENT}, "legal-basis"),
        ({"home_gateway": GatewayId("urn:patchwork:elsewhere:gateway")}, "home-gateway"),
    ],
)
def test_a_notice_on_a_ground_of_its_own_is_refused(town: Town, changes: dict[str, Any], code: str) -> None:
    town.housing.say(replace(town.housing.notice(ORLA), **changes))
    town.assert_refused(code, town.housing)


def test_a_notice_about_another_notice_than_it_was_signed_for_is_refused(town: Town) -> None:
    town.housing.post(MessageKind.NOTICE, UNKNOWN, notice_bundle.write(town.housing.notice(ORLA)))
    town.assert_refused("id-mismatch", town.housing)


@pytest.mark.parametrize("kind", [MessageKind.ALERT, MessageKind.STATEMENT_REPLY, MessageKind.TEST_REQUEST])
def test_what_only_the_gateway_says_is_not_taken_from_a_connector(town: Town, kind: MessageKind) -> None:
    notice = town.housing.notice(ORLA)
    town.housing.post(kind, notice.id, notice_bundle.write(notice))
    town.assert_refused("message-kind", town.housing)


def test_nothing_reaches_health_of_all_this(town: Town) -> None:
    town.housing.post(MessageKind.ALERT, UNKNOWN, b"{}", destination="health")
    hostile.speak_for_another_agency(town.housing, ORLA, town.health.agency)
    town.world.step()
    assert (town.health.alerts, town.health.receipts) == ([], [])
    assert AlertEvent.MADE not in town.housing.events()
