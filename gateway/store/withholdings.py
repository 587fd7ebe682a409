"""Shields and restrictions, the records that bear them, and overrides."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, insert, or_, select, update

from gateway.model.withholding import Override, Withholding, WithholdingKind
from gateway.store.faults import StoreConflict
from gateway.store.tables import link
from gateway.store.transaction import Transaction, insert_once
from gateway.store.withholding_tables import shield_override, withheld_record, withholding
from mappings.canonical.identifiers import MessageId

_FIELDS: Final = tuple(column.name for column in withholding.columns if column.name != "id")
_OVERRIDE_FIELDS: Final = tuple(column.name for column in shield_override.columns if column.name != "id")
_ENDED: Final = withholding.c.ended_at
_ANY: Final = select(func.count()).select_from(select(withholding.c.id).where(_ENDED.is_(None)).limit(1).subquery())
_ASKED: Final = select(withholding).where(withholding.c.record_id == bindparam("record")).order_by(withholding.c.id)
_THEIRS, _OTHERS = link.alias("theirs"), link.alias("others")
_TOGETHER: Final = (
    select(_OTHERS.c.record_id)
    .join_from(_THEIRS, _OTHERS, _OTHERS.c.person_id == _THEIRS.c.person_id)
    .where(_THEIRS.c.record_id.in_(bindparam("records", expanding=True)))
    .where(_THEIRS.c.valid_to.is_(None), _OTHERS.c.valid_to.is_(None))
)
_OF_RECORDS: Final = (
    select(withholding)
    .where(_ENDED.is_(None))
    .where(
        withholding.c.id.in_(
            select(withheld_record.c.withholding).where(
                or_(
                    withheld_record.c.record_id.in_(bindparam("records", expanding=True)),
                    withheld_record.c.record_id.in_(_TOGETHER),
                )
            )
        )
    )
    .order_by(withholding.c.id)
)
_MEMBERS: Final = select(link.c.record_id).where(link.c.person_id == bindparam("person"), link.c.valid_to.is_(None))
_LAPSING: Final = (
    select(withholding)
    .where(_ENDED.is_(None), withholding.c.lapses_at <= bindparam("now", type_=withholding.c.lapses_at.type))
    .order_by(withholding.c.lapses_at, withholding.c.id)
    .limit(bindparam("limit"))
)
_OF_PAIR: Final = (
    select(shield_override)
    .where(shield_override.c.recipient == bindparam("to"), shield_override.c.discloser == bindparam("about"))
    .order_by(shield_override.c.id)
)


class SqlWithholdings:
    """`gateway.withholding.ports.Withholdings`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction
        # Every pair is asked about, and mostly nothing stands on anybody: known once a unit, since nobody else writes meanwhile.
        self._any: bool | None = None

    def add(self, made: Withholding) -> Withholding:
        """See the port."""
        self._any = True
        values = {name: getattr(made, name) for name in _FIELDS}
        added = replace(made, id=int(self._db.value(insert(withholding).returning(withholding.c.id), values)))
        self.bear([added.id], [added.record_id])
        return added

    def save(self, known: Withholding) -> None:
        """See the port. Raises `StoreConflict` where there is none of that id."""
        values = {name: getattr(known, name) for name in _FIELDS}
        if not self._db.run(update(withholding).where(withholding.c.id == known.id).values(values)):
            raise StoreConflict("there is no such withholding")

    def get(self, id: int) -> Withholding | None:
        """By number."""
        row = self._db.row(select(withholding).where(withholding.c.id == id))
        return None if row is None else Withholding(**row._mapping)

    def all(self, kind: WithholdingKind, ended: bool) -> list[Withholding]:
        """See the port."""
        asked = select(withholding).where(withholding.c.kind == kind).order_by(withholding.c.id)
        rows = self._db.rows(asked if ended else asked.where(_ENDED.is_(None)))
        return [Withholding(**row._mapping) for row in rows]

    def asked(self, record_id: int) -> list[Withholding]:
        """See the port."""
        return [Withholding(**row._mapping) for row in self._db.rows(_ASKED, {"record": record_id})]

    def of_records(self, record_ids: Iterable[int]) -> list[Withholding]:
        """See the port."""
        if self._nothing_stands():
            return []
        return [Withholding(**row._mapping) for row in self._db.rows(_OF_RECORDS, {"records": list(record_ids)})]

    def hand_on(self, person_id: int) -> None:
        """See the port."""
        if self._nothing_stands():
            return
        records = [row.record_id for row in self._db.rows(_MEMBERS, {"person": person_id})]
        self.bear([each.id for each in self.of_records(records)], records)

    def bearers(self, id: int) -> list[int]:
        """See the port."""
        asked = select(withheld_record.c.record_id).where(withheld_record.c.withholding == id)
        return [row.record_id for row in self._db.rows(asked.order_by(withheld_record.c.record_id))]

    def bear(self, ids: Iterable[int], record_ids: Iterable[int]) -> None:
        """See the port."""
        numbers = list(ids)
        rows = [{"record_id": record, "withholding": id} for record in record_ids for id in numbers]
        if rows:
            self._db.run(insert_once(withheld_record, postgres=self._db.postgresql), rows)

    def lapsing(self, now: datetime, limit: int) -> list[Withholding]:
        """See the port."""
        return [Withholding(**row._mapping) for row in self._db.rows(_LAPSING, {"now": now, "limit": limit})]

    def add_override(self, made: Override) -> Override:
        """See the port."""
        values = {name: getattr(made, name) for name in _OVERRIDE_FIELDS}
        return replace(made, id=int(self._db.value(insert(shield_override).returning(shield_override.c.id), values)))

    def override(self, id: int) -> Override | None:
        """By number."""
        row = self._db.row(select(shield_override).where(shield_override.c.id == id))
        return None if row is None else Override(**row._mapping)

    def overrides(self, closed: bool) -> list[Override]:
        """See the port."""
        asked = select(shield_override).order_by(shield_override.c.id)
        rows = self._db.rows(asked if closed else asked.where(shield_override.c.closed_at.is_(None)))
        return [Override(**row._mapping) for row in rows]

    def overrides_of(self, recipient: int, discloser: int) -> list[Override]:
        """See the port."""
        return [Override(**row._mapping) for row in self._db.rows(_OF_PAIR, {"to": recipient, "about": discloser})]

    def save_override(self, known: Override) -> None:
        """See the port. Raises `StoreConflict` where there is none of that id."""
        values = {name: getattr(known, name) for name in _OVERRIDE_FIELDS}
        if not self._db.run(update(shield_override).where(shield_override.c.id == known.id).values(values)):
            raise StoreConflict("there is no such override")

    def note_served(self, alert: MessageId, at: datetime) -> None:
        """See the port."""
        if self._nothing_stands():
            return
        unserved = (shield_override.c.alert == alert, shield_override.c.served_at.is_(None))
        self._db.run(update(shield_override).where(*unserved).values(served_at=at))

    def _nothing_stands(self) -> bool:
        if self._any is None:
            self._any = bool(self._db.value(_ANY))
        return not self._any
