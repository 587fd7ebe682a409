"""Which workers are in which live involvements, by keyed marks: whom a private involvement hides in all the others."""

import sqlite3
from collections.abc import Collection

from mappings.canonical.identifiers import InvolvementRef

_OF_WORKER = (
    "SELECT i.ref FROM involvement i JOIN worker w ON w.ref = i.ref WHERE w.mark = ? AND i.status = 'live' AND i.veiled <> EXISTS"
    " (SELECT 1 FROM worker own JOIN worker other ON other.mark = own.mark WHERE own.ref = i.ref AND other.private = 1)"
)
_OF_REF = (
    "SELECT i.ref FROM involvement i WHERE i.ref = ? AND i.status = 'live' AND i.veiled <> EXISTS"
    " (SELECT 1 FROM worker own JOIN worker other ON other.mark = own.mark WHERE own.ref = i.ref AND other.private = 1)"
)


class Workers:
    """Reads and writes `worker`, and what follows from it for `involvement` and `outbox`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def note(self, ref: InvolvementRef, marks: Collection[str], private: bool) -> None:
        """These marks are its worker's while it is live. `private`: others may not be shown who its worker is."""
        before, after = self._rows(ref), {(mark, private) for mark in marks}
        if before == after:
            return
        touched = sorted({mark for mark, _ in before | after})
        hidden = {mark: self.is_hidden([mark]) for mark in touched}
        self._db.execute("DELETE FROM worker WHERE ref = ?", (ref.value,))
        self._db.executemany("INSERT INTO worker VALUES (?, ?, ?)", [(mark, ref.value, private) for mark, _ in after])
        # Only what is hidden now and was not, or no longer is, can have been published otherwise; and this one, whose worker changed.
        self._say_again([ref.value], _OF_REF)
        self._say_again([mark for mark in touched if hidden[mark] != self.is_hidden([mark])], _OF_WORKER)

    def forget(self, ref: InvolvementRef) -> None:
        """It is over."""
        self.note(ref, (), private=False)

    def is_hidden(self, marks: Collection[str]) -> bool:
        """Whether the worker of these marks has any private involvement."""
        private = "SELECT 1 FROM worker WHERE mark = ? AND private = 1 LIMIT 1"
        return any(self._db.execute(private, (mark,)).fetchone() for mark in marks)

    def _rows(self, ref: InvolvementRef) -> set[tuple[str, bool]]:
        rows = self._db.execute("SELECT mark, private FROM worker WHERE ref = ?", (ref.value,))
        return {(mark, bool(private)) for mark, private in rows}

    def _say_again(self, meant: Collection[str], query: str) -> None:
        """Whatever of these was last published in another way than it should be now is due again at once. What would name
        somebody who is hidden now, and has not left yet, never leaves."""
        for one in meant:
            refs = self._db.execute(query, (one,)).fetchall()
            self._db.executemany("UPDATE involvement SET again = 1 WHERE ref = ?", refs)
            self._db.executemany(
                "DELETE FROM outbox WHERE kind = 'notice' AND status = 'pending' AND attempts = 0 AND involvement_ref = ?",
                refs,
            )
