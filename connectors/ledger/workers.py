"""Which workers are in which live involvements, by keyed marks: whom a private involvement hides in all the others."""

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from mappings.canonical.identifiers import InvolvementRef

_OF_WORKER = (
    "SELECT DISTINCT i.ref FROM involvement i JOIN worker w ON w.ref = i.ref"
    " WHERE w.mark IN (SELECT value FROM json_each(?)) AND i.status = 'live' AND i.veiled <> EXISTS"
    " (SELECT 1 FROM worker own JOIN worker other ON other.mark = own.mark WHERE own.ref = i.ref AND other.private = 1)"
)
_OF_REF = (
    "SELECT i.ref FROM involvement i WHERE i.ref IN (SELECT value FROM json_each(?)) AND i.status = 'live' AND i.veiled <> EXISTS"
    " (SELECT 1 FROM worker own JOIN worker other ON other.mark = own.mark WHERE own.ref = i.ref AND other.private = 1)"
)


@dataclass(frozen=True, slots=True)
class Whose:
    """The marks of an involvement's worker; none: nobody's. `private`: others may not be shown who its worker is."""

    ref: InvolvementRef
    marks: Collection[str] = ()
    private: bool = False


class Workers:
    """Reads and writes `worker`, and what follows from it for `involvement` and `outbox`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def note(self, involvements: Iterable[Whose]) -> None:
        """Whose each of them is while it is live."""
        after = {whose.ref.value: {(mark, whose.private) for mark in whose.marks} for whose in involvements}
        before = self._rows(after)
        changed = sorted(ref for ref, rows in after.items() if rows != before.get(ref, set()))
        if not changed:
            return
        touched = {mark for ref in changed for mark, _ in after[ref] | before.get(ref, set())}
        hidden = self.hidden(touched)
        self._db.executemany("DELETE FROM worker WHERE ref = ?", [(ref,) for ref in changed if ref in before])
        self._db.executemany(
            "INSERT INTO worker VALUES (?, ?, ?)",
            [(mark, ref, int(private)) for ref in changed for mark, private in sorted(after[ref])],
        )
        # Only what is hidden now and was not, or no longer is, can have been published otherwise; and these, whose worker changed.
        self._say_again(_OF_REF, changed)
        self._say_again(_OF_WORKER, sorted(hidden ^ self.hidden(touched)))

    def forget(self, *refs: InvolvementRef) -> None:
        """They are over."""
        self.note([Whose(ref) for ref in refs])

    def hidden(self, marks: Collection[str]) -> set[str]:
        """Those marks whose worker has any private involvement."""
        # By that index: by the primary key every involvement of each worker would be looked at.
        query = "SELECT DISTINCT mark FROM worker INDEXED BY worker_private WHERE private = 1 AND mark IN (SELECT value FROM json_each(?))"
        return {row[0] for row in self._db.execute(query, (json.dumps(sorted(marks)),))}

    def _rows(self, refs: Collection[str]) -> dict[str, set[tuple[str, bool]]]:
        query = "SELECT ref, mark, private FROM worker WHERE ref IN (SELECT value FROM json_each(?))"
        found: dict[str, set[tuple[str, bool]]] = {}
        for ref, mark, private in self._db.execute(query, (json.dumps(list(refs)),)):
            found.setdefault(ref, set()).add((mark, bool(private)))
        return found

    def _say_again(self, query: str, meant: Collection[str]) -> None:
        """Whatever of these was last published in another way than it should be now is due again at once. What would name
        somebody who is hidden now, and has not left yet, never leaves."""
        refs = self._db.execute(query, (json.dumps(meant),)).fetchall() if meant else []
        self._db.executemany("UPDATE involvement SET again = 1 WHERE ref = ?", refs)
        self._db.executemany(
            "DELETE FROM outbox WHERE kind = 'notice' AND status = 'pending' AND attempts = 0 AND involvement_ref = ?",
            refs,
        )
