"""Leasing from one table of parcels: what is taken is hidden until its lease ends, so that two takers never hold the
same.

Parcels are wrapped under keys of their own (`gateway.store.parcel_keys`), whose names stand beside them. A parcel's handle is its random tag and
the count of its deliveries: whoever held it before cannot give back what another holds now.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, delete, exists, insert, or_, select, tuple_, update

from connectors.channel.port import MAX_PARCEL_BYTES, ChannelRefused, Parcel
from gateway.store.transaction import Transaction

MOST_AT_ONCE: Final = 500
_TAG_BYTES: Final = 16


def check_size(sealed: bytes) -> None:
    """Raises `ChannelRefused` for a parcel that is empty or larger than the channel carries."""
    if not 0 < len(sealed) <= MAX_PARCEL_BYTES:
        raise ChannelRefused(f"a parcel must be 1 to {MAX_PARCEL_BYTES} bytes; send a smaller one")


def put(db: Transaction, table: Table, wrapped: tuple[int | None, bytes], now: datetime, **columns: Any) -> None:
    """Add one parcel, free at once. `wrapped`: the name of its key, and what is stored."""
    values = {
        "tag": secrets.token_hex(_TAG_BYTES),
        "key_name": wrapped[0],
        "sealed": wrapped[1],
        "put_at": now,
        "leased_until": now,
        "deliveries": 0,
    }
    db.run(insert(table), values | columns)


def any_free(db: Transaction, table: Table, now: datetime, *which: ColumnElement[bool]) -> bool:
    """Whether a lease would bring anything. A look, without holding up anybody."""
    return bool(db.value(select(exists().where(table.c.leased_until <= now, *which))))


def lease(
    db: Transaction, table: Table, now: datetime, lease_seconds: float, limit: int, *which: ColumnElement[bool]
) -> list[tuple[Parcel, int | None]]:
    """Up to `limit` free parcels as they are stored, each with the name of its key, in the order in which they came, held until
    `lease_seconds` from now."""
    free = select(table.c.seq).where(table.c.leased_until <= now, *which).order_by(table.c.seq)
    free = free.limit(max(1, min(limit, MOST_AT_ONCE))).with_for_update(skip_locked=True)
    held = (
        update(table)
        .where(table.c.seq.in_(free.scalar_subquery()))
        .values(leased_until=now + timedelta(seconds=lease_seconds), deliveries=table.c.deliveries + 1)
        .returning(table)
    )
    rows = sorted(db.rows(held), key=lambda row: row.seq)
    return [
        (
            Parcel(f"{row.tag}.{row.deliveries}", row.sealed, getattr(row, "sender", None), row.deliveries > 1),
            row.key_name,
        )
        for row in rows
    ]


def acknowledge(db: Transaction, table: Table, handles: Sequence[str], *which: ColumnElement[bool]) -> list[int | None]:
    """Remove these for good, also where their lease has ended: the work on them is done. Returns the names of their keys."""
    tags = [handle.partition(".")[0] for handle in handles]
    names: list[int | None] = []
    for start in range(0, len(tags), MOST_AT_ONCE):
        names += remove(db, table, table.c.tag.in_(tags[start : start + MOST_AT_ONCE]), *which)
    return names


def remove(db: Transaction, table: Table, *which: ColumnElement[bool]) -> list[int | None]:
    """Remove whatever it is true of. Returns the name of each one's key."""
    return [row.key_name for row in db.rows(delete(table).where(*which).returning(table.c.key_name))]


def release(db: Transaction, table: Table, handles: Sequence[str], now: datetime, *which: ColumnElement[bool]) -> None:
    """Make these free at once, where the giver is still the one who holds them."""
    held = [(tag, int(count)) for tag, _, count in (handle.partition(".") for handle in handles) if count.isdecimal()]
    for start in range(0, len(held), MOST_AT_ONCE):
        ours = tuple_(table.c.tag, table.c.deliveries).in_(held[start : start + MOST_AT_ONCE])
        db.run(update(table).where(and_(ours, *which)).values(leased_until=now))


def unexpired(table: Table, now: datetime) -> ColumnElement[bool]:
    """Parcels that may still be delivered."""
    return or_(table.c.expires_at.is_(None), table.c.expires_at > now)
