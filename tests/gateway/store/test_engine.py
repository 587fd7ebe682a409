"""What is done to an SQLite file before it is opened."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.store.engine import database_url, protect_file
from gateway.store.faults import StoreRefused

_TAKE = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None); c.execute('BEGIN IMMEDIATE')"


def test_protecting_a_file_leaves_the_locks_that_this_process_holds(tmp_path: Path) -> None:
    """Another process could write into the middle of a transaction, were they lost."""
    file = tmp_path / "register.db"
    url = database_url(f"sqlite:///{file}")
    protect_file(url, create=True)
    ours = sqlite3.connect(file, isolation_level=None)
    ours.execute("CREATE TABLE told (id INTEGER)")
    ours.execute("BEGIN IMMEDIATE")
    protect_file(url, create=True)
    theirs = subprocess.run([sys.executable, "-c", _TAKE, str(file)], capture_output=True, check=False, timeout=60)
    assert b"database is locked" in theirs.stderr
    ours.execute("COMMIT")
    ours.close()


def test_a_file_is_made_for_its_owner_alone_and_an_open_one_is_closed_to_others(tmp_path: Path) -> None:
    file = tmp_path / "register.db"
    url = database_url(f"sqlite:///{file}")
    protect_file(url, create=True)
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    protect_file(url, create=False)
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match="patchwork db upgrade"):
        protect_file(database_url(f"sqlite:///{tmp_path}/none.db"), create=False)
    with pytest.raises(StoreRefused, match="make its folder first"):
        protect_file(database_url(f"sqlite:///{tmp_path}/none/register.db"), create=True)
    with pytest.raises(StoreRefused, match="cannot be opened for writing"):
        protect_file(database_url(f"sqlite:///{tmp_path}"), create=False)
