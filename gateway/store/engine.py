"""Connections to the two engines, with everything that makes them durable, bounded in time and private.

SQLite: WAL, synchronous=FULL, foreign keys, a file only its owner reads; transactions are begun by us, never by the
driver. PostgreSQL: READ COMMITTED, every wait has an end.
"""

import os
import stat
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from gateway.store.faults import StoreRefused

BUSY_SECONDS: Final = 10
_QUERY_ONLY: Final = "query only"
BEGIN_OPTION: Final = "patchwork_begin"
READ_ONLY: Final = "read only"
IMMEDIATE: Final = "immediate"

_POSTGRESQL_LIMITS: Final = {
    "lock_timeout": "30s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "120s",
    "timezone": "UTC",
}
_HINT: Final = "give sqlite:////absolute/path/register.db or postgresql://user@host/database"


def database_url(text: str) -> URL:
    """The URL, with our driver. Raises `StoreRefused`, without repeating the URL: it may hold a password."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise StoreRefused(f"the database setting is not a URL; {_HINT}") from None
    if url.drivername in ("postgresql", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise StoreRefused(f"this kind of database is not supported; {_HINT}")
    if not url.database or url.database == ":memory:" or url.database.startswith("file:") or url.query:
        raise StoreRefused(f"an SQLite register needs a file of its own; {_HINT}")
    return url.set(drivername="sqlite+pysqlite")


def make_engine(url: URL, *, bounded: bool = True) -> Engine:
    """An engine for a URL of `database_url`. `bounded=False` lifts the limits on statements, for migrations."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    limits = _POSTGRESQL_LIMITS if bounded else {"timezone": "UTC", "lock_timeout": "60s"}
    return create_engine(
        url,
        isolation_level="READ COMMITTED",
        hide_parameters=True,
        pool_timeout=BUSY_SECONDS,
        pool_use_lifo=True,
        use_native_hstore=False,
        connect_args={
            "connect_timeout": 10,
            "application_name": "patchwork",
            "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
            "keepalives_idle": 30,
            "tcp_user_timeout": 60_000,
        },
    )


def protect_file(url: URL, *, create: bool) -> None:
    """See that an SQLite file exists and that only its owner can read it; SQLite gives its -wal and -shm files the same
    mode.

    Raises `StoreRefused` where it does not exist and is not to be made, or belongs to somebody else.
    """
    if url.get_backend_name() != "sqlite" or url.database is None:
        return
    path = Path(url.database)
    if create:
        _create(path)
    # Never opened here: a file that is closed loses all locks that this process has on it, those of SQLite's connections too
    # (https://sqlite.org/howtocorrupt.html, "Posix advisory locks canceled by a separate thread doing close()").
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        way = "make its folder first" if create else "make it with: patchwork db upgrade"
        raise StoreRefused(f"there is no database at {path}; {way}") from None
    except OSError as problem:
        raise StoreRefused(f"the database file {path} cannot be opened: {problem.strerror}") from None
    if not stat.S_ISREG(mode) or not os.access(
        path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids
    ):
        raise StoreRefused(
            f"the database file {path} cannot be opened for writing; see that it is a file of the gateway's user"
        )
    try:
        if stat.S_IMODE(mode) & 0o077:
            path.chmod(0o600)
    except OSError as problem:
        raise StoreRefused(
            f"the database file {path} must belong to the user of the gateway: {problem.strerror}"
        ) from None


def _create(path: Path) -> None:
    # A file that was not there is open to nobody else yet.
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except (FileExistsError, FileNotFoundError):
        return
    except OSError as problem:
        raise StoreRefused(f"the database file {path} cannot be made: {problem.strerror}") from None


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, hide_parameters=True, pool_timeout=BUSY_SECONDS, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver of Python 3.11 to 3.13 would begin transactions by itself, late and never IMMEDIATE: we do it in
    # _begin_sqlite.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        # 32 MB a connection: of a large register the upper levels of every tree, and what was touched lately.
        "cache_size=-32768",
        # What is erased is overwritten, not only let go of.
        "secure_delete=ON",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _begin_sqlite(connection: Connection) -> None:
    kind = connection.get_execution_options().get(BEGIN_OPTION)
    wanted = "ON" if kind == READ_ONLY else "OFF"
    if connection.info.get(_QUERY_ONLY) != wanted:
        # Only where it is another: SQLite forgets every statement it has compiled.
        connection.exec_driver_sql(f"PRAGMA query_only={wanted}")
        connection.info[_QUERY_ONLY] = wanted
    connection.exec_driver_sql("BEGIN IMMEDIATE" if kind == IMMEDIATE else "BEGIN")
