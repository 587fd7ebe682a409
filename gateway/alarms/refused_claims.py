"""How often somebody asked in a connector's name without being believed, over HTTP. Kept in memory, because whoever asks so may be anybody: a
stranger must not be able to make the gateway write. The alarm watch takes the counts every minute."""

import threading

from mappings.canonical.identifiers import ConnectorId


class RefusedClaims:
    """Safe to use from any thread. Bounded by the number of connectors: only the register's own names are counted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[ConnectorId, int] = {}

    def note(self, connector: ConnectorId) -> None:
        """One more."""
        with self._lock:
            self._counts[connector] = self._counts.get(connector, 0) + 1

    def take(self) -> dict[ConnectorId, int]:
        """Those since the last time."""
        with self._lock:
            taken, self._counts = self._counts, {}
            return taken

    def give_back(self, counts: dict[ConnectorId, int]) -> None:
        """What could not be kept is taken again next time."""
        with self._lock:
            for connector, count in counts.items():
                self._counts[connector] = self._counts.get(connector, 0) + count
