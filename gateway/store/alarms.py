"""What each connector did by the hour, and the alarms. Counting is one statement a connector a batch."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Insert, Row, Select, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model.alarm import Acknowledgement, Alarm, AlarmKind, CountedSince, Tally
from gateway.store.alarm_tables import alarm, connector_tally
from gateway.store.faults import StoreConflict
from gateway.store.transaction import Transaction
from mappings.canonical.identifiers import ConnectorId

_COUNTS: Final = tuple(each.name for each in fields(Tally))
_OPEN: Final = alarm.c.acknowledged_at.is_(None)
_DIVIDED: Final = select(func.max(alarm.c.acknowledged_at)).where(
    alarm.c.connector == bindparam("connector"),
    alarm.c.acknowledged_at >= bindparam("hour", type_=alarm.c.raised_at.type),
)


class SqlAlarms:
    """`gateway.alarms.ports.Alarms`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def count(self, connector: ConnectorId, at: datetime, tally: Tally) -> None:
        """See the port."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        divided = self._db.value(_DIVIDED, {"connector": connector, "hour": hour})
        values = {"connector": connector, "begun": divided or hour, **asdict(tally)}
        self._db.run(_add(self._db.postgresql), values)

    def counted(self, after: datetime) -> dict[ConnectorId, list[CountedSince]]:
        """See the port."""
        found: dict[ConnectorId, list[CountedSince]] = {}
        for row in self._db.rows(_tallies().where(connector_tally.c.begun > after)):
            found.setdefault(row.connector, []).append(_counted(row))
        return found

    def counted_between(self, connector: ConnectorId, after: datetime, until: datetime) -> list[CountedSince]:
        """See the port."""
        begun = connector_tally.c.begun
        found = _tallies().where(connector_tally.c.connector == connector, begun > after, begun <= until)
        return [_counted(row) for row in self._db.rows(found)]

    def forget(self, until: datetime) -> None:
        """See the port."""
        self._db.run(delete(connector_tally).where(connector_tally.c.begun <= until))

    def add(self, alarm_: Alarm) -> Alarm:
        """See the port."""
        values = {name: getattr(alarm_, name) for name in ("connector", "kind", "raised_at", "observed", "usual")}
        id = int(self._db.value(insert(alarm).returning(alarm.c.id), values))
        return Alarm(id, **values)

    def get(self, id: int) -> Alarm | None:
        """The alarm of that number."""
        row = self._db.row(select(alarm).where(alarm.c.id == id))
        return None if row is None else _alarm(row)

    def open(self) -> list[Alarm]:
        """See the port."""
        return [_alarm(row) for row in self._db.rows(select(alarm).where(_OPEN).order_by(alarm.c.id))]

    def all(self, limit: int) -> Sequence[Alarm]:
        """See the port."""
        return [_alarm(row) for row in self._db.rows(select(alarm).order_by(alarm.c.id.desc()).limit(limit))]

    def acknowledge(self, id: int, acknowledgement: Acknowledgement) -> None:
        """Raises `StoreConflict` where it is not there, or was acknowledged before."""
        changed = update(alarm).where(alarm.c.id == id, _OPEN)
        values = {
            "acknowledged_at": acknowledgement.at,
            "acknowledged_by": acknowledgement.by,
            "reason": acknowledgement.reason,
        }
        if not self._db.run(changed.values(values)):
            raise StoreConflict("there is no open alarm of that number")

    def acknowledged(self, after: datetime) -> dict[tuple[ConnectorId, AlarmKind], datetime]:
        """See the port."""
        last = func.max(alarm.c.acknowledged_at).label("last")
        found = select(alarm.c.connector, alarm.c.kind, last).where(alarm.c.acknowledged_at > after)
        return {
            (row.connector, row.kind): row.last
            for row in self._db.rows(found.group_by(alarm.c.connector, alarm.c.kind))
        }

    def open_counts(self) -> dict[str, int]:
        """See the port."""
        found = select(alarm.c.kind, func.count().label("number")).where(_OPEN).group_by(alarm.c.kind)
        counted = {row.kind: row.number for row in self._db.rows(found)}
        return {kind.value: counted.get(kind, 0) for kind in AlarmKind}


@cache
def _add(postgres: bool) -> Insert:
    """Insert, or add every count to the one that is there."""
    key = ("connector", "begun")
    if postgres:
        on_server = postgresql.insert(connector_tally)
        sums = {name: connector_tally.c[name] + on_server.excluded[name] for name in _COUNTS}
        return on_server.on_conflict_do_update(index_elements=key, set_=sums)
    in_file = sqlite.insert(connector_tally)
    sums = {name: connector_tally.c[name] + in_file.excluded[name] for name in _COUNTS}
    return in_file.on_conflict_do_update(index_elements=key, set_=sums)


def _tallies() -> Select[Any]:
    return select(connector_tally).order_by(connector_tally.c.connector, connector_tally.c.begun)


def _counted(row: Row[Any]) -> CountedSince:
    return CountedSince(row.begun, Tally(*(getattr(row, name) for name in _COUNTS)))


def _alarm(row: Row[Any]) -> Alarm:
    seen = None
    if row.acknowledged_at is not None:
        seen = Acknowledgement(row.acknowledged_by, row.acknowledged_at, row.reason)
    return Alarm(row.id, row.connector, row.kind, row.raised_at, row.observed, row.usual, seen)
