"""Idempotency: what was answered to each notice, and how far each ledger has come."""

from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, insert, select

from gateway.model.processed import Processed
from gateway.store.issue_rows import from_rows, to_rows
from gateway.store.tables import ledger, position, processed
from gateway.store.transaction import Transaction, upsert
from mappings.canonical.identifiers import AgencyId, ConnectorId, MessageId
from mappings.canonical.notice import Sequence

_GET: Final = select(processed).where(
    processed.c.connector == bindparam("connector"), processed.c.notice == bindparam("notice")
)
_POSITION: Final = select(position.c.incarnation, position.c.n).where(
    position.c.connector == bindparam("connector"), position.c.agency == bindparam("agency")
)
_LEDGER: Final = select(ledger.c.incarnation).where(
    ledger.c.connector == bindparam("connector"), ledger.c.agency == bindparam("agency")
)


class SqlProcessed:
    """`gateway.ports.ProcessedNotices`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def get(self, connector: ConnectorId, notice: MessageId) -> Processed | None:
        """What that notice of that connector was answered."""
        row = self._db.row(_GET, {"connector": connector, "notice": notice})
        return None if row is None else Processed(row.connector, row.notice, row.outcome, from_rows(row.issues), row.at)

    def add(self, processed_: Processed) -> None:
        """Raises `StoreConflict` where the notice was answered already."""
        values = {
            "connector": processed_.connector,
            "notice": processed_.notice,
            "outcome": processed_.outcome,
            "issues": to_rows(processed_.issues),
            "at": processed_.at,
        }
        self._db.run(insert(processed), values)

    def last_accepted(self, connector: ConnectorId, agency: AgencyId) -> Sequence | None:
        """The highest sequence accepted from the connector's ledger of that agency."""
        row = self._db.row(_POSITION, {"connector": connector, "agency": agency})
        return None if row is None else Sequence(row.incarnation, row.n)

    def advance(self, connector: ConnectorId, agency: AgencyId, sequence: Sequence) -> None:
        """Raise `last_accepted` to `sequence` if that is greater."""
        values = {"connector": connector, "agency": agency, "incarnation": sequence.incarnation, "n": sequence.n}
        self._db.run(_advance(self._db.postgresql), values)

    def ledger_incarnation(self, connector: ConnectorId, agency: AgencyId) -> str | None:
        """The latest ledger incarnation the agency has shown; None before the first."""
        found = self._db.value(_LEDGER, {"connector": connector, "agency": agency})
        return None if found is None else str(found)

    def note_ledger(self, connector: ConnectorId, agency: AgencyId, incarnation: str) -> None:
        """Remember it, if it is later than the one known."""
        values = {"connector": connector, "agency": agency, "incarnation": incarnation}
        self._db.run(_note_ledger(self._db.postgresql), values)


@cache
def _advance(postgres: bool) -> Insert:
    greater = "(excluded.incarnation, excluded.n) > (position.incarnation, position.n)"
    return upsert(position, postgres=postgres, key=["connector", "agency"], only_where=greater)


@cache
def _note_ledger(postgres: bool) -> Insert:
    later = "excluded.incarnation > ledger.incarnation"
    return upsert(ledger, postgres=postgres, key=["connector", "agency"], only_where=later)
