"""Where the query of an SQL source runs: the port, SQLite, and PostgreSQL. Read-only, one statement, within bounds."""

import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from connectors.sources.port import SourceUnreadable
from connectors.sources.sql_query_text import Query
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private

MOST_ROWS = 1_000_000
MOST_CHARACTERS = 512 * 1024**2
STEP = 500


@dataclass(frozen=True, slots=True, repr=False)
class Fetched:
    """Names of columns, and the rows as text."""

    columns: list[str]
    rows: list[tuple[str, ...]]


class Database(Protocol):
    """One database."""

    @property
    def place(self) -> str:
        """Which one, without any secret."""

    def version(self) -> str:
        """What it is, in words; once `fetch` worked."""

    def fetch(self, query: Query, since: str, most: int = MOST_ROWS) -> Fetched:
        """Everything the query gives; with `most`=1 only the first row. Raises `SourceUnreadable`."""


@dataclass(frozen=True, slots=True)
class SqliteDatabase:
    """A database file. `seconds` bound the query."""

    path: Path
    seconds: float = 300.0

    @property
    def place(self) -> str:
        """See the port."""
        return f"sqlite {self.path}"

    def version(self) -> str:
        """See the port."""
        return f"SQLite {sqlite3.sqlite_version}"

    def fetch(self, query: Query, since: str, most: int = MOST_ROWS) -> Fetched:
        """See the port."""
        until = time.monotonic() + self.seconds
        try:
            with closing(sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)) as db:
                db.execute("PRAGMA query_only=ON")
                db.set_authorizer(_only_reading)
                db.set_progress_handler(lambda: time.monotonic() > until, 10_000)
                cursor = db.execute(query.written(":since"), {"since": since} if query.since else {})
                return _fetched(cursor.description, _steps(cursor), most, until)
        except (sqlite3.Error, sqlite3.Warning) as problem:
            raise SourceUnreadable(_said(problem, until)) from None


@dataclass(frozen=True, slots=True)
class PostgresqlDatabase:
    """A database of a server. TLS with the host's name checked, unless the server is on this machine. `seconds` bound the query."""

    host: str
    port: int
    name: str
    user: str
    password_file: Path | None = None
    ca_file: Path | None = None
    local: bool = False
    seconds: float = 300.0

    @property
    def place(self) -> str:
        """See the port."""
        return f"postgresql {self.host} {self.port} {self.name}"

    def version(self) -> str:
        """See the port."""
        return "PostgreSQL"

    def fetch(self, query: Query, since: str, most: int = MOST_ROWS) -> Fetched:
        """See the port."""
        try:
            import psycopg
        except ImportError:
            raise SourceUnreadable(
                "PostgreSQL needs the extra of this connector: pip install 'patchwork-connector[sql]'"
            ) from None
        until = time.monotonic() + self.seconds
        try:
            with closing(psycopg.connect(**self._reached())) as db:
                db.read_only = True
                db.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                db.execute("SELECT set_config('statement_timeout', %s, true)", [f"{int(self.seconds * 1000)}"])
                with db.cursor("patchwork") as cursor:
                    cursor.itersize = STEP
                    written: Any = query.written("%(since)s")
                    cursor.execute(written, {"since": since} if query.since else None)
                    return _fetched(cursor.description, _steps(cursor), most, until)
        except psycopg.Error as problem:
            raise SourceUnreadable(_said(problem, until)) from None

    def _reached(self) -> dict[str, Any]:
        try:
            password = read_private(self.password_file).decode().strip() if self.password_file else None
        except (KeyFault, UnicodeDecodeError) as problem:
            raise SourceUnreadable(
                f"password_file: {problem if isinstance(problem, KeyFault) else 'is not text'}"
            ) from None
        reached: dict[str, Any] = {
            "host": self.host, "port": self.port, "dbname": self.name, "user": self.user, "connect_timeout": 10,
            "application_name": "patchwork-connector", "options": "-c default_transaction_read_only=on",
        }  # fmt: skip
        if password is not None:
            reached["password"] = password
        if not self.local:
            reached |= {"sslmode": "verify-full", "sslrootcert": str(self.ca_file) if self.ca_file else "system"}
        return reached


def _steps(cursor: Any) -> Iterable[Sequence[Any]]:
    while rows := cursor.fetchmany(STEP):
        yield from rows


def _fetched(description: Any, rows: Iterable[Sequence[Any]], most: int, until: float) -> Fetched:
    columns = [str(each[0]) for each in description]
    found: list[tuple[str, ...]] = []
    characters = 0
    for row in rows:
        if most == 1 and found:
            break
        cells = tuple(_text(value, name) for value, name in zip(row, columns, strict=True))
        characters += sum(map(len, cells))
        if len(found) >= most or characters > MOST_CHARACTERS:
            raise SourceUnreadable(
                f"the query gives more than {MOST_ROWS} rows or {MOST_CHARACTERS // 1024**2} MB; make it narrower, or use :since"
            )
        if len(found) % STEP == 0 and time.monotonic() > until:
            raise SourceUnreadable("the query took longer than query_seconds; nothing of it is used")
        found.append(cells)
    return Fetched(columns, found)


def _text(value: object, column: str) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case datetime() | date():
            return value.isoformat()
        case int() | float() | Decimal() | UUID():
            return str(value)
    raise SourceUnreadable(
        f"the column {column[:60]} is neither text, number, date nor yes or no; cast it in the query"
    )


def _only_reading(action: int, first: str | None, second: str | None, _database: str | None, _inner: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in ("load_extension", "readfile", "writefile"):
        return sqlite3.SQLITE_DENY
    allowed = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
    return sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY


def _said(problem: Exception, until: float) -> str:
    """What went wrong, by its kind: the database's own words may repeat a value."""
    if time.monotonic() > until or type(problem).__name__ == "QueryCanceled":
        return "the query took longer than query_seconds; nothing of it is used"
    state = getattr(problem, "sqlstate", None) or getattr(problem, "sqlite_errorname", None)
    return f"the database does not give it ({type(problem).__name__}{f' {state}' if state else ''}); try the query there by hand"
