"""What the introducer's way needs of the store."""

from datetime import datetime
from typing import Protocol

from gateway.model.introduction import Introduction, IntroductionState
from mappings.canonical.identifiers import MessageId


class Introductions(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.introductions`): one row for each direction of a connection that was asked about."""

    def get(self, id: int) -> Introduction | None: ...
    def find(self, connection: MessageId, asker: int) -> Introduction | None:
        """What was asked from that side of the connection."""

    def in_states(self, states: tuple[IntroductionState, ...], limit: int) -> list[Introduction]:
        """Those on connections that are live, the longest waiting first."""

    def forget(self, before: datetime, limit: int) -> int:
        """Drop those whose connection was over before that instant, and those declined before it. What waits, and what was passed on, on a live
        connection stays. Returns how many it was."""

    def save(self, introduction: Introduction) -> Introduction:
        """Insert (id 0) or update. Raises `StoreConflict`."""
