"""What ends soon is said with its days and a way out; what does not is left out."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.model.client_certificate import ClientCertificate, Issuer
from gateway.model.connector import AgencyKey
from gateway.running.health import Health
from gateway.running.metrics import Metrics, Shown
from gateway.store.sql_store import SqlStore
from gateway.trust.expiries import Expiry, Kind, days_left, expiries, soon
from gateway.trust.lifecycle import SUSPEND_CONNECTOR
from identity.agency.keys import generate
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import ConnectorId
from tests.builders import NOON, SCHOOL, SOCIAL_CARE, agreement
from tests.gateway.staff import Staff

SCHOOL_1 = ConnectorId("school-1")


@pytest.fixture
def known(staff: Staff) -> Staff:
    """One live connector."""
    staff.agency(SCHOOL)
    staff.connector("school-1", SCHOOL)
    return staff


def certify(store: SqlStore, until: datetime) -> None:
    made = ClientCertificate("0a", SCHOOL_1, b"pem", b"chain", "d" * 64, Issuer.BUILT_IN, NOON, until, NOON)
    with store.write() as unit:
        unit.enrolments.add_certificate(made)


def found(store: SqlStore, now: datetime = NOON, overlap: datetime | None = None) -> list[Expiry]:
    with store.read() as unit:
        return expiries(unit, now, overlap)


def test_a_certificate_is_warned_of_in_its_last_thirty_days(known: Staff, store: SqlStore) -> None:
    certify(store, NOON + timedelta(days=30))
    assert soon(found(store)) == []
    (warned,) = soon(found(store, NOON + timedelta(seconds=1)))
    assert (warned.kind, warned.days) == (Kind.CERTIFICATE, 29)
    assert warned.sentence == (
        "the certificate of school-1 ends in 29 days (2026-04-01); at the agency: patchwork-connector enrol --resume"
    )
    (over,) = soon(found(store, NOON + timedelta(days=31)))
    assert (over.days, "since 2026-04-01 (now)" in over.sentence) == (-1, True)


def test_nobody_is_warned_of_a_connector_that_is_stopped(known: Staff, store: SqlStore) -> None:
    certify(store, NOON + timedelta(days=3))
    known.move("school-1", SUSPEND_CONNECTOR)
    assert found(store) == []


def test_an_agreements_end_and_its_review_count_through_their_last_day(known: Staff, store: SqlStore) -> None:
    terms = agreement(SCHOOL, SOCIAL_CARE, valid_until=date(2026, 3, 20), review_by=date(2026, 3, 10))
    known.agency(SOCIAL_CARE)
    with store.write() as unit:
        unit.agreements.add(terms)
    ends = {each.kind: each for each in soon(found(store))}
    assert (ends[Kind.AGREEMENT].days, ends[Kind.REVIEW].days) == (18, 8)
    assert "must be reviewed" in ends[Kind.REVIEW].sentence
    last_moment = datetime(2026, 3, 10, 23, 59, 59, tzinfo=UTC)
    assert {each.kind: each.days for each in found(store, last_moment)}[Kind.REVIEW] == 0
    assert {each.kind: each.days for each in found(store, last_moment + timedelta(seconds=2))}[Kind.REVIEW] == -1
    with store.write() as unit:
        unit.agreements.add(replace(terms, version=2, valid_until=date(2026, 12, 31), review_by=date(2026, 12, 31)))
    assert soon(found(store)) == [], "the next version took its place"


def test_overlaps_are_told_while_they_last(known: Staff, store: SqlStore) -> None:
    with store.write() as unit:
        held = unit.trust.connector(SCHOOL_1)
        assert held is not None
        old = AgencyKey(SCHOOL, held.keys.signing, NOON - timedelta(days=9), NOON + timedelta(days=5))
        fresh = AgencyKey(SCHOOL, generate().signing.public, NOON)
        unit.trust.update_connector(replace(held, signing=(old, fresh)))
    both = found(store, overlap=NOON + timedelta(days=6, hours=1))
    assert [(each.kind, each.days) for each in both] == [(Kind.CONNECTOR_OVERLAP, 5), (Kind.GATEWAY_OVERLAP, 6)]
    assert "patchwork keys rotate --finish" in both[1].sentence
    assert found(store, NOON + timedelta(days=5)) == []


def test_metrics_show_days_and_no_names(known: Staff, store: SqlStore) -> None:
    certify(store, NOON + timedelta(days=12))
    text = (
        Metrics([Shown(Mode.TRIAL, store, dict)], Health(), lambda unit: days_left(expiries(unit, NOON)))
        .text()
        .decode()
    )
    families = {each.name: each for each in text_string_to_metric_families(text)}
    assert {each.labels["kind"]: each.value for each in families["patchwork_days_left"].samples} == {
        "certificate": 12.0
    }
    assert "school" not in text


def test_of_a_kind_the_nearest_counts() -> None:
    def ends(days: int) -> Expiry:
        return Expiry(Kind.AGREEMENT, "a", NOON, days, "")

    assert days_left([ends(9), ends(-2), ends(4)]) == {"agreement": -2}
    assert days_left([]) == {}
