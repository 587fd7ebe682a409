"""What a gateway's database says, read beside the running gateway."""

from collections import Counter
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from gateway.app import open_register
from gateway.keys.secrets_on_disk import database_url
from gateway.settings import Settings
from mappings.canonical.identifiers import AgencyId


class Register:
    """Reads only."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.url = database_url(settings)
        # psycopg 3 and SQLite alike: one short connection a question, so that a server may be killed in between.
        self._engine = create_engine(self.url, pool_pre_ping=True)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The answer to one question; empty while the database is away."""
        try:
            with self._engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(query))]
        except OperationalError:
            return []

    def count(self, query: str) -> int:
        """One number; -1 while the database is away."""
        rows = self.rows(query)
        return int(rows[0][0]) if rows else -1

    def notices(self) -> int:
        """How many notices were accepted, each counted once."""
        return self.count("SELECT count(*) FROM processed WHERE outcome = 'accepted'")

    def alerts(self) -> Counter[str]:
        """Alert references by status."""
        return Counter(dict(self.rows("SELECT status, count(*) FROM alert GROUP BY status")))

    def counts(self) -> dict[str, int]:
        """The register's own numbers."""
        store = open_register(self._settings)
        try:
            with store.read() as unit:
                return unit.counts()
        finally:
            store.close()

    def live_digests(self, agency: str) -> dict[str, str]:
        """Reference and state digest of every involvement of the agency that the gateway holds as live."""
        store = open_register(self._settings)
        try:
            with store.read() as unit:
                held = unit.involvements.live_digests(AgencyId(agency), "")
        finally:
            store.close()
        return {ref.value: digest for ref, digest in held.items()}

    def numbers(self) -> tuple[int, int, int, int]:
        """Involvements live, people, connections live, connections ever."""
        counts = self.counts()
        return counts["involvements_live"], counts["people"], counts["connections_live"], counts["connections"]

    def audit(self, code: str) -> int:
        """How many events of one code the audit chain holds."""
        return self.count(f"SELECT count(*) FROM audit_event WHERE code = '{code}'")

    def is_told(self) -> bool:
        """Whether nothing waits to be told: no alert unsettled, no reply unsent."""
        waiting = self.count("SELECT count(*) FROM alert WHERE status IN ('pending', 'sent')")
        return waiting == 0 and self.count("SELECT count(*) FROM reply") == 0

    def close(self) -> None:
        """Let go."""
        self._engine.dispose()
