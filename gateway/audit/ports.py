"""What the audit needs of a store."""

from datetime import date, datetime
from typing import Protocol

from gateway.model.audit_event import AuditEvent, AuditFields
from mappings.canonical.witness import ToldCheckpoint


class Audit(Protocol):
    """The append-only chain. `append` is called last in a unit; the store computes seq, previous, commitments and hash
    (`gateway.audit.chain`, `gateway.audit.commitments`)."""

    def append(self, at: datetime, code: str, actor: str, fields: AuditFields) -> None: ...
    def events(self, after: int, limit: int) -> list[AuditEvent]: ...

    def latest(self, code: str, limit: int) -> list[AuditEvent]:
        """The last events of one code, the newest first, without what can be erased."""

    def of_subject(self, subject: str, after: int, limit: int) -> list[AuditEvent]:
        """As `events`, of those about one subject that were not erased."""

    def subjects(self, kind: str, after: str, limit: int) -> list[str]:
        """Up to `limit` subjects of a kind beyond `after`, by code point; empty: from the first."""

    def erase(self, subject: str) -> int:
        """Drop what can be erased of every event about the subject. Returns how many events it was. See `gateway.audit.erasure`."""

    def head(self) -> tuple[int, str]: ...


class ToldCheckpoints(Protocol):
    """Which checkpoint connectors were told of on which day (UTC): one a day."""

    def on(self, day: date) -> ToldCheckpoint | None: ...
    def keep(self, day: date, told: ToldCheckpoint) -> None: ...
    def forget(self, before: date) -> None:
        """Those of earlier days."""
