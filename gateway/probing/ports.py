"""What the use cases need of the store for tests of connectors.

Each step of a probe writes its own columns: the relay and intake may be at work on one probe at the same time.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from gateway.model.probe import Probe
from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.identifiers import ConnectorId, MessageId
from mappings.canonical.receipt import Issue


class Probes(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.probes`)."""

    def add(self, probe: Probe) -> None: ...
    def get(self, id: MessageId) -> Probe | None: ...
    def latest(self, connector: ConnectorId) -> Probe | None:
        """The one that was asked for last."""

    def unsent(self, now: datetime) -> list[Probe]:
        """Open ones whose request has not left and whose next attempt is due, the oldest first."""

    def note_sent(self, id: MessageId, at: datetime) -> None: ...
    def put_off(self, id: MessageId, next_attempt_at: datetime) -> None:
        """One attempt to send it failed."""

    def decide(
        self,
        id: MessageId,
        received_at: datetime,
        decided_at: datetime,
        outcome: ReceiptOutcome,
        issues: tuple[Issue, ...],
    ) -> None:
        """It was answered; once."""

    def receipted(self) -> list[MessageId]:
        """Accepted ones not yet noted as receipted whose receipt waits no longer, of connectors that may speak: one that may not was sent
        none."""

    def note_receipted(self, ids: Iterable[MessageId], at: datetime) -> None: ...
    def forget(self, before: datetime) -> None:
        """Those asked for before that instant."""
