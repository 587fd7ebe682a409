"""What an agency says once, for everything its rows leave unsaid.

The rule: the row sets an item, else the service line's default, else the agency's. Nobody having said whether the
person was informed means: not informed. Nobody having classified a service line means: unclassified, which is treated
as sensitive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from mappings.canonical.codes import Consent, Informed, LegalBasis, Sensitivity, ServiceLine, YoungAdultStatus
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.involvement import Contact

T = TypeVar("T")
SAYS_NOTHING = Contact()


@dataclass(frozen=True, slots=True, repr=False)
class ServiceDefaults:
    """Defaults for one service line, or for all of them. None or empty text: nothing is said here, ask the next."""

    sensitivity: Sensitivity | None = None
    contact: Contact = SAYS_NOTHING
    team: str = ""
    role: str = ""
    legal_basis: LegalBasis | None = None
    consent: Consent | None = None
    informed: Informed | None = None
    held_back: bool | None = None
    young_adult_status: YoungAdultStatus | None = None


@dataclass(frozen=True, slots=True, repr=False)
class LineDefaults:
    """What holds for a row of one service line that says nothing itself: everything settled but the legal basis, which
    may be unsaid."""

    sensitivity: Sensitivity
    contact: Contact
    team: str
    role: str
    legal_basis: LegalBasis | None
    consent: Consent
    informed: Informed
    held_back: bool
    young_adult_status: YoungAdultStatus


@dataclass(frozen=True, slots=True, repr=False)
class AgencyDefaults:
    """`service` is the line of a row that names none. `by_service` overrides `everywhere` for the lines it names."""

    agency: AgencyId
    service: ServiceLine
    everywhere: ServiceDefaults = field(default_factory=ServiceDefaults)
    by_service: Mapping[ServiceLine, ServiceDefaults] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_service", MappingProxyType(dict(self.by_service)))

    def for_line(self, service: ServiceLine, shipped: Sensitivity | None = None) -> LineDefaults:
        """Every default that holds for a row of this service line. `shipped` is the sensitivity the format's preset
        gives the line: it counts only where the agency has not classified the line itself."""
        line = self.by_service.get(service, ServiceDefaults())
        base = self.everywhere
        return LineDefaults(
            sensitivity=first(line.sensitivity, shipped, base.sensitivity) or Sensitivity.UNCLASSIFIED,
            contact=Contact(line.contact.phone or base.contact.phone, line.contact.email or base.contact.email),
            team=line.team or base.team,
            role=line.role or base.role,
            legal_basis=first(line.legal_basis, base.legal_basis),
            consent=first(line.consent, base.consent) or Consent.NOT_NEEDED,
            informed=first(line.informed, base.informed) or Informed.NOT_INFORMED,
            held_back=bool(first(line.held_back, base.held_back)),
            young_adult_status=first(line.young_adult_status, base.young_adult_status) or YoungAdultStatus.NONE,
        )


def first(*said: T | None) -> T | None:
    """The first that is said at all."""
    return next((one for one in said if one is not None), None)
