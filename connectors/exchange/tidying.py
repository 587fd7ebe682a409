"""Keeping the ledger small: what was settled long ago is forgotten. What was published, and what was told, stays."""

from datetime import datetime, timedelta

from connectors.ledger.ledger import Unit

KEEP_TAKEN = timedelta(days=35)
"""How long a message that a listener took is known again: longer than any system goes on repeating one."""
KEEP_READ_AGAIN = timedelta(days=400)
"""How long one is kept that has to be read again together with later ones: longer than nearly every stay in hospital."""


def tidy(unit: Unit, now: datetime, keep_settled_days: int) -> int:
    """Forget messages settled more than that many days ago, and those taken long ago; answers how many of the former."""
    unit.events.purge(now - KEEP_TAKEN, now - KEEP_READ_AGAIN)
    return unit.outbox.purge(now - timedelta(days=keep_settled_days))
