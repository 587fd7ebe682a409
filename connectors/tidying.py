"""Keeping the ledger small: what was settled long ago is forgotten. What was published, and what was told, stays."""

from datetime import datetime, timedelta

from connectors.ledger.ledger import Unit


def tidy(unit: Unit, now: datetime, keep_settled_days: int) -> int:
    """Forget messages settled more than that many days ago; answers how many."""
    return unit.outbox.purge(now - timedelta(days=keep_settled_days))
