"""Tests of connectors. The table is small: a test is forgotten after a while, and there is one at a time for each connector."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, exists, insert, select, update

from gateway.model.probe import Probe
from gateway.store.faults import StoreConflict
from gateway.store.issue_rows import from_rows, to_rows
from gateway.store.party_tables import connector
from gateway.store.probe_table import probe
from gateway.store.tables import reply
from gateway.store.transaction import Transaction
from identity.agency.trust import Status, may_speak
from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.identifiers import ConnectorId, MessageId
from mappings.canonical.receipt import Issue

_NOW: Final = bindparam("now", type_=probe.c.expires_at.type)
_UNSENT: Final = (
    select(probe)
    .where(probe.c.expires_at > _NOW, probe.c.sent_at.is_(None), probe.c.outcome.is_(None))
    .where(probe.c.next_attempt_at <= _NOW)
    .order_by(probe.c.asked_at, probe.c.id)
)
_RECEIPTED: Final = (
    select(probe.c.id)
    .join(connector, connector.c.id == probe.c.connector)
    .where(probe.c.outcome == ReceiptOutcome.ACCEPTED, probe.c.receipted_at.is_(None))
    .where(connector.c.status.in_([status for status in Status if may_speak(status)]))
    .where(~exists().where(reply.c.about == probe.c.id))
    .order_by(probe.c.id)
)


class SqlProbes:
    """`gateway.probing.ports.Probes`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def add(self, probe_: Probe) -> None:
        """Raises `StoreConflict` where its id is taken."""
        values = {column.name: getattr(probe_, column.name) for column in probe.columns}
        self._db.run(insert(probe), values | {"issues": to_rows(probe_.issues)})

    def get(self, id: MessageId) -> Probe | None:
        """The probe of that id."""
        row = self._db.row(select(probe).where(probe.c.id == id))
        return None if row is None else _probe(row)

    def latest(self, connector: ConnectorId) -> Probe | None:
        """See the port."""
        found = select(probe).where(probe.c.connector == connector).order_by(probe.c.asked_at.desc(), probe.c.id)
        row = self._db.row(found.limit(1))
        return None if row is None else _probe(row)

    def unsent(self, now: datetime) -> list[Probe]:
        """See the port."""
        return [_probe(row) for row in self._db.rows(_UNSENT, {"now": now})]

    def note_sent(self, id: MessageId, at: datetime) -> None:
        """Raises `StoreConflict` where there is no such probe."""
        self._change(id, sent_at=at)

    def put_off(self, id: MessageId, next_attempt_at: datetime) -> None:
        """Raises `StoreConflict` where there is no such probe."""
        self._change(id, attempts=probe.c.attempts + 1, next_attempt_at=next_attempt_at)

    def decide(
        self,
        id: MessageId,
        received_at: datetime,
        decided_at: datetime,
        outcome: ReceiptOutcome,
        issues: tuple[Issue, ...],
    ) -> None:
        """See the port. Raises `StoreConflict` where there is no such probe, or it was answered before."""
        decision = {
            "received_at": received_at,
            "decided_at": decided_at,
            "outcome": outcome,
            "issues": to_rows(issues),
        }
        open_one = update(probe).where(probe.c.id == id, probe.c.outcome.is_(None))
        if not self._db.run(open_one.values(decision)):
            raise StoreConflict("there is no test of that id that waits for an answer")

    def receipted(self) -> list[MessageId]:
        """See the port."""
        return [row.id for row in self._db.rows(_RECEIPTED)]

    def note_receipted(self, ids: Iterable[MessageId], at: datetime) -> None:
        """See the port."""
        for id in ids:
            self._change(id, receipted_at=at)

    def forget(self, before: datetime) -> None:
        """See the port."""
        self._db.run(delete(probe).where(probe.c.asked_at < before))

    def _change(self, id: MessageId, **values: Any) -> None:
        if not self._db.run(update(probe).where(probe.c.id == id).values(values)):
            raise StoreConflict("there is no test of that id")


def _probe(row: Row[Any]) -> Probe:
    values = dict(row._mapping)
    return Probe(**values | {"issues": from_rows(values["issues"])})
