"""Bringing the register under new secrets, row by row in the order of their numbers, and what it rests on meanwhile."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, delete, exists, select, update

from gateway.keys.renewal_ports import Anew
from gateway.model.record_merge import MergeState
from gateway.model.renewal import Renewal
from gateway.store.disclosure_records import renew_waiting
from gateway.store.epoch_names import written
from gateway.store.merge_table import record_merge
from gateway.store.protected_tables import protected_list
from gateway.store.record_index import RecordIndex
from gateway.store.record_numbers import epochs_number
from gateway.store.relation_tables import relation
from gateway.store.relations import index_relation
from gateway.store.rollouts import renew_champions
from gateway.store.sealed_columns import SealedColumns
from gateway.store.sealed_details import wrap_details
from gateway.store.tables import involvement, link, person_record, record_agency, record_epochs, register
from gateway.store.transaction import Transaction
from identity.person.pepper import IndexKeys

_FIELDS: Final = (
    "data_key", "next_data_key", "pepper", "next_pepper", "pairing", "records_after", "involvements_after", "index_stale"
)  # fmt: skip
_STATE: Final = select(*(register.c[name] for name in _FIELDS))
_MERGED: Final = select(record_merge.c.state).where(
    record_merge.c.agency == bindparam("whose"),
    record_merge.c.superseded == bindparam("named"),
    record_merge.c.state == MergeState.STANDS,
)
_OF_RECORD: Final = exists().where(link.c.record_id == person_record.c.id)
_UNLINKED: Final = and_(
    _OF_RECORD.where(link.c.valid_to.is_not(None)), ~_OF_RECORD.where(link.c.valid_to.is_(None))
).label("unlinked")
_NUMBERED: Final = ("agency", "epochs")
_RECORDS: Final = (
    select(
        *(each for each in person_record.c if each.name not in _NUMBERED),
        record_agency.c.agency,
        record_epochs.c.names,
        _UNLINKED,
    )
    .join_from(person_record, record_agency)
    .outerjoin(record_epochs, record_epochs.c.number == person_record.c.epochs)
    .where(person_record.c.id > bindparam("after"))
    .order_by(person_record.c.id)
    .limit(bindparam("limit"))
)
_RECORD: Final = (
    update(person_record)
    .where(person_record.c.id == bindparam("record"))
    .values(evidence=bindparam("sealed"), epochs=bindparam("under"))
)
_INVOLVEMENTS: Final = (
    select(involvement.c.id, involvement.c.agency, involvement.c.involvement_ref, involvement.c.worker)
    .where(involvement.c.id > bindparam("after"))
    .order_by(involvement.c.id)
    .limit(bindparam("limit"))
)
_RELATIONS: Final = select(relation).where(relation.c.involvement_id == bindparam("involvement"))
_RELATION: Final = update(relation).where(relation.c.id == bindparam("relation")).values(evidence=bindparam("sealed"))
_PROTECTED: Final = (
    update(protected_list)
    .where(protected_list.c.epoch == bindparam("of"), protected_list.c.digest == bindparam("named"))
    .values(sealed=bindparam("anew"))
)
_WORKER: Final = update(involvement).where(involvement.c.id == bindparam("number")).values(worker=bindparam("sealed"))


class SqlRenewals:
    """`gateway.keys.renewal_ports.Renewals`."""

    def __init__(self, transaction: Transaction, columns: SealedColumns, index: RecordIndex) -> None:
        self._db, self._columns, self._index = transaction, columns, index

    def state(self) -> Renewal:
        """What the register rests on."""
        row = self._db.row(_STATE)
        return Renewal() if row is None else Renewal(**{name: _plain(getattr(row, name)) for name in _FIELDS})

    def save(self, renewal: Renewal) -> None:
        """Replace all of it."""
        self._db.run(update(register).values({name: getattr(renewal, name) for name in _FIELDS}))

    def renew_records(self, after: int, limit: int, anew: Anew) -> int | None:
        """See the port."""
        rows = self._db.rows(_RECORDS, {"after": after, "limit": limit})
        for row in rows:
            self._renew_record(row, anew)
            renew_waiting(self._db, self._columns.disclosure, row.id)
            wrap_details(self._db, self._columns.details, row.id)
        return rows[-1].id if rows else None

    def renew_involvements(self, after: int, limit: int, anew: Anew) -> int | None:
        """See the port."""
        rows = self._db.rows(_INVOLVEMENTS, {"after": after, "limit": limit})
        for row in rows:
            whose = (row.agency.value, row.involvement_ref.value)
            if not self._columns.worker.is_current(row.worker):
                sealed = self._columns.worker.seal(self._columns.worker.open(row.worker, *whose), *whose)
                self._db.run(_WORKER, {"number": row.id, "sealed": sealed})
            for stated in self._db.rows(_RELATIONS, {"involvement": row.id}):
                self._renew_relation(stated, anew)
        return rows[-1].id if rows else None

    def renew_protections(self, retired: Iterable[str]) -> None:
        """See the port."""
        for epoch in sorted(retired):
            self._db.run(delete(protected_list).where(protected_list.c.epoch == bindparam("over")), {"over": epoch})
        for row in self._db.rows(select(protected_list)):
            if not self._columns.protected.is_current(row.sealed):
                plain = self._columns.protected.open(row.sealed, row.epoch, row.digest)
                sealed = self._columns.protected.seal(plain, row.epoch, row.digest)
                self._db.run(_PROTECTED, {"of": row.epoch, "named": row.digest, "anew": sealed})

    def renew_champions(self) -> None:
        """See the port."""
        renew_champions(self._db, self._columns.champion)

    def _renew_relation(self, row: Row[Any], anew: Anew) -> None:
        column, whose = self._columns.relative, (str(row.involvement_id), str(row.position))
        before = column.open(row.evidence, *whose)
        evidence = anew.kept(before)
        if anew.every or evidence != before or not column.is_current(row.evidence):
            self._db.run(_RELATION, {"relation": row.id, "sealed": column.seal(evidence, *whose)})
        if anew.every or evidence != before:
            index_relation(self._db, row.id, anew.indexed(evidence))

    def _renew_record(self, row: Row[Any], anew: Anew) -> None:
        whose = (row.agency.value, row.person_ref.value)
        before = self._columns.evidence.open(row.evidence, *whose)
        evidence = anew.kept(before)
        same = evidence == before and row.names == written(evidence) and self._columns.evidence.is_current(row.evidence)
        if anew.every or not same:
            sealed = self._columns.evidence.seal(evidence, *whose)
            self._db.run(_RECORD, {"record": row.id, "sealed": sealed, "under": epochs_number(self._db, evidence)})
        if anew.every or evidence != before:
            # A record that was merged into another, or made by a merge that was undone, is nobody's and not to be found.
            merged = self._db.row(_MERGED, {"whose": row.agency, "named": row.person_ref})
            aside = row.unlinked or merged is not None
            self._index.replace(row.id, IndexKeys() if aside else anew.indexed(evidence))


def _plain(value: Any) -> Any:
    # The driver may give a view of the bytes.
    return bytes(value) if isinstance(value, memoryview) else value
