"""A review case: two records that may be of one person, or may be no longer, and wait for a steward's eye. Numbers and levels, no details."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CaseReason(StrEnum):
    """Why a person must look. `POSSIBLE`: alike, not clear. `MANY`: alike to several people. `QUESTIONED`: linked, somebody was told of it, and
    the evidence has changed so that the link would not be made today. `CONTESTED`: linked, and a practitioner of one side says that the two sides
    have spoken and mean different people; while it is undecided nothing is shared between the two records."""

    POSSIBLE = "possible"
    MANY = "many"
    QUESTIONED = "questioned"
    CONTESTED = "contested"


class CaseState(StrEnum):
    """`LATER`: postponed inside its clock. `OVERDUE`: its clock ran out and that was reported; it can still be decided. `CLOSED`: the reason is
    gone without a decision."""

    OPEN = "open"
    LATER = "later"
    OVERDUE = "overdue"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    CLOSED = "closed"


UNDECIDED = frozenset({CaseState.OPEN, CaseState.LATER, CaseState.OVERDUE})
DECIDED = frozenset({CaseState.CONFIRMED, CaseState.REFUSED})


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """`first` < `second` are record ids; `raised_by` is the one whose notice raised it. `score` is the posterior that both are of one person.

    `explanation` is JSON: [field, level, bits] for each field that could be compared. `doubts` are codes that say why it is not left to the
    program (`gateway.linkage.pair_score`). `version` grows with everything a decision could hang on: a decision is about one version. `note` is the
    steward's own words, never about a client. `exported_at` is when its sealed details were last handed out, `returned_at` when the
    record of an opening last came back.
    """

    id: int
    first: int
    second: int
    raised_by: int
    reason: CaseReason
    score: float
    explanation: str
    doubts: tuple[str, ...]
    state: CaseState
    version: int
    opened_at: datetime
    due_at: datetime
    later_until: datetime | None = None
    note: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    exported_at: datetime | None = None
    exported_by: str = ""
    returned_at: datetime | None = None

    def other(self, record_id: int) -> int:
        """The record at the other end."""
        return self.second if record_id == self.first else self.first

    @property
    def is_undecided(self) -> bool:
        """Whether it waits for a steward."""
        return self.state in UNDECIDED

    def is_overdue(self, now: datetime) -> bool:
        """Whether its clock has run out without a decision, reported yet or not."""
        return self.is_undecided and now > self.due_at

    @property
    def is_out(self) -> bool:
        """Whether its sealed details were handed out and no opening record has come back since."""
        return self.exported_at is not None and (self.returned_at is None or self.returned_at < self.exported_at)
