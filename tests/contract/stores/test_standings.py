"""How every connector is doing, as the register counts it, on both engines."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.model.alert_reference import AlertStatus
from gateway.model.client_certificate import ClientCertificate, Issuer
from gateway.model.connector import AgencyKey
from gateway.model.dead_letter import DeadLetter, DeadLetterGroup, Discard
from gateway.model.processed import Processed
from gateway.model.standing import Figures
from gateway.ports import UnitOfWork
from gateway.store.faults import StoreConflict
from gateway.store.sql_store import SqlStore
from identity.agency.keys import generate
from identity.agency.trust import Status
from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.identifiers import ConnectorId
from mappings.canonical.receipt import Issue
from tests.builders import HOUSING, SCHOOL
from tests.contract.stores.rows import LATER, NOW, agencies, alert, connector, message, pair

C1, C2 = ConnectorId("c1"), ConnectorId("c2")
SINCE = NOW - timedelta(days=7)
WRONG = Issue("invalid", "code_x", "Bundle", "Say it otherwise")
OTHER = Issue("security", "code", "", "")


def certificate(serial: str, until_days: int) -> ClientCertificate:
    return ClientCertificate(
        serial, C1, b"pem", b"chain", "d" * 64, Issuer.BUILT_IN, NOW, NOW + timedelta(days=until_days), NOW
    )


def letter(number: int, *issues: Issue, **changes: object) -> DeadLetter:
    made = DeadLetter(0, NOW, C1, f"{number:064x}", b"sealed", issues)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_nothing_is_known_of_a_connector_that_never_spoke(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        unit.trust.add_connector(connector("c1", SCHOOL))
    with store.read() as unit:
        assert unit.standings.figures(SINCE) == {C1: Figures(C1)}


def test_each_connector_has_its_own_figures(store: SqlStore) -> None:
    c1 = connector("c1", SCHOOL)
    with store.write() as unit:
        agencies(unit)
        unit.trust.add_connector(c1)
        unit.trust.add_connector(connector("c2", HOUSING))
        for number, days in enumerate((0, 1, 8)):
            at = NOW - timedelta(days=days)
            unit.processed.add(Processed(C1, message(number), ReceiptOutcome.ACCEPTED, (), at))
            unit.message_ids.note(C1, message(number), "d" * 64, at)
        unit.message_ids.note(C2, message(9), "d" * 64, LATER)
        unit.nonces.use(c1.keys.signing.id, "nonce", LATER)
        unit.nonces.use(generate().signing.public.id, "nonce", LATER + timedelta(days=1))
        unit.enrolments.add_certificate(certificate("a1", 300))
        unit.enrolments.add_certificate(certificate("a2", 90))
        _refuse(unit)
    with store.read() as unit:
        assert unit.standings.figures(SINCE) == {
            C1: Figures(
                C1,
                last_message=NOW,
                last_request=LATER,
                last_accepted=NOW,
                accepted=2,
                refused=2,
                dead_letters=2,
                certificate_until=NOW + timedelta(days=90),
            ),
            C2: Figures(C2, last_message=LATER, refused=1, dead_letters=1),
        }


def test_a_request_signed_with_any_key_of_a_connector_is_a_sign_of_that_one_alone(store: SqlStore) -> None:
    own, other = generate().signing.public, generate().signing.public
    with store.write() as unit:
        agencies(unit)
        unit.trust.add_connector(connector("c1", SCHOOL, signing=(AgencyKey(SCHOOL, own, NOW),)))
        unit.trust.add_connector(connector("c2", HOUSING, signing=(AgencyKey(HOUSING, other, NOW),)))
        unit.nonces.use(own.id, "nonce", LATER)
    with store.read() as unit:
        assert unit.standings.figures(SINCE) == {C1: Figures(C1, last_request=LATER), C2: Figures(C2)}


def _refuse(unit: UnitOfWork) -> None:
    """Of the first: one that waits, one from long ago that waits, one replayed, one discarded. Of the second and of nobody: one each."""
    unit.dead_letters.add(letter(1, WRONG))
    unit.dead_letters.add(letter(2, WRONG, received_at=SINCE - timedelta(seconds=1)))
    unit.dead_letters.mark_replayed(unit.dead_letters.add(letter(3, WRONG)), NOW)
    unit.dead_letters.discard(unit.dead_letters.add(letter(4, WRONG)), Discard(NOW, "anna", "no use"))
    unit.dead_letters.add(letter(5, WRONG, sender=C2))
    unit.dead_letters.add(letter(6, WRONG, sender=None))


@pytest.mark.parametrize(("status", "counted"), [(Status.LIVE, 2), (Status.SUSPENDED, 2), (Status.OFF_BOARDED, 0)])
def test_alerts_sent_and_not_acknowledged_count_for_who_is_to_hear_them(
    store: SqlStore, status: Status, counted: int
) -> None:
    with store.write() as unit:
        agencies(unit)
        unit.trust.add_connector(connector("c1", SCHOOL, status=status))
        unit.trust.add_connector(connector("c2", HOUSING))
        made = pair(unit)
        unit.alerts.add(alert(made, 1, status=AlertStatus.SENT, made_at=LATER))
        unit.alerts.add(alert(made, 2, status=AlertStatus.SENT, made_at=NOW))
        for number, each in enumerate(sorted(set(AlertStatus) - {AlertStatus.SENT}), start=3):
            unit.alerts.add(alert(made, number, status=each))
    with store.read() as unit:
        found = unit.standings.figures(SINCE)
    assert (found[C1].unacknowledged, found[C1].unacknowledged_since) == (counted, NOW if counted else None)
    assert (found[C2].unacknowledged, found[C2].unacknowledged_since) == (0, None)


def test_dead_letters_are_grouped_found_by_reason_and_discarded(store: SqlStore) -> None:
    with store.write() as unit:
        first = unit.dead_letters.add(letter(1, OTHER, WRONG, OTHER))
        second = unit.dead_letters.add(letter(2, WRONG, OTHER, received_at=LATER))
        alone = unit.dead_letters.add(letter(3, OTHER, sender=None))
        replayed = unit.dead_letters.add(letter(4, OTHER))
        unit.dead_letters.mark_replayed(replayed, LATER)
        assert unit.dead_letters.groups(9) == [
            DeadLetterGroup(("code", "code_x"), C1, 2, NOW, LATER),
            DeadLetterGroup(("code",), None, 1, NOW, NOW),
        ]
        assert len(unit.dead_letters.groups(1)) == 1
        assert unit.dead_letters.open_ids("code", 9) == [first, second, alone]
        assert unit.dead_letters.open_ids("code", 2) == [first, second]
        assert unit.dead_letters.open_ids("code_x", 9) == [first, second]
        for part in ("cod", "code%", "codexx", "code__", "_", ""):
            assert unit.dead_letters.open_ids(part, 9) == []
        assert [each.id for each in unit.dead_letters.all(9, "code")] == [replayed, alone, second, first]
        gone = Discard(LATER, "anna", "Say £ instead")
        unit.dead_letters.discard(first, gone)
        assert unit.dead_letters.get(first) == letter(1, OTHER, WRONG, OTHER, id=first, sealed=b"", discarded=gone)
        assert unit.dead_letters.open_ids("code_x", 9) == [second]
    for closed in (first, replayed, second + 99):
        with pytest.raises(StoreConflict), store.write() as unit:
            unit.dead_letters.discard(closed, gone)
