"""Refused messages, kept as they came."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from gateway.model.dead_letter import DeadLetter
from gateway.store.faults import StoreConflict
from gateway.store.issue_rows import from_rows, to_rows
from gateway.store.tables import dead_letter
from gateway.store.transaction import Transaction


class SqlDeadLetters:
    """`gateway.ports.DeadLetters`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def add(self, letter: DeadLetter) -> int:
        """Store it; returns the number it was given, whatever `letter.id` says."""
        values = {
            "received_at": letter.received_at,
            "sender": letter.sender,
            "digest": letter.digest,
            "sealed": letter.sealed,
            "issues": to_rows(letter.issues),
            "replayed_at": letter.replayed_at,
        }
        return int(self._db.value(insert(dead_letter).returning(dead_letter.c.id), values))

    def get(self, id: int) -> DeadLetter | None:
        """The letter of that number."""
        row = self._db.row(select(dead_letter).where(dead_letter.c.id == id))
        return None if row is None else _letter(row)

    def all(self, limit: int) -> list[DeadLetter]:
        """The newest `limit` letters, newest first."""
        return [
            _letter(row) for row in self._db.rows(select(dead_letter).order_by(dead_letter.c.id.desc()).limit(limit))
        ]

    def mark_replayed(self, id: int, at: datetime) -> None:
        """Raises `StoreConflict` where there is no such letter."""
        if not self._db.run(update(dead_letter).where(dead_letter.c.id == id).values(replayed_at=at)):
            raise StoreConflict("there is no dead letter of that number")


def _letter(row: Row[Any]) -> DeadLetter:
    issues = from_rows(row.issues)
    return DeadLetter(row.id, row.received_at, row.sender, row.digest, row.sealed, issues, row.replayed_at)
