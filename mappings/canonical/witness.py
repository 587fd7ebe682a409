"""A witness: what an agency was told of the gateway's audit, kept where the gateway cannot reach it.

A checkpoint (`gateway.audit.checkpoints`) says what the audit was at some moment. Its digest says nothing at all, and yet whoever holds it can tell
later whether the checkpoint that is shown is the one there was. So each day has one digest, the same for everybody, and every agency keeps it.
"""

from dataclasses import dataclass
from datetime import date

from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, PartnershipId


@dataclass(frozen=True, slots=True)
class ToldCheckpoint:
    """Which checkpoint a gateway tells of: the day (UTC) it was made on, and the SHA-256 (hex) of its file."""

    made_on: date
    digest: str


@dataclass(frozen=True, slots=True)
class Witness:
    """On `told_on` (UTC) the side `mode` of the partnership's gateway told `agency` of that checkpoint."""

    partnership: PartnershipId
    mode: Mode
    agency: AgencyId
    told_on: date
    told: ToldCheckpoint
