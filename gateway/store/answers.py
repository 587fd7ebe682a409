"""Practitioners' answers."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update

from gateway.model.alert_answer import PAUSING, AlertAnswer, AnswerOutcome
from gateway.store.answer_tables import alert_answer
from gateway.store.faults import StoreConflict
from gateway.store.tables import connection, involvement
from gateway.store.transaction import Transaction
from mappings.canonical.codes import AnswerCode
from mappings.canonical.identifiers import MessageId

_FIELDS: Final = tuple(column.name for column in alert_answer.columns if column.name != "id")
_PAUSING: Final = alert_answer.c.outcome.in_(sorted(PAUSING))
_ANY: Final = select(func.count()).select_from(select(alert_answer.c.id).where(_PAUSING).limit(1).subquery())
_OF_FAMILY: Final = (AnswerOutcome.OPEN, AnswerOutcome.UPHELD, AnswerOutcome.OVERRULED)
_ONE, _OTHER = involvement.alias("one"), involvement.alias("other")
_BETWEEN: Final = (
    select(alert_answer)
    .join(connection, connection.c.id == alert_answer.c.connection)
    .join(_ONE, _ONE.c.id == connection.c.first)
    .join(_OTHER, _OTHER.c.id == connection.c.second)
    .where(
        or_(
            and_(_ONE.c.record_id == bindparam("first"), _OTHER.c.record_id == bindparam("second")),
            and_(_ONE.c.record_id == bindparam("second"), _OTHER.c.record_id == bindparam("first")),
        )
    )
    .order_by(alert_answer.c.id.desc())
    .limit(bindparam("limit"))
)


class SqlAnswers:
    """`gateway.answers.ports.Answers`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction
        # Every pair across a family is asked about, and mostly nothing is paused: known once a unit, since nobody else writes meanwhile.
        self._any: bool | None = None

    def add(self, answer: AlertAnswer) -> AlertAnswer:
        """See the port."""
        self._any = None
        values = {name: getattr(answer, name) for name in _FIELDS}
        return replace(answer, id=int(self._db.value(insert(alert_answer).returning(alert_answer.c.id), values)))

    def save(self, answer: AlertAnswer) -> None:
        """See the port. Raises `StoreConflict` where there is none of that id."""
        self._any = None
        values = {name: getattr(answer, name) for name in ("outcome", "case", "decided_by", "decided_at")}
        if not self._db.run(update(alert_answer).where(alert_answer.c.id == answer.id).values(values)):
            raise StoreConflict("there is no such answer")

    def get(self, id: int) -> AlertAnswer | None:
        """By number."""
        row = self._db.row(select(alert_answer).where(alert_answer.c.id == id))
        return None if row is None else AlertAnswer(**row._mapping)

    def of_alert(self, alert: MessageId) -> list[AlertAnswer]:
        """See the port."""
        found = select(alert_answer).where(alert_answer.c.alert == alert).order_by(alert_answer.c.id)
        return [AlertAnswer(**row._mapping) for row in self._db.rows(found)]

    def between(self, first: int, second: int, limit: int) -> list[AlertAnswer]:
        """See the port."""
        asked = {"first": first, "second": second, "limit": limit}
        return [AlertAnswer(**row._mapping) for row in self._db.rows(_BETWEEN, asked)]

    def waiting(self, decided: bool) -> list[AlertAnswer]:
        """See the port."""
        outcomes = _OF_FAMILY if decided else (AnswerOutcome.OPEN,)
        found = select(alert_answer).where(alert_answer.c.outcome.in_(outcomes)).order_by(alert_answer.c.id)
        return [AlertAnswer(**row._mapping) for row in self._db.rows(found)]

    def pauses(self, connection: MessageId) -> bool:
        """See the port."""
        if self._any is None:
            self._any = bool(self._db.value(_ANY))
        if not self._any:
            return False
        found = select(alert_answer.c.id).where(_PAUSING, alert_answer.c.connection == connection)
        return self._db.row(found.limit(1)) is not None

    def counts(self) -> dict[str, int]:
        """See the port."""
        counted = select(alert_answer.c.code, func.count().label("number")).group_by(alert_answer.c.code)
        found = {row.code: row.number for row in self._db.rows(counted)}
        return {code.value: found.get(code, 0) for code in AnswerCode}

    def followed_by_contact(self, involvement: int, codes: frozenset[AnswerCode]) -> bool:
        """See the port."""
        one_of = (alert_answer.c.involvement == involvement, alert_answer.c.code.in_(sorted(codes)))
        return self._db.row(select(alert_answer.c.id).where(*one_of).limit(1)) is not None

    def forget(self, before: datetime, limit: int) -> int:
        """See the port."""
        old = (alert_answer.c.taken_at < before, ~_PAUSING)
        found = [
            row.id
            for row in self._db.rows(
                select(alert_answer.c.id).where(*old).order_by(alert_answer.c.taken_at).limit(limit)
            )
        ]
        if found:
            self._db.run(delete(alert_answer).where(alert_answer.c.id.in_(found)))
        return len(found)
