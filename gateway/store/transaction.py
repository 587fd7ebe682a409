"""One transaction, and the only way statements reach the database: so that every failure is told in our own words.

A driver's message repeats keys and references ("Key (agency, person_ref)=(...) already exists"), so it never leaves
this module.
"""

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine, Executable, Insert, Row, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.ports import StoreDown
from gateway.store.engine import BEGIN_OPTION, BUSY_SECONDS, IMMEDIATE, READ_ONLY
from gateway.store.faults import StoreConflict, StoreRefused

REGISTER_LOCK: Final = 0x5061_7463_6877  # "Patchw": the advisory lock of the register, one in a database
_TAKE_REGISTER_LOCK = text("SELECT pg_advisory_xact_lock(:lock)")
_READ_ONLY_SQLSTATE = "25006"

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Transaction:
    """Statements inside one open transaction. Raises `StoreDown` and `StoreConflict`; any other error of the database
    is our mistake."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.postgresql = connection.dialect.name == "postgresql"

    def run(self, statement: Executable, parameters: Parameters | None = None) -> int:
        """Execute, once or for each of a list of parameters; returns how many rows an update or deletion touched."""
        try:
            return self._connection.execute(statement, parameters).rowcount
        except SQLAlchemyError as error:
            raise told(error) from None

    def rows(self, statement: Executable, parameters: Parameters | None = None) -> Sequence[Row[Any]]:
        """All rows."""
        try:
            return self._connection.execute(statement, parameters).all()
        except SQLAlchemyError as error:
            raise told(error) from None

    def row(self, statement: Executable, parameters: Parameters | None = None) -> Row[Any] | None:
        """The first row, if any."""
        try:
            return self._connection.execute(statement, parameters).first()
        except SQLAlchemyError as error:
            raise told(error) from None

    def value(self, statement: Executable, parameters: Parameters | None = None) -> Any:
        """The first column of the first row, None where there is none."""
        row = self.row(statement, parameters)
        return None if row is None else row[0]

    def driver_rows(self, sql: str, parameters: tuple[Any, ...]) -> Sequence[Row[Any]]:
        """All rows of a statement in the engine's own SQL, for what SQLAlchemy would take longer to say than the engine
        to answer."""
        try:
            return self._connection.exec_driver_sql(sql, parameters).all()
        except SQLAlchemyError as error:
            raise told(error) from None

    def driver_run(self, sql: str, parameters: tuple[Any, ...] | list[tuple[Any, ...]]) -> None:
        """Execute a statement in the engine's own SQL, once or for each of a list of parameters."""
        try:
            self._connection.exec_driver_sql(sql, parameters)
        except SQLAlchemyError as error:
            raise told(error) from None


def upsert(table: Table, *, postgres: bool, key: Sequence[str], only_where: str | None = None) -> Insert:
    """Insert a row, or where `key` is there already set every other column to the new values, if `only_where` holds."""
    where = None if only_where is None else text(only_where)
    if postgres:
        on_server = postgresql.insert(table)
        changes = {column.name: on_server.excluded[column.name] for column in table.columns if column.name not in key}
        return on_server.on_conflict_do_update(index_elements=key, set_=changes, where=where)
    in_file = sqlite.insert(table)
    changes = {column.name: in_file.excluded[column.name] for column in table.columns if column.name not in key}
    return in_file.on_conflict_do_update(index_elements=key, set_=changes, where=where)


def insert_once(table: Table, *, postgres: bool) -> Insert:
    """Insert a row; nothing where it is there already (then `returning` brings no row)."""
    return (
        postgresql.insert(table).on_conflict_do_nothing() if postgres else sqlite.insert(table).on_conflict_do_nothing()
    )


