"""First alerts that are collected, so that a worker is given many of them as one digest."""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime

from connectors.ledger import moment
from connectors.ledger.cipher import Cipher
from connectors.ledger.deliveries import SELECT, Deliveries, DueDelivery

_SHOWN = (
    "EXISTS (SELECT 1 FROM delivery before WHERE before.connection = delivery.connection"
    " AND before.involvement_ref = delivery.involvement_ref AND before.sink = delivery.sink"
    " AND (before.attempts > 0 OR before.status = 'delivered'))"
)
_WAITING = " WHERE sink = ? AND mark = ? AND status = 'pending' AND digest_at IS NOT NULL"
_OLDEST = (
    "SELECT min(received_at) FROM delivery WHERE sink = ? AND mark = ? AND status = 'pending' AND digest_at IS NOT NULL"
)
_MOVE = "UPDATE delivery SET digest_at = ?, problem = ? WHERE sink = ? AND mark = ? AND status = 'pending' AND digest_at IS NOT NULL"
_RELEASE = (
    "UPDATE delivery SET digest_at = NULL WHERE sink = ? AND mark = ? AND status = 'pending' AND digest_at IS NOT NULL"
)


class Digests:
    """Reads and writes what `delivery` says of digests."""

    def __init__(self, db: sqlite3.Connection, cipher: Cipher) -> None:
        self._db = db
        self._deliveries = Deliveries(db, cipher)

    def unsorted(self, sinks: Collection[str], limit: int, *, shown: bool) -> list[DueDelivery]:
        """Alerts for these sinks that show somebody and of which nobody has said yet whether they are collected: first ones, of which a sink was
        never given anything, or where `shown` those of which it was, or may have been."""
        places = ", ".join("?" * len(sinks))
        rows = self._db.execute(
            SELECT + f" WHERE status = 'pending' AND attempts = 0 AND mark = '' AND sink IN ({places})"
            f" AND event IN ('connection-made', 'connection-changed') AND {'' if shown else 'NOT '}{_SHOWN} ORDER BY id LIMIT ?",
            (*sinks, limit),
        )
        return [self._deliveries.opened(row) for row in rows]

    def note(self, id: int, mark: str) -> None:
        """Whose it is."""
        self._db.execute("UPDATE delivery SET mark = ? WHERE id = ?", (mark, id))

    def recent(self, sink: str, mark: str, since: datetime) -> int:
        """How many first alerts of this worker came since then, however they were or will be given."""
        row = self._db.execute(
            "SELECT count(*) FROM delivery WHERE sink = ? AND mark = ? AND received_at >= ? AND status <> 'superseded'",
            (sink, mark, moment.write(since)),
        ).fetchone()
        return int(row[0])

    def collect(self, ids: Sequence[int], at: datetime) -> None:
        """They wait for a digest at that time."""
        self._db.executemany("UPDATE delivery SET digest_at = ? WHERE id = ?", [(moment.write(at), id) for id in ids])

    def oldest(self, sink: str, mark: str) -> datetime | None:
        """When the first of those that wait for this digest came."""
        row = self._db.execute(_OLDEST, (sink, mark)).fetchone()
        return moment.read(row[0]) if row[0] else None

    def move(self, sink: str, mark: str, at: datetime, problem: str = "") -> None:
        """The whole digest is given at that time."""
        self._db.execute(_MOVE, (moment.write(at), problem, sink, mark))

    def release(self, sink: str, mark: str) -> None:
        """What waits for this digest is given one by one now: the sink files each alert beside its record."""
        self._db.execute(_RELEASE, (sink, mark))

    def due(self, now: datetime) -> list[tuple[str, str]]:
        """Sink and mark of every digest whose time has come."""
        return self._db.execute(
            "SELECT sink, mark FROM delivery WHERE status = 'pending' AND digest_at <= ? GROUP BY sink, mark ORDER BY min(id)",
            (moment.write(now),),
        ).fetchall()

    def of(self, sink: str, mark: str, limit: int) -> list[DueDelivery]:
        """What waits for one digest, oldest first."""
        rows = self._db.execute(SELECT + _WAITING + " ORDER BY id LIMIT ?", (sink, mark, limit))
        return [self._deliveries.opened(row) for row in rows]
