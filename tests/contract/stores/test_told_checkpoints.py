"""Which checkpoint connectors were told of: one a day, kept until it is forgotten."""

from datetime import date, timedelta

import pytest

from gateway.store.faults import StoreConflict
from gateway.store.sql_store import SqlStore
from mappings.canonical.witness import ToldCheckpoint

MONDAY = date(2026, 3, 2)
TOLD = ToldCheckpoint(MONDAY - timedelta(days=1), "ab" * 32)


def test_it_is_found_by_its_day(store: SqlStore) -> None:
    with store.write() as unit:
        unit.told_checkpoints.keep(MONDAY, TOLD)
    with store.read() as unit:
        assert unit.told_checkpoints.on(MONDAY) == TOLD
        assert unit.told_checkpoints.on(MONDAY + timedelta(days=1)) is None


def test_a_day_has_one(store: SqlStore) -> None:
    with store.write() as unit:
        unit.told_checkpoints.keep(MONDAY, TOLD)
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.told_checkpoints.keep(MONDAY, ToldCheckpoint(MONDAY, "cd" * 32))


def test_earlier_days_are_forgotten(store: SqlStore) -> None:
    with store.write() as unit:
        for number in range(3):
            unit.told_checkpoints.keep(MONDAY + timedelta(days=number), TOLD)
        unit.told_checkpoints.forget(MONDAY + timedelta(days=2))
    with store.read() as unit:
        known = [unit.told_checkpoints.on(MONDAY + timedelta(days=number)) for number in range(3)]
    assert known == [None, None, TOLD]
