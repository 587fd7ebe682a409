"""A notice: "I am involved with this person", the only thing an agency publishes. Full state, opaque references, no local id.

The table of its FHIR paths in `mappings/fhir/notice_bundle.py` is the allow-list: anything else is refused by name.
"""

from dataclasses import dataclass, field
from datetime import date

from mappings.canonical.codes import (
    AgeBand,
    Consent,
    Informed,
    LegalBasis,
    NoticeEvent,
    RelationKind,
    RelationStanding,
    Sensitivity,
    ServiceLine,
)
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, GatewayId, InvolvementRef, MessageId, PersonRef
from mappings.canonical.involvement import Contact

MAX_RELATIONS = 12
MAX_EPOCHS = 3
MAX_DISPLAY = 120


@dataclass(frozen=True, slots=True, order=True)
class Sequence:
    """The ledger's count of its notices. `incarnation` begins with the UTC instant the ledger was made or restored, so that a later
    one always compares greater; `n` only ever grows (a connector takes the microsecond, so that a restored ledger cannot count a number
    twice)."""

    incarnation: str
    n: int

    def __post_init__(self) -> None:
        if not 1 <= len(self.incarnation) <= 40 or not 1 <= self.n < 2**53:
            raise ValueError("a sequence needs an incarnation of 1 to 40 characters and a count from 1")


@dataclass(frozen=True, slots=True)
class RelatedPerson:
    """Somebody who stands in the relation `kind` to the notice's person, by evidence only (one entry an epoch)."""

    kind: RelationKind
    evidence: tuple[Evidence, ...]
    standing: RelationStanding = RelationStanding.CURRENT


@dataclass(frozen=True, slots=True, repr=False)
class Worker:
    """Who is involved, as other agencies may see it. An empty name means the team stands for its members."""

    name: str = ""
    role: str = ""
    team: str = ""
    contact: Contact = field(default_factory=Contact)

    def __post_init__(self) -> None:
        if (
            max(len(self.name), len(self.role), len(self.team), len(self.contact.phone), len(self.contact.email))
            > MAX_DISPLAY
        ):
            raise ValueError(f"a display name, role, team or contact is longer than {MAX_DISPLAY} characters")


@dataclass(frozen=True, slots=True)
class Notice:
    """One statement about one involvement. `id` is stable over every sending of it: the idempotency key with the connector.

    `worker_tokens`: the worker's number at a professional register, keyed, one for each linkage epoch; empty where none is known. They are
    compared with those of other agencies and told to nobody. `status_asserted`: of somebody of 20 to 24 the agency asserts that they leave care or
    have an EHC plan; which of them is not said."""

    id: MessageId
    event: NoticeEvent
    sequence: Sequence
    home_gateway: GatewayId
    agency: AgencyId
    person_ref: PersonRef
    involvement_ref: InvolvementRef
    evidence: tuple[Evidence, ...]
    service: ServiceLine
    sensitivity: Sensitivity
    worker: Worker
    age_band: AgeBand
    age_band_until: date | None
    start: date | None
    end: date | None
    confirmed: date
    legal_basis: LegalBasis
    consent: Consent = Consent.NOT_NEEDED
    consent_date: date | None = None
    informed: Informed = Informed.NOT_INFORMED
    informed_date: date | None = None
    held_back: bool = False
    relations: tuple[RelatedPerson, ...] = ()
    sealed_details: str = ""
    worker_tokens: tuple[str, ...] = ()
    status_asserted: bool = False

    @property
    def band_that_counts(self) -> AgeBand:
        """Without an asserted status somebody of 20 to 24 is an adult, whatever an older connector says."""
        unasserted = self.age_band is AgeBand.YOUNG_20_24 and not self.status_asserted
        return AgeBand.ADULT if unasserted else self.age_band

    def __post_init__(self) -> None:
        if len(self.relations) > MAX_RELATIONS:
            raise ValueError(f"a notice may carry at most {MAX_RELATIONS} relations")
        if not 1 <= len(self.evidence) <= MAX_EPOCHS:
            raise ValueError(f"a notice carries evidence under 1 to {MAX_EPOCHS} linkage epochs")
        if self.start and self.end and self.end < self.start:
            raise ValueError("the involvement ends before it starts")
        if len(self.worker_tokens) > MAX_EPOCHS:
            raise ValueError(f"a notice carries a worker's token under at most {MAX_EPOCHS} linkage epochs")
