"""The inboxes of the embedded queue, as far as a unit of work touches them."""

from sqlalchemy import delete

from gateway.store.queue_tables import inbox_queue
from gateway.store.transaction import Transaction


class SqlInboxes:
    """`gateway.ports.Inboxes`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def purge(self, inbox: str) -> int:
        """Drop everything that waits there."""
        return self._db.run(delete(inbox_queue).where(inbox_queue.c.inbox == inbox))
