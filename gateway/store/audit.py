"""The append-only chain of audit events.

Events are gathered and written when the unit commits, all of them and then the head: the head is the last row a unit
touches. What may be erased of an event stands beside it, with its salt, in `audit_salt`.
"""

import secrets
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from gateway.audit.chain import FORM, chain_hash
from gateway.audit.commitments import SALT_BYTES, commit, split, subject_of
from gateway.model.audit_event import AuditEvent, AuditFields
from gateway.store.audit_tables import audit_event, audit_head, audit_salt
from gateway.store.transaction import Transaction

_HEAD: Final = select(audit_head.c.seq, audit_head.c.hash)
_ADVANCE: Final = update(audit_head).values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
_EVENTS: Final = (
    select(audit_event)
    .where(audit_event.c.seq > bindparam("after"))
    .order_by(audit_event.c.seq)
    .limit(bindparam("limit"))
)
_LATEST: Final = (
    select(audit_event)
    .where(audit_event.c.code == bindparam("code"))
    .order_by(audit_event.c.seq.desc())
    .limit(bindparam("limit"))
)
# By range and not by a join: whatever plan a server chooses, a page costs a page.
_BESIDE: Final = select(audit_salt.c.seq, audit_salt.c.salt, audit_salt.c.fields).where(
    audit_salt.c.seq >= bindparam("first"), audit_salt.c.seq <= bindparam("last")
)
_OF_SUBJECT: Final = (
    select(audit_event, audit_salt.c.salt, audit_salt.c.fields.label("erasable"))
    .join_from(audit_salt, audit_event, audit_salt.c.seq == audit_event.c.seq)
    .where(audit_salt.c.subject == bindparam("subject"), audit_event.c.seq > bindparam("after"))
    .order_by(audit_event.c.seq)
    .limit(bindparam("limit"))
)
_SUBJECTS: Final = (
    select(audit_salt.c.subject)
    .where(audit_salt.c.subject > bindparam("after"), audit_salt.c.subject < bindparam("end"))
    .distinct()
    .order_by(audit_salt.c.subject)
    .limit(bindparam("limit"))
)
_ERASE: Final = delete(audit_salt).where(audit_salt.c.subject == bindparam("subject"), audit_salt.c.salt.is_not(None))


class SqlAudit:
    """`gateway.audit.ports.Audit`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction
        self._head: tuple[int, str] | None = None
        self._gathered: list[dict[str, Any]] = []
        self._beside: list[dict[str, Any]] = []

    def append(self, at: datetime, code: str, actor: str, fields: AuditFields) -> None:
        """Chain one more event to the head."""
        seq, previous = self.head()
        seq += 1
        staying, erasable = split(code, fields)
        salt = secrets.token_bytes(SALT_BYTES)
        commitments = commit(salt, erasable)
        hash_ = chain_hash(previous, seq, at, code, actor, staying, commitments)
        event = {"seq": seq, "at": at, "code": code, "actor": actor, "fields": staying, "form": FORM}
        self._gathered.append(event | {"commitments": commitments, "previous": previous, "hash": hash_})
        if erasable:
            self._beside.append({"seq": seq, "salt": salt, "fields": erasable, "subject": subject_of(erasable)})
        self._head = (seq, hash_)

    def events(self, after: int, limit: int) -> list[AuditEvent]:
        """Up to `limit` events with a number above `after`, in order."""
        self.flush()
        rows = self._db.rows(_EVENTS, {"after": after, "limit": limit})
        if not rows:
            return []
        found = self._db.rows(_BESIDE, {"first": rows[0].seq, "last": rows[-1].seq})
        beside = {row.seq: (row.salt, row.fields) for row in found}
        return [_event(list(row), *beside.get(row.seq, _NOTHING)) for row in rows]

    def latest(self, code: str, limit: int) -> list[AuditEvent]:
        """See the port."""
        self.flush()
        return [_event(list(row), *_NOTHING) for row in self._db.rows(_LATEST, {"code": code, "limit": limit})]

    def of_subject(self, subject: str, after: int, limit: int) -> list[AuditEvent]:
        """The same of the events about one subject (`gateway.audit.commitments.subject_of`) that were not erased."""
        self.flush()
        parameters = {"subject": subject, "after": after, "limit": limit}
        return [_event(list(row[:-2]), row.salt, row.erasable) for row in self._db.rows(_OF_SUBJECT, parameters)]

    def subjects(self, kind: str, after: str, limit: int) -> list[str]:
        """Up to `limit` subjects of that kind (`connection`) beyond `after` (empty: from the first), by code point."""
        self.flush()
        # The character after the colon ends the range.
        parameters = {"after": after or f"{kind}:", "end": f"{kind};", "limit": limit}
        return [row.subject for row in self._db.rows(_SUBJECTS, parameters)]

    def erase(self, subject: str) -> int:
        """Drop what can be erased of every event about the subject, for good. Returns how many events it was."""
        self.flush()
        return self._db.run(_ERASE, {"subject": subject})

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
        if self._beside:
            self._db.run(insert(audit_salt), self._beside)
        self._gathered, self._beside = [], []
        seq, hash_ = self._head
        self._db.run(_ADVANCE, {"new_seq": seq, "new_hash": hash_})


_NOTHING: Final[tuple[None, AuditFields]] = (None, {})


def _event(row: list[Any], salt: bytes | None, erasable: AuditFields) -> AuditEvent:
    """One event from its row, in the order of the columns, and what stands beside it."""
    seq, at, code, actor, fields, previous, hash_, form, commitments = row
    if form is None:
        return AuditEvent(seq, at, code, actor, fields, previous, hash_)
    # A form that this program does not know is read as the newest: its hash will not fit, which is the truth of it.
    whole = fields if salt is None else erasable | fields
    return AuditEvent(seq, at, code, actor, whole, previous, hash_, commitments or {}, salt)
