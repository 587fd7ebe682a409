"""An empty register on SQLite: its schema made by the migrations once in a process, for whoever does not ask about migrating."""

import secrets
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.store.migration import upgrade


@cache
def _made() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        upgrade(f"sqlite:///{path}")
        return path.read_bytes()


def lay(path: Path) -> str:
    """Have one at `path`, for its owner alone, as `upgrade` leaves it; answers its URL."""
    path.touch(mode=0o600)
    path.write_bytes(_made())
    # Copied is not made: each register has a name of its own.
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE register SET incarnation = ?", (secrets.token_hex(16),))
    return f"sqlite:///{path}"
