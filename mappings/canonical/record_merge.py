"""An agency's word that two of its own records are one client's, or that they are not after all (HL7 v2 A40; FHIR Patient.link).

Only the agency's own opaque references, never a detail: what the client is like the notices say.
"""

from dataclasses import dataclass

from mappings.canonical.codes import MergeEvent
from mappings.canonical.identifiers import AgencyId, MessageId, PersonRef
from mappings.canonical.notice import Sequence


@dataclass(frozen=True, slots=True)
class RecordMerge:
    """`superseded` is the reference that goes, `surviving` the one that stays. `id` is stable over every sending of it; `sequence` is of the
    ledger's one count of all that it states. The latest word about `superseded` counts."""

    id: MessageId
    event: MergeEvent
    sequence: Sequence
    agency: AgencyId
    superseded: PersonRef
    surviving: PersonRef

    def __post_init__(self) -> None:
        if self.superseded == self.surviving:
            raise ValueError("a record cannot be merged into itself")
