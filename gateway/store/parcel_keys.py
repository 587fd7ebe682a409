"""Record keys of what only passes through: parcels that wait in the embedded queue, and replies that wait to leave. They stand in the store of
record keys (`gateway.store.record_keys`), in a table of their own.

* Each has a key of its own under a random name, which its row holds. The key goes when the row goes: a backup of the register from before has
  the row, and nobody opens it again. Here such a row counts as delivered, and is dropped.
* They are not counted, as other record keys are: they come and go by the minute and without the register lock. What is lost with them is said
  again by whoever said it, since it was never receipted.
* A key is written before its row and erased before the row is removed, so that there never is a row whose key would stay. Keys are made some at
  a time, or each parcel would cost two transactions. A key without a row, left by a program that ended, by a unit that failed or by a register
  that was put back from a backup, goes with the next housekeeping a day later.
"""

import os
import secrets
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Column, LargeBinary, MetaData, Table, bindparam, delete, insert, select

from gateway.store.column_types import Instant, RowId
from gateway.store.faults import StoreRefused
from gateway.store.transaction import Transaction, Transactions

KEY_BYTES: Final = 32
KEPT_ALONE: Final = timedelta(days=1)
"""How old a key without a row must be to be erased: its row may be on its way."""
GOOD_FOR: Final = timedelta(hours=1)
"""How long a key that was made in advance may be handed out: long before it could be taken for one of nothing."""
MADE_AT_ONCE: Final = 50

_NONCE_BYTES: Final = 12
_NAME_BITS: Final = 63
_AT_ONCE: Final = 500

parcel_key = Table(
    "parcel_secret",
    MetaData(),
    Column("name", RowId, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
)
_FIND: Final = select(parcel_key.c.name, parcel_key.c.key).where(
    parcel_key.c.name.in_(bindparam("names", expanding=True))
)
_ERASE: Final = delete(parcel_key).where(parcel_key.c.name.in_(bindparam("names", expanding=True)))
_OLD: Final = (
    select(parcel_key.c.name)
    .where(
        parcel_key.c.name > bindparam("after"),
        parcel_key.c.made_at <= bindparam("before", type_=parcel_key.c.made_at.type),
    )
    .order_by(parcel_key.c.name)
    .limit(bindparam("limit"))
)


class ParcelKeys:
    """The keys, each call a short transaction of its own. Threads may share it. Every call raises `StoreDown`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._lock = threading.Lock()
        self._ready: list[tuple[int, bytes]] = []
        self._made_at: datetime | None = None

    def new(self, at: datetime) -> tuple[int, bytes]:
        """A key that nothing was wrapped under, with its name. It is in the store when this returns."""
        with self._lock:
            if not self._ready or self._made_at is None or not timedelta(0) <= at - self._made_at < GOOD_FOR:
                made = [(secrets.randbits(_NAME_BITS), secrets.token_bytes(KEY_BYTES)) for _ in range(MADE_AT_ONCE)]
                with self._transactions.brief() as db:
                    db.run(insert(parcel_key), [{"name": name, "key": key, "made_at": at} for name, key in made])
                self._ready, self._made_at = made, at
            return self._ready.pop()

    def find(self, names: Iterable[int]) -> dict[int, bytes]:
        """Those of these that there are."""
        found: dict[int, bytes] = {}
        if asked := list(names):
            with self._transactions.reading() as db:
                for some in _pages(asked):
                    found |= {row.name: bytes(row.key) for row in db.rows(_FIND, {"names": some})}
        return found

    def erase(self, names: Iterable[int]) -> None:
        """There are no keys of these names any more."""
        if gone := list(names):
            with self._transactions.brief() as db:
                for some in _pages(gone):
                    db.run(_ERASE, {"names": some})

    def old(self, after: int, before: datetime, limit: int) -> list[int]:
        """Names above `after` of keys made at that instant or before, lowest first."""
        with self._transactions.reading() as db:
            return [row.name for row in db.rows(_OLD, {"after": after, "before": before, "limit": limit})]

    def __repr__(self) -> str:
        return "ParcelKeys(hidden)"


class ParcelSealing:
    """Wraps and opens for one unit of work, or for one call of the queue; without keys everything stays as it comes. What it erases of keys is
    written by `flush`, which comes just before what they were of is removed for good."""

    def __init__(self, keys: ParcelKeys | None) -> None:
        self._keys = keys
        self._gone: set[int] = set()

    @property
    def keys(self) -> ParcelKeys | None:
        """Where the keys are; None where there are none."""
        return self._keys

    def wrap(self, plain: bytes, at: datetime) -> tuple[int | None, bytes]:
        """The name of a new key (None: there are no keys here), and the value to store beside it. Raises `StoreDown`."""
        if self._keys is None:
            return None, plain
        (name, key), nonce = self._keys.new(at), os.urandom(_NONCE_BYTES)
        return name, nonce + AESGCM(key).encrypt(nonce, plain, None)

    def open(self, stored: Sequence[tuple[int | None, bytes]]) -> list[bytes]:
        """The values of these rows in their order: as they are where they have no key; empty where the key was erased, or they were changed
        under it. Raises `StoreDown`, and `StoreRefused` where there is a key and no store of them."""
        names = [name for name, _ in stored if name is not None]
        if names and self._keys is None:
            # Never taken for erased.
            raise StoreRefused(
                "what waits here is wrapped under record keys, and their store is not open: name it with record_keys_url"
            )
        keys = self._keys.find(names) if self._keys is not None else {}
        return [bytes(value) if name is None else _unwrapped(keys.get(name), value) for name, value in stored]

    def erase(self, names: Iterable[int | None]) -> None:
        """These keys go."""
        self._gone |= {name for name in names if name is not None}

    def flush(self) -> None:
        """Erase what is to go. Raises `StoreDown`."""
        if self._keys is not None:
            self._keys.erase(self._gone)
        self._gone = set()


def make_table(db: Transaction) -> None:
    """Make the table in a store of record keys that has none yet."""
    binary = "BYTEA" if db.postgresql else "BLOB"
    number = "BIGINT" if db.postgresql else "INTEGER"
    columns = f"name {number} PRIMARY KEY, key {binary} NOT NULL, made_at BIGINT NOT NULL"
    db.driver_run(f"CREATE TABLE IF NOT EXISTS {parcel_key.name} ({columns})", ())


def _unwrapped(key: bytes | None, stored: bytes) -> bytes:
    if key is None:
        return b""
    try:
        return AESGCM(key).decrypt(bytes(stored[:_NONCE_BYTES]), bytes(stored[_NONCE_BYTES:]), None)
    except (InvalidTag, ValueError):
        return b""


def _pages(names: list[int]) -> Iterable[list[int]]:
    return (names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE))
