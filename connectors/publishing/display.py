"""What others are shown of who is involved. The ledger keeps what the source says; a notice says what this lets through.

* Of a team, the display name that the agency gave it. A team that has none is shown under the agency's general name, and its own mailbox
  gives way to the agency's: the address of a mailbox is a team's name too.
* Of a service that must stay private, or is not classified yet, nothing but the agency's general contact: no name, no role, no team.
* A worker who has any such involvement appears everywhere like that (`connectors.publishing.veiling`).
* A team that the agency calls private is sensitive whatever its service line is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType

from connectors.publishing.standing import Standing
from mappings.canonical.codes import Sensitivity
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Worker

_CACHED = 5_000
"""An agency has so many workers and teams at most times; each stands in many rows."""


@dataclass(frozen=True, slots=True, repr=False)
class Display:
    """`general` is the agency's general contact. `teams` are display names by the source's own name of a team, `private_teams` the source's
    names of teams of which nothing may be shown; how a name is spaced and capitalised does not matter."""

    general: Worker
    teams: Mapping[str, str] = field(default_factory=dict)
    private_teams: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        named = {folded(team): shown for team, shown in self.teams.items()}
        object.__setattr__(self, "teams", MappingProxyType(named))
        object.__setattr__(self, "private_teams", frozenset(map(folded, self.private_teams)))

    def of(self, standing: Standing, *, veiled: bool = False) -> Standing:
        """The standing as others are shown it. `veiled`: its worker appears as the general contact, whatever its own service line."""
        sensitivity, worker = self.shown(standing, veiled=veiled)
        return replace(standing, sensitivity=sensitivity, worker=worker)

    def shown(self, standing: Standing, *, veiled: bool) -> tuple[Sensitivity, Worker]:
        """What of it others are shown in another way: how sensitive it is, and whose."""
        sensitivity = self.sensitivity(standing)
        if veiled or sensitivity is not Sensitivity.STANDARD:
            return sensitivity, self.general
        return sensitivity, self._worker(standing.worker)

    def sensitivity(self, standing: Standing) -> Sensitivity:
        """As others are told it."""
        return self.sensitivity_of(standing.worker.team, standing.sensitivity)

    def sensitivity_of(self, team: str, stated: Sensitivity) -> Sensitivity:
        """As others are told that of an involvement of this team of the source, of which this is stated."""
        private = bool(self.private_teams) and folded(team) in self.private_teams
        return Sensitivity.SENSITIVE if private else stated

    def is_unnamed(self, team: str) -> bool:
        """Whether a team that a source names has no display name, and nobody said that it is private."""
        return bool(team) and folded(team) not in self.teams and folded(team) not in self.private_teams

    def written(self) -> bytes:
        """All of it in one fixed form: equal for two that show everything alike."""
        general = self.general
        parts = [general.name, general.role, general.team, general.contact.phone, general.contact.email]
        named = [part for pair in sorted(self.teams.items()) for part in pair]
        return repr((parts, named, sorted(self.private_teams))).encode()

    def _worker(self, worker: Worker) -> Worker:
        if not self.is_unnamed(worker.team):
            return Worker(worker.name, worker.role, self.teams.get(folded(worker.team), ""), worker.contact)
        contact = worker.contact
        if not worker.name:
            contact = Contact(contact.phone or self.general.contact.phone, self.general.contact.email)
        return Worker(worker.name, worker.role, self.general.team, contact)


@lru_cache(_CACHED)
def folded(text: str) -> str:
    """A name as it is compared: case and spacing do not matter."""
    return " ".join(text.split()).casefold()
