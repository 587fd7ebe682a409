"""Changes that wait, or waited, for a second person."""

import hashlib
from typing import Any, Final

from sqlalchemy import Row, bindparam, insert, select, update

from gateway.model.proposal import Proposal
from gateway.store.faults import StoreConflict
from gateway.store.party_tables import proposal
from gateway.store.transaction import Transaction

_FIELDS: Final = tuple(column.name for column in proposal.columns if column.name != "digest")
_ALL: Final = select(proposal).order_by(proposal.c.made_at.desc(), proposal.c.id).limit(bindparam("limit"))


class SqlProposals:
    """`gateway.trust.ports.Proposals`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def add(self, proposal_: Proposal) -> None:
        """Raises `StoreConflict` where the id is taken or the same statement was proposed before."""
        digest = hashlib.sha256(proposal_.statement).hexdigest()
        self._db.run(insert(proposal), _row(proposal_) | {"digest": digest})

    def save(self, proposal_: Proposal) -> None:
        """Replace how it stands; what was signed stays as it is. Raises `StoreConflict` where it is not there."""
        closed = {"state": proposal_.state, "closed_by": proposal_.closed_by, "closed_at": proposal_.closed_at}
        changed = update(proposal).where(proposal.c.id == proposal_.id).values(closed | {"reason": proposal_.reason})
        if not self._db.run(changed):
            raise StoreConflict("there is no such proposal")

    def get(self, id: str) -> Proposal | None:
        """The proposal of that id."""
        row = self._db.row(select(proposal).where(proposal.c.id == id))
        return None if row is None else _proposal(row)

    def by_statement(self, digest: str) -> Proposal | None:
        """The proposal of the statement with that SHA-256 (hex)."""
        row = self._db.row(select(proposal).where(proposal.c.digest == digest))
        return None if row is None else _proposal(row)

    def all(self, limit: int) -> list[Proposal]:
        """The newest first."""
        return [_proposal(row) for row in self._db.rows(_ALL, {"limit": limit})]


def _row(proposal_: Proposal) -> dict[str, Any]:
    return {name: getattr(proposal_, name) for name in _FIELDS}


def _proposal(row: Row[Any]) -> Proposal:
    return Proposal(**{name: getattr(row, name) for name in _FIELDS})
