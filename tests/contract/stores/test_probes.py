"""Tests of connectors, on both engines: each step of one is kept beside the others, whoever takes it first."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.model.probe import Probe
from gateway.model.reply import Reply
from gateway.store.faults import StoreConflict
from gateway.store.sql_store import SqlStore
from identity.agency.trust import Status
from mappings.canonical.codes import MessageKind, ReceiptOutcome
from mappings.canonical.identifiers import ConnectorId
from mappings.canonical.receipt import Issue
from tests.builders import HOUSING, SCHOOL, SOCIAL_CARE
from tests.contract.stores.rows import NOW, agencies, connector, message

C1, C2 = ConnectorId("c1"), ConnectorId("c2")
SECOND = timedelta(seconds=1)
ISSUES = (Issue("forbidden", "legal-basis", "CareTeam.extension", "say it otherwise"), Issue("invalid", "x", "", "y"))


def probe(number: int = 1, **changes: object) -> Probe:
    made = Probe(message(number), C1, SCHOOL, "anna", NOW, NOW + 30 * SECOND, NOW)
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def register(store: SqlStore) -> SqlStore:
    """Two connectors."""
    with store.write() as unit:
        agencies(unit)
        unit.trust.add_connector(connector("c1", SCHOOL))
        unit.trust.add_connector(connector("c2", HOUSING))
    return store


def test_a_test_is_kept_as_it_was_asked_for(register: SqlStore) -> None:
    whole = probe(
        1,
        attempts=3,
        sent_at=NOW + SECOND,
        received_at=NOW + 2 * SECOND,
        decided_at=NOW + 3 * SECOND,
        outcome=ReceiptOutcome.REFUSED,
        issues=ISSUES,
        receipted_at=NOW + 4 * SECOND,
    )
    with register.write() as unit:
        unit.probes.add(whole)
        unit.probes.add(probe(2))
    with register.read() as unit:
        assert unit.probes.get(message(1)) == whole
        assert unit.probes.get(message(2)) == probe(2)
        assert unit.probes.get(message(3)) is None


def test_an_id_is_used_once(register: SqlStore) -> None:
    with register.write() as unit:
        unit.probes.add(probe(1))
    with pytest.raises(StoreConflict), register.write() as unit:
        unit.probes.add(probe(1, connector=C2, agency=HOUSING))


def test_the_latest_of_a_connector_is_the_one_asked_for_last(register: SqlStore) -> None:
    with register.write() as unit:
        assert unit.probes.latest(C1) is None
        for number, span in ((1, 0), (2, 2), (3, 1)):
            unit.probes.add(probe(number, asked_at=NOW + span * SECOND))
        unit.probes.add(probe(4, connector=C2, agency=HOUSING, asked_at=NOW + 9 * SECOND))
        assert unit.probes.latest(C1) == probe(2, asked_at=NOW + 2 * SECOND)


def test_what_is_to_be_sent_is_open_unsent_and_due(register: SqlStore) -> None:
    waiting = probe(1), probe(2, connector=C2, agency=HOUSING, asked_at=NOW - SECOND)
    with register.write() as unit:
        for each in (
            *waiting,
            probe(3, expires_at=NOW),
            probe(4, sent_at=NOW),
            probe(5, outcome=ReceiptOutcome.REFUSED),
            probe(6, next_attempt_at=NOW + SECOND),
        ):
            unit.probes.add(each)
    with register.read() as unit:
        assert unit.probes.unsent(NOW) == [waiting[1], waiting[0]]
        assert [each.id for each in unit.probes.unsent(NOW + SECOND)] == [message(2), message(1), message(6)]


def test_each_step_leaves_the_others_alone(register: SqlStore) -> None:
    """An answer may come in before the relay has noted that the request left."""
    with register.write() as unit:
        unit.probes.add(probe(1))
        unit.probes.put_off(message(1), NOW + SECOND)
        unit.probes.decide(message(1), NOW + 3 * SECOND, NOW + 4 * SECOND, ReceiptOutcome.ACCEPTED, ())
        unit.probes.note_sent(message(1), NOW + 2 * SECOND)
        unit.probes.note_receipted([message(1)], NOW + 5 * SECOND)
    with register.read() as unit:
        assert unit.probes.get(message(1)) == probe(
            1,
            attempts=1,
            next_attempt_at=NOW + SECOND,
            sent_at=NOW + 2 * SECOND,
            received_at=NOW + 3 * SECOND,
            decided_at=NOW + 4 * SECOND,
            outcome=ReceiptOutcome.ACCEPTED,
            receipted_at=NOW + 5 * SECOND,
        )


def test_what_has_its_receipt_is_accepted_of_one_that_may_speak_and_owed_none(register: SqlStore) -> None:
    accepted = {"outcome": ReceiptOutcome.ACCEPTED}
    with register.write() as unit:
        unit.trust.add_connector(connector("c3", SOCIAL_CARE, status=Status.SUSPENDED))
        for each in (
            probe(1, **accepted),
            probe(2, **accepted),
            probe(3, **accepted, receipted_at=NOW),
            probe(4, outcome=ReceiptOutcome.REFUSED),
            probe(5),
            probe(6, **accepted, connector=ConnectorId("c3"), agency=SOCIAL_CARE),
        ):
            unit.probes.add(each)
        unit.replies.add(Reply(0, C1, MessageKind.RECEIPT, message(2), b"", NOW))
    with register.read() as unit:
        assert unit.probes.receipted() == [message(1)]


def test_it_is_answered_once(register: SqlStore) -> None:
    with register.write() as unit:
        unit.probes.add(probe(1))
        unit.probes.decide(message(1), NOW, NOW, ReceiptOutcome.REFUSED, ISSUES)
    with pytest.raises(StoreConflict, match="waits for an answer"), register.write() as unit:
        unit.probes.decide(message(1), NOW, NOW, ReceiptOutcome.ACCEPTED, ())
    with register.read() as unit:
        found = unit.probes.get(message(1))
    assert found
    assert (found.outcome, found.issues) == (ReceiptOutcome.REFUSED, ISSUES)


def test_a_step_of_none_is_refused(register: SqlStore) -> None:
    with register.write() as unit:
        with pytest.raises(StoreConflict, match="no test of that id"):
            unit.probes.note_sent(message(9), NOW)
        with pytest.raises(StoreConflict, match="no test of that id"):
            unit.probes.note_receipted([message(9)], NOW)


def test_old_ones_are_forgotten(register: SqlStore) -> None:
    with register.write() as unit:
        unit.probes.add(probe(1, asked_at=NOW - SECOND))
        unit.probes.add(probe(2))
        unit.probes.forget(NOW)
        assert [unit.probes.get(message(number)) is None for number in (1, 2)] == [True, False]
