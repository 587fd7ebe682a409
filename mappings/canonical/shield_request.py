"""An agency's request to shield one of its own clients: from then on nobody is told of or about that person through Patchwork.

Only the agency's own opaque reference: neither why, nor for how long.
"""

from dataclasses import dataclass
from datetime import datetime

from mappings.canonical.identifiers import AgencyId, MessageId, PersonRef
from mappings.canonical.notice import Sequence


@dataclass(frozen=True, slots=True)
class ShieldRequest:
    """`id` is stable over every sending of it; `sequence` is of the ledger's one count of all that it states. `asked_at` (aware, whole seconds)
    is when somebody at the agency asked: the same client and instant again is the same request."""

    id: MessageId
    sequence: Sequence
    agency: AgencyId
    person_ref: PersonRef
    asked_at: datetime

    def __post_init__(self) -> None:
        if self.asked_at.tzinfo is None or self.asked_at.microsecond:
            raise ValueError("a shield is asked for at an aware instant in whole seconds")
