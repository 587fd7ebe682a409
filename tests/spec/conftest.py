"""A partnership in one process: the town of Seaton, where the chapters take place."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.bench.world import World
from gateway.store.migration import upgrade
from gateway.store.sql_store import open_store


@pytest.fixture
def seaton(tmp_path: Path) -> Iterator[World]:
    """A gateway nobody has joined yet."""
    url = f"sqlite:///{tmp_path}/register.sqlite"
    upgrade(url)
    store = open_store(url, bytes(range(32)))
    yield World(store)
    store.close()
