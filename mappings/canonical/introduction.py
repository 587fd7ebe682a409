"""A practitioner's wish that their work contact be passed on to whoever else is involved, where that side may not be named.

It says which connection of which of the agency's own involvements is meant, by references only. What becomes of it is never answered.
"""

from dataclasses import dataclass

from mappings.canonical.identifiers import AgencyId, InvolvementRef, MessageId
from mappings.canonical.notice import Sequence


@dataclass(frozen=True, slots=True)
class IntroductionRequest:
    """`id` is stable over every sending of it; `sequence` is of the ledger's one count of all that it states. `connection` is the gateway's id
    of the pair, as an alert told it; `involvement` the asking agency's own side of it."""

    id: MessageId
    sequence: Sequence
    agency: AgencyId
    connection: MessageId
    involvement: InvolvementRef
