"""Merges of agencies' own records."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, select

from gateway.model.record_merge import MergeState, RegisteredMerge
from gateway.store.merge_table import record_merge
from gateway.store.transaction import Transaction
from mappings.canonical.identifiers import AgencyId, PersonRef
from mappings.canonical.notice import Sequence

_PLAIN: Final = tuple(column.name for column in record_merge.columns if column.name not in ("incarnation", "n"))
_OF: Final = (record_merge.c.agency == bindparam("of"), record_merge.c.superseded == bindparam("gone"))
_FIND: Final = select(record_merge).where(*_OF)
_FORGET: Final = delete(record_merge).where(*_OF)
_INTO: Final = (
    select(record_merge)
    .where(record_merge.c.agency == bindparam("of"), record_merge.c.surviving == bindparam("stays"))
    .where(record_merge.c.state == MergeState.STANDS)
    .order_by(record_merge.c.at, record_merge.c.superseded)
)
_WAITING: Final = (
    select(record_merge)
    .where(record_merge.c.state == MergeState.WAITS)
    .order_by(record_merge.c.at, record_merge.c.superseded)
)
_OF_AGENCY: Final = (
    select(record_merge).where(record_merge.c.agency == bindparam("of")).order_by(record_merge.c.superseded)
)


class SqlMerges:
    """`gateway.merges.ports.Merges`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def find(self, agency: AgencyId, superseded: PersonRef) -> RegisteredMerge | None:
        """The latest word about that reference."""
        row = self._db.row(_FIND, {"of": agency, "gone": superseded})
        return None if row is None else _merge(row)

    def save(self, merge: RegisteredMerge) -> None:
        """In place of what was known of the same reference."""
        self._db.run(_FORGET, {"of": merge.agency, "gone": merge.superseded})
        values = {name: getattr(merge, name) for name in _PLAIN}
        self._db.run(insert(record_merge), values | {"incarnation": merge.sequence.incarnation, "n": merge.sequence.n})

    def into(self, agency: AgencyId, surviving: PersonRef) -> list[RegisteredMerge]:
        """See the port."""
        return [_merge(row) for row in self._db.rows(_INTO, {"of": agency, "stays": surviving})]

    def waiting(self) -> Iterator[RegisteredMerge]:
        """See the port."""
        return (_merge(row) for row in self._db.rows(_WAITING))

    def of_agency(self, agency: AgencyId) -> Iterator[RegisteredMerge]:
        """See the port."""
        return (_merge(row) for row in self._db.rows(_OF_AGENCY, {"of": agency}))


def _merge(row: Row[Any]) -> RegisteredMerge:
    plain = {name: getattr(row, name) for name in _PLAIN}
    return RegisteredMerge(sequence=Sequence(row.incarnation, row.n), **plain)
