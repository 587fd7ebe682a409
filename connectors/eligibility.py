"""Eligibility: which of its clients an agency publishes. All of them, or those that meet a stated criterion.

The criterion is data and can be read aloud: `statement()` says it in words, for the agency's own records and for what it tells the public; the
gateway is told the same in codes every day (`connectors.exchange.resync`). What is not known does not meet it: a client without a birth date is in
no age band, an involvement without a start began at no time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from identity.person.age_band import claimed_band
from mappings.canonical.codes import AgeBand, ServiceLine
from mappings.canonical.eligibility import MOST_TEAMS, StatedEligibility
from mappings.canonical.involvement import Involvement
from mappings.concept_map import fold

Code = TypeVar("Code", bound=StrEnum)
KEYS = ("services", "age_bands", "teams", "started_since", "open_only")


class InvalidCriterion(ValueError):
    """A criterion that cannot be used. Names the key and the way out."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """Every part that is set must be met; the empty criterion is met by all. `teams` are the source's own names or ids of teams, folded."""

    services: frozenset[ServiceLine] = frozenset()
    age_bands: frozenset[AgeBand] = frozenset()
    started_since: date | None = None
    open_only: bool = False
    teams: frozenset[str] = frozenset()

    def meets(self, involvement: Involvement, on: date) -> bool:
        """Whether an involvement is published on this day."""
        if self.services and involvement.service not in self.services:
            return False
        if self.age_bands and self._band(involvement, on) not in self.age_bands:
            return False
        if self.teams and not {fold(involvement.team), fold(involvement.team_id)} & self.teams:
            return False
        if self.started_since and (involvement.start is None or involvement.start < self.started_since):
            return False
        return not self.open_only or involvement.end is None or involvement.end >= on

    def _band(self, involvement: Involvement, on: date) -> AgeBand:
        person = involvement.person
        return claimed_band(person.birth_date, person.expected, involvement.asserted, on)[0]

    def stated(self) -> StatedEligibility:
        """The criterion as the gateway is told it: teams as a number."""
        return StatedEligibility(
            self.services, self.age_bands, len(self.teams), self.started_since, open_only=self.open_only
        )

    def statement(self) -> str:
        """The criterion in words."""
        return self.stated().sentence()

    @classmethod
    def from_settings(cls, said: Mapping[str, object]) -> "Criterion":
        """The criterion in a settings table: `services` and `age_bands` as lists of codes, `teams` as a list of the source's names or ids,
        `started_since` as a date, `open_only`.

        Raises `InvalidCriterion`, also for a key it does not know.
        """
        unknown = sorted(set(said) - set(KEYS))
        if unknown:
            raise InvalidCriterion(f"eligibility: unknown key {', '.join(unknown)}; use {', '.join(KEYS)}")
        return cls(
            services=_codes(said, "services", ServiceLine),
            age_bands=_codes(said, "age_bands", AgeBand),
            teams=_teams(said.get("teams", [])),
            started_since=_day(said.get("started_since")),
            open_only=_flag(said.get("open_only", False)),
        )


EVERYONE = Criterion()


def _codes(said: Mapping[str, object], key: str, kind: type[Code]) -> frozenset[Code]:
    listed = said.get(key, [])
    known = {member.value: member for member in kind}
    if not isinstance(listed, list | tuple) or not all(isinstance(one, str) and one in known for one in listed):
        raise InvalidCriterion(f"eligibility: {key}: expected a list of {', '.join(known)}")
    if key in said and not listed:
        raise InvalidCriterion(
            f"eligibility: {key}: the list is empty, so nobody could meet it; leave the key out instead"
        )
    return frozenset(known[one] for one in listed)


def _teams(listed: object) -> frozenset[str]:
    if not isinstance(listed, list | tuple) or len(listed) > MOST_TEAMS:
        raise InvalidCriterion(f"eligibility: teams: expected a list of at most {MOST_TEAMS} names of teams")
    folded = [fold(one) if isinstance(one, str) else "" for one in listed]
    if not all(folded):
        raise InvalidCriterion("eligibility: teams: a name needs a letter or a digit, as the source writes it")
    return frozenset(folded)


def _day(value: object) -> date | None:
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise InvalidCriterion("eligibility: started_since: expected a date such as 2026-01-31") from None


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidCriterion("eligibility: open_only: expected true or false")
    return value
