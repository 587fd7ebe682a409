"""When first alerts come one by one, and when as a digest: what an agency's settings say of one sink."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum


class When(StrEnum):
    """`WHEN_MANY`: one by one, unless one worker gets many in a day. `DAILY`: once a day. `NEVER`: always one by one."""

    WHEN_MANY = "when-many"
    DAILY = "daily"
    NEVER = "never"


class Wish(StrEnum):
    """What one worker or team wants instead."""

    IMMEDIATE = "immediate"
    DAILY = "daily"


@dataclass(frozen=True, slots=True)
class DigestPolicy:
    """`above`: how many first alerts a worker gets in 24 hours before they are collected. `at`: the time of day (UTC) of daily digests. `wishes`
    by worker's or team's name, folded. Through `launch_until` every first alert is collected for the day, whatever else is said, but for those
    who want them at once."""

    when: When = When.WHEN_MANY
    above: int = 20
    at: time = time(7, 0)
    wishes: Mapping[str, Wish] = field(default_factory=dict)
    launch_until: date | None = None

    def of(self, worker: str, team: str, today: date) -> When:
        """What holds for this worker."""
        wish = self.wishes.get(folded(worker)) or self.wishes.get(folded(team))
        if wish is not None:
            return When.NEVER if wish is Wish.IMMEDIATE else When.DAILY
        return When.DAILY if self.launch_until and today <= self.launch_until else self.when

    def next_daily(self, now: datetime) -> datetime:
        """The next time of day, in UTC."""
        today = datetime.combine(now.astimezone(UTC).date(), self.at, UTC)
        return today if today > now else today + timedelta(days=1)


ONE_BY_ONE = DigestPolicy(When.NEVER)
"""A sink of which the settings say nothing: systems that file each alert beside its record. What may only be told in a digest still waits."""


def folded(name: str) -> str:
    """A name as it is compared, whatever its case and spacing."""
    return " ".join(name.casefold().split())
