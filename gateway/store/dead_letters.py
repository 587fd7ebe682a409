"""Refused messages, kept as they came. The codes of the reasons stand in a column of their own, so that they can be counted."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, literal, select, update

from gateway.model.dead_letter import DeadLetter, DeadLetterGroup, Discard
from gateway.store.faults import StoreConflict
from gateway.store.issue_rows import from_rows, to_rows
from gateway.store.tables import dead_letter
from gateway.store.transaction import Transaction
from gateway.store.wrapped_column import WrappedColumn

_OPEN = (dead_letter.c.replayed_at.is_(None), dead_letter.c.discarded_at.is_(None))


class SqlDeadLetters:
    """`gateway.dead_letters.ports.DeadLetters`."""

    def __init__(self, transaction: Transaction, column: WrappedColumn) -> None:
        self._db, self._column = transaction, column

    def add(self, letter: DeadLetter) -> int:
        """Store it; returns the number it was given, whatever `letter.id` says."""
        values = {
            "received_at": letter.received_at,
            "sender": letter.sender,
            "digest": letter.digest,
            "sealed": self._column.seal(letter.sealed, letter.digest),
            "issues": to_rows(letter.issues),
            "reasons": " ".join(letter.reasons),
            "replayed_at": letter.replayed_at,
        }
        return int(self._db.value(insert(dead_letter).returning(dead_letter.c.id), values))

    def get(self, id: int) -> DeadLetter | None:
        """The letter of that number."""
        row = self._db.row(select(dead_letter).where(dead_letter.c.id == id))
        return None if row is None else _letter(row, self._column)

    def all(self, limit: int, reason: str | None = None) -> list[DeadLetter]:
        """See the port."""
        found = select(dead_letter) if reason is None else select(dead_letter).where(_has(reason))
        return [
            _letter(row, self._column) for row in self._db.rows(found.order_by(dead_letter.c.id.desc()).limit(limit))
        ]

    def groups(self, limit: int) -> list[DeadLetterGroup]:
        """See the port."""
        number = func.count().label("number")
        newest = func.max(dead_letter.c.received_at).label("newest")
        found = (
            select(
                dead_letter.c.reasons,
                dead_letter.c.sender,
                number,
                func.min(dead_letter.c.received_at).label("oldest"),
                newest,
            )
            .where(*_OPEN)
            .group_by(dead_letter.c.reasons, dead_letter.c.sender)
            .order_by(number.desc(), newest.desc(), dead_letter.c.reasons, dead_letter.c.sender)
            .limit(limit)
        )
        return [
            DeadLetterGroup(tuple(row.reasons.split()), row.sender, row.number, row.oldest, row.newest)
            for row in self._db.rows(found)
        ]

    def open_ids(self, reason: str, limit: int) -> list[int]:
        """See the port."""
        found = select(dead_letter.c.id).where(_has(reason), *_OPEN).order_by(dead_letter.c.id).limit(limit)
        return [row.id for row in self._db.rows(found)]

    def mark_replayed(self, id: int, at: datetime) -> None:
        """Raises `StoreConflict` where there is no such letter."""
        if not self._db.run(update(dead_letter).where(dead_letter.c.id == id).values(replayed_at=at)):
            raise StoreConflict("there is no dead letter of that number")

    def discard(self, id: int, discard: Discard) -> None:
        """See the port. Raises `StoreConflict` where there is no such open letter."""
        gone = {
            "sealed": b"",
            "discarded_at": discard.at,
            "discarded_by": discard.by,
            "discard_reason": discard.reason,
        }
        if not self._db.run(update(dead_letter).where(dead_letter.c.id == id, *_OPEN).values(gone)):
            raise StoreConflict("there is no open dead letter of that number")
        forget_letters(self._db, self._column, [id])


def forget_letters(db: Transaction, column: WrappedColumn, numbers: Iterable[int]) -> None:
    """Erase the record keys of these, unless the same bytes are kept under another number."""
    emptied = select(dead_letter.c.digest).distinct().where(dead_letter.c.id.in_(list(numbers)))
    for row in db.rows(emptied):
        still = select(func.count()).where(dead_letter.c.digest == row.digest, func.length(dead_letter.c.sealed) > 0)
        if not db.value(still):
            column.erase(row.digest)


def _has(reason: str) -> ColumnElement[bool]:
    """Codes hold no spaces, so a code between spaces is that code and no part of another."""
    return (literal(" ") + dead_letter.c.reasons + literal(" ")).contains(f" {reason} ", autoescape=True)


def _letter(row: Row[Any], column: WrappedColumn) -> DeadLetter:
    return DeadLetter(
        id=row.id,
        received_at=row.received_at,
        sender=row.sender,
        digest=row.digest,
        sealed=column.open(bytes(row.sealed), row.digest),
        issues=from_rows(row.issues),
        replayed_at=row.replayed_at,
        discarded=Discard(row.discarded_at, row.discarded_by, row.discard_reason) if row.discarded_at else None,
    )
