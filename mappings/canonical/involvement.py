"""An involvement as one agency's own records state it, in clear. Lives only inside the connector."""

from dataclasses import dataclass, field
from datetime import date

from mappings.canonical.codes import (
    Consent,
    Informed,
    LegalBasis,
    RelationKind,
    RelationStanding,
    Sensitivity,
    ServiceLine,
    YoungAdultStatus,
)
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.person import Person


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """How to reach a worker or a team at work."""

    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Relation:
    """`person` stands in the relation `kind` to the involvement's client, because the agency's record says so."""

    kind: RelationKind
    person: Person
    standing: RelationStanding = RelationStanding.CURRENT


@dataclass(frozen=True, slots=True)
class AssertedStatus:
    """What the agency asserts of a young adult, and the last day on which it holds (None: no end is known)."""

    code: YoungAdultStatus = YoungAdultStatus.NONE
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether one is asserted for that day."""
        return self.code is not YoungAdultStatus.NONE and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True, repr=False)
class Involvement:
    """One agency's service, with a worker or a team, involved with one person.

    `local_id` is stable in the source and unique within the agency. `worker` is the worker's display name, `worker_id` the source's own
    id (both empty for a team-only involvement); `team` the display name of the team. `confirmed` is the date the source last vouched for it.
    `registration` is the worker's number at a professional register (`mappings.professional_numbers`), empty where none is known. `asserted`
    counts from the 20th to the 25th birthday only.
    """

    local_id: str
    agency: AgencyId
    person: Person
    service: ServiceLine
    sensitivity: Sensitivity
    role: str = ""
    worker: str = ""
    worker_id: str = ""
    team: str = ""
    team_id: str = ""
    contact: Contact = field(default_factory=Contact)
    start: date | None = None
    end: date | None = None
    confirmed: date | None = None
    legal_basis: LegalBasis | None = None
    consent: Consent = Consent.NOT_NEEDED
    consent_date: date | None = None
    informed: Informed = Informed.NOT_INFORMED
    informed_date: date | None = None
    held_back: bool = False
    relations: tuple[Relation, ...] = ()
    registration: str = ""
    asserted: AssertedStatus = field(default_factory=AssertedStatus)
