"""For which connections of which involvements the introducer was asked, and when last."""

import sqlite3
from datetime import datetime

from connectors.ledger import moment
from mappings.canonical.identifiers import InvolvementRef, MessageId


class Asked:
    """Reads and writes `asked`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def at(self, connection: MessageId, ref: InvolvementRef) -> datetime | None:
        """When it was asked last, None where it never was."""
        row = self._db.execute(
            "SELECT asked_at FROM asked WHERE connection = ? AND involvement_ref = ?", (connection.value, ref.value)
        ).fetchone()
        return moment.read(row[0]) if row else None

    def note(self, connection: MessageId, ref: InvolvementRef, message: MessageId, now: datetime) -> None:
        """It is asked now, by this message."""
        self._db.execute(
            "INSERT OR REPLACE INTO asked VALUES (?, ?, ?, ?)",
            (connection.value, ref.value, message.value, moment.write(now)),
        )

    def forget(self, message: MessageId) -> None:
        """The gateway refused that message: it was not asked, and may be at once."""
        self._db.execute("DELETE FROM asked WHERE message = ?", (message.value,))
