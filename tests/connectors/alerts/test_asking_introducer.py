"""An agency asks the introducer: what leaves, what is kept, and what nobody here is ever told."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from connectors.alerts import wording
from connectors.alerts.asking_introducer import CannotAsk, ask, holds
from connectors.alerts.worklist import as_json, as_text, worklist
from connectors.exchange.retrying import retry_refused
from mappings.canonical.alert import Alert, Introducer
from mappings.canonical.codes import AlertEvent, AlertLevel, MessageKind, Sensitivity
from mappings.canonical.identifiers import SpokenReference
from mappings.canonical.involvement import Contact
from mappings.introduction_json import read_request
from tests.connectors.office import SCHOOL, Office, involvement
from tests.counterparts import an_alert

INTRODUCER = Introducer("Seaton introducer", Contact("01632 960900"))
REF = "K7P-4QX"


@pytest.fixture
def school(tmp_path: Path) -> Office:
    """Client 1 is published, and an alert says that somebody is involved and not who."""
    office = Office(tmp_path)
    office.publish(involvement(1), involvement(2))
    office.exchange()
    tell(office)
    return office


def tell(office: Office, **changes: object) -> None:
    notice = office.gateway.notices[0]
    alert = an_alert(notice.agency, notice.person_ref, notice.involvement_ref, office.clock())
    hidden: dict[str, object] = {
        "level": AlertLevel.EMPTY,
        "other": None,
        "introducer": INTRODUCER,
        "spoken_reference": SpokenReference(REF),
    }
    office.gateway.send_alerts(replace(alert, **(hidden | changes)))  # type: ignore[arg-type]
    office.deliver()


def queued(office: Office) -> list[bytes]:
    with office.ledger.read() as unit:
        listed = unit.outbox.list("", 100)
        return [each.body or b"" for each in listed if each.kind is MessageKind.INTRODUCTION_REQUEST]


def test_the_alert_says_whom_to_ask_and_how(school: Office) -> None:
    (text,) = school.desktop.texts()
    assert "who it is must stay private; ask the introducer" in text
    assert "Introducer: Seaton introducer, 01632 960900" in text
    assert f"patchwork-connector ask-introducer {REF}" in text
    assert "Ring the number in this alert" not in text


def test_a_request_names_a_connection_and_our_own_involvement_and_nothing_else(school: Office) -> None:
    with school.ledger.write() as unit:
        (asked,) = ask(unit, SCHOOL, REF.lower(), school.clock())
    assert (asked.client, asked.worker) == ("Client 1", "Alex Worker")
    (body,) = queued(school)
    request, notice = read_request(body), school.gateway.notices[0]
    assert (request.agency, request.involvement) == (SCHOOL, notice.involvement_ref)
    for word in (b"Alex", b"Client", b"01632", b"testcase", REF.encode()):
        assert word not in body
    school.post()
    school.exchange()
    assert school.gateway.requests == [request]
    assert school.outbox() == {"settled": 3}, "receipted, and that is all"


def test_our_own_worklist_says_that_it_was_asked(school: Office) -> None:
    with school.ledger.write() as unit:
        ask(unit, SCHOOL, REF, school.clock())
        listed = worklist(unit, school.clock())
    assert f"Introducer: Seaton introducer, 01632 960900 (asked on {wording.day(date(2026, 3, 2))})" in as_text(listed)
    (row,) = as_json(listed)["connections"]
    assert row["introducer_asked_at"] == school.clock().isoformat(timespec="seconds")


def test_what_the_gateway_says_next_does_not_forget_that_it_was_asked(school: Office) -> None:
    with school.ledger.write() as unit:
        ask(unit, SCHOOL, REF, school.clock())
    tell(school, version=9, event=AlertEvent.CHANGED)
    with school.ledger.read() as unit:
        (entry,) = worklist(unit, school.clock()).entries
    assert (entry.alert.version, entry.asked_at) == (9, school.clock())


def test_it_is_asked_once_a_day(school: Office) -> None:
    with school.ledger.write() as unit:
        ask(unit, SCHOOL, REF, school.clock())
        with pytest.raises(CannotAsk, match="within the last day already"):
            ask(unit, SCHOOL, REF, school.clock())
    school.clock.wait(days=1)
    with school.ledger.write() as unit:
        assert len(ask(unit, SCHOOL, REF, school.clock())) == 1


def test_a_reference_that_is_not_current_or_names_somebody_is_not_asked_about(school: Office) -> None:
    with school.ledger.write() as unit:
        assert holds(unit, REF)
        assert not holds(unit, "AAA-AAA")
        with pytest.raises(CannotAsk, match="no current connection"):
            ask(unit, SCHOOL, "AAA-AAA", school.clock())
    tell(school, version=2, event=AlertEvent.CHANGED, level=AlertLevel.FULL, other=named(school).other, introducer=None)
    with school.ledger.write() as unit, pytest.raises(CannotAsk, match="ring them"):
        ask(unit, SCHOOL, REF, school.clock())
    assert queued(school) == []


def test_what_the_gateway_refused_can_be_asked_again_at_once(school: Office) -> None:
    with school.ledger.write() as unit:
        ask(unit, SCHOOL, REF, school.clock())
        (message,) = [each for each in unit.outbox.list("pending", 10) if each.kind is MessageKind.INTRODUCTION_REQUEST]
        unit.outbox.refuse(message.id, (), school.clock())
        assert retry_refused(unit, None, school.clock()) == 1
        assert len(ask(unit, SCHOOL, REF, school.clock())) == 1


def test_whoever_is_rung_for_is_told_that_they_need_not(school: Office) -> None:
    told = replace(named(school), introduced=True)
    text = wording.text(told, "Client 1", "Alex Worker")
    assert "They do not know who you are." in text
    assert "they are not told that this reached you" in text
    assert "They do not know who you are." not in wording.text(replace(told, introduced=False), "Client 1", "")


def test_a_private_involvement_is_confirmed_on_the_first_later_day_and_then_with_the_others(tmp_path: Path) -> None:
    office = Office(tmp_path)
    rows = (involvement(1), involvement(2, sensitivity=Sensitivity.SENSITIVE, worker="Bo Other"))
    office.publish(*rows)
    office.exchange()
    told = []
    for _ in range(3):
        office.next_day()
        office.publish(*rows)
        before = len(office.gateway.notices)
        office.exchange()
        told.append([(each.sensitivity, each.confirmed) for each in office.gateway.notices[before:]])
    assert told == [[(Sensitivity.SENSITIVE, date(2026, 3, 3))], [], []]


def named(office: Office) -> Alert:
    notice = office.gateway.notices[0]
    return an_alert(notice.agency, notice.person_ref, notice.involvement_ref, office.clock())
