"""One agency's client as keyed evidence, and the link that says which person of the register it is. No golden record."""

from dataclasses import dataclass
from datetime import datetime

from mappings.canonical.codes import Certainty
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, PersonRef


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """`evidence` holds one entry a linkage epoch; it is stored in one encrypted blob and indexed only by peppered keys."""

    id: int
    agency: AgencyId
    person_ref: PersonRef
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Record `record_id` is person `person_id`, from `valid_from` until `valid_to` (None = now). `explanation` is per field: level and
    bits, no values. `id` serves as the version that an alert rests on."""

    id: int
    record_id: int
    person_id: int
    method: str
    score: float
    certainty: Certainty | None
    explanation: str
    decided_by: str
    valid_from: datetime
    valid_to: datetime | None = None
