"""The current connections of this agency's own clients, as the alerts told them: what the worklist is made from."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from connectors.ledger import moment
from connectors.ledger.cipher import Cipher
from mappings.canonical.identifiers import InvolvementRef, MessageId


@dataclass(frozen=True, slots=True)
class Told:
    """One connection towards one involvement. `alert` is the latest alert's bundle, None once it was retracted."""

    connection: MessageId
    involvement_ref: InvolvementRef
    version: int
    status: str
    content_mark: str
    told_at: datetime
    alert: bytes | None = field(default=None, repr=False)


class Connections:
    """Reads and writes `connection`."""

    def __init__(self, db: sqlite3.Connection, cipher: Cipher) -> None:
        self._db = db
        self._cipher = cipher

    def find(self, connection: MessageId, ref: InvolvementRef) -> Told | None:
        """What was told of it so far."""
        row = self._db.execute(
            "SELECT * FROM connection WHERE id = ? AND involvement_ref = ?", (connection.value, ref.value)
        ).fetchone()
        return self._told(row) if row else None

    def save(self, told: Told) -> None:
        """Insert or replace."""
        place = _place(told.connection, told.involvement_ref)
        self._db.execute(
            "INSERT OR REPLACE INTO connection VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                told.connection.value, told.involvement_ref.value, told.version, told.status, told.content_mark,
                self._cipher.seal(told.alert, place) if told.alert is not None else None, moment.write(told.told_at),
            ),
        )  # fmt: skip

    def current(self) -> Iterator[Told]:
        """Every connection that holds now, in the order it was told."""
        rows = self._db.execute(
            "SELECT * FROM connection WHERE status = 'current' ORDER BY told_at, id, involvement_ref"
        ).fetchall()
        return (self._told(row) for row in rows)

    def retract_of(self, ref: InvolvementRef) -> int:
        """Nothing about this involvement is shown any more (its client was put on the exclusion list)."""
        return self._db.execute(
            "UPDATE connection SET status = 'retracted', alert = NULL WHERE involvement_ref = ? AND status <> 'retracted'",
            (ref.value,),
        ).rowcount

    def counts(self) -> dict[str, int]:
        """Number of connections by status."""
        return dict(
            self._db.execute("SELECT status, count(*) FROM connection GROUP BY status ORDER BY status").fetchall()
        )

    def _told(self, row: tuple[str, str, int, str, str, bytes | None, str]) -> Told:
        id, ref, version, status, mark, alert, told_at = row
        connection, involvement = MessageId(id), InvolvementRef(ref)
        body = self._cipher.open(alert, _place(connection, involvement)) if alert is not None else None
        return Told(connection, involvement, version, status, mark, moment.read(told_at), body)


def _place(connection: MessageId, ref: InvolvementRef) -> str:
    return f"connection:{connection}:{ref}"
