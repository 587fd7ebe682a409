"""The embedded channel: the intake queue and the connectors' inboxes in the register's database, for gateways without a
broker.

`QueueGatewayEnd` is both the gateway's end of the channel and what the HTTPS API puts into and leases from. Every call
is a short transaction of its own that does not wait for the register lock on PostgreSQL. With record keys, what waits here is wrapped under keys
of its own (`gateway.store.parcel_keys`), and comes out as it went in.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Table, func, select, update

from connectors.channel.port import ChannelDown, ChannelRefused, Parcel
from gateway.logs import operations
from gateway.ports import Clock, StoreDown
from gateway.store import parcel_table
from gateway.store.parcel_keys import ParcelKeys, ParcelSealing
from gateway.store.queue_tables import inbox, inbox_queue, intake_queue
from gateway.store.transaction import Transaction, Transactions, insert_once
from gateway.store.wake_up import WakeUp
from mappings.canonical.identifiers import ConnectorId

LEASE_SECONDS: Final = 60.0
_SHORTEST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 0.5
_LONGEST_WAIT: Final = 60.0
_NO_INBOX: Final = "there is no such inbox for this connector; the gateway opens it when the connector is added"


class QueueGatewayEnd:
    """`connectors.channel.port.GatewayEnd`, and the server half of the HTTPS channel. Threads and processes may share
    it."""

    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        lease_seconds: float = LEASE_SECONDS,
        keys: ParcelKeys | None = None,
    ) -> None:
        self._transactions = transactions
        self._keys = keys
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._wake_up = WakeUp()

    def put_intake(self, sender: ConnectorId, sealed: bytes) -> None:
        """Queue a parcel that `sender`, whom the caller has authenticated, hands in; durable when this returns.

        Raises `ChannelDown`, `ChannelRefused`.
        """
        parcel_table.check_size(sealed)
        now = self._clock.now()
        wrapped = self._wrapped(sealed, now)
        with self._brief() as db:
            parcel_table.put(db, intake_queue, wrapped, now, sender=sender)
        self._wake_up.ring()

    def take(self, limit: int, wait: float) -> list[Parcel]:
        """Up to `limit` parcels from the intake queue under a lease, waiting up to `wait` seconds. Raises
        `ChannelDown`."""
        return self._patiently(lambda: self._lease_intake(limit), wait)

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        """These will not come again. Raises `ChannelDown`."""
        if parcels:
            self._remove(intake_queue, [parcel.tag for parcel in parcels])

    def release(self, parcels: Sequence[Parcel]) -> None:
        """Give these back untreated. Raises `ChannelDown`."""
        if parcels:
            with self._brief() as db:
                parcel_table.release(db, intake_queue, [parcel.tag for parcel in parcels], self._clock.now())
            self._wake_up.ring()

    def open_inbox(self, connector: ConnectorId, name: str) -> None:
        """Make sure the inbox exists. Raises `ChannelDown`, `ChannelRefused` where it is another connector's."""
        # Asked again at every request of a connector, so a look comes first: it holds up nobody.
        with self._reading() as db:
            known = _owner(db, name) is not None
        with self._reading() if known else self._brief() as db:
            if not known:
                db.run(insert_once(inbox, postgres=db.postgresql), {"name": name, "connector": connector})
            _check_inbox(db, connector, name)

    def send(self, connector: ConnectorId, name: str, sealed: bytes, ttl_seconds: float | None) -> None:
        """Put one parcel into a connector's inbox; after `ttl_seconds` it is dropped there.

        Raises `ChannelDown`, `ChannelRefused` (no such inbox, or a parcel too large).
        """
        parcel_table.check_size(sealed)
        now = self._clock.now()
        expires_at = None if ttl_seconds is None else now + timedelta(seconds=ttl_seconds)
        wrapped = self._wrapped(sealed, now)
        with self._brief() as db:
            _check_inbox(db, connector, name)
            # Here rather than at lease, so that the inbox of a connector that never comes does not grow without end.
            over = parcel_table.remove(db, inbox_queue, inbox_queue.c.inbox == name, inbox_queue.c.expires_at <= now)
            self._erase(over)
            parcel_table.put(db, inbox_queue, wrapped, now, inbox=name, expires_at=expires_at)
        self._wake_up.ring()

    def lease_inbox(self, connector: ConnectorId, name: str, limit: int, wait: float) -> list[Parcel]:
        """Up to `limit` parcels from the inbox under a lease, waiting up to `wait` seconds.

        Raises `ChannelDown`, `ChannelRefused` where the inbox is not this connector's.
        """
        with self._reading() as db:
            _check_inbox(db, connector, name)
        return self._patiently(lambda: self._lease_inbox(name, limit), wait)

    def acknowledge_inbox(self, name: str, tags: Sequence[str]) -> None:
        """These will not come again; tags of other inboxes are passed over. Raises `ChannelDown`."""
        if tags:
            self._remove(inbox_queue, tags, inbox_queue.c.inbox == name)

    def release_inbox(self, name: str, tags: Sequence[str]) -> None:
        """Give these back untreated; tags of other inboxes are passed over. Raises `ChannelDown`."""
        if tags:
            with self._brief() as db:
                parcel_table.release(db, inbox_queue, tags, self._clock.now(), inbox_queue.c.inbox == name)
            self._wake_up.ring()

    def forget_leases(self) -> None:
        """Free every parcel of the intake queue at once. For a process that knows, when it begins, that it is the only
        one: what the one before it held when it was killed need not wait for its lease to end. Raises `ChannelDown`."""
        with self._brief() as db:
            db.run(update(intake_queue).values(leased_until=self._clock.now()))
        self._wake_up.ring()

    def waiting(self) -> int:
        """How many parcels are in the intake queue, held or not. Raises `ChannelDown`."""
        with self._reading() as db:
            return int(db.value(select(func.count()).select_from(intake_queue)))

    def close(self) -> None:
        """Nothing to let go of: the connections are the store's, which closes them."""

    def _lease_intake(self, limit: int) -> list[Parcel]:
        now = self._clock.now()
        with self._reading() as db:
            if not parcel_table.any_free(db, intake_queue, now):
                return []
        with self._brief() as db:
            leased = parcel_table.lease(db, intake_queue, now, self._lease_seconds, limit)
        return self._opened(intake_queue, leased)

    def _lease_inbox(self, name: str, limit: int) -> list[Parcel]:
        now = self._clock.now()
        which = (inbox_queue.c.inbox == name, parcel_table.unexpired(inbox_queue, now))
        with self._reading() as db:
            if not parcel_table.any_free(db, inbox_queue, now, *which):
                return []
        with self._brief() as db:
            leased = parcel_table.lease(db, inbox_queue, now, self._lease_seconds, limit, *which)
        return self._opened(inbox_queue, leased)

    def _wrapped(self, sealed: bytes, now: datetime) -> tuple[int | None, bytes]:
        with _told():
            return ParcelSealing(self._keys).wrap(sealed, now)

    def _opened(self, table: Table, leased: Sequence[tuple[Parcel, int | None]]) -> list[Parcel]:
        """As they were put. What does not open any more was delivered, or its life was over, in a register that was then put back from a
        backup: it goes."""
        with _told():
            opened = ParcelSealing(self._keys).open([(name, parcel.sealed) for parcel, name in leased])
        pairs = [(parcel, sealed) for (parcel, _), sealed in zip(leased, opened, strict=True)]
        if over := [parcel.tag for parcel, sealed in pairs if not sealed]:
            self._remove(table, over)
            operations().warning("parcels-unreadable", count=len(over))
        return [replace(parcel, sealed=sealed) for parcel, sealed in pairs if sealed]

    def _remove(self, table: Table, handles: Sequence[str], *which: ColumnElement[bool]) -> None:
        with self._brief() as db:
            self._erase(parcel_table.acknowledge(db, table, handles, *which))

    def _erase(self, names: Sequence[int | None]) -> None:
        """Just before what they were of is removed."""
        sealing = ParcelSealing(self._keys)
        sealing.erase(names)
        with _told():
            sealing.flush()

    def _patiently(self, look: Callable[[], list[Parcel]], wait: float) -> list[Parcel]:
        until = time.monotonic() + min(max(wait, 0.0), _LONGEST_WAIT)
        pause = _SHORTEST_PAUSE
        while True:
            seen = self._wake_up.count()
            parcels = look()
            left = until - time.monotonic()
            if parcels or left <= 0:
                return parcels
            # Another process may put parcels without our hearing of it, so we look again anyhow.
            self._wake_up.wait(seen, min(pause, left))
            pause = min(pause * 2, _LONGEST_PAUSE)

    @contextmanager
    def _brief(self) -> Iterator[Transaction]:
        with _told(), self._transactions.brief() as transaction:
            yield transaction

    @contextmanager
    def _reading(self) -> Iterator[Transaction]:
        with _told(), self._transactions.reading() as transaction:
            yield transaction


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except StoreDown as problem:
        raise ChannelDown(f"the queue in the register's database does not answer: {problem}") from None


def _owner(db: Transaction, name: str) -> ConnectorId | None:
    owner: ConnectorId | None = db.value(select(inbox.c.connector).where(inbox.c.name == name))
    return owner


def _check_inbox(db: Transaction, connector: ConnectorId, name: str) -> None:
    if _owner(db, name) != connector:
        raise ChannelRefused(_NO_INBOX)
