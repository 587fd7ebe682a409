"""Agencies, connectors, agreements and operators come back as they went in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.model.connector import Carrier
from gateway.model.operator import Operator, Role
from gateway.store.faults import StoreConflict
from gateway.store.sql_store import SqlStore
from identity.agency.keys import SigningKey, generate
from identity.agency.trust import Status
from mappings.canonical.codes import AgencyType, AlertLevel, RelationKind
from mappings.canonical.identifiers import AgreementId, ConnectorId, KeyId
from tests.builders import HOUSING, SCHOOL, SOCIAL_CARE, agency, agreement
from tests.contract.stores.rows import LATER, NOW, agencies, connector


def test_agencies_come_back_by_id(store: SqlStore) -> None:
    school, housing = agency(SCHOOL, name="Ysgol Môr £"), agency(HOUSING, type=AgencyType.HOUSING)
    with store.write() as unit:
        unit.trust.add_agency(school)
        unit.trust.add_agency(housing)
    with store.read() as unit:
        assert unit.trust.agency(SCHOOL) == school
        assert unit.trust.agencies() == sorted([school, housing], key=lambda each: each.id)
        assert unit.trust.agency(SOCIAL_CARE) is None


def test_an_agency_is_added_once(store: SqlStore) -> None:
    with store.write() as unit:
        unit.trust.add_agency(agency())
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.trust.add_agency(agency())


def test_a_connector_keeps_its_agencies_in_order_and_its_keys(store: SqlStore) -> None:
    made = connector("c1", SOCIAL_CARE, HOUSING, SCHOOL, since=NOW)
    with store.write() as unit:
        agencies(unit)
        unit.trust.add_connector(made)
    with store.read() as unit:
        assert unit.trust.connector(made.id) == made
        assert unit.trust.connectors() == [made]
        assert unit.trust.connector_by_key(made.keys.signing.id) == made
        assert unit.trust.connector_by_key(KeyId("x" * 43)) is None
        assert unit.trust.connector(ConnectorId("c2")) is None
        assert all(unit.trust.connector_for(each) == made for each in (SOCIAL_CARE, HOUSING, SCHOOL))


def test_an_updated_connector_is_the_new_one_only(store: SqlStore) -> None:
    before = connector("c1", SCHOOL, HOUSING)
    after = replace(
        before, agencies=(SOCIAL_CARE,), keys=generate().public("c1"), status=Status.SUSPENDED, carrier=Carrier.AMQP,
        inbox="another", since=LATER,
    )  # fmt: skip
    with store.write() as unit:
        agencies(unit)
        unit.trust.add_connector(before)
        unit.trust.update_connector(after)
    with store.read() as unit:
        assert unit.trust.connectors() == [after]
        assert unit.trust.connector_for(SCHOOL) is None
        assert unit.trust.connector_for(SOCIAL_CARE) == after
        assert unit.trust.connector_by_key(before.keys.signing.id) is None
    with pytest.raises(StoreConflict, match="add it first"), store.write() as unit:
        unit.trust.update_connector(connector("c9"))


def test_what_is_for_an_agency_goes_to_the_connector_that_is_not_gone_and_then_the_newest(store: SqlStore) -> None:
    gone = connector("gone", status=Status.REVOKED, since=LATER + timedelta(days=9))
    old, new = connector("old", since=NOW), connector("new", status=Status.SUSPENDED, since=LATER)
    with store.write() as unit:
        agencies(unit)
        unit.trust.add_connector(gone)
        assert unit.trust.connector_for(SCHOOL) == gone
        unit.trust.add_connector(new)
        unit.trust.add_connector(old)
        assert unit.trust.connector_for(SCHOOL) == new


@pytest.mark.parametrize("taken", ["id", "keys", "inbox"])
def test_two_connectors_share_neither_id_nor_key_nor_inbox(store: SqlStore, taken: str) -> None:
    first, second = connector("c1"), connector("c2")
    with store.write() as unit:
        agencies(unit)
        unit.trust.add_connector(first)
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.trust.add_connector(replace(second, **{taken: getattr(first, taken)}))


def test_a_connector_speaks_only_for_agencies_that_are_known(store: SqlStore) -> None:
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.trust.add_connector(connector())


def test_the_highest_version_of_an_agreement_counts(store: SqlStore) -> None:
    first = agreement(level=AlertLevel.ID_ONLY, relations=(RelationKind.PARENT, RelationKind.CARER))
    second, other = replace(first, version=2, title="Again"), replace(first, id=AgreementId("another"))
    with store.write() as unit:
        for each in (second, other, first):
            unit.agreements.add(each)
    with store.read() as unit:
        assert unit.agreements.current() == [other, second]
        assert unit.agreements.current_of(first.id) == second
        assert unit.agreements.current_of(AgreementId("none")) is None
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.agreements.add(second)


def test_operators_come_back_with_roles_and_key(store: SqlStore) -> None:
    key = SigningKey.generate().public
    made = Operator("steward-1", frozenset({Role.STEWARD, Role.DPO}), key, NOW)
    with store.write() as unit:
        unit.operators.add(made)
    with store.read() as unit:
        assert unit.operators.by_key(key.id) == made
        assert unit.operators.all() == [made]
        assert unit.operators.by_key(KeyId("x" * 43)) is None
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.operators.add(replace(made, id="steward-2"))


def test_a_nonce_is_good_once_for_each_key(store: SqlStore) -> None:
    one, other = KeyId("a" * 43), KeyId("b" * 43)
    with store.write() as unit:
        assert unit.nonces.use(one, "n", NOW)
        assert not unit.nonces.use(one, "n", LATER)
        assert unit.nonces.use(other, "n", NOW)
    with store.write() as unit:
        assert not unit.nonces.use(one, "n", NOW + timedelta(hours=1))
    assert store.use_nonce(one, "m", NOW)
    assert not store.use_nonce(one, "m", NOW)


def test_old_nonces_are_forgotten(store: SqlStore) -> None:
    key, start = KeyId("a" * 43), datetime(2026, 1, 1, tzinfo=UTC)
    with store.write() as unit:
        assert unit.nonces.use(key, "old", start)
        assert unit.nonces.use(key, "young", start + timedelta(hours=20))
        assert unit.nonces.use(key, "new", start + timedelta(hours=25))
        assert unit.nonces.use(key, "old", start + timedelta(hours=25))
        assert not unit.nonces.use(key, "young", start + timedelta(hours=25))
