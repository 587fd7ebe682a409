"""An invitation: leave for one connector to hand in its keys once, for the agencies named, until it expires."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.model.connector import Carrier
from mappings.canonical.identifiers import AgencyId, ConnectorId, MessageId

MOST_WRONG_TRIES = 10
"""After so many wrong secrets the invitation is good for nothing, whoever comes."""


class InvitationState(StrEnum):
    """`OPEN` is the only one in which it is good."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Invitation:
    """`secret_hash` is all that is kept of the secret. `made_by` is the operator who signed it."""

    id: MessageId
    connector: ConnectorId
    agencies: tuple[AgencyId, ...]
    carrier: Carrier
    secret_hash: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    wrong_tries: int = 0
    used_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Invitation({self.id}, {self.connector})"

    def state(self, now: datetime) -> InvitationState:
        """What it is good for at this instant."""
        if self.withdrawn_at is not None:
            return InvitationState.WITHDRAWN
        if self.used_at is not None:
            return InvitationState.USED
        if self.wrong_tries >= MOST_WRONG_TRIES:
            return InvitationState.LOCKED
        return InvitationState.OPEN if now < self.expires_at else InvitationState.EXPIRED
