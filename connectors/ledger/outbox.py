"""What is to be sent, until it is receipted: pending -> sent -> settled, or refused. Bodies are encrypted, and erased once they are settled.

A row is claimed for one attempt in the transaction that records the digest of the sealed bytes: whatever may have left is known, and two
programs on one ledger never send the same row at the same time.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.ledger import moment
from connectors.ledger.cipher import Cipher
from mappings.canonical.codes import MessageKind
from mappings.canonical.identifiers import InvolvementRef, MessageId
from mappings.canonical.notice import Sequence as NoticeSequence
from mappings.canonical.receipt import Issue

_EMPTY_SEQUENCE = ("", 0)
_NO_ISSUES = "[]"


@dataclass(frozen=True, slots=True)
class Message:
    """One row. `sequence` is None for what is not a notice."""

    id: MessageId
    kind: MessageKind
    about: MessageId
    event: str
    involvement_ref: InvolvementRef | None
    sequence: NoticeSequence | None
    status: str
    attempts: int
    next_attempt_at: datetime
    queued_at: datetime
    settled_at: datetime | None
    problem: str
    issues: tuple[Issue, ...]
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Queued:
    """A message to be: `about` is the stable id of what is inside."""

    id: MessageId
    kind: MessageKind
    about: MessageId
    body: bytes = field(repr=False)
    event: str = ""
    involvement: InvolvementRef | None = None
    sequence: NoticeSequence | None = None


_SELECT = (
    "SELECT id, kind, about, event, involvement_ref, incarnation, n, status, attempts, next_attempt_at, queued_at, settled_at, problem,"
    " issues, body FROM outbox"
)
_STILL_DUE_AT = " WHERE position IN (SELECT value FROM json_each(?)) AND status IN ('pending', 'sent') AND +next_attempt_at <= ? ORDER BY position"


class Outbox:
    """Reads and writes `outbox` and `sealing`."""

    def __init__(self, db: sqlite3.Connection, cipher: Cipher) -> None:
        self._db = db
        self._cipher = cipher

    def add(
        self,
        id: MessageId,
        kind: MessageKind,
        about: MessageId,
        body: bytes,
        now: datetime,
        *,
        event: str = "",
        involvement: InvolvementRef | None = None,
        sequence: NoticeSequence | None = None,
    ) -> None:
        """Queue one message, due at once."""
        self.add_all([Queued(id, kind, about, body, event, involvement, sequence)], now)

    def add_all(self, messages: Iterable[Queued], now: datetime) -> None:
        """Queue messages in their order, due at once."""
        # Plain texts and numbers: for a value of any other type sqlite3 looks for an adapter first.
        at = moment.write(now)
        [last] = self._db.execute("SELECT coalesce(max(position), 0) FROM outbox").fetchone()
        self._db.executemany(
            "INSERT INTO outbox (id, position, kind, about, event, involvement_ref, incarnation, n, body, status, next_attempt_at, queued_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?)",
            [
                (
                    m.id.value, position, str(m.kind), m.about.value, str(m.event), m.involvement.value if m.involvement else None,
                    *((m.sequence.incarnation, m.sequence.n) if m.sequence else _EMPTY_SEQUENCE),
                    self._cipher.seal(m.body, f"outbox:{m.id}"), at, at,
                )
                for position, m in enumerate(messages, last + 1)
            ],
        )  # fmt: skip

    def due_at(self, now: datetime, *, notices: bool = True) -> list[int]:
        """The positions of all that is due, in order."""
        rows = self._db.execute(
            "SELECT position FROM outbox WHERE status IN ('pending', 'sent') AND next_attempt_at <= ? AND (? OR kind <> 'notice')"
            " ORDER BY position",
            (moment.write(now), notices),
        )
        return [position for (position,) in rows]

    def at(self, positions: Sequence[int], now: datetime) -> list[Message]:
        """What stands at these positions and is still due, in order."""
        rows = self._db.execute(
            _SELECT + _STILL_DUE_AT,
            (json.dumps(positions), moment.write(now)),
        )
        return [self._message(row) for row in rows]

    def claim(self, attempts: Iterable[tuple[MessageId, str, datetime]]) -> None:
        """One more attempt is made now with each: the digest of its sealed bytes, and before when there is no further one."""
        claimed = [(id.value, digest, moment.write(next_at)) for id, digest, next_at in attempts]
        self._db.executemany(
            "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = ? WHERE id = ?",
            [(next_at, id) for id, _, next_at in claimed],
        )
        self._db.executemany("INSERT OR IGNORE INTO sealing VALUES (?, ?)", [(digest, id) for id, digest, _ in claimed])

    def sent(self, messages: Sequence[Message]) -> None:
        """The channel confirmed them. What needs no receipt is settled by that."""
        receipts = [message for message in messages if message.kind is MessageKind.RECEIPT]
        self._db.executemany(
            "UPDATE outbox SET status = 'sent', problem = '' WHERE id = ? AND status = 'pending' AND kind <> 'receipt'",
            [(message.id.value,) for message in messages if message.status == "pending"],
        )
        self._db.executemany("DELETE FROM outbox WHERE id = ?", [(message.id.value,) for message in receipts])

    def postpone(self, ids: Sequence[MessageId], until: datetime, problem: str) -> None:
        """They did not leave, as far as known; try again at `until`."""
        self._db.executemany(
            "UPDATE outbox SET next_attempt_at = ?, problem = ? WHERE id = ? AND status IN ('pending', 'sent')",
            [(moment.write(until), problem, id.value) for id in ids],
        )

    def hurry(self, now: datetime) -> None:
        """The channel works again: what has not left yet is due now, however long its pause had grown."""
        at = moment.write(now)
        self._db.execute(
            "UPDATE outbox SET next_attempt_at = ? WHERE status = 'pending' AND next_attempt_at > ?", (at, at)
        )

    def settle(self, id: MessageId, now: datetime) -> None:
        """A receipt accepted it: its content is erased."""
        self._db.execute(
            "UPDATE outbox SET status = 'settled', settled_at = ?, body = NULL, problem = '', issues = '[]' WHERE id = ?",
            (moment.write(now), id.value),
        )
        self._db.execute("DELETE FROM sealing WHERE outbox = ?", (id.value,))

    def refuse(self, id: MessageId, issues: Sequence[Issue], now: datetime) -> None:
        """A receipt refused it for good; a person looks at it. The content is erased: the ledger makes it anew when asked to."""
        listed = [[issue.type, issue.code, issue.element, issue.text] for issue in issues]
        self._db.execute(
            "UPDATE outbox SET status = 'refused', settled_at = ?, body = NULL, issues = ? WHERE id = ?",
            (moment.write(now), json.dumps(listed), id.value),
        )
        self._db.execute("DELETE FROM sealing WHERE outbox = ?", (id.value,))

    def get(self, id: MessageId) -> Message | None:
        """One row."""
        row = self._db.execute(_SELECT + " WHERE id = ?", (id.value,)).fetchone()
        return self._message(row) if row else None

    def of_digest(self, digest: str) -> Message | None:
        """The row one of whose sealings has this digest."""
        row = self._db.execute("SELECT outbox FROM sealing WHERE digest = ?", (digest,)).fetchone()
        return self.get(MessageId(row[0])) if row else None

    def list(self, status: str, limit: int) -> list[Message]:
        """Rows of one status, oldest first; every status where empty."""
        rows = self._db.execute(_SELECT + " WHERE ? IN ('', status) ORDER BY position LIMIT ?", (status, limit))
        return [self._message(row) for row in rows]

    def forget(self, id: MessageId) -> None:
        """Remove a row, because its involvement is to be sent again under a new id."""
        self._db.execute("DELETE FROM outbox WHERE id = ?", (id.value,))

    def forget_waiting(self, kind: MessageKind) -> None:
        """Remove what is unsettled of one kind, because something newer takes its place."""
        self._db.execute("DELETE FROM outbox WHERE kind = ? AND status IN ('pending', 'sent')", (kind,))

    def latest_of(self, ref: InvolvementRef) -> MessageId | None:
        """The id of the notice queued last about one involvement."""
        row = self._db.execute(
            "SELECT id FROM outbox WHERE involvement_ref = ? AND kind = 'notice' ORDER BY incarnation DESC, n DESC LIMIT 1",
            (ref.value,),
        ).fetchone()
        return MessageId(row[0]) if row else None

    def waiting(self, kind: MessageKind) -> int:
        """How many of one kind are unsettled."""
        row = self._db.execute(
            "SELECT count(*) FROM outbox WHERE status IN ('pending', 'sent') AND kind = ?", (kind,)
        ).fetchone()
        return int(row[0])

    def settled_since(self, kind: MessageKind, since: datetime) -> int:
        """How many of one kind were accepted since then."""
        row = self._db.execute(
            "SELECT count(*) FROM outbox WHERE status = 'settled' AND kind = ? AND settled_at >= ?",
            (kind, moment.write(since)),
        ).fetchone()
        return int(row[0])

    def counts(self) -> dict[str, int]:
        """Number of rows by status."""
        return dict(self._db.execute("SELECT status, count(*) FROM outbox GROUP BY status ORDER BY status").fetchall())

    def purge(self, before: datetime) -> int:
        """Forget what was settled before that instant."""
        return self._db.execute(
            "DELETE FROM outbox WHERE status = 'settled' AND settled_at < ?", (moment.write(before),)
        ).rowcount

    def _message(
        self,
        row: tuple[str, str, str, str, str | None, str, int, str, int, str, str, str | None, str, str, bytes | None],
    ) -> Message:
        (
            id,
            kind,
            about,
            event,
            ref,
            incarnation,
            n,
            status,
            attempts,
            next_at,
            queued_at,
            settled_at,
            problem,
            issues,
            body,
        ) = row
        return Message(
            id=MessageId(id),
            kind=MessageKind(kind),
            about=MessageId(about),
            event=event,
            involvement_ref=InvolvementRef(ref) if ref else None,
            sequence=NoticeSequence(incarnation, n) if n else None,
            status=status,
            attempts=attempts,
            next_attempt_at=moment.read(next_at),
            queued_at=moment.read(queued_at),
            settled_at=moment.read(settled_at) if settled_at else None,
            problem=problem,
            issues=tuple(Issue(*issue) for issue in json.loads(issues)) if issues != _NO_ISSUES else (),
            body=self._cipher.open(body, f"outbox:{id}") if body else None,
        )
