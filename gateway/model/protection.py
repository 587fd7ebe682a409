"""A list of protected places as the keyholder made it for one epoch: known by its digest, in force or offered."""

from dataclasses import dataclass
from datetime import datetime

from mappings.canonical.codes import Mode


@dataclass(frozen=True, slots=True)
class Protection:
    """For evidence of one mode. `digest` is the SHA-256 (hex) of the signed file, `places` how many tokens of places it holds.
    `active_at` None: only offered."""

    epoch: str
    mode: Mode
    digest: str
    places: int
    offered_at: datetime
    active_at: datetime | None = None
