"""Opens the register's database and hands out units of work."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, select, update

from gateway.model.side import LONE_TRIAL, Side
from gateway.ports import Clock, Store, UnitOfWork
from gateway.store.channel_queue import LEASE_SECONDS, QueueGatewayEnd
from gateway.store.data_keys import DataKeys
from gateway.store.engine import database_url, make_engine, protect_file
from gateway.store.faults import StoreRefused
from gateway.store.filling import Newcomer, fill
from gateway.store.metadata import metadata
from gateway.store.migration import HEAD, revision_in
from gateway.store.nonces import SqlNonces
from gateway.store.record_keys import KeyCounts, RecordKeys, open_record_keys
from gateway.store.sealed_columns import SealedColumns
from gateway.store.tables import person_record, register
from gateway.store.transaction import Transaction, Transactions
from gateway.store.unit_of_work import SqlUnitOfWork
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import KeyId

_DATA_KEYS: Final = select(register.c.data_key, register.c.next_data_key)

_KEY_COUNTS: Final = select(register.c.keys_made, register.c.keys_erased)

_ERASED_FROM: Final = frozenset(
    {
        "person_record",
        "posting_page",
        "involvement",
        "relation",
        "relation_key",
        "sealed_details",
        "dead_letter",
        "intake_queue",
        "inbox_queue",
        "reply",
        "audit_salt",
        "kept_disclosure",
        "disclosure_subject",
        "rollout_entry",
    }
)


class SqlStore:
    """`gateway.ports.Store`. Threads may share it: each unit has a connection of its own.

    `trust`: another store whose register of trust counts here, where this side has none of its own. It is only read, and read once this
    side's lock is held, so that nobody who was stopped before a unit began is heard in it.
    """

    def __init__(
        self,
        transactions: Transactions,
        keys: DataKeys,
        side: Side = LONE_TRIAL,
        trust: Store | None = None,
        record_keys: RecordKeys | None = None,
    ) -> None:
        self.transactions, self._keys = transactions, keys
        self.side = side
        self._trust = trust
        self._record_keys = record_keys
        self._columns = SealedColumns(keys, record_keys)

    @contextmanager
    def read(self) -> Iterator[SqlUnitOfWork]:
        """A unit that cannot write. Raises `StoreDown`."""
        with self.transactions.reading() as transaction, self._shared() as shared:
            yield self._unit(transaction, shared)

    @contextmanager
    def write(self) -> Iterator[SqlUnitOfWork]:
        """A unit that holds the register lock. Commits on a clean exit, else leaves no trace. Raises `StoreDown`,
        `StoreConflict`, and `StoreRefused` where the data key that seals now is not here.

        Where the server is lost during the commit itself nobody can tell whether it happened; units are such that doing
        one again is harmless.
        """
        with self.transactions.register() as transaction, self._shared() as shared:
            self._keys.seal_with(_sealing(transaction))
            with self._keeping_keys(transaction):
                unit = self._unit(transaction, shared)
                unit.begin()
                yield unit
                unit.finish()

    def fill(self, people: Sequence[Newcomer], at: datetime) -> None:
        """Add many people of whom nobody is matched, in one transaction: for measuring a large register (`gateway.store.filling`)."""
        with self.transactions.register() as transaction:
            self._keys.seal_with(_sealing(transaction))
            with self._keeping_keys(transaction):
                fill(transaction, self._columns.evidence, people, at)

    def queue(self, clock: Clock, lease_seconds: float = LEASE_SECONDS) -> QueueGatewayEnd:
        """The embedded channel in the same database. It lives as long as the store."""
        return QueueGatewayEnd(self.transactions, clock, lease_seconds, self._columns.parcels)

    def use_nonce(self, key: KeyId, nonce: str, at: datetime) -> bool:
        """`RequestNonces.use` in a short transaction of its own, which does not wait for the register lock on
        PostgreSQL."""
        with self.transactions.brief() as transaction:
            return SqlNonces(transaction).use(key, nonce, at)

    def scrub(self) -> None:
        """See the port."""
        self.transactions.scrub([each for each in metadata.sorted_tables if each.name in _ERASED_FROM])
        if self._record_keys is not None:
            self._record_keys.scrub()

    def close(self) -> None:
        """Let go of all connections."""
        self.transactions.close()
        if self._record_keys is not None:
            self._record_keys.close()

    @contextmanager
    def _keeping_keys(self, transaction: Transaction) -> Iterator[None]:
        """What the unit makes and erases of record keys is written last of all before it commits, and noted in the register."""
        keys = self._record_keys
        if keys is None:
            yield
            return
        row = transaction.row(_KEY_COUNTS)
        noted = KeyCounts((row.keys_made or 0) if row else 0, (row.keys_erased or 0) if row else 0)
        keys.begin(noted)
        try:
            yield
            done = keys.flush()
            if done != KeyCounts() or (row is not None and row.keys_made is None):
                made, erased = noted.made + done.made, noted.erased + done.erased
                transaction.run(update(register).values(keys_made=made, keys_erased=erased))
        finally:
            keys.forget()

    def _shared(self) -> AbstractContextManager[UnitOfWork | None]:
        return nullcontext() if self._trust is None else self._trust.read()

    def _unit(self, transaction: Transaction, shared: UnitOfWork | None) -> SqlUnitOfWork:
        return SqlUnitOfWork(transaction, self._columns, self.side, shared)


def open_store(
    url: str,
    data_key: bytes,
    side: Side = LONE_TRIAL,
    trust: Store | None = None,
    others: Callable[[], Iterable[bytes]] = tuple,
    record_keys_url: str = "",
) -> SqlStore:
    """The register at `url` (sqlite:////path or postgresql://...), its sealed columns under `data_key` (32 bytes). `trust`: see `SqlStore`.
    `others` reads the data keys beside it: the next one while it is rotated, and retired ones. `record_keys_url`: the database with the record
    keys, which is made where it is missing; a register that has none yet is then wrapped in the background (`gateway.keys.renewal`).

    Raises `StoreRefused` where it has not this program's schema, was made with another data key or is another side's, `StoreDown` where
    it cannot be reached.
    """
    keys = DataKeys(data_key, others)
    record_keys = open_record_keys(record_keys_url) if record_keys_url else None
    address = database_url(url)
    protect_file(address, create=False)
    transactions = Transactions(make_engine(address))
    try:
        _check_schema(transactions)
        _check_key(transactions, keys)
        _check_mode(transactions, side.mode)
        _check_apart(transactions, trust)
        _check_record_keys(transactions, record_keys)
    except BaseException:
        transactions.close()
        if record_keys is not None:
            record_keys.close()
        raise
    return SqlStore(transactions, keys, side, trust, record_keys)


def _check_schema(transactions: Transactions) -> None:
    with transactions.reading() as transaction:
        found = revision_in(transaction)
    if found == HEAD:
        return
    if found is None:
        raise StoreRefused("this database holds no register yet; make it with: patchwork db upgrade")
    raise StoreRefused(
        f"this database has schema {found}, this program needs {HEAD}. Stop the gateway, back the database up, and run:"
        " patchwork db upgrade (where that does not know the schema, a newer program made it: install that one)"
    )


def _check_mode(transactions: Transactions, mode: Mode) -> None:
    kept = _kept(transactions, register.c.mode, mode)
    if kept is not mode:
        raise StoreRefused(
            f"this database is of a {kept} register, and the settings call it {mode}: invented and real people never meet in one; "
            "give each side a database of its own"
        )


def _check_apart(transactions: Transactions, trust: Store | None) -> None:
    """Two URLs may name one database; its incarnation tells."""
    if trust is None:
        return
    with transactions.reading() as transaction, trust.read() as shared:
        if transaction.value(select(register.c.incarnation)) == shared.incarnation():
            raise StoreRefused("both sides name the same database; make one for the trial side alone")


def _kept(transactions: Transactions, column: Column[Any], value: object) -> Any:
    """What the register says in this column. A register that says nothing yet is given the value, for good."""
    with transactions.reading() as transaction:
        known = transaction.value(select(column))
    if known is None:
        with transactions.register() as transaction:
            transaction.run(update(register).where(column.is_(None)).values({column: value}))
            known = transaction.value(select(column))
    return known


def _check_key(transactions: Transactions, keys: DataKeys) -> None:
    with transactions.reading() as transaction:
        known = transaction.row(_DATA_KEYS)
    if known is not None and known.data_key is None:
        with transactions.register() as transaction:
            transaction.run(update(register).where(register.c.data_key.is_(None)).values(data_key=keys.sealing))
            known = transaction.row(_DATA_KEYS)
    try:
        for id in (known.data_key, known.next_data_key) if known is not None else ():
            if id is not None:
                keys.key(bytes(id))
    except StoreRefused:
        raise StoreRefused(
            "this database was made with another data key; give the gateway the data key file it was made with, and while the key is "
            "rotated the one beside it that ends in .next"
        ) from None


def _check_record_keys(transactions: Transactions, record_keys: RecordKeys | None) -> None:
    """A register that is under record keys stays so; one that is not is wrapped in the background from the day it is given a store for them."""
    with transactions.reading() as transaction:
        noted = transaction.row(_KEY_COUNTS)
    used = noted is not None and noted.keys_made is not None
    if record_keys is None:
        if used:
            raise StoreRefused(
                "this register is sealed under record keys, which are in a store of their own: name it with record_keys_url in the settings"
            )
        return
    if not used:
        with transactions.register() as transaction:
            # In an empty register there is nothing to wrap.
            after = 0 if transaction.row(select(person_record.c.id).limit(1)) is not None else None
            started = update(register).where(register.c.keys_made.is_(None))
            transaction.run(started.values(keys_made=0, keys_erased=0, records_after=after, involvements_after=after))
        return
    if noted is not None:
        record_keys.begin(KeyCounts(noted.keys_made or 0, noted.keys_erased or 0))
        record_keys.forget()


def _sealing(transaction: Transaction) -> bytes:
    row = transaction.row(_DATA_KEYS)
    if row is None or row.data_key is None:
        raise StoreRefused("this database names no data key; open it with the gateway's settings first")
    return bytes(row.next_data_key or row.data_key)
