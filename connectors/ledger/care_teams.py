"""Which care teams each sink keeps that still name somebody: what must be emptied once nobody is left, also after a restart."""

import sqlite3
from dataclasses import dataclass

from connectors.ledger.cipher import Cipher


@dataclass(frozen=True, slots=True, repr=False)
class KeptTeam:
    """One client's care team as it was last put there. `key` finds it and names nobody; `content_mark` is a keyed mark of what it held."""

    key: str
    client_local_id: str
    content_mark: str


class CareTeams:
    """Reads and writes `care_team`."""

    def __init__(self, db: sqlite3.Connection, cipher: Cipher) -> None:
        self._db = db
        self._cipher = cipher

    def of(self, sink: str) -> dict[str, KeptTeam]:
        """Those of one sink, by key."""
        rows = self._db.execute("SELECT key, client, content_mark FROM care_team WHERE sink = ?", (sink,)).fetchall()
        return {
            key: KeptTeam(key, self._cipher.open(client, _place(sink, key)).decode(), mark)
            for key, client, mark in rows
        }

    def save(self, sink: str, kept: KeptTeam) -> None:
        """It was put there, and names somebody."""
        client = self._cipher.seal(kept.client_local_id.encode(), _place(sink, kept.key))
        self._db.execute(
            "INSERT OR REPLACE INTO care_team (sink, key, client, content_mark) VALUES (?, ?, ?, ?)",
            (sink, kept.key, client, kept.content_mark),
        )

    def forget(self, sink: str, key: str) -> None:
        """It was emptied."""
        self._db.execute("DELETE FROM care_team WHERE sink = ? AND key = ?", (sink, key))


def _place(sink: str, key: str) -> str:
    return f"care-team:{sink}:{key}"
