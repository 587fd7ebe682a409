"""Somebody was restored from a backup: ledger and gateway agree again, nothing is doubled and nothing is lost."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.eligibility import Criterion
from connectors.exchange.resync import queue_statements, state_when_due
from mappings.canonical.codes import AgeBand, MessageKind, NoticeEvent, ReceiptOutcome, ServiceLine
from mappings.canonical.eligibility import StatedEligibility
from mappings.canonical.identifiers import MessageId
from mappings.canonical.notice import Sequence
from mappings.canonical.receipt import Receipt
from mappings.canonical.statement import MAX_ENTRIES
from mappings.fhir import receipt_bundle
from tests.connectors.office import SCHOOL, Office, involvement
from tests.counterparts import by_event


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path)
    office.wake()
    office.publish(involvement(1), involvement(2))
    office.exchange()
    return office


def backup(office: Office, folder: Path) -> None:
    office.ledger.close()
    shutil.copy(office.folder / "ledger.sqlite3", folder)
    office.ledger = office.open_ledger()


def restore(office: Office, folder: Path) -> None:
    office.ledger.close()
    for leftover in office.folder.glob("ledger.sqlite3-*"):
        leftover.unlink()
    shutil.copy(folder, office.folder / "ledger.sqlite3")
    office.ledger = office.open_ledger()


def resync(office: Office) -> None:
    office.exchange()
    office.publish_due()
    office.exchange()


def agree(office: Office) -> bool:
    """The gateway holds as live what the ledger holds as live."""
    with office.ledger.read() as unit:
        stated = {entry.involvement_ref for entry in unit.involvements.stated("")}
    return stated == set(office.gateway.live())


def test_a_week_old_ledger_begins_a_new_incarnation_and_catches_up(office: Office, tmp_path: Path) -> None:
    backup(office, tmp_path / "backup")
    office.next_day()
    office.publish(involvement(1, worker="Sam New"), involvement(3))
    office.exchange()
    assert len(office.gateway.live()) == 2
    restore(office, tmp_path / "backup")
    office.next_day(7)

    office.wake()
    office.publish(involvement(1, worker="Sam New"), involvement(3), involvement(4))
    resync(office)

    with office.ledger.read() as unit:
        assert unit.positions.incarnation > office.gateway.notices[0].sequence.incarnation
    assert agree(office)
    assert len(office.gateway.live()) == 3
    assert office.outbox().get("pending", 0) == 0


def test_what_only_the_gateway_remembers_is_adopted_and_ended_when_no_export_has_it(
    office: Office, tmp_path: Path
) -> None:
    backup(office, tmp_path / "backup")
    office.publish(involvement(1), involvement(2), involvement(3))
    office.exchange()
    restore(office, tmp_path / "backup")
    office.next_day()
    office.wake()
    office.post()
    resync(office)
    assert office.statuses() == {"adopted": 1, "live": 2}

    office.next_day()
    report = office.publish(involvement(1), involvement(2))
    resync(office)
    assert report.ended_as_unclaimed == 1
    assert agree(office)
    assert len(office.gateway.live()) == 2


def test_what_was_adopted_and_is_still_in_the_export_is_told_again_and_stays(office: Office, tmp_path: Path) -> None:
    backup(office, tmp_path / "backup")
    office.publish(involvement(1), involvement(2), involvement(3))
    office.exchange()
    restore(office, tmp_path / "backup")
    office.next_day()
    office.wake()
    office.post()
    resync(office)
    office.publish(involvement(1), involvement(2), involvement(3))
    resync(office)
    assert agree(office)
    assert len(office.gateway.live()) == 3
    assert office.gateway.held[office.references.involvement("I3")].event is NoticeEvent.CHANGED


def test_a_restored_gateway_is_noticed_by_its_receipts_and_told_again(office: Office) -> None:
    office.publish(involvement(1), involvement(2), involvement(3))
    office.exchange()
    lost = office.references.involvement("I3")
    office.gateway.held.pop(lost)
    office.gateway.last_accepted = office.gateway.notices[0].sequence
    office.clock.wait(hours=1)
    office.gateway.refuses = lambda notice: ()
    # Something old is receipted again, by a gateway that has forgotten what came after.
    first = office.gateway.notices[0]
    receipt = office.gateway.answered[first.id]
    _send_receipt(office, first.id, receipt, office.gateway.last_accepted)
    office.deliver()
    resync(office)
    assert agree(office)
    assert lost in office.gateway.live()


def test_receipts_that_waited_and_were_sealed_again_are_not_taken_for_a_restored_gateway(office: Office) -> None:
    office.publish(involvement(1), involvement(2), involvement(3))
    office.exchange()
    # The gateway says with each what it had accepted before it; all of them come once more, with a new date, in any order.
    sequences = [notice.sequence for notice in office.gateway.notices]
    before = list(zip(office.gateway.notices, [None, *sequences], strict=False))
    for notice, last in [before[2], before[0], before[1]]:
        office.clock.wait(hours=1)
        _send_receipt(office, notice.id, office.gateway.answered[notice.id], last)
        office.deliver()
    resync(office)
    assert office.gateway.statements == []

    # And a gateway that really forgets is noticed by the next thing it is told.
    office.clock.wait(hours=1)
    office.publish(involvement(1), involvement(2), involvement(3), involvement(4))
    with office.ledger.read() as unit:
        newest = unit.outbox.latest_of(office.references.involvement("I4"))
    assert newest is not None
    receipt = Receipt(newest, "0" * 64, ReceiptOutcome.ACCEPTED, (), office.gateway.incarnation)
    _send_receipt(office, newest, receipt, sequences[0])
    office.deliver()
    office.post()
    office.gateway.take()
    assert len(office.gateway.statements) == 1


def test_a_gateway_of_another_incarnation_is_told_everything(office: Office) -> None:
    office.gateway.held.clear()
    office.gateway.incarnation = "gateway-2"
    office.publish(involvement(1), involvement(2), involvement(3))
    resync(office)
    assert agree(office)
    assert len(office.gateway.live()) == 3


def test_an_ended_involvement_that_the_gateway_still_holds_as_live_is_ended_again(office: Office) -> None:
    live = dict(office.gateway.held)
    office.next_day()
    office.publish(involvement(1))
    office.exchange()
    office.gateway.held = live
    with office.ledger.write() as unit:
        queue_statements(unit, SCHOOL, office.clock())
    office.post()
    resync(office)
    assert agree(office)
    assert by_event(office.gateway.notices)[NoticeEvent.ENDED] == 2


def test_where_both_agree_nothing_is_sent_again(office: Office) -> None:
    before = len(office.gateway.notices)
    with office.ledger.write() as unit:
        assert queue_statements(unit, SCHOOL, office.clock()) == 1
        assert queue_statements(unit, SCHOOL, office.clock()) == 0
    office.post()
    resync(office)
    assert len(office.gateway.notices) == before
    assert len(office.gateway.statements) == 1


def test_once_a_day_everything_is_stated_and_what_differs_is_put_right(office: Office) -> None:
    def state() -> int:
        with office.ledger.write() as unit:
            queued = state_when_due(unit, SCHOOL, office.clock(), 1)
        office.post()
        return queued

    assert state() == 0
    office.clock.wait(hours=23)
    assert state() == 0
    office.clock.wait(hours=1)
    # Neither was restored; the gateway lost one of them all the same.
    office.gateway.held.pop(next(iter(office.gateway.held)))
    before = len(office.gateway.notices)
    assert state() == 1
    resync(office)
    assert agree(office)
    assert len(office.gateway.notices) == before + 1
    assert state() == 0
    totals, of_the_line = office.gateway.statements[-2:]
    assert totals.totals is not None
    assert [(each.service, each.count) for each in totals.totals] == [(ServiceLine.SCHOOL, len(of_the_line.entries))]
    assert (totals.entries, of_the_line.totals, of_the_line.line) == ((), None, ServiceLine.SCHOOL)


def test_the_day_s_statement_says_whom_the_agency_publishes_in_codes(office: Office) -> None:
    criterion = Criterion.from_settings({"age_bands": ["child"], "teams": ["Team Kingfisher", "Team Heron"]})
    for _ in range(2):
        with office.ledger.write() as unit:
            state_when_due(unit, SCHOOL, office.clock(), 1, criterion.stated())
        office.post()
        office.exchange()
        office.clock.wait(days=1)
    (statement,) = office.gateway.statements
    assert statement.eligibility == StatedEligibility(age_bands=frozenset({AgeBand.CHILD}), teams=2)
    assert (
        statement.eligibility.sentence()
        == criterion.statement()
        == "Clients who are under 18 and are with 2 named teams."
    )


def test_many_involvements_are_stated_in_parts_that_each_fit(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.exchange.resync.MAX_ENTRIES", 3)
    office.publish(*[involvement(number) for number in range(1, 21)])
    office.exchange()
    with office.ledger.write() as unit:
        queue_statements(unit, SCHOOL, office.clock())
    office.post()
    office.exchange()
    parts = office.gateway.statements
    assert sum(len(part.entries) for part in parts) == 20
    assert max(len(part.entries) for part in parts) <= 3 < MAX_ENTRIES
    assert all(entry.involvement_ref.value.startswith(part.prefix) for part in parts for entry in part.entries)


def _send_receipt(office: Office, about: MessageId, receipt: Receipt, last: Sequence | None) -> None:
    office.gateway.send(MessageKind.RECEIPT, about, receipt_bundle.write(replace(receipt, last_accepted=last)))
