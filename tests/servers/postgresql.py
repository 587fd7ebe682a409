"""Fixtures `postgresql` (one a session), `postgresql_url` (a database a test), `disposable_postgresql` (a module)."""

from collections.abc import Iterator

import pytest

from deploy.servers.missing import ServerMissing
from deploy.servers.postgresql import FASTEST, PostgreSQL
from tests.servers.unavailable import give_up


def _server() -> PostgreSQL:
    try:
        return PostgreSQL(FASTEST)
    except ServerMissing as reason:
        give_up(reason)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """The session's server, shared: leave it running, and use a database of your own (`postgresql_url`)."""
    with _server() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL) -> Iterator[str]:
    """The `postgresql+psycopg://` URL of a new, empty database on the session's server; dropped after the test."""
    url = postgresql.fresh_database()
    yield url
    postgresql.drop_database(url)


@pytest.fixture(scope="module")
def disposable_postgresql() -> Iterator[PostgreSQL]:
    """A server for this module alone, to be killed, wiped and started at will."""
    with _server() as server:
        yield server
