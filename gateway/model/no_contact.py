"""Two records whose people must not meet: an agency said of its client and a relative that they are under no contact."""

from dataclasses import dataclass
from datetime import datetime

from mappings.canonical.identifiers import AgencyId


@dataclass(frozen=True, slots=True)
class NoContact:
    """`record_id` is the agency's own record of its client; `other_id` a record of whoever the relative was, or may have been, when it said so."""

    id: int
    agency: AgencyId
    record_id: int
    other_id: int
    made_at: datetime
    ended_at: datetime | None = None
