"""What a steward said of two records: that they are of one person, or that they are not. It stands against later automatic links."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """Of one person, or not."""

    SAME = "same"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Assertion:
    """`first` < `second` are record ids. `statement` is the digest of the signed change that made it (hex): the audit has the signature. One
    stands for each pair; a later one takes its place (`withdrawn_at`)."""

    id: int
    first: int
    second: int
    verdict: Verdict
    made_by: str
    statement: str
    made_at: datetime
    withdrawn_at: datetime | None = None

    def other(self, record_id: int) -> int:
        """The record at the other end."""
        return self.second if record_id == self.first else self.first
