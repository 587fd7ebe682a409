"""Which clients this agency asked to have shielded, and when: opaque references and instants."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from connectors.ledger import moment
from mappings.canonical.identifiers import MessageId, PersonRef


@dataclass(frozen=True, slots=True)
class AskedShield:
    """`asked_at` is in whole seconds; `message` is the outbox row that said it last."""

    person_ref: PersonRef
    asked_at: datetime
    message: MessageId


_SELECT = "SELECT person_ref, asked_at, message FROM shield"


class Shields:
    """Reads and writes `shield`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def save(self, asked: AskedShield) -> None:
        """It was queued as that message."""
        self._db.execute(
            "INSERT OR REPLACE INTO shield (person_ref, asked_at, message, again) VALUES (?, ?, ?, 0)",
            (asked.person_ref.value, moment.write(asked.asked_at), asked.message.value),
        )

    def all(self) -> list[AskedShield]:
        """Every one, the newest first."""
        return [_asked(row) for row in self._db.execute(_SELECT + " ORDER BY asked_at DESC, person_ref")]

    def ask_again(self, since: datetime) -> None:
        """Those asked for since then are to be said again."""
        self._db.execute("UPDATE shield SET again = 1 WHERE asked_at >= ?", (moment.write(since),))

    def ask_again_of(self, message: MessageId) -> None:
        """What that message said is to be said again."""
        self._db.execute("UPDATE shield SET again = 1 WHERE message = ?", (message.value,))

    def due(self, limit: int) -> list[AskedShield]:
        """Those that are to be said again, the oldest first."""
        rows = self._db.execute(_SELECT + " WHERE again = 1 ORDER BY asked_at, person_ref LIMIT ?", (limit,))
        return [_asked(row) for row in rows]


def _asked(row: tuple[str, str, str]) -> AskedShield:
    person_ref, asked_at, message = row
    return AskedShield(PersonRef(person_ref), moment.read(asked_at), MessageId(message))
