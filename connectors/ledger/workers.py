"""Which workers are in which live involvements, by keyed marks: whom a private involvement hides in all the others."""

import sqlite3
from collections.abc import Collection

from mappings.canonical.identifiers import InvolvementRef

_PUBLISHED_OTHERWISE = (
    "SELECT i.ref FROM involvement i JOIN worker w ON w.ref = i.ref WHERE w.mark = ? AND i.status = 'live' AND i.veiled <> EXISTS"
    " (SELECT 1 FROM worker own JOIN worker other ON other.mark = own.mark WHERE own.ref = i.ref AND other.private = 1)"
)


class Workers:
    """Reads and writes `worker`, and what follows from it for `involvement` and `outbox`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def note(self, ref: InvolvementRef, marks: Collection[str], private: bool) -> None:
        """These marks are its worker's while it is live. `private`: others may not be shown who its worker is."""
        before = self._marks(ref)
        self._db.execute("DELETE FROM worker WHERE ref = ?", (ref.value,))
        self._db.executemany("INSERT INTO worker VALUES (?, ?, ?)", [(mark, ref.value, private) for mark in set(marks)])
        self._say_again({*before, *marks})

    def forget(self, ref: InvolvementRef) -> None:
        """It is over."""
        self.note(ref, (), private=False)

    def is_hidden(self, marks: Collection[str]) -> bool:
        """Whether the worker of these marks has any private involvement."""
        private = "SELECT 1 FROM worker WHERE mark = ? AND private = 1 LIMIT 1"
        return any(self._db.execute(private, (mark,)).fetchone() for mark in marks)

    def _marks(self, ref: InvolvementRef) -> set[str]:
        return {row[0] for row in self._db.execute("SELECT mark FROM worker WHERE ref = ?", (ref.value,))}

    def _say_again(self, marks: Collection[str]) -> None:
        """Whatever of these workers' was last published in another way than it should be now is due again at once. What would name
        somebody who is hidden now, and has not left yet, never leaves."""
        for mark in sorted(marks):
            refs = self._db.execute(_PUBLISHED_OTHERWISE, (mark,)).fetchall()
            self._db.executemany("UPDATE involvement SET again = 1 WHERE ref = ?", refs)
            self._db.executemany(
                "DELETE FROM outbox WHERE kind = 'notice' AND status = 'pending' AND attempts = 0 AND involvement_ref = ?",
                refs,
            )
