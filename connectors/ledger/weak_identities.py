"""Which involvements the sources state and are not published, because their evidence would be weak."""

import sqlite3
from dataclasses import dataclass
from datetime import date

from connectors.ledger.cipher import Cipher
from connectors.ledger.involvements import standing_place
from mappings.canonical.identifiers import InvolvementRef, PersonRef


@dataclass(frozen=True, slots=True)
class Weak:
    """One involvement, and the day of the reading that stated it last."""

    ref: InvolvementRef
    person_ref: PersonRef
    source: str
    as_of: date


_SELECT = "SELECT ref, person_ref, source, as_of FROM weak_identity"


class WeakIdentities:
    """Reads and writes `weak_identity`."""

    def __init__(self, db: sqlite3.Connection, cipher: Cipher) -> None:
        self._db = db
        self._cipher = cipher

    def keep(self, weak: Weak, sealed: bytes) -> None:
        """It is stated so. `sealed` is its standing, sealed at its place (`standing_place`)."""
        self._db.execute(
            "INSERT OR REPLACE INTO weak_identity VALUES (?, ?, ?, ?, ?)",
            (weak.ref.value, weak.person_ref.value, weak.source, weak.as_of.isoformat(), sealed),
        )

    def drop(self, ref: InvolvementRef) -> bool:
        """It is published now, or stated no more; False where it was not here."""
        return self._db.execute("DELETE FROM weak_identity WHERE ref = ?", (ref.value,)).rowcount == 1

    def bettered(self, snapshot: int, weak: str) -> list[InvolvementRef]:
        """Those that a reading has, and of which something else than `weak` was decided."""
        rows = self._db.execute(
            "SELECT w.ref FROM weak_identity w JOIN staged s ON s.ref = w.ref WHERE s.snapshot = ? AND coalesce(s.change, '') <> ?"
            " ORDER BY w.ref",
            (snapshot, weak),
        )
        return [InvolvementRef(row[0]) for row in rows]

    def find(self, ref: InvolvementRef) -> Weak | None:
        """The one of that reference."""
        row = self._db.execute(_SELECT + " WHERE ref = ?", (ref.value,)).fetchone()
        return _weak(row) if row else None

    def of_person(self, person_ref: PersonRef) -> list[Weak]:
        """Every one of one client."""
        return [_weak(row) for row in self._db.execute(_SELECT + " WHERE person_ref = ?", (person_ref.value,))]

    def of_source(self, source: str) -> list[Weak]:
        """Every one that this source states."""
        return [_weak(row) for row in self._db.execute(_SELECT + " WHERE source = ?", (source,))]

    def sources(self) -> set[str]:
        """Which sources state any."""
        return {row[0] for row in self._db.execute("SELECT DISTINCT source FROM weak_identity")}

    def all(self) -> list[Weak]:
        """Every one, by reference."""
        return [_weak(row) for row in self._db.execute(_SELECT + " ORDER BY ref")]

    def standing(self, ref: InvolvementRef) -> bytes | None:
        """The opened standing (`connectors.publishing.standing.read`)."""
        row = self._db.execute("SELECT standing FROM weak_identity WHERE ref = ?", (ref.value,)).fetchone()
        return self._cipher.open(row[0], standing_place(ref)) if row else None


def _weak(row: tuple[str, str, str, str]) -> Weak:
    ref, person_ref, source, as_of = row
    return Weak(InvolvementRef(ref), PersonRef(person_ref), source, date.fromisoformat(as_of))
