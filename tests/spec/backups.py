"""Backups as an operator makes them: of an SQLite register with SQLite's own two ways, of one on PostgreSQL with `pg_dump` and `pg_restore`."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from deploy.servers import postgresql_backup
from deploy.servers.postgresql import PostgreSQL
from gateway.store.engine import database_url
from gateway.store.sql_store import SqlStore, open_store

DATA_KEY = bytes(range(32))


class Way(Protocol):
    """How one register is backed up while it is in use, and put back."""

    url: str

    def back_up(self, file: Path) -> None: ...
    def put_back(self, file: Path) -> None:
        """From now on `url` is the register as it was."""


@dataclass
class InFile:
    """`VACUUM INTO`, or the backup API, which the shell's `.backup` is made with."""

    url: str
    api: bool

    def back_up(self, file: Path) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as db:
            if self.api:
                with closing(sqlite3.connect(file)) as copy:
                    db.backup(copy)
            else:
                db.execute("VACUUM INTO ?", (str(file),))

    def put_back(self, file: Path) -> None:
        for leftover in self._path.parent.glob(f"{self._path.name}*"):
            leftover.unlink()
        shutil.copyfile(file, self._path)

    @property
    def _path(self) -> Path:
        return Path(str(database_url(self.url).database))


@dataclass
class OnServer:
    """`pg_dump --format=custom`, and `pg_restore` into another database of the server."""

    url: str
    server: PostgreSQL

    def back_up(self, file: Path) -> None:
        postgresql_backup.dump(self.server, self.url, file)

    def put_back(self, file: Path) -> None:
        former, self.url = self.url, postgresql_backup.restore(self.server, file)
        self.server.drop_database(former)


@dataclass
class Register:
    """A register and the store of its record keys, which is in none of its backups."""

    way: Way
    keys_url: str
    stores: list[SqlStore] = field(default_factory=list)

    def open(self) -> SqlStore:
        store = open_store(self.way.url, DATA_KEY, record_keys_url=self.keys_url)
        self.stores.append(store)
        return store

    def close(self) -> None:
        while self.stores:
            self.stores.pop().close()
