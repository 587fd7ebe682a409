"""Connections, alerts, replies, what was processed, dead letters, the audit chain, and the numbers over all of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.audit.chain import GENESIS, chain_hash
from gateway.model.alert_reference import NEVER, AlertReference, AlertStatus
from gateway.model.connection import ConnectionState
from gateway.model.dead_letter import DeadLetter
from gateway.model.processed import Processed
from gateway.model.reply import Reply
from gateway.store.faults import StoreConflict
from gateway.store.sql_store import SqlStore
from mappings.canonical.codes import AlertEvent, Certainty, MessageKind, ReceiptOutcome
from mappings.canonical.identifiers import ConnectorId
from mappings.canonical.notice import Sequence
from mappings.canonical.receipt import Issue
from tests.builders import HOUSING, SCHOOL
from tests.contract.stores.rows import LATER, NOW, agencies, alert, message, pair

C1, C2 = ConnectorId("c1"), ConnectorId("c2")
ISSUES = (Issue("invalid", "code", "Bundle.entry[0]", "Say £ instead"), Issue("security", "other", "", ""))


def test_a_connection_is_saved_and_saved_again(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        made = pair(unit)
        closed = replace(made, state=ConnectionState.RETRACTED, closed_at=LATER, certainty=Certainty.REVIEWED)
        assert unit.connections.get(made.id) == made
        unit.connections.save(closed)
    with store.read() as unit:
        assert unit.connections.get(made.id) == closed
        assert unit.connections.of_involvement(made.first) == [closed]
        assert unit.connections.of_involvement(made.second) == [closed]
        assert unit.connections.of_involvement(made.second + 99) == []
        assert unit.connections.get(message(1)) is None


def test_a_pair_has_one_connection_in_one_order(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        made = pair(unit)
    for wrong in (replace(made, id=message(9)), replace(made, id=message(9), first=made.second, second=made.first)):
        with pytest.raises(StoreConflict), store.write() as unit:
            unit.connections.save(wrong)


def test_alerts_come_back_by_direction_and_version(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        made = pair(unit)
        second, first = alert(made, 2, event=AlertEvent.ENDED, not_after=None), alert(made, 1)
        other = alert(made, 3, recipient=made.second, discloser=made.first)
        for each in (second, first, other):
            unit.alerts.add(each)
        changed = replace(first, status=AlertStatus.SETTLED, attempts=3, next_attempt_at=LATER, shown="e" * 64)
        unit.alerts.save(changed)
    with store.read() as unit:
        assert unit.alerts.of_direction(made.id, made.first) == [changed, second]
        assert unit.alerts.of_direction(made.id, made.second) == [other]
        assert unit.alerts.get(first.id) == changed
        assert unit.alerts.get(message(1)) is None
        found = {status: number for status, number in unit.alerts.counts().items() if number}
        assert found == {"pending": 2, "settled": 1}
        assert set(unit.alerts.counts()) == set(AlertStatus)


def test_an_alert_and_a_version_towards_a_recipient_are_there_once(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        made = pair(unit)
        unit.alerts.add(alert(made))
    for wrong in (alert(made), replace(alert(made), id=message(9)), alert(made, 2, recipient=made.second + 99)):
        with pytest.raises(StoreConflict), store.write() as unit:
            unit.alerts.add(wrong)
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.alerts.save(alert(made, 2))


def test_due_alerts_are_owed_and_come_longest_due_first(store: SqlStore) -> None:
    def at(version: int, minutes: int, status: AlertStatus) -> AlertReference:
        return alert(made, version, next_attempt_at=NOW + timedelta(minutes=minutes), status=status)

    with store.write() as unit:
        agencies(unit)
        made = pair(unit)
        late, early = at(1, -1, AlertStatus.SENT), at(2, -2, AlertStatus.PENDING)
        now, future = at(3, 0, AlertStatus.PENDING), at(4, 1, AlertStatus.PENDING)
        done = [
            at(5 + n, -9, status) for n, status in enumerate(set(AlertStatus) - {AlertStatus.SENT, AlertStatus.PENDING})
        ]
        for each in (late, early, now, future, *done):
            unit.alerts.add(each)
    with store.read() as unit:
        assert unit.alerts.due(NOW, 9) == [early, late, now]
        assert unit.alerts.due(NOW, 2) == [early, late]


def test_what_waits_for_one_agency_is_hurried_and_what_is_never_sent_again_stays(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        made = pair(unit)
        agency = unit.involvements.get(made.first).agency
        waiting = alert(made, 1, next_attempt_at=NOW + timedelta(minutes=1))
        lost = alert(made, 2, status=AlertStatus.SENT, next_attempt_at=NOW + timedelta(minutes=9))
        over = alert(made, 3, status=AlertStatus.SENT, next_attempt_at=NEVER)
        settled = alert(made, 4, status=AlertStatus.SETTLED, next_attempt_at=NOW + timedelta(minutes=1))
        others = alert(made, 5, recipient=made.second, discloser=made.first, next_attempt_at=NOW + timedelta(minutes=1))
        for each in (waiting, lost, over, settled, others):
            unit.alerts.add(each)
        unit.alerts.hurry(agency, NOW)
    with store.read() as unit:
        assert unit.alerts.due(NOW, 9) == [replace(each, next_attempt_at=NOW) for each in (waiting, lost)]
        assert [unit.alerts.get(each.id) for each in (over, settled, others)] == [over, settled, others]


def test_replies_wait_until_they_are_removed(store: SqlStore) -> None:
    first = Reply(0, C1, MessageKind.RECEIPT, message(1), b"\x00\xff body", NOW)
    second = Reply(0, C2, MessageKind.STATEMENT_REPLY, message(2), b"", NOW - timedelta(microseconds=1), 4)
    with store.write() as unit:
        unit.replies.add(first)
        unit.replies.add(second)
        kept = unit.replies.due(NOW, 9)
        assert [replace(each, id=0) for each in kept] == [second, first]
        assert unit.replies.due(NOW, 1) == kept[:1]
        unit.replies.retry(kept[0].id, 5, LATER)
        assert unit.replies.due(NOW, 9) == kept[1:]
        assert unit.replies.due(LATER, 9)[1] == replace(kept[0], attempts=5, next_attempt_at=LATER)
        unit.replies.remove([kept[0].id])
        unit.replies.remove(())
    with store.read() as unit:
        assert unit.replies.due(LATER, 9) == kept[1:]


def test_many_replies_are_removed_at_once(store: SqlStore) -> None:
    with store.write() as unit:
        for number in range(1201):
            unit.replies.add(Reply(0, C1, MessageKind.RECEIPT, message(number), b"", NOW))
        ids = [each.id for each in unit.replies.due(NOW, 5000)]
        unit.replies.remove(iter(ids))
        assert (len(ids), unit.replies.due(NOW, 5000)) == (1201, [])


def test_what_was_answered_is_remembered_for_each_connector(store: SqlStore) -> None:
    made = Processed(C1, message(1), ReceiptOutcome.REFUSED, ISSUES, NOW)
    with store.write() as unit:
        unit.processed.add(made)
        unit.processed.add(replace(made, connector=C2, issues=()))
    with store.read() as unit:
        assert unit.processed.get(C1, message(1)) == made
        assert unit.processed.get(C2, message(1)) == replace(made, connector=C2, issues=())
        assert unit.processed.get(C1, message(2)) is None
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.processed.add(made)


def test_the_last_accepted_sequence_only_rises(store: SqlStore) -> None:
    early, late = "20260101T000000Z-ffffffff", "20260101T000001Z-00000000"
    with store.write() as unit:
        agencies(unit)
        assert unit.processed.last_accepted(C1, SCHOOL) is None
        for sequence, highest in (((early, 5), (early, 5)), ((early, 4), (early, 5)), ((early, 10), (early, 10)),
                                  ((late, 1), (late, 1)), ((early, 99), (late, 1)), (("Z", 1), ("Z", 1)), (("a", 1), ("a", 1)),
                                  (("B", 9), ("a", 1))):  # fmt: skip
            unit.processed.advance(C1, SCHOOL, Sequence(*sequence))
            assert unit.processed.last_accepted(C1, SCHOOL) == Sequence(*highest)
        assert unit.processed.last_accepted(C1, HOUSING) is None
        assert unit.processed.last_accepted(C2, SCHOOL) is None


def test_the_latest_ledger_of_an_agency_is_remembered(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        assert unit.processed.ledger_incarnation(C1, SCHOOL) is None
        for shown, latest in (("2026-b", "2026-b"), ("2026-a", "2026-b"), ("2026-c", "2026-c")):
            unit.processed.note_ledger(C1, SCHOOL, shown)
            assert unit.processed.ledger_incarnation(C1, SCHOOL) == latest
        assert unit.processed.ledger_incarnation(C1, HOUSING) is None
        assert unit.processed.ledger_incarnation(C2, SCHOOL) is None


def test_dead_letters_are_kept_as_they_came(store: SqlStore) -> None:
    letter = DeadLetter(0, NOW, C1, "a" * 64, b"\x00sealed\xff", ISSUES)
    with store.write() as unit:
        first = unit.dead_letters.add(letter)
        second = unit.dead_letters.add(replace(letter, sender=None, digest="b" * 64, issues=()))
        unit.dead_letters.mark_replayed(first, LATER)
    with store.read() as unit:
        kept = replace(letter, id=first, replayed_at=LATER)
        assert unit.dead_letters.get(first) == kept
        assert unit.dead_letters.get(second + 99) is None
        assert [each.id for each in unit.dead_letters.all(9)] == [second, first]
        assert [each.id for each in unit.dead_letters.all(1)] == [second]
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.dead_letters.mark_replayed(second + 99, NOW)


def test_the_audit_chain_holds_over_units(store: SqlStore) -> None:
    with store.read() as unit:
        assert unit.audit.head() == (0, GENESIS)
        assert unit.audit.events(0, 9) == []
    with store.write() as unit:
        unit.audit.append(NOW, "one", "c1", {"number": 1, "yes": True, "word": "é"})
        unit.audit.append(LATER, "two", "c1", {})
        assert len(unit.audit.events(0, 9)) == 2
        unit.audit.append(LATER, "three", "operator", {"n": 0})
    with store.write() as unit:
        unit.audit.append(LATER, "four", "c1", {})
    with store.read() as unit:
        events = unit.audit.events(0, 9)
        previous = GENESIS
        for seq, event in enumerate(events, start=1):
            assert (event.seq, event.previous) == (seq, previous)
            previous = chain_hash(previous, seq, event.at, event.code, event.actor, event.fields, {})
            assert event.hash == previous
        assert unit.audit.head() == (4, previous)
        assert events[0].fields == {"number": 1, "yes": True, "word": "é"}
        assert [each.code for each in unit.audit.events(1, 2)] == ["two", "three"]


def test_counts_say_how_much_of_everything_there_is(store: SqlStore) -> None:
    with store.read() as unit:
        assert set(unit.counts().values()) == {0}
    with store.write() as unit:
        agencies(unit)
        made = pair(unit)
        other = pair(unit, 2)
        unit.connections.save(replace(other, state=ConnectionState.ENDED, closed_at=NOW))
        unit.alerts.add(alert(made, status=AlertStatus.SENT))
        unit.records.new_person()
        for number, outcome in enumerate([ReceiptOutcome.ACCEPTED] * 3 + [ReceiptOutcome.REFUSED]):
            unit.processed.add(Processed(C1, message(number), outcome, (), NOW))
        unit.dead_letters.add(DeadLetter(0, NOW, None, "a" * 64, b"x", ()))
        unit.dead_letters.mark_replayed(unit.dead_letters.add(DeadLetter(0, NOW, None, "b" * 64, b"y", ())), NOW)
    with store.read() as unit:
        found = {name: number for name, number in unit.counts().items() if number}
    assert found == {
        "notices": 3, "refused": 1, "people": 2, "records": 4, "involvements": 4, "involvements_live": 4, "connections": 2,
        "connections_live": 1, "dead_letters": 2, "alerts_sent": 1,
    }  # fmt: skip


def test_the_register_keeps_the_name_it_was_given(store: SqlStore) -> None:
    with store.read() as unit:
        name = unit.incarnation()
    with store.write() as unit:
        assert unit.incarnation() == name
    assert len(name) == 32
