"""What agencies sealed to the stewards, beside each record, as it came; and who opened what."""

import base64
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, delete, insert, select, update

from gateway.model.detail_opening import DetailOpening
from gateway.store.review_tables import detail_opening, sealed_details
from gateway.store.transaction import Transaction, upsert
from gateway.store.wrapped_column import WrappedColumn

_GET: Final = select(sealed_details.c.sealed).where(sealed_details.c.record_id == bindparam("record"))
_REMOVE: Final = delete(sealed_details).where(sealed_details.c.record_id == bindparam("record"))
_WRAP: Final = (
    update(sealed_details).where(sealed_details.c.record_id == bindparam("record")).values(sealed=bindparam("anew"))
)
_WRAPPED: Final = "."
"""With which what is wrapped begins; a JWE of the JSON form begins with a brace."""
_OPENINGS: Final = (
    select(detail_opening).where(detail_opening.c.case == bindparam("number")).order_by(detail_opening.c.id)
)


class SqlDetails:
    """`gateway.review.ports.Details`."""

    def __init__(self, transaction: Transaction, column: WrappedColumn) -> None:
        self._db, self._column = transaction, column

    def put(self, record_id: int, sealed: str, at: datetime) -> None:
        """In place of what was there."""
        stored = _stored(self._column, sealed, record_id)
        self._db.run(_put(self._db.postgresql), {"record_id": record_id, "sealed": stored, "at": at})

    def get(self, record_id: int) -> str | None:
        """What came last for the record."""
        row = self._db.row(_GET, {"record": record_id})
        return None if row is None else _kept(self._column, str(row.sealed), record_id)

    def remove(self, record_id: int) -> None:
        """Nothing where there is none."""
        if self._db.run(_REMOVE, {"record": record_id}):
            self._column.erase(str(record_id))

    def note_opening(self, opening: DetailOpening) -> None:
        """Keep one. Raises `StoreConflict` where that statement was kept before."""
        names = (column.name for column in detail_opening.columns if column.name != "id")
        self._db.run(insert(detail_opening), {name: getattr(opening, name) for name in names})

    def openings(self, case: int) -> list[DetailOpening]:
        """Oldest first."""
        return [DetailOpening(**row._mapping) for row in self._db.rows(_OPENINGS, {"number": case})]


def wrap_details(db: Transaction, column: WrappedColumn, record_id: int) -> None:
    """Bring what is kept of a record under a record key, if it is not."""
    row = db.row(_GET, {"record": record_id})
    if row is not None and column.wraps and not str(row.sealed).startswith(_WRAPPED):
        db.run(_WRAP, {"record": record_id, "anew": _stored(column, str(row.sealed), record_id)})


def _stored(column: WrappedColumn, sealed: str, record_id: int) -> str:
    if not column.wraps:
        return sealed
    return _WRAPPED + base64.b64encode(column.seal(sealed.encode(), str(record_id))).decode()


def _kept(column: WrappedColumn, stored: str, record_id: int) -> str | None:
    """None where its key was erased."""
    if not stored.startswith(_WRAPPED):
        return stored
    return column.open(base64.b64decode(stored[len(_WRAPPED) :]), str(record_id)).decode() or None


@cache
def _put(postgres: bool) -> Insert:
    return upsert(sealed_details, postgres=postgres, key=["record_id"])
