"""Messages that listeners took: which, about what, of when; and what has to be read again together with later ones."""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime

from connectors.ledger import moment
from connectors.ledger.cipher import Cipher


@dataclass(frozen=True, slots=True)
class Event:
    """One message about one subject. `id` and `subject` are in the sender's words here, and keyed marks in the table; `at` is the sender's
    time; `content` is all of the message, of which a mark is kept; `body` what is read again."""

    source: str
    id: str = field(repr=False)
    subject: str = field(repr=False)
    at: datetime
    content: bytes = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


class Events:
    """Reads and writes `event`."""

    def __init__(self, db: sqlite3.Connection, cipher: Cipher) -> None:
        self._db = db
        self._cipher = cipher

    def is_known(self, source: str, id: str, content: bytes) -> bool | None:
        """Whether a message of this id was taken: None where none was, False where it said something else."""
        row = self._db.execute(
            "SELECT digest FROM event WHERE source = ? AND id = ?", (source, self._mark("id", id))
        ).fetchone()
        return None if row is None else bool(row[0] == self._digest(content))

    def latest(self, source: str, subject: str) -> datetime | None:
        """The time of the latest message about a subject."""
        row = self._db.execute(
            "SELECT max(at) FROM event WHERE source = ? AND subject = ?", (source, self._mark("subject", subject))
        ).fetchone()
        return moment.read(row[0]) if row[0] else None

    def add(self, event: Event, now: datetime) -> None:
        """It was taken; one that was stays as it is."""
        id, subject = self._mark("id", event.id), self._mark("subject", event.subject)
        sealed = self._cipher.seal(event.body, _place(event.source, id)) if event.body is not None else None
        self._db.execute(
            "INSERT OR IGNORE INTO event (source, id, subject, at, digest, body, taken_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (event.source, id, subject, moment.write(event.at), self._digest(event.content), sealed, moment.write(now)),
        )

    def bodies(self, source: str, subject: str, limit: int) -> list[bytes]:
        """What was kept of the latest `limit` messages about a subject, oldest first."""
        rows = self._db.execute(
            "SELECT id, body FROM event WHERE source = ? AND subject = ? AND body IS NOT NULL ORDER BY at DESC, taken_at DESC LIMIT ?",
            (source, self._mark("subject", subject), limit),
        ).fetchall()
        return [self._cipher.open(body, _place(source, id)) for id, body in reversed(rows)]

    def last_taken(self, source: str) -> datetime | None:
        """When a listener last took a message."""
        row = self._db.execute("SELECT max(taken_at) FROM event WHERE source = ?", (source,)).fetchone()
        return moment.read(row[0]) if row[0] else None

    def purge(self, bare_before: datetime, before: datetime) -> int:
        """Forget messages taken before a moment: those without a body before the first, all others before the second; answers how many."""
        return self._db.execute(
            "DELETE FROM event WHERE (body IS NULL AND taken_at < ?) OR taken_at < ?",
            (moment.write(bare_before), moment.write(before)),
        ).rowcount

    def _mark(self, what: str, text: str) -> str:
        return self._cipher.mark(f"event {what} {text}".encode())

    def _digest(self, content: bytes) -> str:
        return self._cipher.mark(b"event content " + content)


def _place(source: str, id: str) -> str:
    return f"event:{source}:{id}"
