"""What the introducer was asked: one row for each direction of a connection, listed while the connection is live."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.model.connection import ConnectionState
from gateway.model.introduction import Introduction, IntroductionState
from gateway.store.faults import StoreConflict
from gateway.store.sql_store import SqlStore
from tests.contract.stores.rows import NOW, agencies, pair

WAITING, PASSED_ON, DECLINED = IntroductionState.WAITING, IntroductionState.PASSED_ON, IntroductionState.DECLINED


def asked(store: SqlStore) -> Introduction:
    with store.write() as unit:
        agencies(unit)
        connection = pair(unit)
        return unit.introductions.save(
            Introduction(0, connection.id, connection.first, connection.second, WAITING, NOW)
        )


def test_it_is_found_by_its_number_and_from_the_side_that_asked(store: SqlStore) -> None:
    made = asked(store)
    with store.read() as unit:
        assert unit.introductions.get(made.id) == unit.introductions.find(made.connection, made.asker) == made
        assert unit.introductions.find(made.connection, made.hidden) is None
        assert unit.introductions.get(made.id + 1) is None


def test_each_direction_is_asked_about_once(store: SqlStore) -> None:
    made = asked(store)
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.introductions.save(replace(made, id=0))
    with store.write() as unit:
        other = unit.introductions.save(
            replace(made, id=0, asker=made.hidden, hidden=made.asker, asked_at=NOW - timedelta(hours=1))
        )
        assert unit.introductions.in_states((WAITING,), 10) == [other, made], "the longest waiting first"
        assert unit.introductions.in_states((WAITING,), 1) == [other]


def test_a_decision_takes_its_place_and_what_is_over_is_listed_no_more(store: SqlStore) -> None:
    made = asked(store)
    decided = replace(made, state=PASSED_ON, version=2, decided_by="ines", decided_at=NOW, asks=3)
    with store.write() as unit:
        unit.introductions.save(decided)
        assert unit.introductions.in_states((WAITING, DECLINED), 10) == []
        assert unit.introductions.in_states((PASSED_ON,), 10) == [decided]
        connection = unit.connections.get(made.connection)
        assert connection is not None
        unit.connections.save(replace(connection, state=ConnectionState.ENDED, closed_at=NOW))
        assert unit.introductions.in_states((PASSED_ON,), 10) == []
        assert unit.introductions.get(made.id) == decided
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.introductions.save(replace(decided, id=decided.id + 1, asker=decided.hidden))


def test_only_what_was_declined_or_is_over_is_forgotten(store: SqlStore) -> None:
    made, long_after = asked(store), NOW + timedelta(days=9)
    with store.write() as unit:
        assert unit.introductions.save(replace(made, waiting_since=NOW, overdue_at=NOW)) == unit.introductions.get(
            made.id
        )
        assert unit.introductions.forget(long_after, 10) == 0
        unit.introductions.save(replace(made, state=DECLINED, decided_by="ines", decided_at=NOW))
        assert unit.introductions.forget(NOW, 10) == 0
        assert unit.introductions.forget(long_after, 0) == 0
        assert unit.introductions.forget(long_after, 10) == 1
        again = unit.introductions.save(replace(made, id=0, state=PASSED_ON, decided_by="ines", decided_at=NOW))
        assert unit.introductions.forget(long_after, 10) == 0
        connection = unit.connections.get(made.connection)
        assert connection is not None
        unit.connections.save(replace(connection, state=ConnectionState.ENDED, closed_at=NOW))
        assert unit.introductions.forget(long_after, 10) == 1
        assert unit.introductions.get(again.id) is None
