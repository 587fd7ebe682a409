"""Makes the schema and brings an older one up to date, with the migrations that ship in the package."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, event, text
from sqlalchemy.exc import SQLAlchemyError

from gateway.store.engine import BEGIN_OPTION, IMMEDIATE, database_url, make_engine, protect_file
from gateway.store.faults import StoreRefused
from gateway.store.transaction import REGISTER_LOCK, Transaction, Transactions, told

HEAD: Final = "0029"
"""The schema this program works with: the newest revision in `migrations/versions` (a test sees to it)."""

FOLDER: Final = Path(__file__).parent / "migrations"

_KNOWN_ON_SERVER: Final = text("SELECT to_regclass('alembic_version') IS NOT NULL")
_KNOWN_IN_FILE: Final = text("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'")
_ASTRAY: Final = text("PRAGMA foreign_key_check")
_REVISION: Final = text("SELECT version_num FROM alembic_version")


def revision_in(transaction: Transaction) -> str | None:
    """The revision of the schema in this database; None where there is none."""
    if not transaction.value(_KNOWN_ON_SERVER if transaction.postgresql else _KNOWN_IN_FILE):
        return None
    found = transaction.value(_REVISION)
    return None if found is None else str(found)


def current_revision(url: str) -> str | None:
    """The revision of the schema at `url`; None where there is none. Raises `StoreRefused`, `StoreDown`."""
    address = database_url(url)
    protect_file(address, create=False)
    transactions = Transactions(make_engine(address))
    try:
        with transactions.reading() as transaction:
            return revision_in(transaction)
    finally:
        transactions.close()


def is_current(url: str) -> bool:
    """Whether the schema at `url` is the one this program works with. Raises `StoreRefused`, `StoreDown`."""
    return current_revision(url) == HEAD


def upgrade(url: str, revision: str = "head") -> None:
    """Make the schema, or bring it up to date; all of it or nothing. An SQLite file is made with mode 0600.

    Two programs that do it at once wait for each other. Raises `StoreRefused`, `StoreDown`.
    """
    from alembic import command

    with _connected(url) as connection:
        command.upgrade(configuration(connection), revision)


def configuration(connection: Connection) -> Any:
    """Alembic's configuration for work on an open connection."""
    # Imported here: only the commands that change the schema pay for it.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    address = database_url(url)
    protect_file(address, create=True)
    engine = make_engine(address, bounded=False).execution_options(**{BEGIN_OPTION: IMMEDIATE})
    if engine.dialect.name == "sqlite":
        # Where a table is made anew, what points at it points at nothing for a moment; it is looked at when all is done.
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=OFF").fetchall())
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": REGISTER_LOCK})
                yield connection
                return
            before = len(connection.execute(_ASTRAY).all())
            yield connection
            if len(connection.execute(_ASTRAY).all()) > before:
                raise StoreRefused(
                    "the upgrade would leave rows that point at nothing, so nothing was changed; please report this"
                )
    except SQLAlchemyError as error:
        raise told(error) from None
    finally:
        engine.dispose()
