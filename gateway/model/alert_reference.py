"""An alert that is to be, or was, sent: references only, never a sealed alert. The relay decides again and seals at sending."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from mappings.canonical.codes import AlertEvent
from mappings.canonical.identifiers import MessageId


class AlertStatus(StrEnum):
    """pending -> sent -> settled; `LAPSED`: no longer permitted when it was to be sent; `SUPERSEDED`: overtaken by a later state before it
    was sent; `REFUSED`: the connector cannot take it; `FORGOTTEN`: it was sent, but the recipient's ledger has been restored since."""

    PENDING = "pending"
    SENT = "sent"
    SETTLED = "settled"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    FORGOTTEN = "forgotten"


NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a sent alert is tried again that something later has overtaken."""

TOLD = frozenset({AlertStatus.SENT, AlertStatus.SETTLED, AlertStatus.FORGOTTEN})


@dataclass(frozen=True, slots=True)
class AlertReference:
    """`recipient` and `discloser` are involvement ids. `version` grows per (connection, recipient): milliseconds since the epoch, made
    strictly increasing. `shown` is the digest of what the alert shows, so that nothing is told twice. `attempts` counts sendings. `terms` is
    what the decision rested on that queued it (`Decision.terms`); what the one at sending rests on stands in the audit."""

    id: MessageId
    connection: MessageId
    recipient: int
    discloser: int
    event: AlertEvent
    version: int
    status: AlertStatus
    shown: str
    links: tuple[int, int]
    made_at: datetime
    next_attempt_at: datetime
    attempts: int = 0
    not_after: datetime | None = None
    terms: str = ""
