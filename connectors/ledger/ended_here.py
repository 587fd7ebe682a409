"""Involvements that a practitioner ended here while their source still stated them."""

import sqlite3
from dataclasses import dataclass
from datetime import date

from mappings.canonical.identifiers import InvolvementRef


@dataclass(frozen=True, slots=True)
class LocalEnd:
    """`local_mark` is of what the source stated when it was ended, `stated_on` the day of the latest reading that stated the same still."""

    ref: InvolvementRef
    source: str
    local_mark: str
    said_on: date
    stated_on: date | None = None


_SELECT = "SELECT ref, source, local_mark, said_on, stated_on FROM ended_here"


class EndedHere:
    """Reads and writes `ended_here`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def save(self, end: LocalEnd) -> None:
        """Insert or replace."""
        stated_on = end.stated_on.isoformat() if end.stated_on else None
        self._db.execute(
            "INSERT OR REPLACE INTO ended_here (ref, source, local_mark, said_on, stated_on) VALUES (?, ?, ?, ?, ?)",
            (end.ref.value, end.source, end.local_mark, end.said_on.isoformat(), stated_on),
        )

    def find(self, ref: InvolvementRef) -> LocalEnd | None:
        """How it was ended here, if it was."""
        row = self._db.execute(_SELECT + " WHERE ref = ?", (ref.value,)).fetchone()
        return _end(row) if row else None

    def stated_still(self) -> list[LocalEnd]:
        """Those that their source has stated unchanged since, by reference."""
        return [_end(row) for row in self._db.execute(_SELECT + " WHERE stated_on IS NOT NULL ORDER BY ref")]

    def forget(self, *refs: InvolvementRef) -> None:
        """Their source says something newer, or a person took it back."""
        self._db.executemany("DELETE FROM ended_here WHERE ref = ?", [(ref.value,) for ref in refs])

    def forget_unstated(self, source: str, reading: int) -> None:
        """A full reading of the source states these no more: whatever it states later is newer."""
        self._db.execute(
            "DELETE FROM ended_here WHERE source = ? AND ref NOT IN (SELECT ref FROM staged WHERE snapshot = ?)",
            (source, reading),
        )


def _end(row: tuple[str, str, str, str, str | None]) -> LocalEnd:
    ref, source, mark, said_on, stated_on = row
    stated = date.fromisoformat(stated_on) if stated_on else None
    return LocalEnd(InvolvementRef(ref), source, mark, date.fromisoformat(said_on), stated)
