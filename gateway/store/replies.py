"""Receipts and statement replies that the channel has not confirmed yet, each wrapped under a key of its own (`gateway.store.parcel_keys`)."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from gateway.model.reply import Reply
from gateway.store.parcel_keys import ParcelSealing
from gateway.store.tables import reply
from gateway.store.transaction import Transaction

_COLUMNS: Final = tuple(each.name for each in fields(Reply))
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
_REMOVE: Final = delete(reply).where(reply.c.id.in_(bindparam("replies", expanding=True))).returning(reply.c.key_name)
_AT_ONCE: Final = 500


class SqlReplies:
    """`gateway.ports.Replies`."""

    def __init__(self, transaction: Transaction, sealing: ParcelSealing) -> None:
        self._db, self._sealing = transaction, sealing

    def add(self, reply_: Reply) -> None:
        """Store it under a number of its own, whatever `reply_.id` says."""
        key_name, body = self._sealing.wrap(reply_.body, reply_.next_attempt_at)
        values = {name: getattr(reply_, name) for name in _COLUMNS if name != "id"}
        self._db.run(insert(reply), values | {"body": body, "key_name": key_name})

    def due(self, now: datetime, limit: int) -> list[Reply]:
        """Those whose next attempt is due, the longest due first. One that had left before, in a register that was then put back from a
        backup, has an empty body."""
        rows = self._db.rows(_DUE, {"now": now, "limit": limit})
        bodies = self._sealing.open([(row.key_name, row.body) for row in rows])
        return [
            Reply(**{name: getattr(row, name) for name in _COLUMNS} | {"body": body})
            for row, body in zip(rows, bodies, strict=True)
        ]

    def retry(self, id: int, attempts: int, next_attempt_at: datetime) -> None:
        """Put the next attempt off."""
        self._db.run(_RETRY, {"reply": id, "new_attempts": attempts, "new_next": next_attempt_at})

    def remove(self, ids: Iterable[int]) -> None:
        """Forget those that the channel holds now."""
        numbers = list(ids)
        for start in range(0, len(numbers), _AT_ONCE):
            removed = self._db.rows(_REMOVE, {"replies": numbers[start : start + _AT_ONCE]})
            self._sealing.erase(row.key_name for row in removed)
