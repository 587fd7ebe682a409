"""The append-only chain of audit events.

Events are gathered and written when the unit commits, all of them and then the head: the head is the last row a unit
touches.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update

from gateway.audit_chain import chain_hash
from gateway.model.audit_event import AuditEvent, AuditFields
from gateway.store.tables import audit_event, audit_head
from gateway.store.transaction import Transaction

_HEAD: Final = select(audit_head.c.seq, audit_head.c.hash)
_ADVANCE: Final = update(audit_head).values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
_EVENTS: Final = (
    select(audit_event)
    .where(audit_event.c.seq > bindparam("after"))
    .order_by(audit_event.c.seq)
    .limit(bindparam("limit"))
)


class SqlAudit:
    """`gateway.ports.Audit`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction
        self._head: tuple[int, str] | None = None
        self._gathered: list[dict[str, Any]] = []

    def append(self, at: datetime, code: str, actor: str, fields: AuditFields) -> None:
        """Chain one more event to the head."""
        seq, previous = self.head()
        hash_ = chain_hash(previous, seq + 1, at, code, actor, fields)
        event = {"seq": seq + 1, "at": at, "code": code, "actor": actor, "fields": dict(fields)}
        self._gathered.append(event | {"previous": previous, "hash": hash_})
        self._head = (seq + 1, hash_)

    def events(self, after: int, limit: int) -> list[AuditEvent]:
        """Up to `limit` events with a number above `after`, in order."""
        self.flush()
        return [AuditEvent(**row._mapping) for row in self._db.rows(_EVENTS, {"after": after, "limit": limit})]

    def head(self) -> tuple[int, str]:
        """Number and hash of the latest event; (0, `GENESIS`) before the first."""
        if self._head is None:
            row = self._db.row(_HEAD)
            if row is None:
                raise RuntimeError("the register has no audit head; restore the database from a backup")
            self._head = (row.seq, row.hash)
        return self._head

    def flush(self) -> None:
        """Write what was gathered. The unit of work calls it last."""
        if not self._gathered or self._head is None:
            return
        self._db.run(insert(audit_event), self._gathered)
        self._gathered = []
        seq, hash_ = self._head
        self._db.run(_ADVANCE, {"new_seq": seq, "new_hash": hash_})
