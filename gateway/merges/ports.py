"""What merges of an agency's own records need of the store."""

from collections.abc import Iterator
from typing import Protocol

from gateway.model.record_merge import RegisteredMerge
from mappings.canonical.identifiers import AgencyId, PersonRef


class Merges(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.merges`): the latest word about each superseded reference."""

    def find(self, agency: AgencyId, superseded: PersonRef) -> RegisteredMerge | None: ...
    def save(self, merge: RegisteredMerge) -> None:
        """In place of what was known of the same reference."""

    def into(self, agency: AgencyId, surviving: PersonRef) -> list[RegisteredMerge]:
        """Those that stand and name this reference as the one that stays, the oldest first."""

    def waiting(self) -> Iterator[RegisteredMerge]:
        """Those on which a steward's word is awaited, the oldest first."""

    def of_agency(self, agency: AgencyId) -> Iterator[RegisteredMerge]:
        """All of them, whatever their state."""
