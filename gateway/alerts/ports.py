"""What alerts need of the store (`gateway.ports`)."""

from datetime import datetime
from typing import Protocol

from gateway.model.alert_reference import AlertReference
from gateway.model.connection import Connection
from mappings.canonical.identifiers import (
    AgencyId,
    MessageId,
)


class Connections(Protocol):
    """Pairs that were found and permitted."""

    def get(self, id: MessageId) -> Connection | None: ...
    def save(self, connection: Connection) -> None:
        """Insert or update by id."""

    def of_involvement(self, involvement_id: int) -> list[Connection]: ...
    def family_of(self, person_id: int) -> list[Connection]:
        """The live ones that rest on a relation, of which one side is about the person."""


class Alerts(Protocol):
    """The outbox of alert references."""

    def add(self, alert: AlertReference) -> None: ...
    def save(self, alert: AlertReference) -> None: ...
    def get(self, id: MessageId) -> AlertReference | None: ...
    def of_direction(self, connection: MessageId, recipient: int) -> list[AlertReference]:
        """All alerts of one connection towards one recipient, by version."""

    def due(self, now: datetime, limit: int) -> list[AlertReference]:
        """Pending or sent ones whose `next_attempt_at` has come, oldest first."""

    def hurry(self, agency: AgencyId, now: datetime) -> None:
        """Make every pending or sent one for this agency due at once, but for those that are never sent again (`NEVER`)."""

    def counts(self) -> dict[str, int]:
        """Number of alerts by status."""
