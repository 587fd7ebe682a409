"""A withholding: a shield or a restriction on one person, and the overrides of a shield. Numbers and codes; the reasons are an officer's words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mappings.canonical.identifiers import AgencyId, MessageId


class WithholdingKind(StrEnum):
    """`SHIELD`: telling of the person could put them in danger. `RESTRICTION`: processing is restricted (UK GDPR, Article 18)."""

    SHIELD = "shield"
    RESTRICTION = "restriction"


@dataclass(frozen=True, slots=True)
class Withholding:
    """`record_id` is the record it was asked for by, of `agency`; it stands on the person, by every record that was ever of the same person
    while it stood (`gateway.withholding.ports`). `asked_at` is when its asker asked, by the asker's own clock. `made_by` is the connector or
    operator. `lapses_at`: None once two people have confirmed it, or where it never lapses. `reason` is empty where an agency asked."""

    id: int
    kind: WithholdingKind
    agency: AgencyId
    record_id: int
    asked_at: datetime
    made_by: str
    made_at: datetime
    reason: str = ""
    lapses_at: datetime | None = None
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None

    def stands(self, now: datetime) -> bool:
        """Whether it withholds at that instant. One whose clock has run out does not, whether or not that was written down yet."""
        return self.ended_at is None and (self.lapses_at is None or now < self.lapses_at)


@dataclass(frozen=True, slots=True)
class Override:
    """Two people let `recipient` be told once of `discloser` (involvement ids) in spite of the shield. `alert` is what tells it, once it is
    queued; `served_at` is when that left first. It stays open as an investigation until a third person closes it with a finding."""

    id: int
    withholding: int
    recipient: int
    discloser: int
    reason: str
    made_by: str
    approved_by: str
    made_at: datetime
    alert: MessageId | None = None
    served_at: datetime | None = None
    closed_by: str = ""
    closed_at: datetime | None = None
    finding: str = ""
