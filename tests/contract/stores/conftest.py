"""Every test of this folder runs once on SQLite and once on PostgreSQL, each time on a register with nothing in it."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from deploy.servers.postgresql import PostgreSQL
from gateway.store.engine import database_url
from gateway.store.migration import upgrade
from gateway.store.sql_store import SqlStore, open_store
from tests.contract.stores.key_place import Place
from tests.contract.stores.rows import DATA_KEY
from tests.empty_register import lay


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database with the schema and nothing else; one a module."""
    yield from fresh_register(request.param, tmp_path_factory.mktemp("made"), request)


@pytest.fixture(scope="session")
def pattern(postgresql: PostgreSQL) -> str:
    """The name of a database with the schema and nothing else, to be copied; nobody may be connected to it."""
    url = postgresql.fresh_database()
    upgrade(url)
    return url.rpartition("/")[2]


def fresh_register(engine: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a new database with the schema on that engine; dropped afterwards."""
    if engine == "sqlite":
        yield lay(folder / f"{secrets.token_hex(4)}.db")
        return
    server = request.getfixturevalue("postgresql")
    url = server.fresh_database(like=request.getfixturevalue("pattern"))
    with begun(url) as connection:
        # Copied is not made: each register has a name of its own.
        connection.execute(text("UPDATE register SET incarnation = :own"), {"own": secrets.token_hex(16)})
    yield url
    server.drop_database(url)


@contextmanager
def begun(url: str) -> Iterator[Connection]:
    """A transaction on a connection of its own."""
    engine = create_engine(database_url(url))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def url(made: str, tmp_path: Path) -> str:
    """The URL of an empty register of this test's own."""
    if made.startswith("sqlite"):
        shutil.copy(str(database_url(made).database), tmp_path / "register.db")
        return f"sqlite:///{tmp_path}/register.db"
    with begun(made) as connection:
        listed = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars()
        emptied = sorted(set(listed) - {"alembic_version", "register", "audit_head"})
        # Without foreign keys, in any order. TRUNCATE makes every table a new file, which takes five times as long.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in emptied:
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"))
        connection.execute(text("UPDATE audit_head SET seq = 0, hash = repeat('0', 64)"))
        connection.execute(
            text(
                "UPDATE register SET data_key = NULL, mode = NULL, next_data_key = NULL, pepper = NULL, next_pepper = NULL, "
                "pairing = NULL, records_after = NULL, involvements_after = NULL, keys_made = NULL, keys_erased = NULL, index_stale = NULL"
            )
        )
    return made


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    """An open, empty register."""
    opened = open_store(url, DATA_KEY)
    yield opened
    opened.close()


@pytest.fixture
def place(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """An empty register, and where its record keys are to be: nothing is there yet."""
    if url.startswith("sqlite"):
        yield Place(url, f"sqlite:///{tmp_path}/keys.db")
        return
    server = request.getfixturevalue("postgresql")
    keys_url = server.fresh_database()
    yield Place(url, keys_url)
    server.drop_database(keys_url)
