"""What agencies sealed to the stewards, beside each record, as it came; and who opened what."""

from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, delete, insert, select

from gateway.model.detail_opening import DetailOpening
from gateway.store.review_tables import detail_opening, sealed_details
from gateway.store.transaction import Transaction, upsert

_GET: Final = select(sealed_details.c.sealed).where(sealed_details.c.record_id == bindparam("record"))
_REMOVE: Final = delete(sealed_details).where(sealed_details.c.record_id == bindparam("record"))
_OPENINGS: Final = (
    select(detail_opening).where(detail_opening.c.case == bindparam("number")).order_by(detail_opening.c.id)
)


class SqlDetails:
    """`gateway.review_ports.Details`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def put(self, record_id: int, sealed: str, at: datetime) -> None:
        """In place of what was there."""
        self._db.run(_put(self._db.postgresql), {"record_id": record_id, "sealed": sealed, "at": at})

    def get(self, record_id: int) -> str | None:
        """What came last for the record."""
        row = self._db.row(_GET, {"record": record_id})
        return None if row is None else str(row.sealed)

    def remove(self, record_id: int) -> None:
        """Nothing where there is none."""
        self._db.run(_REMOVE, {"record": record_id})

    def note_opening(self, opening: DetailOpening) -> None:
        """Keep one. Raises `StoreConflict` where that statement was kept before."""
        names = (column.name for column in detail_opening.columns if column.name != "id")
        self._db.run(insert(detail_opening), {name: getattr(opening, name) for name in names})

    def openings(self, case: int) -> list[DetailOpening]:
        """Oldest first."""
        return [DetailOpening(**row._mapping) for row in self._db.rows(_OPENINGS, {"number": case})]


@cache
def _put(postgres: bool) -> Insert:
    return upsert(sealed_details, postgres=postgres, key=["record_id"])
