"""Receipts and statement replies that the channel has not confirmed yet."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from gateway.model.reply import Reply
from gateway.store.tables import reply
from gateway.store.transaction import Transaction

_COLUMNS: Final = tuple(column.name for column in reply.columns)
_DUE: Final = (
    select(reply)
    .where(reply.c.next_attempt_at <= bindparam("now", type_=reply.c.next_attempt_at.type))
    .order_by(reply.c.next_attempt_at, reply.c.id)
    .limit(bindparam("limit"))
)
_RETRY: Final = (
    update(reply)
    .where(reply.c.id == bindparam("reply"))
    .values(attempts=bindparam("new_attempts"), next_attempt_at=bindparam("new_next"))
)
_REMOVE: Final = delete(reply).where(reply.c.id.in_(bindparam("replies", expanding=True)))
_AT_ONCE: Final = 500


class SqlReplies:
    """`gateway.ports.Replies`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def add(self, reply_: Reply) -> None:
        """Store it under a number of its own, whatever `reply_.id` says."""
        self._db.run(insert(reply), {name: getattr(reply_, name) for name in _COLUMNS if name != "id"})

    def due(self, now: datetime, limit: int) -> list[Reply]:
        """Those whose next attempt is due, the longest due first."""
        return [Reply(**row._mapping) for row in self._db.rows(_DUE, {"now": now, "limit": limit})]

    def retry(self, id: int, attempts: int, next_attempt_at: datetime) -> None:
        """Put the next attempt off."""
        self._db.run(_RETRY, {"reply": id, "new_attempts": attempts, "new_next": next_attempt_at})

    def remove(self, ids: Iterable[int]) -> None:
        """Forget those that the channel holds now."""
        numbers = list(ids)
        for start in range(0, len(numbers), _AT_ONCE):
            self._db.run(_REMOVE, {"replies": numbers[start : start + _AT_ONCE]})
