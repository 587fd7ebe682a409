"""Readings of sources: staged while they are read and compared, and kept whole where they are held for a person to look at."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import chain

from connectors.ledger import moment
from connectors.ledger.cipher import Cipher
from connectors.ledger.involvements import listed, standing_place
from connectors.sources.port import Coverage, Snapshot
from mappings.canonical.codes import NoticeEvent
from mappings.canonical.identifiers import InvolvementRef, PersonRef
from mappings.source_map import VanishPolicy


class Kind(StrEnum):
    """What a reading says of one involvement. `REJECTED`: stated, but unusable this time, so what was published stands."""

    STATED = "stated"
    NOT_ELIGIBLE = "not-eligible"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    VANISHED = "vanished"


@dataclass(frozen=True, slots=True)
class Staged:
    """One involvement in a reading. `change` is what the comparison decided (`connectors.publishing.changes.Change`), empty before.
    `weak`: too little is known of the person for it to be published."""

    ref: InvolvementRef
    person_ref: PersonRef
    kind: Kind
    fingerprint: str = ""
    local_mark: str = ""
    end_date: date | None = None
    confirmed: date | None = None
    change: str = ""
    weak: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Standings:
    """`staged` as the reading has it, sealed; `written` the opened standing: that one, else as it was last published. None: there is none."""

    staged: bytes | None
    written: bytes | None


@dataclass(frozen=True, slots=True)
class Held:
    """A reading that waits for a person: `live` involvements before, of which `leaving` would be ended by its absence."""

    id: int
    source: str
    coverage: Coverage
    as_of: date
    reason: str
    live: int
    leaving: int
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Applied:
    """A reading that was published: of which day, under which vanish policy, and when."""

    as_of: date
    coverage: Coverage
    vanish: VanishPolicy
    applied_at: datetime


_SELECT = (
    "SELECT ref, person_ref, kind, fingerprint, local_mark, end_date, confirmed, coalesce(change, ''), weak FROM staged"
    " WHERE snapshot = ? AND ref > ?"
)


class Snapshots:
    """Reads and writes `snapshot`, `staged` and `source_reading`."""

    def __init__(self, db: sqlite3.Connection, cipher: Cipher) -> None:
        self._db = db
        self._cipher = cipher

    def begin(self, source: str, snapshot: Snapshot, now: datetime) -> int:
        """A new reading. What an earlier process left half read of this source is dropped."""
        self._db.execute("DELETE FROM snapshot WHERE source = ? AND status = 'reading'", (source,))
        cursor = self._db.execute(
            "INSERT INTO snapshot (source, coverage, as_of, status, read_at) VALUES (?, ?, ?, 'reading', ?)",
            (source, snapshot.coverage, snapshot.as_of.isoformat(), moment.write(now)),
        )
        return int(cursor.lastrowid or 0)

    def stage(self, snapshot: int, staged: Staged, *, replace: bool = False) -> bool:
        """Add one involvement without a standing; False where this reading has it already (then nothing changes, unless `replace`)."""
        if replace:
            self._db.execute("DELETE FROM staged WHERE snapshot = ? AND ref = ?", (snapshot, staged.ref.value))
        return self.stage_all(snapshot, [(staged, None)]) == 1

    def stage_all(self, snapshot: int, involvements: Iterable[tuple[Staged, bytes | None]]) -> int:
        """Add involvements with their standings (not yet sealed), in order. Of those that this reading has already nothing changes; answers how
        many are new."""
        # Plain texts and numbers: for a value of any other type sqlite3 looks for an adapter first.
        rows = [
            (
                snapshot, s.ref.value, s.person_ref.value, str(s.kind), s.fingerprint, s.local_mark,
                self._cipher.seal(standing, standing_place(s.ref)) if standing is not None else None,
                moment.text_of(s.end_date), moment.text_of(s.confirmed), int(s.weak),
            )
            for s, standing in involvements
        ]  # fmt: skip
        return self._db.executemany(
            "INSERT OR IGNORE INTO staged (snapshot, ref, person_ref, kind, fingerprint, local_mark,"
            " standing, end_date, confirmed, weak) VALUES (?,?,?,?,?,?,?,?,?,?)",
            rows,
        ).rowcount

    def stage_vanished(self, snapshot: int, source: str) -> int:
        """Add every live involvement of this source that the reading does not have; answers how many."""
        self._db.execute("DELETE FROM staged WHERE snapshot = ? AND kind = 'vanished'", (snapshot,))
        cursor = self._db.execute(
            "INSERT INTO staged (snapshot, ref, person_ref, kind) SELECT ?, ref, person_ref, 'vanished' FROM involvement i"
            " WHERE source = ? AND status = 'live' AND NOT EXISTS (SELECT 1 FROM staged s WHERE s.snapshot = ? AND s.ref = i.ref)",
            (snapshot, source, snapshot),
        )
        return cursor.rowcount

    def unstage(self, snapshot: int, people: Iterable[PersonRef]) -> None:
        """Take these clients out of a reading (they were put on the exclusion list since)."""
        rows = [(snapshot, person.value) for person in people]
        self._db.executemany("DELETE FROM staged WHERE snapshot = ? AND person_ref = ?", rows)

    def after(self, snapshot: int, ref: str, limit: int, changes: Collection[str] = ()) -> list[Staged]:
        """The next `limit` by reference; with `changes`, only those of which one of these was decided."""
        wanted = " AND change IN (SELECT value FROM json_each(?))" if changes else ""
        rows = self._db.execute(
            _SELECT + wanted + " ORDER BY ref LIMIT ?",
            (snapshot, ref, *([json.dumps(list(changes))] if changes else []), limit),
        )
        return [_staged(row) for row in rows]

    def some(self, snapshot: int, step: int, changes: Collection[str] = ()) -> Iterator[list[Staged]]:
        """Every one, by reference, so many at a time; with `changes` as `after`. Rows may be changed meanwhile."""
        rows = self.after(snapshot, "", step, changes)
        while rows:
            yield rows
            rows = self.after(snapshot, rows[-1].ref.value, step, changes)

    def all(self, snapshot: int, step: int = 500, changes: Collection[str] = ()) -> Iterator[Staged]:
        """The same one by one."""
        return chain.from_iterable(self.some(snapshot, step, changes))

    def standing(self, snapshot: int, ref: InvolvementRef) -> bytes | None:
        """The opened standing of one, or None where the reading does not have it."""
        sealed = self.sealed_standing(snapshot, ref)
        return self._cipher.open(sealed, standing_place(ref)) if sealed else None

    def sealed_standing(self, snapshot: int, ref: InvolvementRef) -> bytes | None:
        """As it stands in the table."""
        row = self._db.execute(
            "SELECT standing FROM staged WHERE snapshot = ? AND ref = ?", (snapshot, ref.value)
        ).fetchone()
        return row[0] if row else None

    def standings(self, snapshot: int, refs: Iterable[InvolvementRef]) -> dict[InvolvementRef, Standings]:
        """Of each, how it stands: as the reading has it, and as it was last published."""
        rows = self._db.execute(
            "SELECT s.ref, s.standing, i.standing FROM staged s LEFT JOIN involvement i ON i.ref = s.ref"
            " WHERE s.snapshot = ? AND s.ref IN (SELECT value FROM json_each(?))",
            (snapshot, listed(refs)),
        )
        found = ((InvolvementRef(ref), staged, published) for ref, staged, published in rows)
        return {
            ref: Standings(
                staged, self._cipher.open(sealed, standing_place(ref)) if (sealed := staged or published) else None
            )
            for ref, staged, published in found
        }

    def decide(self, snapshot: int, changes: Iterable[tuple[InvolvementRef, str]]) -> None:
        """What is to be done about each."""
        self._db.executemany(
            "UPDATE staged SET change = ? WHERE snapshot = ? AND ref = ?",
            [(str(change), snapshot, ref.value) for ref, change in changes],
        )

    def leaving(self, snapshot: int) -> int:
        """How many are to be ended because the reading no longer states them, or not as one that need be published."""
        row = self._db.execute(
            "SELECT count(*) FROM staged WHERE snapshot = ? AND change = ? AND kind IN (?, ?)",
            (snapshot, NoticeEvent.ENDED, Kind.VANISHED, Kind.NOT_ELIGIBLE),
        ).fetchone()
        return int(row[0])

    def states_any(self, snapshot: int) -> bool:
        """Whether the reading states anything that could be published."""
        query = "SELECT 1 FROM staged WHERE snapshot = ? AND kind = ? LIMIT 1"
        return self._db.execute(query, (snapshot, Kind.STATED)).fetchone() is not None

    def changes(self, snapshot: int) -> dict[str, int]:
        """How many of each change."""
        rows = self._db.execute(
            "SELECT coalesce(change, ''), count(*) FROM staged WHERE snapshot = ? GROUP BY 1", (snapshot,)
        )
        return dict(rows.fetchall())

    def hold(self, snapshot: int, reason: str, live: int, leaving: int) -> None:
        """Keep it for a person; an older held reading of the same source is forgotten, this one says more."""
        self._db.execute(
            "DELETE FROM snapshot WHERE status = 'held' AND id <> ? AND source = (SELECT source FROM snapshot WHERE id = ?)",
            (snapshot, snapshot),
        )
        self._db.execute(
            "UPDATE snapshot SET status = 'held', reason = ?, live = ?, leaving = ? WHERE id = ?",
            (reason, live, leaving, snapshot),
        )

    def held(self) -> list[Held]:
        """Every reading that waits for a person."""
        rows = self._db.execute(
            "SELECT id, source, coverage, as_of, reason, live, leaving, read_at FROM snapshot WHERE status = 'held'"
        )
        return [
            Held(id, source, Coverage(coverage), date.fromisoformat(as_of), reason, live, leaving, moment.read(read_at))
            for id, source, coverage, as_of, reason, live, leaving, read_at in rows
        ]

    def drop(self, snapshot: int) -> bool:
        """Forget a reading, with everything staged; False where there is none."""
        self._db.execute("DELETE FROM staged WHERE snapshot = ?", (snapshot,))
        return self._db.execute("DELETE FROM snapshot WHERE id = ?", (snapshot,)).rowcount == 1

    def applied(self, source: str, snapshot: Snapshot, vanish: VanishPolicy, now: datetime) -> None:
        """This reading is now what the ledger says; held ones of the source are outdated by it."""
        self._db.execute(
            "DELETE FROM snapshot WHERE status = 'held' AND source = ? AND as_of <= ?",
            (source, snapshot.as_of.isoformat()),
        )
        self._db.execute(
            "INSERT OR REPLACE INTO source_reading (source, as_of, coverage, vanish, applied_at) VALUES (?, ?, ?, ?, ?)",
            (source, snapshot.as_of.isoformat(), snapshot.coverage, vanish, moment.write(now)),
        )

    def last_applied(self, source: str) -> Applied | None:
        """The latest reading of this source that was published."""
        row = self._db.execute(
            "SELECT as_of, coverage, vanish, applied_at FROM source_reading WHERE source = ?", (source,)
        ).fetchone()
        if row is None:
            return None
        return Applied(date.fromisoformat(row[0]), Coverage(row[1]), VanishPolicy(row[2]), moment.read(row[3]))


def _staged(row: tuple[str, str, str, str, str, str | None, str | None, str, int]) -> Staged:
    ref, person_ref, kind, fingerprint, local_mark, end_date, confirmed, change, weak = row
    return Staged(
        InvolvementRef(ref),
        PersonRef(person_ref),
        Kind(kind),
        fingerprint,
        local_mark,
        moment.day(end_date),
        moment.day(confirmed),
        change,
        bool(weak),
    )
