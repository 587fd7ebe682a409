"""That a steward opened the sealed details of one pair, on their own machine, and why: signed there, brought back by hand."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DetailOpening:
    """`version` is of the case as it was handed out. `as_kept`: what was opened is, blob for blob, what is kept for the case now. `reason` is
    the steward's own words, never about a client; `statement` the digest of what was signed (hex)."""

    id: int
    case: int
    version: int
    opened_by: str
    reason: str
    opened_at: datetime
    as_kept: bool
    statement: str
    recorded_at: datetime
