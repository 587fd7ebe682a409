"""A partnership in one process: the town of Seaton, where the chapters take place."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.bench.world import World
from gateway.store.sql_store import open_store
from tests.empty_register import lay


@pytest.fixture(scope="session")
def empty_seaton(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register with the schema and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("seaton") / "register.sqlite"
    lay(path)
    return path


@pytest.fixture
def seaton(empty_seaton: Path, tmp_path: Path) -> Iterator[World]:
    """A gateway nobody has joined yet."""
    path = tmp_path / "register.sqlite"
    shutil.copyfile(empty_seaton, path)
    path.chmod(0o600)
    store = open_store(f"sqlite:///{path}", bytes(range(32)))
    yield World(store)
    store.close()
