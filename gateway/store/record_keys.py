"""Record keys: a random key for each thing of somebody's that is sealed, in a database of their own outside the main backup.

What is sealed opens with the data key and its record key together. When a record key is gone, nobody opens the value again: not here, and not in
a backup of the register, however old. Keys have short names (63 bits of a digest of whose they are), so that a register put back from a backup
names the same ones.

* New and erased keys of a unit of work are written in one transaction just before its own commit, under the register lock. A new key whose unit
  then fails is nobody's; an erased one whose unit fails leaves a value that nobody can open, which counts as erased and is tidied up next time.
* The register notes how many were made and erased. If it is ahead of the store, that was put back from a backup and lacks keys: refused. If it
  is behind, it was put back itself, and what was erased meanwhile is unreadable in it (`Housekeeping.unreadable`).
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from gateway.store.column_types import RowId
from gateway.store.engine import database_url, make_engine, protect_file
from gateway.store.faults import StoreRefused
from gateway.store.parcel_keys import ParcelKeys, make_table, parcel_key
from gateway.store.transaction import Transaction, Transactions, insert_once

KEY_BYTES: Final = 32
ID_BYTES: Final = 4
MOST_HELD: Final = 50_000
"""Keys kept in memory, about 10 MB."""

metadata = MetaData()
record_key = Table(
    "record_secret",
    metadata,
    Column("name", RowId, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
)
state = Table(
    "record_secret_state",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("made", BigInteger, nullable=False),
    Column("erased", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="single"),
)
_STATE: Final = select(state.c.made, state.c.erased)
_FIND: Final = select(record_key.c.key).where(record_key.c.name == bindparam("named"))
_ERASE: Final = delete(record_key).where(record_key.c.name == bindparam("named"))


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """How many keys were ever made, and erased."""

    made: int = 0
    erased: int = 0


def name_of(kind: str, *whose: str) -> int:
    """The name of a key: 63 bits, the same in every register that holds the same thing."""
    parts = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in ("record key", kind, *whose))
    return int.from_bytes(hashlib.sha256(parts).digest()[:8], "big") >> 1


def id_of(key: bytes) -> bytes:
    """Four bytes that tell one key from the one that came before it under its name."""
    return hashlib.sha256(b"patchwork record key id|" + key).digest()[:ID_BYTES]


class RecordKeys:
    """One store of record keys. Threads may share it: what is made or erased belongs to the one unit that holds the register lock. `parcels` are
    those of what only passes through (`gateway.store.parcel_keys`)."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self.parcels = ParcelKeys(transactions)
        self._held: dict[int, bytes] = {}
        self._made: dict[int, bytes] = {}
        self._gone: set[int] = set()
        self._erased = -1

    def begin(self, noted: KeyCounts) -> None:
        """A unit that writes begins, under the register lock; `noted` is what its register says. Raises `StoreRefused` where this store
        lacks keys that the register was sealed with, `StoreDown`."""
        self._made, self._gone = {}, set()
        found = self.counts()
        if found.made < noted.made:
            raise StoreRefused(
                f"the store of record keys is older than the register ({found.made} keys were ever made in it, and the register knows of "
                f"{noted.made}): what was sealed since cannot be opened. Put back its newest backup"
            )
        if found.erased != self._erased:
            # Somebody else erased keys: what is held may be gone.
            self._held, self._erased = {}, found.erased

    def flush(self) -> KeyCounts:
        """Write what the unit made and erased, just before it commits. Returns how many. Raises `StoreDown`; then nothing of it was written."""
        if not self._made and not self._gone:
            return KeyCounts()
        with self._transactions.brief() as db:
            erased = sum(db.run(_ERASE, {"named": name}) for name in sorted(self._gone))
            if self._made:
                rows = [{"name": name, "key": key} for name, key in self._made.items()]
                db.run(insert(record_key), rows)
            counts = KeyCounts(len(self._made), erased)
            db.run(update(state).values(made=state.c.made + counts.made, erased=state.c.erased + counts.erased))
        for name in self._gone:
            self._held.pop(name, None)
        self._held |= self._made
        self._erased += erased
        self._made, self._gone = {}, set()
        return counts

    def forget(self) -> None:
        """The unit ended, one way or the other."""
        self._made, self._gone = {}, set()

    def to_seal(self, name: int) -> bytes:
        """The key of that name; a new one where there is none. In a unit that writes. Raises `StoreDown`."""
        if name in self._made:
            return self._made[name]
        key = None if name in self._gone else self._find(name)
        if key is None:
            key = self._made[name] = secrets.token_bytes(KEY_BYTES)
        return key

    def to_open(self, name: int, id: bytes) -> bytes | None:
        """The key of that name and id; None where it was erased. Raises `StoreDown`."""
        key = self._find(name)
        if key is not None and id_of(key) != id:
            # Another process may have made it anew since it was held.
            self._held.pop(name, None)
            key = self._find(name)
        return key if key is not None and id_of(key) == id else None

    def erase(self, name: int) -> None:
        """When the unit commits there is no key of that name any more. Raises `StoreDown`."""
        self._made.pop(name, None)
        if self._find(name) is not None:
            self._gone.add(name)

    def counts(self) -> KeyCounts:
        """See `KeyCounts`. Raises `StoreDown`."""
        with self._transactions.reading() as db:
            row = db.row(_STATE)
        return KeyCounts() if row is None else KeyCounts(int(row.made), int(row.erased))

    def held(self) -> int:
        """How many keys there are. Raises `StoreDown`."""
        with self._transactions.reading() as db:
            return int(db.value(select(func.count()).select_from(record_key)))

    def scrub(self) -> None:
        """Have the database let go of the old bytes of erased keys. Raises `StoreDown`."""
        self._transactions.scrub([record_key, parcel_key])

    def close(self) -> None:
        """Let go of all connections."""
        self._transactions.close()

    def _find(self, name: int) -> bytes | None:
        if name in self._made:
            return self._made[name]
        if name not in self._held:
            with self._transactions.reading() as db:
                found = db.value(_FIND, {"named": name})
            if found is None:
                return None
            if len(self._held) >= MOST_HELD:
                self._held = {}
            self._held[name] = bytes(found)
        return self._held[name]

    def __repr__(self) -> str:
        return "RecordKeys(hidden)"


def open_record_keys(url: str) -> RecordKeys:
    """The store at `url`, which is made where it is not there yet: an SQLite file with mode 0600, or the two tables in a PostgreSQL database of
    its own. Raises `StoreRefused`, `StoreDown`."""
    address = database_url(url)
    protect_file(address, create=True)
    transactions = Transactions(make_engine(address))
    try:
        # Two programs may start at once.
        with transactions.register() as db:
            _make(db)
    except BaseException:
        transactions.close()
        raise
    return RecordKeys(transactions)


def _make(db: Transaction) -> None:
    keys = (
        "name BIGINT PRIMARY KEY, key BYTEA NOT NULL"
        if db.postgresql
        else "name INTEGER PRIMARY KEY, key BLOB NOT NULL"
    )
    db.driver_run(f"CREATE TABLE IF NOT EXISTS {record_key.name} ({keys})", ())
    db.driver_run(
        f"CREATE TABLE IF NOT EXISTS {state.name} (id SMALLINT PRIMARY KEY CHECK (id = 1), made BIGINT NOT NULL, erased BIGINT NOT NULL)",
        (),
    )
    make_table(db)
    db.run(insert_once(state, postgres=db.postgresql), {"id": 1, "made": 0, "erased": 0})
