"""The embedded queue as the API sees it while the database may not have been there yet."""

from collections.abc import Callable, Sequence

from connectors.channel.port import Parcel
from gateway.api.parts import ConnectorQueue
from mappings.canonical.identifiers import ConnectorId


class LateQueue:
    """A `ConnectorQueue` that asks for the real one at each call. Raises what asking raises (`StoreDown`)."""

    def __init__(self, queue: Callable[[], ConnectorQueue]) -> None:
        self._queue = queue

    def put_intake(self, sender: ConnectorId, sealed: bytes) -> None:
        """See the protocol."""
        self._queue().put_intake(sender, sealed)

    def open_inbox(self, connector: ConnectorId, name: str) -> None:
        """See the protocol."""
        self._queue().open_inbox(connector, name)

    def lease_inbox(self, connector: ConnectorId, name: str, limit: int, wait: float) -> list[Parcel]:
        """See the protocol."""
        return self._queue().lease_inbox(connector, name, limit, wait)

    def acknowledge_inbox(self, name: str, tags: Sequence[str]) -> None:
        """See the protocol."""
        self._queue().acknowledge_inbox(name, tags)

    def release_inbox(self, name: str, tags: Sequence[str]) -> None:
        """See the protocol."""
        self._queue().release_inbox(name, tags)
