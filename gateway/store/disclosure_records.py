"""The disclosure record. What is sealed to the DPOs is kept as it is; what waits for a DPO's key stands under the gateway's own."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, exists, func, insert, or_, select, update

from gateway.disclosure_record.ports import KeptDisclosure
from gateway.store.disclosure_tables import disclosure_subject, kept_disclosure
from gateway.store.sealed_column import SealedColumn
from gateway.store.transaction import Transaction, insert_once

_FOUND_PER_QUERY: Final = 400
_WAITING: Final = (
    select(kept_disclosure)
    .where(kept_disclosure.c.waits, kept_disclosure.c.id > bindparam("after"))
    .order_by(kept_disclosure.c.id)
    .limit(bindparam("limit"))
)
_HOW_MANY_WAIT: Final = select(func.count()).select_from(kept_disclosure).where(kept_disclosure.c.waits)
_SEAL: Final = (
    update(kept_disclosure)
    .where(kept_disclosure.c.id == bindparam("number"))
    .values(sealed=bindparam("anew"), waits=bindparam("still"))
)
_OF_RECIPIENT: Final = select(kept_disclosure).where(
    kept_disclosure.c.recipient == bindparam("record"), kept_disclosure.c.waits
)
_OVER: Final = (
    select(kept_disclosure.c.id, kept_disclosure.c.recipient, kept_disclosure.c.discloser)
    .where(kept_disclosure.c.keep_until < bindparam("today"))
    .order_by(kept_disclosure.c.id)
    .limit(bindparam("limit"))
)
_UNFOUND: Final = delete(disclosure_subject).where(
    ~exists().where(
        or_(
            kept_disclosure.c.recipient == disclosure_subject.c.record_id,
            kept_disclosure.c.discloser == disclosure_subject.c.record_id,
        )
    )
)


class SqlDisclosureRecords:
    """`gateway.disclosure_record.ports.DisclosureRecords`."""

    def __init__(self, transaction: Transaction, column: SealedColumn) -> None:
        self._db, self._column = transaction, column

    def add(self, recipient: int, discloser: int, keep_until: date, sealed: str) -> None:
        """See the port."""
        self._insert(recipient, discloser, keep_until, sealed.encode(), waits=False)

    def add_waiting(self, recipient: int, discloser: int, keep_until: date, document: bytes) -> None:
        """See the port."""
        sealed = self._column.seal(document, str(recipient), str(discloser))
        self._insert(recipient, discloser, keep_until, sealed, waits=True)

    def seal_waiting(self, after: int, limit: int, seal: Callable[[bytes], str]) -> int | None:
        """See the port."""
        rows = self._db.rows(_WAITING, {"after": after, "limit": limit})
        for row in rows:
            self._db.run(_SEAL, {"number": row.id, "anew": seal(_opened(self._column, row)).encode(), "still": False})
        return rows[-1].id if rows else None

    def waiting(self) -> int:
        """See the port."""
        return int(self._db.value(_HOW_MANY_WAIT))

    def of_records(self, records: Iterable[int], limit: int) -> list[KeptDisclosure]:
        """See the port."""
        wanted = sorted(set(records))
        if not wanted:
            return []
        of = or_(kept_disclosure.c.recipient.in_(wanted), kept_disclosure.c.discloser.in_(wanted))
        rows = self._db.rows(select(kept_disclosure).where(of).order_by(kept_disclosure.c.id).limit(limit))
        return [_kept(row) for row in rows]

    def drop(self, today: date, limit: int) -> int:
        """See the port."""
        over = self._db.rows(_OVER, {"today": today, "limit": limit})
        if over:
            self._db.run(delete(kept_disclosure).where(kept_disclosure.c.id.in_([row.id for row in over])))
            records = {number for row in over for number in (row.recipient, row.discloser)}
            self._db.run(_UNFOUND.where(disclosure_subject.c.record_id.in_(records)))
        return len(over)

    def note_subject(self, record: int, keys: Iterable[int]) -> None:
        """See the port."""
        noted = [{"key": key, "record_id": record} for key in keys]
        if noted:
            self._db.run(insert_once(disclosure_subject, postgres=self._db.postgresql), noted)

    def records_under(self, keys: Iterable[int], limit: int) -> list[int]:
        """See the port."""
        asked = list(dict.fromkeys(keys))[:_FOUND_PER_QUERY]
        if not asked:
            return []
        under = (
            select(disclosure_subject.c.record_id)
            .distinct()
            .where(disclosure_subject.c.key.in_(asked))
            .order_by(disclosure_subject.c.record_id)
            .limit(limit)
        )
        return [row.record_id for row in self._db.rows(under)]

    def _insert(self, recipient: int, discloser: int, keep_until: date, sealed: bytes, waits: bool) -> None:
        row = {"recipient": recipient, "discloser": discloser, "keep_until": keep_until}
        self._db.run(insert(kept_disclosure), row | {"sealed": sealed, "waits": waits})


def renew_waiting(db: Transaction, column: SealedColumn, record: int) -> None:
    """Bring what waits, and was told to this record's agency, under the data key that seals now."""
    for row in db.rows(_OF_RECIPIENT, {"record": record}):
        if not column.is_current(row.sealed):
            anew = column.seal(_opened(column, row), str(row.recipient), str(row.discloser))
            db.run(_SEAL, {"number": row.id, "anew": anew, "still": True})


def _opened(column: SealedColumn, row: Row[Any]) -> bytes:
    return column.open(bytes(row.sealed), str(row.recipient), str(row.discloser))


def _kept(row: Row[Any]) -> KeptDisclosure:
    text = "" if row.waits else bytes(row.sealed).decode()
    return KeptDisclosure(row.id, row.recipient, row.discloser, row.keep_until, text)
