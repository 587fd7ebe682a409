"""A change that waits for a second person: the exact bytes that the first one signed, and that signature."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mappings.canonical.identifiers import KeyId


class ProposalState(StrEnum):
    """`EXECUTED`: a second person signed the same bytes and it was carried out. Expired is not stored: time says it."""

    OPEN = "open"
    EXECUTED = "executed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Proposal:
    """`statement` is what both people sign; `proposer` is the operator whose key `key` made `signature` over it. `closed_by` is who
    approved or rejected it."""

    id: str
    action: str
    statement: bytes
    proposer: str
    key: KeyId
    signature: bytes
    made_at: datetime
    expires_at: datetime
    state: ProposalState = ProposalState.OPEN
    closed_by: str = ""
    closed_at: datetime | None = None
    reason: str = ""

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be approved."""
        return self.state is ProposalState.OPEN and now <= self.expires_at
