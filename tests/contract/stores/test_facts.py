"""Numbers over everybody for reports, on every store."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.model.alarm import Alarm, AlarmKind
from gateway.model.alert_reference import AlertStatus
from gateway.model.connection import Connection, ConnectionState
from gateway.model.involvement import Standing
from gateway.ports import UnitOfWork
from gateway.reporting.facts_port import Connected, Holding, Sights
from gateway.store.sql_store import SqlStore
from mappings.canonical.codes import AlertEvent
from mappings.canonical.identifiers import ConnectorId
from tests.builders import HOUSING, SCHOOL, registered
from tests.contract.stores.rows import LATER, NOW, agencies, alert, message, pair

FIRST, SECOND = 0, 1


def tell(unit: UnitOfWork, made: Connection, side: int, version: int = 1, **changes: object) -> None:
    """One alert to that side of the connection."""
    ends = (made.first, made.second)
    terms = {"recipient": ends[side], "discloser": ends[1 - side], "status": AlertStatus.SENT} | changes
    with_id = message(int.from_bytes(made.id.value.encode()[-4:]) * 100 + version * 10 + side)
    unit.alerts.add(alert(made, version, id=with_id, **terms))


def test_what_is_held_is_counted_by_agency(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        one = pair(unit, 1)
        pair(unit, 2)
        here = unit.involvements.get(one.first)
        unit.involvements.save(replace(here, confirmed=date(2025, 3, 1)))
        there = unit.involvements.get(one.second)
        unit.involvements.save(replace(there, standing=Standing.ENDED, over_since=date(2026, 3, 1)))
    with store.read() as unit:
        confirmed = registered().confirmed
        found = unit.facts.holdings(date(2025, 3, 1))
        assert found == [Holding(HOUSING, 1, 0, 1, confirmed), Holding(SCHOOL, 2, 1, 0, confirmed)]
        assert [each.stale for each in unit.facts.holdings(date(2025, 2, 28))] == [0, 0]
    with store.write() as unit:
        gone = unit.involvements.get(one.second)
        unit.involvements.save(replace(gone, erased_on=date(2026, 3, 2)))
    with store.read() as unit:
        assert [each.over for each in unit.facts.holdings(date(2025, 3, 1))] == [0, 0]


def test_connections_are_counted_now_and_over_a_time(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        pair(unit, 1)
        over = pair(unit, 2)
        unit.connections.save(replace(over, state=ConnectionState.ENDED, closed_at=LATER))
    with store.read() as unit:
        assert unit.facts.connected(NOW, NOW) == Connected(live=1, made=2, over=0)
        assert unit.facts.connected(LATER, LATER) == Connected(live=1, made=0, over=1)


@pytest.mark.parametrize(
    ("back", "one_way"),
    [
        ({}, 0),
        (None, 1),
        ({"status": AlertStatus.PENDING}, 0),
        ({"status": AlertStatus.LAPSED}, 1),
        ({"status": AlertStatus.REFUSED}, 1),
        ({"status": AlertStatus.SETTLED}, 0),
        ({"event": AlertEvent.ENDED}, 1),
    ],
    ids=["both told", "nobody there", "it waits", "it lapsed", "it was refused", "settled", "taken away"],
)
def test_a_sight_is_one_way_where_the_other_side_was_told_nothing(
    store: SqlStore, back: dict[str, object] | None, one_way: int
) -> None:
    with store.write() as unit:
        agencies(unit)
        made = pair(unit)
        tell(unit, made, FIRST)
        if back is not None:
            tell(unit, made, SECOND, **back)
    with store.read() as unit:
        seen = [each for each in unit.facts.sights() if each.agency == SCHOOL]
        assert seen == [Sights(ConnectorId("c1"), SCHOOL, HOUSING, 1, one_way)]


def test_what_has_ended_since_is_no_sight(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        taken_back, over = pair(unit, 1), pair(unit, 2)
        tell(unit, taken_back, FIRST)
        tell(unit, taken_back, FIRST, 2, event=AlertEvent.RETRACTED)
        tell(unit, over, FIRST)
        unit.connections.save(replace(over, state=ConnectionState.ENDED, closed_at=LATER))
    with store.read() as unit:
        assert unit.facts.sights() == []


def test_when_alerts_were_decided_is_found_for_those_that_are_there(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        made = alert(pair(unit))
        unit.alerts.add(made)
    with store.read() as unit:
        assert unit.facts.made_at([made.id, message(9)]) == {made.id: NOW}
        assert unit.facts.made_at([]) == {}


def test_alarms_are_counted_by_kind(store: SqlStore) -> None:
    with store.write() as unit:
        for days in (0, 0, 3):
            unit.alarms.add(Alarm(0, ConnectorId("c1"), AlarmKind.VOLUME_LIMIT, NOW + timedelta(days=days), 1, 0))
    with store.read() as unit:
        assert unit.facts.alarms_raised(NOW, LATER) == {"volume-limit": 2}
        assert unit.facts.alarms_raised(LATER + timedelta(days=5), LATER + timedelta(days=9)) == {}
