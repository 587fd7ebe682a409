"""One gateway for a module's stories, and a register of its own for each."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.store.sql_store import open_store
from tests.empty_register import lay
from tests.gateway.broker.certificates import Authority
from tests.system.attacks.town import Server, Town


@pytest.fixture(scope="session")
def empty_register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("register") / "empty.db"
    lay(path)
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The gateway's application behind TLS; which register it has, `town` says."""
    made = Server(Authority(tmp_path_factory.mktemp("authority")))
    yield made
    made.close()


@pytest.fixture
def town(server: Server, empty_register: Path, tmp_path: Path) -> Iterator[Town]:
    """Housing, who turns hostile, and health."""
    shutil.copyfile(empty_register, tmp_path / "register.db")
    store = open_store(f"sqlite:///{tmp_path}/register.db", bytes(range(32)))
    with capture_logs() as log:
        made = Town(server, store, log)
        yield made
        made.close()
    store.close()
