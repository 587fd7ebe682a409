"""What alarms need of the store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.model.alarm import Acknowledgement, Alarm, AlarmKind, CountedSince, Tally
from mappings.canonical.identifiers import ConnectorId


class Alarms(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.alarms`)."""

    def count(self, connector: ConnectorId, at: datetime, tally: Tally) -> None:
        """Add to what it did in the hour of `at`. A new count begins where one of its alarms was acknowledged within that hour, so that
        what came before stays apart from what comes after."""

    def counted(self, after: datetime) -> dict[ConnectorId, list[CountedSince]]:
        """Every connector's counts that began after that instant, in order."""

    def counted_between(self, connector: ConnectorId, after: datetime, until: datetime) -> list[CountedSince]:
        """One connector's counts that began after `after` and not after `until`, in order."""

    def forget(self, until: datetime) -> None:
        """Drop the counts that began then or before."""

    def add(self, alarm: Alarm) -> Alarm:
        """Keep it; returns it with its id."""

    def get(self, id: int) -> Alarm | None: ...
    def open(self) -> list[Alarm]:
        """Those that nobody has acknowledged, the oldest first."""

    def all(self, limit: int) -> Sequence[Alarm]:
        """The newest first, whatever became of them."""

    def acknowledge(self, id: int, acknowledgement: Acknowledgement) -> None: ...
    def acknowledged(self, after: datetime) -> dict[tuple[ConnectorId, AlarmKind], datetime]:
        """When each kind was last acknowledged of each connector, as far as that was after that instant."""

    def open_counts(self) -> dict[str, int]:
        """How many are open, of every kind."""