class Transactions:
    """Begins the three kinds of transaction on one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.postgresql = engine.dialect.name == "postgresql"
        self._reading = engine.execution_options(
            **({"postgresql_readonly": True} if self.postgresql else {BEGIN_OPTION: READ_ONLY})
        )
        self._writing = engine if self.postgresql else engine.execution_options(**{BEGIN_OPTION: IMMEDIATE})
        # SQLite waits for another writer by sleeping and looking again; threads of one process need not.
        self._turn: threading.Lock | None = None if self.postgresql else threading.Lock()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Transaction]:
        """One that cannot write."""
        with _transaction(self._reading) as transaction:
            yield transaction

    @contextlib.contextmanager
    def brief(self) -> Iterator[Transaction]:
        """One that writes without the register lock (on SQLite there is only one writer at a time anyhow)."""
        with self._my_turn(), _transaction(self._writing) as transaction:
            yield transaction

    @contextlib.contextmanager
    def register(self) -> Iterator[Transaction]:
        """One that holds the register lock from its first statement."""
        with self._my_turn(), _transaction(self._writing) as transaction:
            if self.postgresql:
                transaction.run(_TAKE_REGISTER_LOCK, {"lock": REGISTER_LOCK})
            yield transaction

    def scrub(self, tables: Sequence[Table]) -> None:
        """See `gateway.ports.Store.scrub`. SQLite: empty the write-ahead log, which holds pages as they were. PostgreSQL: vacuum `tables`,
        so that the room of dead rows is written over."""
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                if not self.postgresql:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
                    return
                # Closed at the end and not given back: nobody else is to go without the limit.
                connection.detach()
                connection.exec_driver_sql("SET statement_timeout = 0")
                for each in tables:
                    connection.exec_driver_sql(f"VACUUM {each.name}")
        except SQLAlchemyError as error:
            raise told(error) from None

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    @contextlib.contextmanager
    def _my_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise StoreDown("another thread has held the database for too long; try again")
        try:
            yield
        finally:
            self._turn.release()


@contextlib.contextmanager
def _transaction(engine: Engine) -> Iterator[Transaction]:
    try:
        connection = engine.connect()
    except SQLAlchemyError as error:
        raise told(error) from None
    try:
        try:
            begun = connection.begin()
        except SQLAlchemyError as error:
            raise told(error) from None
        try:
            yield Transaction(connection)
        except BaseException:
            # Where the server is gone there is nothing to roll back, and the first error is the one to tell.
            with contextlib.suppress(SQLAlchemyError):
                begun.rollback()
            raise
        try:
            begun.commit()
        except SQLAlchemyError as error:
            raise told(error) from None
    finally:
        with contextlib.suppress(SQLAlchemyError):
            connection.close()


def told(error: SQLAlchemyError) -> Exception:
    """The error in our words: `StoreDown`, `StoreConflict`, `StoreRefused`, or itself where it is a mistake of ours."""
    if isinstance(error, PoolTimeout):
        return StoreDown("all connections to the database are busy; try again")
    if not isinstance(error, DBAPIError):
        return error
    if isinstance(error, IntegrityError):
        return StoreConflict(
            f"the database refuses a row ({_constraint(error)}); it is there already or names something that is not"
        )
    name = getattr(error.orig, "sqlite_errorname", "")
    if name == "SQLITE_READONLY" or getattr(error.orig, "sqlstate", "") == _READ_ONLY_SQLSTATE:
        return StoreRefused("a unit that only reads tried to write, or the database is read-only")
    if name in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
        return StoreRefused("the database file is damaged or not a database; restore it from a backup")
    gone = error.connection_invalidated or isinstance(error, OperationalError | InterfaceError | InternalError)
    if (gone and name != "SQLITE_ERROR") or type(error) is DatabaseError:
        return StoreDown(f"the database cannot be reached or gave up ({name or type(error.orig).__name__}); try again")
    return error


def _constraint(error: IntegrityError) -> str:
    diagnosis = getattr(error.orig, "diag", None)
    # SQLite names columns only; PostgreSQL's text would quote the values, its diagnosis does not.
    return str(getattr(diagnosis, "constraint_name", "") or "") if diagnosis is not None else str(error.orig)
