"""What the gateway wrote down, read event by event in the order of the audit chain, and what must hold of it at every point.

The chain gives each commit its place, so that "while suspended" is a matter of order here, never of clocks.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from gateway.audit.verification import verify
from gateway.model.audit_event import AuditEvent
from gateway.ports import Store
from tests.soak.violation import Violation
from tests.system.site import agency_uri

SUSPENDED = "suspended"
NOT_LIVE = "connector-not-live"
_PAGE = 1_000


@dataclass
class Books:
    """`accepted` counts each notice by (connector, notice id); `sent` holds, by alert, where in the chain it was sealed. `read` goes on from
    where it stopped."""

    store: Store
    accepted: Counter[tuple[str, str]] = field(default_factory=Counter)
    sent: dict[str, list[int]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    moved: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    _status: dict[str, str] = field(default_factory=dict)
    _last: int = 0

    def read(self) -> list[Violation]:
        """Everything written since the last time."""
        found: list[Violation] = []
        while True:
            with self.store.read() as unit:
                events = unit.audit.events(self._last, _PAGE)
            for event in events:
                self._last = event.seq
                self.codes[event.code] += 1
                found += self._see(event)
            if len(events) < _PAGE:
                return found

    def check_chain(self) -> list[Violation]:
        """The whole chain, from the beginning."""
        walked = verify(self.store)
        if walked.intact:
            return []
        return [Violation("audit-chain", f"event {walked.broken_at}: {walked.problem}")]

    def _see(self, event: AuditEvent) -> list[Violation]:
        match event.code:
            case "connector-status":
                connector = str(event.fields["connector"])
                self._status[connector] = str(event.fields["after"])
                self.moved[connector] = (event.seq, event.at)
            case "notice-accepted" | "notice-late":
                return self._see_accepted(event)
            case "alert-sent":
                return self._see_sent(event)
            case "message-refused":
                return self._see_refused(event)
        return []

    def _see_accepted(self, event: AuditEvent) -> list[Violation]:
        key = str(event.fields["connector"]), str(event.fields["message"])
        self.accepted[key] += 1
        where = f"{key[0]}, notice {key[1]}, event {event.seq}"
        found = [Violation("settled-once", f"accepted again: {where}")] if self.accepted[key] > 1 else []
        if self._status.get(key[0]) == SUSPENDED:
            found.append(Violation("suspended-not-heard", where))
        return found

    def _see_sent(self, event: AuditEvent) -> list[Violation]:
        alert, agency = str(event.fields["alert"]), str(event.fields["agency"])
        self.sent.setdefault(alert, []).append(event.seq)
        stopped = [name for name, status in self._status.items() if status == SUSPENDED and agency_uri(name) == agency]
        return [
            Violation("suspended-not-told", f"{name}: alert {alert} sealed at event {event.seq}, {event.at}")
            for name in stopped
        ]

    def _see_refused(self, event: AuditEvent) -> list[Violation]:
        connector, reasons = str(event.fields["connector"]), str(event.fields["reasons"])
        self.refused[reasons] += 1
        if reasons == NOT_LIVE and self._status.get(connector) == SUSPENDED:
            return []
        about = f"{connector}: {reasons}, message {event.fields['message']}, event {event.seq}, {event.at}"
        return [Violation("dead-letters", about)]
