"""What the sources said of records of clients that were merged: the latest word about each superseded reference, staged and published."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from mappings.canonical.codes import MergeEvent
from mappings.canonical.identifiers import MessageId, PersonRef


@dataclass(frozen=True, slots=True)
class KnownMerge:
    """`superseded` was last said to be merged into `surviving`, or to be parted from it, by `source`."""

    superseded: PersonRef
    surviving: PersonRef
    event: MergeEvent
    source: str


_SELECT = "SELECT superseded, surviving, event, source FROM merge"


class Merges:
    """Reads and writes `merge` and `staged_merge`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def find(self, superseded: PersonRef) -> KnownMerge | None:
        """The latest word that was published about that reference."""
        row = self._db.execute(_SELECT + " WHERE superseded = ?", (superseded.value,)).fetchone()
        return _known(row) if row else None

    def save(self, merge: KnownMerge, message: MessageId) -> None:
        """It was queued as that message."""
        self._db.execute(
            "INSERT OR REPLACE INTO merge (superseded, surviving, event, source, message, again) VALUES (?, ?, ?, ?, ?, 0)",
            (merge.superseded.value, merge.surviving.value, merge.event, merge.source, message.value),
        )

    def ask_again(self, message: MessageId | None = None) -> None:
        """What that message said is to be said again; all of it, where none is named."""
        self._db.execute(
            "UPDATE merge SET again = 1 WHERE ? IS NULL OR message = ?", (message.value if message else None,) * 2
        )

    def due(self, limit: int) -> list[KnownMerge]:
        """Those that are to be said again, by reference."""
        return [
            _known(row) for row in self._db.execute(_SELECT + " WHERE again = 1 ORDER BY superseded LIMIT ?", (limit,))
        ]

    def stage(self, snapshot: int, superseded: PersonRef, surviving: PersonRef | None) -> None:
        """A reading says so; None: that it is a record of its own."""
        self._db.execute(
            "INSERT OR REPLACE INTO staged_merge VALUES (?, ?, ?)",
            (snapshot, superseded.value, surviving.value if surviving else ""),
        )

    def staged(self, snapshot: int) -> Iterator[tuple[PersonRef, PersonRef | None]]:
        """What a reading says, by superseded reference."""
        rows = self._db.execute(
            "SELECT superseded, surviving FROM staged_merge WHERE snapshot = ? ORDER BY superseded", (snapshot,)
        )
        for superseded, surviving in rows.fetchall():
            yield PersonRef(superseded), PersonRef(surviving) if surviving else None


def _known(row: tuple[str, str, str, str]) -> KnownMerge:
    superseded, surviving, event, source = row
    return KnownMerge(PersonRef(superseded), PersonRef(surviving), MergeEvent(event), source)
