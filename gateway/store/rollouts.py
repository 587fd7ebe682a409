"""The roll-out plan, one row an agency."""

from typing import Any, Final

import msgspec
from sqlalchemy import Row, bindparam, delete, select, update

from gateway.model.rollout import Champion, RolloutEntry
from gateway.store.rollout_tables import rollout_entry
from gateway.store.sealed_column import SealedColumn
from gateway.store.transaction import Transaction, upsert
from mappings.canonical.identifiers import AgencyId

NO_CHAMPION: Final = b""
"""What a champion reads as whose record key was erased."""

_PLAIN: Final = tuple(column.name for column in rollout_entry.columns if column.name != "champion")
_OF: Final = rollout_entry.c.agency == bindparam("whose", type_=rollout_entry.c.agency.type)
_ALL: Final = select(rollout_entry)
_SEAL: Final = update(rollout_entry).where(_OF).values(champion=bindparam("anew"))
_packed: Final = msgspec.msgpack.Decoder(tuple[str, str])


class SqlRollouts:
    """`gateway.rollout.ports.Rollouts`."""

    def __init__(self, transaction: Transaction, sealed: SealedColumn) -> None:
        self._db, self._sealed = transaction, sealed

    def get(self, agency: AgencyId) -> RolloutEntry | None:
        """What is planned of it."""
        row = self._db.row(select(rollout_entry).where(_OF), {"whose": agency})
        return None if row is None else self._entry(row)

    def all(self) -> list[RolloutEntry]:
        """See the port. Sorted here, whatever order the database's language has."""
        return sorted(map(self._entry, self._db.rows(_ALL)), key=lambda entry: entry.agency.value)

    def save(self, entry: RolloutEntry) -> None:
        """See the port."""
        values: dict[str, Any] = {name: getattr(entry, name) for name in _PLAIN}
        values["champion"] = self._put(entry)
        self._db.run(upsert(rollout_entry, postgres=self._db.postgresql, key=["agency"]), values)

    def drop(self, agency: AgencyId) -> bool:
        """See the port."""
        self._sealed.erase(agency.value)
        return bool(self._db.run(delete(rollout_entry).where(_OF), {"whose": agency}))

    def _put(self, entry: RolloutEntry) -> bytes | None:
        if entry.champion is None:
            self._sealed.erase(entry.agency.value)
            return None
        packed = msgspec.msgpack.encode((entry.champion.post, entry.champion.contact))
        return self._sealed.seal(packed, entry.agency.value)

    def _entry(self, row: Row[Any]) -> RolloutEntry:
        plain = {name: getattr(row, name) for name in _PLAIN}
        opened = NO_CHAMPION if row.champion is None else self._sealed.open(row.champion, row.agency.value)
        champion = Champion(*_packed.decode(opened)) if opened != NO_CHAMPION else None
        return RolloutEntry(champion=champion, **plain)


def renew_champions(db: Transaction, column: SealedColumn) -> None:
    """Bring every champion under the data key, and the record keys, that seal now."""
    for row in db.rows(_ALL):
        if row.champion is not None and not column.is_current(row.champion):
            plain = column.open(row.champion, row.agency.value)
            anew = None if plain == NO_CHAMPION else column.seal(plain, row.agency.value)
            db.run(_SEAL, {"whose": row.agency, "anew": anew})
