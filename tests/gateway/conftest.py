"""An empty register with a clock that stands still, and an office with two people already enrolled."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.sql_store import SqlStore, open_store
from gateway.trust.operators import Office
from tests.empty_register import lay
from tests.gateway.staff import PARTNERSHIP, Staff, StillClock, opened

DATA_KEY = bytes(range(32))


@pytest.fixture(scope="session")
def empty_register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("register") / "empty.db"
    lay(path)
    return path


@pytest.fixture
def store(empty_register: Path, tmp_path: Path) -> Iterator[SqlStore]:
    """A register of the test's own."""
    path = tmp_path / "register.db"
    shutil.copyfile(empty_register, path)
    opened = open_store(f"sqlite:///{path}", DATA_KEY)
    yield opened
    opened.close()


@pytest.fixture
def office(store: SqlStore) -> Office:
    """Nobody is enrolled yet."""
    return Office(store, StillClock(), PARTNERSHIP)


@pytest.fixture
def staff(office: Office) -> Staff:
    """The office with two operators enrolled: anna, who is registrar and IG lead, and omar, who signs second."""
    return opened(office)
