"""What connectors did by the hour, and the alarms, on every store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.model.alarm import Acknowledgement, Alarm, AlarmKind, CountedSince, Tally
from gateway.store.faults import StoreConflict
from gateway.store.sql_store import SqlStore
from mappings.canonical.identifiers import ConnectorId
from tests.contract.stores.rows import NOW

C1, C2 = ConnectorId("c1"), ConnectorId("c2")
HOUR = timedelta(hours=1)
BEGUN = NOW.replace(minute=0, second=0, microsecond=0)
LONG_AGO = NOW - timedelta(days=99)
RAISED = Alarm(0, C1, AlarmKind.VOLUME_LIMIT, BEGUN, 3, 0)


def test_what_was_done_in_one_hour_is_added_up(store: SqlStore) -> None:
    every = Tally(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
    with store.write() as unit:
        for minutes in (0, 59, 60):
            unit.alarms.count(C1, BEGUN + timedelta(minutes=minutes), every)
        unit.alarms.count(C2, BEGUN, Tally(limited=1))
    with store.read() as unit:
        twice, once = (
            CountedSince(BEGUN, Tally(2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22)),
            CountedSince(BEGUN + HOUR, every),
        )
        assert unit.alarms.counted(LONG_AGO) == {C1: [twice, once], C2: [CountedSince(BEGUN, Tally(limited=1))]}
        assert unit.alarms.counted(BEGUN) == {C1: [once]}
        assert unit.alarms.counted_between(C1, LONG_AGO, BEGUN) == [twice]
        assert unit.alarms.counted_between(C1, BEGUN, BEGUN + HOUR) == [once]
    with store.write() as unit:
        unit.alarms.forget(BEGUN)
    with store.read() as unit:
        assert unit.alarms.counted(LONG_AGO) == {C1: [once]}


def test_an_acknowledgement_divides_the_hour_of_its_own_connector(store: SqlStore) -> None:
    at = BEGUN + timedelta(minutes=20)
    with store.write() as unit:
        kept = unit.alarms.add(RAISED)
        for connector in (C1, C2):
            unit.alarms.count(connector, BEGUN, Tally(limited=3))
        unit.alarms.acknowledge(kept.id, Acknowledgement("omar", at, "seen"))
        for connector in (C1, C2):
            unit.alarms.count(connector, at + timedelta(minutes=1), Tally(limited=1))
        unit.alarms.count(C1, at + HOUR, Tally(limited=1))
    with store.read() as unit:
        assert unit.alarms.counted(LONG_AGO) == {
            C1: [CountedSince(begun, Tally(limited=n)) for begun, n in ((BEGUN, 3), (at, 1), (BEGUN + HOUR, 1))],
            C2: [CountedSince(BEGUN, Tally(limited=4))],
        }


def test_an_alarm_is_open_until_it_is_acknowledged_once(store: SqlStore) -> None:
    seen = Acknowledgement("omar", BEGUN + HOUR, "seen")
    with store.write() as unit:
        first = unit.alarms.add(RAISED)
        second = unit.alarms.add(replace(RAISED, connector=C2, kind=AlarmKind.SIGNATURES_REFUSED))
        unit.alarms.acknowledge(first.id, seen)
    with store.read() as unit:
        assert unit.alarms.get(first.id) == replace(RAISED, id=first.id, acknowledged=seen)
        assert unit.alarms.get(second.id + 1) is None
        assert unit.alarms.open() == [second]
        assert [alarm.id for alarm in unit.alarms.all(9)] == [second.id, first.id]
        assert [alarm.id for alarm in unit.alarms.all(1)] == [second.id]
        assert unit.alarms.acknowledged(BEGUN) == {(C1, AlarmKind.VOLUME_LIMIT): seen.at}
        assert unit.alarms.acknowledged(seen.at) == {}
        assert {kind: n for kind, n in unit.alarms.open_counts().items() if n} == {"signatures-refused": 1}
    for id in (first.id, second.id + 1):
        with pytest.raises(StoreConflict), store.write() as unit:
            unit.alarms.acknowledge(id, seen)
