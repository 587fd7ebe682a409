"""Parcels from the gateway that could not be opened or understood: kept as they came, still sealed, with the reason."""

import hashlib
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime

from connectors.ledger import moment


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`digest` is the hex SHA-256 of the sealed bytes; `code` a stable word; `reason` a sentence that holds nothing of the content."""

    digest: str
    code: str
    reason: str
    received_at: datetime
    sealed: bytes = field(repr=False)


class DeadLetters:
    """Reads and writes `dead_letter`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, sealed: bytes, code: str, reason: str, now: datetime) -> str:
        """Keep one parcel; the same bytes are kept once. Answers their digest."""
        digest = hashlib.sha256(sealed).hexdigest()
        self._db.execute(
            "INSERT OR IGNORE INTO dead_letter VALUES (?, ?, ?, ?, ?)",
            (digest, sealed, code, reason, moment.write(now)),
        )
        return digest

    def list(self, limit: int) -> list[DeadLetter]:
        """Oldest first."""
        rows = self._db.execute(
            "SELECT digest, code, reason, received_at, sealed FROM dead_letter ORDER BY received_at LIMIT ?", (limit,)
        )
        return [DeadLetter(digest, code, reason, moment.read(at), sealed) for digest, code, reason, at, sealed in rows]

    def count(self) -> int:
        """How many."""
        return int(self._db.execute("SELECT count(*) FROM dead_letter").fetchone()[0])
