"""A register for one piece of work, gone when that is over: for trying matching out, never for notices."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from gateway.refused import Refused
from gateway.store.migration import current_revision, upgrade
from gateway.store.sql_store import SqlStore, open_store


@contextmanager
def throwaway_register(database: str | None = None) -> Iterator[SqlStore]:
    """An empty register in a temporary file, or in the empty database that is named. Its data key is known to nobody. Raises `Refused` where
    the database holds a register."""
    with TemporaryDirectory(prefix="patchwork-") as folder:
        url = database or f"sqlite:///{folder}/register.db"
        if database and current_revision(url) is not None:
            raise Refused("that database holds a register already; give an empty one, for this alone")
        upgrade(url)
        store = open_store(url, secrets.token_bytes(32))
        try:
            yield store
        finally:
            store.close()
