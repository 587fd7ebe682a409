"""What was published about whom: one row an involvement, found by its opaque reference."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from connectors.ledger import moment
from connectors.ledger.cipher import Cipher
from mappings.canonical.identifiers import InvolvementRef, PersonRef
from mappings.canonical.statement import StatementEntry


class Status(StrEnum):
    """How an involvement was last published. `HISTORIC`: was over when first seen, never published. `ADOPTED`: the gateway holds it as
    published, and this ledger (restored from a backup) does not know what it said."""

    LIVE = "live"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    HISTORIC = "historic"
    ADOPTED = "adopted"


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger holds of one involvement, without opening what is encrypted."""

    ref: InvolvementRef
    person_ref: PersonRef
    source: str
    status: Status
    fingerprint: str
    end_date: date | None
    told_confirmed: date
    missing_since: date | None = None
    unconfirmed_since: date | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What to write down when a notice is queued. `standing` is already sealed at its place (`standing_place`)."""

    ref: InvolvementRef
    person_ref: PersonRef
    source: str
    status: Status
    fingerprint: str
    local_mark: str
    standing: bytes | None
    end_date: date | None
    confirmed: date
    band_until: date | None
    epochs: str
    digest: str
    veiled: bool = False
    unconfirmed_since: date | None = None


def standing_place(ref: InvolvementRef) -> str:
    """The associated data of a sealed standing: staged and published ones share it, so that one becomes the other unopened."""
    return f"standing:{ref}"


def listed(refs: Iterable[InvolvementRef]) -> str:
    """References as one parameter of a statement, taken apart by `json_each`."""
    return json.dumps([ref.value for ref in refs])


_SELECT = "SELECT ref, person_ref, source, status, fingerprint, end_date, told_confirmed, missing_since, unconfirmed_since FROM involvement"

_AMONG = " WHERE ref IN (SELECT value FROM json_each(?))"
_AND_MERGED = (
    " WHERE person_ref IN (WITH RECURSIVE client (ref) AS (SELECT ? UNION SELECT superseded FROM merge"
    " JOIN client ON surviving = ref WHERE event = 'records-merged') SELECT ref FROM client)"
)


class Involvements:
    """Reads and writes rows of `involvement`."""

    def __init__(self, db: sqlite3.Connection, cipher: Cipher) -> None:
        self._db = db
        self._cipher = cipher

    def find(self, ref: InvolvementRef) -> Known | None:
        """The involvement, or None where this ledger never heard of it."""
        row = self._db.execute(_SELECT + " WHERE ref = ?", (ref.value,)).fetchone()
        return _known(row) if row else None

    def find_all(self, refs: Iterable[InvolvementRef]) -> dict[InvolvementRef, Known]:
        """Those of them that this ledger heard of."""
        rows = self._db.execute(_SELECT + _AMONG, (listed(refs),))
        return {known.ref: known for known in map(_known, rows)}

    def of_person(self, person_ref: PersonRef) -> list[Known]:
        """Every involvement of one client, and of whoever was merged into them."""
        rows = self._db.execute(_SELECT + _AND_MERGED, (person_ref.value,))
        return [_known(row) for row in rows]

    def after(self, ref: str, limit: int) -> list[Known]:
        """The next `limit` by reference."""
        rows = self._db.execute(_SELECT + " WHERE ref > ? ORDER BY ref LIMIT ?", (ref, limit))
        return [_known(row) for row in rows]

    def sealed_standing(self, ref: InvolvementRef) -> bytes | None:
        """As it stands in the table."""
        row = self._db.execute("SELECT standing FROM involvement WHERE ref = ?", (ref.value,)).fetchone()
        return row[0] if row else None

    def standing(self, ref: InvolvementRef) -> bytes | None:
        """The opened standing (`connectors.publishing.standing.read`), or None where the ledger does not have it."""
        sealed = self.sealed_standing(ref)
        return self._cipher.open(sealed, standing_place(ref)) if sealed else None

    def live_standings(self, limit: int) -> Iterator[bytes]:
        """The opened standings of live involvements, as far as the ledger has them."""
        rows = self._db.execute(
            "SELECT ref, standing FROM involvement WHERE status = 'live' AND standing IS NOT NULL ORDER BY ref LIMIT ?",
            (limit,),
        )
        for ref, sealed in rows.fetchall():
            yield self._cipher.open(sealed, standing_place(InvolvementRef(ref)))

    def marks(self, ref: InvolvementRef) -> tuple[str, str]:
        """Fingerprint and local mark, empty where unknown."""
        row = self._db.execute("SELECT fingerprint, local_mark FROM involvement WHERE ref = ?", (ref.value,)).fetchone()
        return (row[0], row[1]) if row else ("", "")

    def remembered_alike(self, marked: Iterable[tuple[InvolvementRef, str]]) -> set[InvolvementRef]:
        """Those of which the ledger remembers what has this local mark."""
        said = {ref.value: mark for ref, mark in marked}
        rows = self._db.execute(
            "SELECT ref, local_mark FROM involvement WHERE ref IN (SELECT value FROM json_each(?))",
            (json.dumps(list(said)),),
        )
        return {InvolvementRef(ref) for ref, mark in rows if said[ref] == mark}

    def confirmed(self, ref: InvolvementRef) -> date:
        """The day its source last vouched for it."""
        row = self._db.execute("SELECT confirmed FROM involvement WHERE ref = ?", (ref.value,)).fetchone()
        return date.fromisoformat(row[0])

    def epochs(self, ref: InvolvementRef) -> str:
        """The linkage epochs of its last notice."""
        row = self._db.execute("SELECT epochs FROM involvement WHERE ref = ?", (ref.value,)).fetchone()
        return str(row[0]) if row else ""

    def save(self, published: Iterable[Published], now: datetime) -> None:
        """Notices about them were queued (or they are remembered as historic)."""
        # Plain texts and numbers: for a value of any other type sqlite3 looks for an adapter first.
        at = moment.write(now)
        self._db.executemany(
            "INSERT INTO involvement (ref, person_ref, source, status, fingerprint, local_mark, standing, end_date, confirmed,"
            " told_confirmed, band_until, epochs, digest, changed_at, veiled,"
            " unconfirmed_since) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
            " ON CONFLICT (ref) DO UPDATE SET person_ref=excluded.person_ref, source=excluded.source, status=excluded.status,"
            " fingerprint=excluded.fingerprint, local_mark=excluded.local_mark, standing=excluded.standing, end_date=excluded.end_date,"
            " confirmed=excluded.confirmed, told_confirmed=excluded.told_confirmed, band_until=excluded.band_until,"
            " epochs=excluded.epochs, digest=excluded.digest, refused=0, again=0, missing_since=NULL, changed_at=excluded.changed_at,"
            " veiled=excluded.veiled, unconfirmed_since=excluded.unconfirmed_since",
            [
                (
                    p.ref.value, p.person_ref.value, p.source, str(p.status), p.fingerprint, p.local_mark, p.standing,
                    moment.text_of(p.end_date), p.confirmed.isoformat(), p.confirmed.isoformat(), moment.text_of(p.band_until),
                    p.epochs, p.digest, at, int(p.veiled),
                    moment.text_of(p.unconfirmed_since),
                )
                for p in published
            ],
        )  # fmt: skip

    def confirm(self, ref: InvolvementRef, confirmed: date) -> None:
        """The source still states it; nothing was sent."""
        self._db.execute(
            "UPDATE involvement SET confirmed = max(confirmed, ?), missing_since = NULL WHERE ref = ?",
            (confirmed.isoformat(), ref.value),
        )

    def replace_standing(self, ref: InvolvementRef, sealed: bytes, local_mark: str) -> None:
        """Only the local part changed (a client label, an own id): nothing to publish."""
        self._db.execute(
            "UPDATE involvement SET standing = ?, local_mark = ? WHERE ref = ?", (sealed, local_mark, ref.value)
        )

    def missing(self, ref: InvolvementRef, since: date) -> None:
        """A full reading did not state it; the first day that happened is kept."""
        self._db.execute(
            "UPDATE involvement SET missing_since = coalesce(missing_since, ?) WHERE ref = ?",
            (since.isoformat(), ref.value),
        )

    def adopt(self, ref: InvolvementRef, person_ref: PersonRef, now: datetime) -> None:
        """The gateway holds it as live and this ledger does not know it: the next full reading confirms or ends it."""
        self._db.execute(
            "INSERT INTO involvement (ref, person_ref, source, status, fingerprint, local_mark, confirmed, told_confirmed, epochs, digest,"
            " changed_at) VALUES (?, ?, '', 'adopted', '', '', ?, ?, '', '', ?) ON CONFLICT (ref) DO NOTHING",
            (ref.value, person_ref.value, now.date().isoformat(), now.date().isoformat(), moment.write(now)),
        )

    def latest_live(self) -> InvolvementRef | None:
        """The live one that was published last and not refused."""
        row = self._db.execute(
            "SELECT ref FROM involvement WHERE status = 'live' AND refused = 0 AND standing IS NOT NULL"
            " ORDER BY changed_at DESC, ref LIMIT 1"
        ).fetchone()
        return InvolvementRef(row[0]) if row else None

    def live_of(self, source: str) -> int:
        """How many live involvements this source has stated."""
        row = self._db.execute(
            "SELECT count(*) FROM involvement WHERE source = ? AND status = 'live'", (source,)
        ).fetchone()
        return int(row[0])

    def adopted_before(self, when: datetime) -> list[InvolvementRef]:
        """Adopted ones that no source has stated since."""
        rows = self._db.execute(
            "SELECT ref FROM involvement WHERE status = 'adopted' AND changed_at < ? ORDER BY ref",
            (moment.write(when),),
        )
        return [InvolvementRef(row[0]) for row in rows]

    def ask_again(self, refs: Iterable[InvolvementRef]) -> None:
        """Their full state is to be sent again."""
        self._db.executemany(
            "UPDATE involvement SET again = 1 WHERE ref = ? AND status IN ('live', 'ended', 'withdrawn')",
            [(ref.value,) for ref in refs],
        )

    def due(self, bands_until: date, epochs: str, after: str, limit: int) -> list[Known]:
        """Those after reference `after` that may have to be sent again: asked for, told with an age band good until that day or before, or
        with evidence under other epochs than these."""
        rows = self._db.execute(
            _SELECT + " WHERE ref > ? AND (again = 1 OR (status = 'live' AND refused = 0"
            " AND (band_until <= ? OR epochs <> ?))) ORDER BY ref LIMIT ?",
            (after, bands_until.isoformat(), epochs, limit),
        )
        return [_known(row) for row in rows]

    def note_fewer_epochs(self, refs: Iterable[InvolvementRef], epochs: str) -> None:
        """Others that they were told under are over; nothing was sent."""
        self._db.executemany(
            "UPDATE involvement SET epochs = ? WHERE ref = ? AND epochs <> ?",
            [(epochs, ref.value, epochs) for ref in sorted(refs)],
        )

    def band_until(self, ref: InvolvementRef) -> tuple[date | None, bool]:
        """Until when its last notice's age band holds, and whether it was asked for again."""
        row = self._db.execute("SELECT band_until, again FROM involvement WHERE ref = ?", (ref.value,)).fetchone()
        return (moment.day(row[0]), bool(row[1])) if row else (None, False)

    def refuse(self, ref: InvolvementRef) -> None:
        """The gateway refused its last notice: not stated until something changes or a person asks for it again."""
        self._db.execute("UPDATE involvement SET refused = 1 WHERE ref = ?", (ref.value,))

    def accept(self, ref: InvolvementRef) -> None:
        """What the gateway had refused it has accepted after all."""
        self._db.execute("UPDATE involvement SET refused = 0 WHERE ref = ?", (ref.value,))

    def stated(self, prefix: str) -> Iterator[StatementEntry]:
        """Live published ones whose reference begins with `prefix`, with the digest of what was last said."""
        rows = self._db.execute(
            "SELECT ref, digest FROM involvement WHERE status = 'live' AND refused = 0 AND substr(ref, 1, ?) = ? ORDER BY ref",
            (len(prefix), prefix),
        )
        return (StatementEntry(InvolvementRef(ref), digest) for ref, digest in rows)

    def counts(self) -> dict[str, int]:
        """Number of involvements by status."""
        return dict(
            self._db.execute("SELECT status, count(*) FROM involvement GROUP BY status ORDER BY status").fetchall()
        )


def _known(row: tuple[str, str, str, str, str, str | None, str, str | None, str | None]) -> Known:
    ref, person_ref, source, status, fingerprint, end_date, told, missing, unconfirmed = row
    return Known(
        ref=InvolvementRef(ref),
        person_ref=PersonRef(person_ref),
        source=source,
        status=Status(status),
        fingerprint=fingerprint,
        end_date=moment.day(end_date),
        told_confirmed=date.fromisoformat(told),
        missing_since=moment.day(missing),
        unconfirmed_since=moment.day(unconfirmed),
    )
