"""What the introducer was asked, and what they decided."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, delete, func, insert, or_, select, update

from gateway.model.connection import ConnectionState
from gateway.model.introduction import Introduction, IntroductionState
from gateway.store.faults import StoreConflict
from gateway.store.introduction_table import introduction
from gateway.store.tables import connection
from gateway.store.transaction import Transaction
from mappings.canonical.identifiers import MessageId

_NAMES: Final = tuple(column.name for column in introduction.columns if column.name != "id")
_GET: Final = select(introduction).where(introduction.c.id == bindparam("number"))
_FIND: Final = select(introduction).where(
    introduction.c.connection == bindparam("wanted", type_=introduction.c.connection.type),
    introduction.c.asker == bindparam("side"),
)
_ADD: Final = insert(introduction).returning(introduction.c.id)
_UPDATE: Final = (
    update(introduction)
    .where(introduction.c.id == bindparam("number"))
    .values({name: bindparam(f"new_{name}") for name in _NAMES})
)


class SqlIntroductions:
    """`gateway.introducing.ports.Introductions`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def get(self, id: int) -> Introduction | None:
        """The row of that number."""
        return _maybe(self._db.row(_GET, {"number": id}))

    def find(self, connection: MessageId, asker: int) -> Introduction | None:
        """See the port."""
        return _maybe(self._db.row(_FIND, {"wanted": connection, "side": asker}))

    def in_states(self, states: tuple[IntroductionState, ...], limit: int) -> list[Introduction]:
        """See the port."""
        wanted = (
            select(introduction)
            .join(connection, connection.c.id == introduction.c.connection)
            .where(introduction.c.state.in_(states), connection.c.state == ConnectionState.LIVE)
            .order_by(
                func.coalesce(introduction.c.waiting_since, introduction.c.asked_at).asc(), introduction.c.id.asc()
            )
            .limit(limit)
        )
        return [_introduction(row) for row in self._db.rows(wanted)]

    def forget(self, before: datetime, limit: int) -> int:
        """See the port."""
        over = and_(connection.c.state != ConnectionState.LIVE, connection.c.closed_at < before)
        declined = and_(introduction.c.state == IntroductionState.DECLINED, introduction.c.decided_at < before)
        found = [
            row.id
            for row in self._db.rows(
                select(introduction.c.id)
                .join(connection, connection.c.id == introduction.c.connection)
                .where(or_(over, declined))
                .order_by(introduction.c.id)
                .limit(limit)
            )
        ]
        if found:
            self._db.run(delete(introduction).where(introduction.c.id.in_(found)))
        return len(found)

    def save(self, introduction_: Introduction) -> Introduction:
        """See the port."""
        values = {name: getattr(introduction_, name) for name in _NAMES}
        if introduction_.id == 0:
            return replace(introduction_, id=self._db.value(_ADD, values))
        new = {f"new_{name}": value for name, value in values.items()}
        if not self._db.run(_UPDATE, {"number": introduction_.id} | new):
            raise StoreConflict("there is no such introduction")
        return introduction_


def _maybe(row: Row[Any] | None) -> Introduction | None:
    return None if row is None else _introduction(row)


def _introduction(row: Row[Any]) -> Introduction:
    return Introduction(id=row.id, **{name: getattr(row, name) for name in _NAMES})
