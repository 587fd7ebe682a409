"""Housekeeping of what only passes through: parcels whose life is over, parcels and replies from before there were keys, and keys without any."""

from datetime import datetime
from typing import Final

from sqlalchemy import Column, Table, select, update

from gateway.store.parcel_keys import KEPT_ALONE, ParcelSealing
from gateway.store.parcel_table import remove
from gateway.store.queue_tables import inbox_queue, intake_queue
from gateway.store.tables import reply
from gateway.store.transaction import Transaction

_PASSING: Final[tuple[tuple[Table, Column[int], Column[bytes]], ...]] = (
    (intake_queue, intake_queue.c.seq, intake_queue.c.sealed),
    (inbox_queue, inbox_queue.c.seq, inbox_queue.c.sealed),
    (reply, reply.c.id, reply.c.body),
)


def drop_over(db: Transaction, sealing: ParcelSealing, now: datetime, limit: int) -> int:
    """Remove up to `limit` parcels from inboxes whose life is over. Returns how many it was."""
    found = select(inbox_queue.c.seq).where(inbox_queue.c.expires_at <= now).order_by(inbox_queue.c.seq).limit(limit)
    names = remove(db, inbox_queue, inbox_queue.c.seq.in_(found.scalar_subquery()))
    sealing.erase(names)
    return len(names)


def wrap_older(db: Transaction, sealing: ParcelSealing, now: datetime, limit: int) -> int:
    """Bring up to `limit` that were stored before there were keys under one. Returns how many it was."""
    done = 0
    for table, number, value in _PASSING if sealing.keys is not None else ():
        bare = select(number.label("number"), value.label("value")).where(table.c.key_name.is_(None))
        for row in db.rows(bare.order_by(number).limit(limit - done)):
            name, stored = sealing.wrap(row.value, now)
            # Where it was removed meanwhile the key is nobody's, and goes as such.
            db.run(update(table).where(number == row.number).values({"key_name": name, value.name: stored}))
            done += 1
    return done


def erase_alone(db: Transaction, sealing: ParcelSealing, after: int, now: datetime, limit: int) -> int | None:
    """Look at up to `limit` keys named above `after`, and erase those that are old and of nothing. Returns the name of the last; None where
    there is no other. Raises `StoreDown`."""
    if sealing.keys is None:
        return None
    names = sealing.keys.old(after, now - KEPT_ALONE, limit)
    used = {
        row.key_name
        for table, _, _ in _PASSING
        for row in db.rows(select(table.c.key_name).where(table.c.key_name.in_(names)))
    }
    sealing.erase(set(names) - used)
    return names[-1] if names else None
