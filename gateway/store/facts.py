"""Numbers over everybody for reports (`gateway.reporting.facts_port`): each is one statement that the database counts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, select

from gateway.model.alert_reference import TOLD, AlertStatus
from gateway.model.connection import ConnectionState
from gateway.model.involvement import Standing
from gateway.reporting.facts_port import Answered, Connected, Holding, Sights
from gateway.store.alarm_tables import alarm
from gateway.store.answer_tables import alert_answer
from gateway.store.tables import alert, connection, involvement
from gateway.store.transaction import Transaction
from mappings.canonical.codes import AlertEvent, AnswerCode
from mappings.canonical.identifiers import MessageId

_SHOWING: Final = (AlertEvent.MADE, AlertEvent.CHANGED)
_LIVE: Final = involvement.c.standing == Standing.LIVE


class SqlFacts:
    """`gateway.reporting.facts_port.Facts`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def holdings(self, stale_on: date) -> list[Holding]:
        """See the port."""
        stale = and_(_LIVE, involvement.c.confirmed <= stale_on)
        over = and_(involvement.c.standing != Standing.LIVE, involvement.c.erased_on.is_(None))
        counted = select(
            involvement.c.agency,
            _number(_LIVE).label("live"),
            _number(stale).label("stale"),
            _number(over).label("over"),
            func.max(involvement.c.confirmed).filter(_LIVE).label("as_of"),
        )
        rows = self._db.rows(counted.group_by(involvement.c.agency).order_by(involvement.c.agency))
        return [Holding(row.agency, row.live, row.stale, row.over, row.as_of) for row in rows]

    def connected(self, begin: datetime, end: datetime) -> Connected:
        """See the port."""
        row = self._db.row(
            select(
                _number(connection.c.state == ConnectionState.LIVE).label("live"),
                _number(connection.c.opened_at.between(begin, end)).label("made"),
                _number(connection.c.closed_at.between(begin, end)).label("over"),
            )
        )
        return Connected(0, 0, 0) if row is None else Connected(row.live, row.made, row.over)

    def sights(self) -> list[Sights]:
        """See the port."""
        return [
            Sights(row.connector, row.agency, row.about, row.sights, row.one_way) for row in self._db.rows(_sights())
        ]

    def made_at(self, alerts: Sequence[MessageId]) -> Mapping[MessageId, datetime]:
        """See the port."""
        if not alerts:
            return {}
        found = select(alert.c.id, alert.c.made_at).where(alert.c.id.in_(list(alerts)))
        return {row.id: row.made_at for row in self._db.rows(found)}

    def answered(self, begin: datetime, end: datetime) -> Answered:
        """See the port."""
        taken = alert_answer.c.taken_at.between(begin, end)
        alerts = self._db.value(select(func.count(alert_answer.c.alert.distinct())).where(taken))
        counted = select(alert_answer.c.code, func.count().label("number")).where(taken)
        rows = self._db.rows(counted.group_by(alert_answer.c.code).order_by(alert_answer.c.code))
        return Answered(int(alerts or 0), {row.code.value: row.number for row in rows})

    def followed(self, begin: datetime, end: datetime, codes: Iterable[AnswerCode]) -> int:
        """See the port."""
        among = (alert_answer.c.taken_at.between(begin, end), alert_answer.c.code.in_(sorted(codes)))
        return int(self._db.value(select(func.count(alert_answer.c.alert.distinct())).where(*among)) or 0)

    def alarms_raised(self, begin: datetime, end: datetime) -> dict[str, int]:
        """See the port."""
        counted = select(alarm.c.kind, func.count().label("number")).where(alarm.c.raised_at.between(begin, end))
        rows = self._db.rows(counted.group_by(alarm.c.kind).order_by(alarm.c.kind))
        return {row.kind.value: row.number for row in rows}


def _number(condition: ColumnElement[bool]) -> Any:
    return func.count().filter(condition)


def _sights() -> Select[Any]:
    """Of every live connection the sides that were told of the other and have not heard since that it is over."""
    said, later = alert.alias("said"), alert.alias("later")
    heard_since = exists().where(
        later.c.connection == said.c.connection,
        later.c.recipient == said.c.recipient,
        later.c.status.in_(TOLD),
        later.c.version > said.c.version,
    )
    seen = (
        select(said.c.connection, said.c.recipient, said.c.discloser)
        .join(connection, connection.c.id == said.c.connection)
        .where(
            connection.c.state == ConnectionState.LIVE,
            said.c.status.in_(TOLD),
            said.c.event.in_(_SHOWING),
            ~heard_since,
        )
        .cte("seen")
    )
    back, waiting = seen.alias("back"), alert.alias("waiting")
    owed = exists().where(
        waiting.c.connection == seen.c.connection,
        waiting.c.recipient == seen.c.discloser,
        waiting.c.status == AlertStatus.PENDING,
    )
    here, there = involvement.alias("here"), involvement.alias("there")
    keys = (here.c.connector, here.c.agency, there.c.agency)
    counted = select(
        here.c.connector,
        here.c.agency,
        there.c.agency.label("about"),
        func.count().label("sights"),
        _number(and_(back.c.recipient.is_(None), ~owed)).label("one_way"),
    )
    joined = (
        seen.join(here, here.c.id == seen.c.recipient)
        .join(there, there.c.id == seen.c.discloser)
        .outerjoin(back, and_(back.c.connection == seen.c.connection, back.c.recipient == seen.c.discloser))
    )
    return counted.select_from(joined).group_by(*keys).order_by(*keys)
