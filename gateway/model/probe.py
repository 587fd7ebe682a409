"""A probe: one test of one connector, from the asking to the receipt. What was in the test notice is not kept."""

from dataclasses import dataclass
from datetime import datetime

from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.identifiers import AgencyId, ConnectorId, MessageId
from mappings.canonical.receipt import Issue


@dataclass(frozen=True, slots=True)
class Probe:
    """`id` is that of the test request and of the one notice that may answer it, until `expires_at`. All instants are the gateway's own.

    `sent_at`: the request was handed to the channel. `received_at` and `decided_at`: intake took the answer up, and judged it. `outcome` is
    final; `issues` are its reasons where it was refused, by the gateway or by the connector that could not answer. `receipted_at`: the
    receipt of an accepted one had been handed to the channel.
    """

    id: MessageId
    connector: ConnectorId
    agency: AgencyId
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    next_attempt_at: datetime
    attempts: int = 0
    sent_at: datetime | None = None
    received_at: datetime | None = None
    decided_at: datetime | None = None
    outcome: ReceiptOutcome | None = None
    issues: tuple[Issue, ...] = ()
    receipted_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether it may still be answered."""
        return self.outcome is None and now < self.expires_at

    def is_over(self, now: datetime) -> bool:
        """Whether there is nothing more to wait for. A refusal is told without waiting for its receipt."""
        done = self.outcome is ReceiptOutcome.REFUSED or self.receipted_at is not None
        return done or now >= self.expires_at
