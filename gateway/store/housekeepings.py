"""The run of housekeeping, and what is old: found and removed in batches of bounded size."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, exists, func, or_, select, tuple_, update

from gateway.model.housekeeping import HousekeepingRun
from gateway.model.involvement import Standing
from gateway.store.audit_tables import audit_event, audit_salt
from gateway.store.dead_letters import forget_letters
from gateway.store.epoch_names import written
from gateway.store.housekeeping_table import housekeeping
from gateway.store.parcel_keeping import drop_over, erase_alone, wrap_older
from gateway.store.parcel_keys import ParcelSealing
from gateway.store.review_tables import review_case
from gateway.store.sealed_columns import SealedColumns
from gateway.store.tables import (
    connection,
    dead_letter,
    involvement,
    person_record,
    processed,
    record_epochs,
    register,
)
from gateway.store.transaction import Transaction, upsert
from mappings.canonical.identifiers import AgencyId, InvolvementRef, MessageId

_FIELDS: Final = tuple(each.name for each in fields(HousekeepingRun))
_LAST: Final = select(func.max(involvement.c.id))
_UNCONFIRMED: Final = (
    select(involvement.c.id)
    .where(
        involvement.c.standing == Standing.LIVE,
        involvement.c.confirmed <= bindparam("since"),
        involvement.c.id > bindparam("after"),
    )
    .order_by(involvement.c.id)
    .limit(bindparam("limit"))
)
_TO_CONFIRM: Final = (
    select(involvement.c.involvement_ref)
    .where(
        involvement.c.agency == bindparam("agency"),
        involvement.c.standing == Standing.LIVE,
        involvement.c.confirmed <= bindparam("since"),
    )
    .order_by(involvement.c.confirmed, involvement.c.id)
    .limit(bindparam("limit"))
)
_OVER: Final = (
    select(involvement.c.id)
    .where(
        involvement.c.standing != Standing.LIVE,
        involvement.c.erased_on.is_(None),
        involvement.c.id > bindparam("after"),
    )
    .order_by(involvement.c.id)
    .limit(bindparam("limit"))
)

_UNDER_NONE: Final = exists().where(
    record_epochs.c.number == person_record.c.epochs, record_epochs.c.names == written(())
)
_UNUSED: Final = (
    select(person_record.c.id)
    .where(
        person_record.c.id > bindparam("after"),
        # Unknown where it is of before they were noted; empty evidence is under none.
        ~_UNDER_NONE,
        ~select(involvement.c.id)
        .where(involvement.c.record_id == person_record.c.id, involvement.c.erased_on.is_(None))
        .exists(),
    )
    .order_by(person_record.c.id)
    .limit(bindparam("limit"))
)


_WORKERS: Final = (
    select(involvement.c.id, involvement.c.agency, involvement.c.involvement_ref, involvement.c.worker)
    .where(involvement.c.id > bindparam("after"), involvement.c.erased_on.is_(None))
    .order_by(involvement.c.id)
    .limit(bindparam("limit"))
)
_ERASABLE: Final = (
    select(audit_salt.c.seq, audit_salt.c.subject, audit_event.c.at)
    .join_from(audit_salt, audit_event, audit_salt.c.seq == audit_event.c.seq)
    .where(audit_salt.c.seq > bindparam("after"), audit_salt.c.salt.is_not(None), audit_salt.c.subject.is_not(None))
    .order_by(audit_salt.c.seq)
    .limit(bindparam("limit"))
)
_FIRST, _SECOND = involvement.alias("first_side"), involvement.alias("second_side")
_ERASED_PAIRS: Final = (
    select(connection.c.id)
    .join(_FIRST, _FIRST.c.id == connection.c.first)
    .join(_SECOND, _SECOND.c.id == connection.c.second)
    .where(_FIRST.c.erased_on.is_not(None), _SECOND.c.erased_on.is_not(None))
)
_CASES_OF_ERASED: Final = select(review_case.c.id).where(
    exists().where(
        _UNDER_NONE, or_(person_record.c.id == review_case.c.first, person_record.c.id == review_case.c.second)
    )
)


class SqlHousekeeping:
    """`gateway.housekeeping.ports.Housekeeping`."""

    def __init__(self, transaction: Transaction, columns: SealedColumns, passing: ParcelSealing) -> None:
        self._db, self._columns, self._passing = transaction, columns, passing

    def run(self) -> HousekeepingRun:
        """See the port."""
        row = self._db.row(select(*(housekeeping.c[name] for name in _FIELDS)))
        return HousekeepingRun() if row is None else HousekeepingRun(**row._mapping)

    def keep(self, run: HousekeepingRun) -> None:
        """In place of what was known of it."""
        values = {"id": 1} | {name: getattr(run, name) for name in _FIELDS}
        self._db.run(upsert(housekeeping, postgres=self._db.postgresql, key=["id"]), values)

    def last_involvement(self) -> int:
        """See the port."""
        return int(self._db.value(_LAST) or 0)

    def unconfirmed(self, since: date, after: int, limit: int) -> list[int]:
        """See the port."""
        return [row.id for row in self._db.rows(_UNCONFIRMED, {"since": since, "after": after, "limit": limit})]

    def to_confirm(self, agency: AgencyId, since: date, limit: int) -> list[InvolvementRef]:
        """See the port."""
        asked = {"agency": agency, "since": since, "limit": limit}
        return [row.involvement_ref for row in self._db.rows(_TO_CONFIRM, asked)]

    def over(self, after: int, limit: int) -> list[int]:
        """See the port."""
        return [row.id for row in self._db.rows(_OVER, {"after": after, "limit": limit})]

    def unused_records(self, after: int, limit: int) -> list[int]:
        """See the port."""
        return [row.id for row in self._db.rows(_UNUSED, {"after": after, "limit": limit})]

    def discard_letters(self, before: datetime, at: datetime, by: str, limit: int) -> int:
        """See the port. What was replayed stays marked as that, and is not called discarded."""
        old = (dead_letter.c.received_at < before, func.length(dead_letter.c.sealed) > 0)
        found = [
            (row.id, row.replayed_at)
            for row in self._db.rows(
                select(dead_letter.c.id, dead_letter.c.replayed_at).where(*old).order_by(dead_letter.c.id).limit(limit)
            )
        ]
        emptied: dict[str, Any] = {"sealed": b""}
        given_up = emptied | {"discarded_at": at, "discarded_by": by, "discard_reason": "kept as long as it may be"}
        for values, numbers in (
            (emptied, [id for id, replayed in found if replayed is not None]),
            (given_up, [id for id, replayed in found if replayed is None]),
        ):
            if numbers:
                self._db.run(update(dead_letter).where(dead_letter.c.id.in_(numbers)).values(values))
                forget_letters(self._db, self._columns.letter, numbers)
        return len(found)

    def forget_answers(self, before: datetime, limit: int) -> int:
        """See the port."""
        key = (processed.c.connector, processed.c.notice)
        found = [
            (row.connector, row.notice)
            for row in self._db.rows(select(*key).where(processed.c.at < before).order_by(processed.c.at).limit(limit))
        ]
        if found:
            self._db.run(delete(processed).where(tuple_(*key).in_(found)))
        return len(found)

    def unreadable(self, after: int, limit: int) -> tuple[int | None, list[int]]:
        """See the port."""
        if self._columns.record_keys is None or not self.lost_keys():
            return None, []
        rows = self._db.rows(_WORKERS, {"after": after, "limit": limit})
        lost = [
            row.id
            for row in rows
            if not self._columns.worker.is_readable(row.worker, row.agency.value, row.involvement_ref.value)
        ]
        if not rows:
            self._db.run(update(register).values(keys_erased=self._columns.record_keys.counts().erased))
        return (rows[-1].id if rows else None), lost

    def lost_keys(self) -> int:
        """See the port."""
        keys = self._columns.record_keys
        noted = self._db.value(select(register.c.keys_erased)) or 0
        return 0 if keys is None else max(0, keys.counts().erased - noted)

    def audited_of_erased(self, after: int, before: datetime, limit: int) -> tuple[int | None, list[str]]:
        """See the port."""
        rows = self._db.rows(_ERASABLE, {"after": after, "limit": limit})
        if not rows:
            return None, []
        by_kind: defaultdict[str, set[str]] = defaultdict(set)
        for row in rows:
            kind, _, named = row.subject.partition(":")
            # What is about an alert or a message alone has no life of its own to end with.
            if kind in ("connection", "record", "case") or row.at < before:
                by_kind[kind].add(named)
        over = {"connection": self._connections_over, "record": self._records_over, "case": self._cases_over}
        found = ((kind, each) for kind, ids in by_kind.items() for each in over.get(kind, set)(ids))
        return rows[-1].seq, sorted(f"{kind}:{each}" for kind, each in found)

    def _connections_over(self, ids: Iterable[str]) -> set[str]:
        asked = connection.c.id.in_([MessageId(each) for each in ids])
        return {row.id.value for row in self._db.rows(_ERASED_PAIRS.where(asked))}

    def _records_over(self, ids: Iterable[str]) -> set[str]:
        asked = person_record.c.id.in_([int(each) for each in ids])
        return {str(row.id) for row in self._db.rows(select(person_record.c.id).where(asked, _UNDER_NONE))}

    def _cases_over(self, ids: Iterable[str]) -> set[str]:
        asked = review_case.c.id.in_([int(each) for each in ids])
        return {str(row.id) for row in self._db.rows(_CASES_OF_ERASED.where(asked))}

    def drop_parcels(self, now: datetime, limit: int) -> int:
        """See the port."""
        return drop_over(self._db, self._passing, now, limit)

    def wrap_parcels(self, now: datetime, limit: int) -> int:
        """See the port."""
        return wrap_older(self._db, self._passing, now, limit)

    def erase_parcel_keys(self, after: int, now: datetime, limit: int) -> int | None:
        """See the port."""
        return erase_alone(self._db, self._passing, after, now, limit)
