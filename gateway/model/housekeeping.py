"""One run of housekeeping, as the register remembers it: whose it is, how far it has come, and what it did."""

from dataclasses import dataclass, field
from datetime import datetime

Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class HousekeepingRun:
    """`stage` is what it is at, empty once it is done; `after` the number of the last row of that stage that it looked at. Until
    `leased_until` nobody but `holder` (a random name) goes on with it. `finished_at` is when the last whole run ended, whoever made it."""

    holder: str = ""
    leased_until: datetime | None = None
    stage: str = ""
    after: int = 0
    begun_at: datetime | None = None
    finished_at: datetime | None = None
    counts: Counts = field(default_factory=dict)

    def is_held(self, now: datetime) -> bool:
        """Whether somebody is at it."""
        return bool(self.stage) and self.leased_until is not None and self.leased_until > now
