"""The register of a gateway that may be started before its database: opened when it is first needed and there."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from gateway.ports import UnitOfWork
from gateway.store.sql_store import SqlStore
from mappings.canonical.identifiers import KeyId


class LateStore:
    """A `gateway.ports.Store`. Until the database can be reached, everything raises `StoreDown`."""

    def __init__(self, open_it: Callable[[], SqlStore]) -> None:
        self._open_it = open_it
        self._lock = threading.Lock()
        self._store: SqlStore | None = None

    def opened(self) -> SqlStore:
        """The store itself. Raises `StoreDown` (not reachable), `StoreRefused` (not usable as it is)."""
        with self._lock:
            if self._store is None:
                self._store = self._open_it()
            return self._store

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """See the port."""
        with self.opened().read() as unit:
            yield unit

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """See the port."""
        with self.opened().write() as unit:
            yield unit

    def use_nonce(self, key: KeyId, nonce: str, at: datetime) -> bool:
        """See the port."""
        return self.opened().use_nonce(key, nonce, at)

    def scrub(self) -> None:
        """See the port."""
        self.opened().scrub()

    def close(self) -> None:
        """See the port."""
        with self._lock:
            if self._store is not None:
                self._store.close()
