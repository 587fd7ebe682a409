"""A registered record that may be about the same person as an incoming one."""

from dataclasses import dataclass

from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId


@dataclass(frozen=True, slots=True)
class Candidate:
    """`person_id` is the person the record is linked to now, None where it is linked to nobody."""

    record_id: int
    person_id: int | None
    agency: AgencyId
    evidence: Evidence
