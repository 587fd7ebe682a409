"""Which checkpoint connectors were told of on which day: a digest and two days, one row a day."""

from datetime import date
from typing import Final

from sqlalchemy import Column, Date, String, Table, bindparam, delete, insert, select

from gateway.store.metadata import metadata
from gateway.store.transaction import Transaction
from mappings.canonical.witness import ToldCheckpoint

told_checkpoint = Table(
    "told_checkpoint",
    metadata,
    Column("told_on", Date, primary_key=True),
    Column("made_on", Date, nullable=False),
    Column("digest", String, nullable=False),
)

_ON: Final = select(told_checkpoint).where(told_checkpoint.c.told_on == bindparam("day"))
_KEEP: Final = insert(told_checkpoint)
_FORGET: Final = delete(told_checkpoint).where(told_checkpoint.c.told_on < bindparam("before"))


class SqlToldCheckpoints:
    """`gateway.audit.ports.ToldCheckpoints`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def on(self, day: date) -> ToldCheckpoint | None:
        """See the port."""
        row = self._db.row(_ON, {"day": day})
        return ToldCheckpoint(row.made_on, row.digest) if row else None

    def keep(self, day: date, told: ToldCheckpoint) -> None:
        """A second one of a day is refused with `StoreConflict`."""
        self._db.run(_KEEP, {"told_on": day, "made_on": told.made_on, "digest": told.digest})

    def forget(self, before: date) -> None:
        """See the port."""
        self._db.run(_FORGET, {"before": before})
