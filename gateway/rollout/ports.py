"""What the roll-out plan needs of the store."""

from datetime import datetime
from typing import Protocol

from gateway.model.rollout import RolloutEntry
from mappings.canonical.eligibility import StatedEligibility
from mappings.canonical.identifiers import AgencyId


class Rollouts(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.rollouts`): it is one plan, in the register of trust."""

    def get(self, agency: AgencyId) -> RolloutEntry | None: ...
    def all(self) -> list[RolloutEntry]:
        """By agency id."""

    def save(self, entry: RolloutEntry) -> None:
        """Insert, or put in the place of what was planned of that agency. Without a champion the one before is erased."""

    def drop(self, agency: AgencyId) -> bool:
        """Remove what was planned, its champion with it. Whether there was anything."""


class Eligibilities(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.eligibilities`): what connectors state on this side."""

    def keep(self, agency: AgencyId, stated: StatedEligibility, at: datetime) -> None:
        """In the place of what it stated before."""

    def all(self) -> dict[AgencyId, tuple[StatedEligibility, datetime]]:
        """What each agency stated last, and when."""
