"""The retired linkage epochs, the keyholder's word for them, and how many live records have evidence under which epoch."""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select, update

from gateway.model.epoch_use import EpochUse, KeptWord, RetiredEpoch
from gateway.model.involvement import Standing
from gateway.store.epoch_names import read
from gateway.store.epoch_tables import epoch_word, retired_epoch
from gateway.store.tables import involvement, person_record, record_agency, record_epochs
from gateway.store.transaction import Transaction, insert_once, upsert
from mappings.canonical.codes import Mode

_RETIRED: Final = select(retired_epoch).order_by(retired_epoch.c.retired_at, retired_epoch.c.epoch)
_NOT_DROPPED: Final = select(retired_epoch.c.epoch).where(retired_epoch.c.dropped_at.is_(None))
_DROPPED: Final = (
    update(retired_epoch).where(retired_epoch.c.dropped_at.is_(None)).values(dropped_at=bindparam("dropped"))
)
_WORD: Final = select(epoch_word).where(epoch_word.c.mode == bindparam("mode"))
_LIVE: Final = (
    select(involvement.c.id)
    .where(involvement.c.record_id == person_record.c.id, involvement.c.standing == Standing.LIVE)
    .exists()
)
_USES: Final = (
    select(record_agency.c.agency, record_epochs.c.names, func.count().label("records"))
    .join_from(person_record, record_agency)
    .outerjoin(record_epochs, record_epochs.c.number == person_record.c.epochs)
    .where(_LIVE)
    .group_by(record_agency.c.agency, record_epochs.c.names)
    .order_by(record_agency.c.agency, record_epochs.c.names)
)


class SqlEpochs:
    """`gateway.keys.renewal_ports.Epochs`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def retired(self) -> list[RetiredEpoch]:
        """See the port."""
        return [RetiredEpoch(**row._mapping) for row in self._db.rows(_RETIRED)]

    def retire(self, epoch: str, at: datetime) -> None:
        """See the port."""
        self._db.run(insert_once(retired_epoch, postgres=self._db.postgresql), {"epoch": epoch, "retired_at": at})

    def note_dropped(self, at: datetime) -> list[str]:
        """See the port."""
        waiting = sorted(row.epoch for row in self._db.rows(_NOT_DROPPED))
        if waiting:
            self._db.run(_DROPPED, {"dropped": at})
        return waiting

    def word(self, mode: Mode) -> KeptWord | None:
        """The latest."""
        row = self._db.row(_WORD, {"mode": mode})
        return None if row is None else KeptWord(row.mode, row.serial, bytes(row.word))

    def keep_word(self, word: KeptWord) -> None:
        """See the port."""
        values = {"mode": word.mode, "serial": word.serial, "word": word.word}
        self._db.run(upsert(epoch_word, postgres=self._db.postgresql, key=["mode"]), values)

    def uses(self) -> list[EpochUse]:
        """See the port."""
        return [EpochUse(row.agency, read(row.names), row.records) for row in self._db.rows(_USES)]
