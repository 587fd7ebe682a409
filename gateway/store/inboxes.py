"""The inboxes of the embedded queue, as far as a unit of work touches them."""

from gateway.store.parcel_keys import ParcelSealing
from gateway.store.parcel_table import remove
from gateway.store.queue_tables import inbox_queue
from gateway.store.transaction import Transaction


class SqlInboxes:
    """`gateway.ports.Inboxes`."""

    def __init__(self, transaction: Transaction, sealing: ParcelSealing) -> None:
        self._db, self._sealing = transaction, sealing

    def purge(self, inbox: str) -> int:
        """Drop everything that waits there."""
        names = remove(self._db, inbox_queue, inbox_queue.c.inbox == inbox)
        self._sealing.erase(names)
        return len(names)
