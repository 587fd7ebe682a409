"""The outbox of alerts: references only, never a sealed alert."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, insert, select, update

from gateway.model.alert_reference import NEVER, AlertReference, AlertStatus
from gateway.store.faults import StoreConflict
from gateway.store.tables import alert, involvement
from gateway.store.transaction import Transaction
from mappings.canonical.identifiers import AgencyId, MessageId

_GET: Final = select(alert).where(alert.c.id == bindparam("alert"))
_OF_DIRECTION: Final = (
    select(alert)
    .where(alert.c.connection == bindparam("connection"), alert.c.recipient == bindparam("recipient"))
    .order_by(alert.c.version)
)
# The words of the partial index `ix_alert_owed`, so that both engines use it.
_OWED: Final = alert.c.status.in_([AlertStatus.PENDING, AlertStatus.SENT])
_DUE: Final = (
    select(alert)
    .where(_OWED, alert.c.next_attempt_at <= bindparam("now", type_=alert.c.next_attempt_at.type))
    .order_by(alert.c.next_attempt_at, alert.c.version, alert.c.id)
    .limit(bindparam("limit"))
)
_HURRY: Final = (
    update(alert)
    .where(
        _OWED,
        alert.c.next_attempt_at > bindparam("now", type_=alert.c.next_attempt_at.type),
        alert.c.next_attempt_at < bindparam("never", type_=alert.c.next_attempt_at.type),
        alert.c.recipient.in_(select(involvement.c.id).where(involvement.c.agency == bindparam("agency"))),
    )
    .values(next_attempt_at=bindparam("now", type_=alert.c.next_attempt_at.type))
)
_COUNTS: Final = select(alert.c.status, func.count().label("number")).group_by(alert.c.status)
_SAVE: Final = (
    update(alert)
    .where(alert.c.id == bindparam("alert"))
    .values({column.name: bindparam(f"new_{column.name}") for column in alert.columns if column.name != "id"})
)


class SqlAlerts:
    """`gateway.alerts.ports.Alerts`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def add(self, alert_: AlertReference) -> None:
        """Raises `StoreConflict` where the id, or this version towards this recipient, is there already."""
        self._db.run(insert(alert), _row(alert_) | {"id": alert_.id})

    def save(self, alert_: AlertReference) -> None:
        """Replace all of it. Raises `StoreConflict` where it is not there."""
        new = {f"new_{name}": value for name, value in _row(alert_).items()}
        if not self._db.run(_SAVE, {"alert": alert_.id} | new):
            raise StoreConflict("there is no such alert")

    def get(self, id: MessageId) -> AlertReference | None:
        """The alert of that id."""
        row = self._db.row(_GET, {"alert": id})
        return None if row is None else _alert(row)

    def of_direction(self, connection: MessageId, recipient: int) -> list[AlertReference]:
        """All alerts of one connection towards one recipient, by version."""
        parameters = {"connection": connection, "recipient": recipient}
        return [_alert(row) for row in self._db.rows(_OF_DIRECTION, parameters)]

    def due(self, now: datetime, limit: int) -> list[AlertReference]:
        """Pending or sent ones whose next attempt is due, the longest due first."""
        return [_alert(row) for row in self._db.rows(_DUE, {"now": now, "limit": limit})]

    def hurry(self, agency: AgencyId, now: datetime) -> None:
        """Make every pending or sent one for this agency due at once, but for those that are never sent again."""
        self._db.run(_HURRY, {"agency": agency, "now": now, "never": NEVER})

    def counts(self) -> dict[str, int]:
        """Number of alerts by status, every status named."""
        found = {row.status: row.number for row in self._db.rows(_COUNTS)}
        return {status.value: found.get(status, 0) for status in AlertStatus}


def _row(alert_: AlertReference) -> dict[str, Any]:
    return {
        "connection": alert_.connection,
        "recipient": alert_.recipient,
        "discloser": alert_.discloser,
        "event": alert_.event,
        "version": alert_.version,
        "status": alert_.status,
        "shown": alert_.shown,
        "first_link": alert_.links[0],
        "second_link": alert_.links[1],
        "made_at": alert_.made_at,
        "next_attempt_at": alert_.next_attempt_at,
        "attempts": alert_.attempts,
        "not_after": alert_.not_after,
        "terms": alert_.terms,
    }


def _alert(row: Row[Any]) -> AlertReference:
    return AlertReference(
        id=row.id,
        connection=row.connection,
        recipient=row.recipient,
        discloser=row.discloser,
        event=row.event,
        version=row.version,
        status=row.status,
        shown=row.shown,
        links=(row.first_link, row.second_link),
        made_at=row.made_at,
        next_attempt_at=row.next_attempt_at,
        attempts=row.attempts,
        not_after=row.not_after,
        terms=row.terms or "",
    )
