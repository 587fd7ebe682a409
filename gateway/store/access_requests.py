"""Requests for access, the records they may be about, and which list each agency was sent last."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, select, update

from gateway.model.access_request import AccessItem, AccessRequest, AccessState, ItemState
from gateway.store.access_tables import access_item, access_list, access_request
from gateway.store.faults import StoreConflict
from gateway.store.transaction import Transaction, upsert
from mappings.canonical.identifiers import AgencyId, MessageId

_REQUEST: Final = tuple(column.name for column in access_request.columns if column.name != "id")
_ITEM: Final = tuple(column.name for column in access_item.columns if column.name != "id")
_OVER: Final = (AccessState.RELEASED, AccessState.CLOSED)
_OLD: Final = (
    select(access_request.c.id, access_request.c.reference)
    .where(
        access_request.c.state.in_(_OVER),
        access_request.c.closed_at < bindparam("before", type_=access_request.c.closed_at.type),
    )
    .order_by(access_request.c.id)
    .limit(bindparam("limit"))
)
_ASKED: Final = (
    select(access_item, access_request.c.id.label("of"))
    .join_from(access_item, access_request, access_request.c.id == access_item.c.request)
    .where(
        access_item.c.agency == bindparam("agency"),
        access_item.c.state == ItemState.ASKED,
        access_request.c.state == AccessState.SEARCHED,
    )
    .order_by(access_item.c.due, access_item.c.id)
    .limit(bindparam("limit"))
)


class SqlAccessRequests:
    """`gateway.subject_access.ports.AccessRequests`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def save(self, request: AccessRequest) -> AccessRequest:
        """See the port."""
        values = {name: getattr(request, name) for name in _REQUEST}
        if request.id == 0:
            number = self._db.value(insert(access_request).returning(access_request.c.id), values)
            return AccessRequest(id=number, **values)
        if not self._db.run(update(access_request).where(access_request.c.id == request.id).values(values)):
            raise StoreConflict("there is no such request for access")
        return request

    def get(self, reference: str) -> AccessRequest | None:
        """See the port."""
        row = self._db.row(select(access_request).where(access_request.c.reference == reference))
        return None if row is None else AccessRequest(**row._mapping)

    def by_id(self, id: int) -> AccessRequest | None:
        """See the port."""
        row = self._db.row(select(access_request).where(access_request.c.id == id))
        return None if row is None else AccessRequest(**row._mapping)

    def all(self, limit: int, under_way: bool) -> list[AccessRequest]:
        """See the port."""
        wanted = select(access_request).order_by(access_request.c.due, access_request.c.id).limit(limit)
        if under_way:
            wanted = wanted.where(access_request.c.state.not_in(_OVER))
        return [AccessRequest(**row._mapping) for row in self._db.rows(wanted)]

    def add_items(self, items: Iterable[AccessItem]) -> None:
        """See the port."""
        for item in items:
            self._db.run(insert(access_item), {name: getattr(item, name) for name in _ITEM})

    def save_item(self, item: AccessItem) -> None:
        """See the port."""
        values = {name: getattr(item, name) for name in _ITEM}
        if not self._db.run(update(access_item).where(access_item.c.id == item.id).values(values)):
            raise StoreConflict("there is no such record of a request for access")

    def items(self, request: int) -> list[AccessItem]:
        """See the port."""
        rows = self._db.rows(select(access_item).where(access_item.c.request == request).order_by(access_item.c.id))
        return [_item(row) for row in rows]

    def item_of(self, question: MessageId) -> AccessItem | None:
        """See the port."""
        row = self._db.row(select(access_item).where(access_item.c.question == question))
        return None if row is None else _item(row)

    def asked_of(self, agency: AgencyId, limit: int) -> list[tuple[AccessRequest, AccessItem]]:
        """See the port."""
        rows = self._db.rows(_ASKED, {"agency": agency, "limit": limit})
        numbers = {row.of for row in rows}
        found = self._db.rows(select(access_request).where(access_request.c.id.in_(numbers))) if numbers else []
        requests = {row.id: AccessRequest(**row._mapping) for row in found}
        return [(requests[row.of], _item(row)) for row in rows]

    def drop(self, before: datetime, limit: int) -> list[str]:
        """See the port."""
        rows = self._db.rows(_OLD, {"before": before, "limit": limit})
        if rows:
            numbers = [row.id for row in rows]
            self._db.run(delete(access_item).where(access_item.c.request.in_(numbers)))
            self._db.run(delete(access_request).where(access_request.c.id.in_(numbers)))
        return [row.reference for row in rows]

    def last_list(self, agency: AgencyId) -> str:
        """See the port."""
        row = self._db.row(select(access_list.c.digest).where(access_list.c.agency == agency))
        return "" if row is None else str(row.digest)

    def next_list(self, agency: AgencyId, digest: str) -> int | None:
        """See the port."""
        last = self._db.row(select(access_list).where(access_list.c.agency == agency))
        if (last is None and not digest) or (last is not None and last.digest == digest):
            return None
        n = 1 if last is None else int(last.n) + 1
        put = upsert(access_list, postgres=self._db.postgresql, key=["agency"])
        self._db.run(put, {"agency": agency, "n": n, "digest": digest})
        return n


def _item(row: Row[Any]) -> AccessItem:
    return AccessItem(id=row.id, **{name: getattr(row, name) for name in _ITEM})
