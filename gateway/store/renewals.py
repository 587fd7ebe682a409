"""Bringing the register under new secrets, row by row in the order of their numbers, and what it rests on meanwhile."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, update

from gateway.model.renewal import Renewal
from gateway.store.epoch_names import written
from gateway.store.evidence_column import EvidenceColumn
from gateway.store.record_index import add_keys, keys_of, remove_keys
from gateway.store.sealed_column import SealedColumn
from gateway.store.tables import involvement, person_record, register
from gateway.store.transaction import Transaction
from identity.person.pepper import IndexKeys
from mappings.canonical.evidence import Evidence

_Evidences = tuple[Evidence, ...]
_FIELDS: Final = (
    "data_key", "next_data_key", "pepper", "next_pepper", "pairing", "records_after", "involvements_after"
)  # fmt: skip
_STATE: Final = select(*(register.c[name] for name in _FIELDS))
_RECORDS: Final = (
    select(person_record)
    .where(person_record.c.id > bindparam("after"))
    .order_by(person_record.c.id)
    .limit(bindparam("limit"))
)
_RECORD: Final = (
    update(person_record)
    .where(person_record.c.id == bindparam("record"))
    .values(evidence=bindparam("sealed"), epochs=bindparam("named"))
)
_INVOLVEMENTS: Final = (
    select(involvement.c.id, involvement.c.agency, involvement.c.involvement_ref, involvement.c.worker)
    .where(involvement.c.id > bindparam("after"))
    .order_by(involvement.c.id)
    .limit(bindparam("limit"))
)
_WORKER: Final = update(involvement).where(involvement.c.id == bindparam("number")).values(worker=bindparam("sealed"))


class SqlRenewals:
    """`gateway.renewal_ports.Renewals`."""

    def __init__(self, transaction: Transaction, evidence: EvidenceColumn, worker: SealedColumn) -> None:
        self._db, self._evidence, self._worker = transaction, evidence, worker

    def state(self) -> Renewal:
        """What the register rests on."""
        row = self._db.row(_STATE)
        return Renewal() if row is None else Renewal(**{name: _plain(getattr(row, name)) for name in _FIELDS})

    def save(self, renewal: Renewal) -> None:
        """Replace all of it."""
        self._db.run(update(register).values({name: getattr(renewal, name) for name in _FIELDS}))

    def renew_records(
        self,
        after: int,
        limit: int,
        kept: Callable[[_Evidences], _Evidences],
        indexed: Callable[[_Evidences], IndexKeys],
        *,
        every: bool,
    ) -> int | None:
        """See the port."""
        rows = self._db.rows(_RECORDS, {"after": after, "limit": limit})
        for row in rows:
            self._renew_record(row, kept, indexed, every)
        return rows[-1].id if rows else None

    def renew_involvements(self, after: int, limit: int) -> int | None:
        """See the port."""
        rows = self._db.rows(_INVOLVEMENTS, {"after": after, "limit": limit})
        for row in rows:
            if not self._worker.is_current(row.worker):
                whose = (row.agency.value, row.involvement_ref.value)
                sealed = self._worker.seal(self._worker.open(row.worker, *whose), *whose)
                self._db.run(_WORKER, {"number": row.id, "sealed": sealed})
        return rows[-1].id if rows else None

    def _renew_record(
        self,
        row: Row[Any],
        kept: Callable[[_Evidences], _Evidences],
        indexed: Callable[[_Evidences], IndexKeys],
        every: bool,
    ) -> None:
        whose = (row.agency, row.person_ref)
        before = self._evidence.open(row.evidence, *whose)
        evidence = kept(before)
        if evidence != before or row.epochs != written(evidence) or not self._evidence.is_current(row.evidence):
            sealed = self._evidence.seal(evidence, *whose)
            self._db.run(_RECORD, {"record": row.id, "sealed": sealed, "named": written(evidence)})
        if every or evidence != before:
            remove_keys(self._db, row.id)
            add_keys(self._db, row.id, keys_of(indexed(evidence)))


def _plain(value: Any) -> Any:
    # The driver may give a view of the bytes.
    return bytes(value) if isinstance(value, memoryview) else value
