"""Whom an agency publishes, as its connector states it: codes, a number and a day, from which a sentence is made. No words of its own travel, so
nobody can be named in it; teams are counted and not named.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mappings.canonical.codes import AgeBand, ServiceLine

BAND_WORDS = {
    AgeBand.UNBORN: "not yet born",
    AgeBand.CHILD: "under 18",
    AgeBand.YOUNG_18_19: "18 or 19",
    AgeBand.YOUNG_20_24: "20 to 24 and leaving care or with an EHC plan",
    AgeBand.ADULT: "otherwise 20 or older",
    AgeBand.UNKNOWN: "of unknown age",
}
MOST_TEAMS = 2000


@dataclass(frozen=True, slots=True)
class StatedEligibility:
    """Every part that is set must be met by a client; where none is, all are published. `teams` is how many teams are named."""

    services: frozenset[ServiceLine] = frozenset()
    age_bands: frozenset[AgeBand] = frozenset()
    teams: int = 0
    started_since: date | None = None
    open_only: bool = False

    def sentence(self) -> str:
        """In words."""
        parts = []
        if self.services:
            parts.append(
                "receive " + _either(line.value.replace("-", " ") for line in ServiceLine if line in self.services)
            )
        if self.age_bands:
            parts.append("are " + _either(BAND_WORDS[band] for band in AgeBand if band in self.age_bands))
        if self.teams:
            parts.append(f"are with {self.teams} named teams" if self.teams > 1 else "are with one named team")
        if self.started_since:
            since = f"{self.started_since.day} {self.started_since:%B %Y}"
            parts.append(f"have been worked with since {since} or later")
        if self.open_only:
            parts.append("are being worked with now")
        return f"Clients who {' and '.join(parts)}." if parts else "All clients."


def _either(words: Iterable[str]) -> str:
    return " or ".join(words)
