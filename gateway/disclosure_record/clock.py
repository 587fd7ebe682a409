"""How long a disclosure is kept: six years, and of a child until they are 25, whatever becomes of the notice.

The gateway knows no birth date. A child's band says the month in which they come of age; where it does not, the child may have been born that day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from gateway.model.involvement import RegisteredInvolvement
from mappings.canonical.codes import AgeBand

OF_AGE: Final = 18
_UNBORN: Final = 1


@dataclass(frozen=True, slots=True)
class DisclosureClock:
    """`years` from the telling; of somebody who is a child then, until that `child_age`, if that is later."""

    years: int = 6
    child_age: int = 25

    @property
    def span(self) -> timedelta:
        """The years in days, none too few."""
        return timedelta(days=366 * self.years)

    def keep_until(self, today: date, about: Iterable[RegisteredInvolvement]) -> date:
        """The last day on which it is kept, where it is about the clients of these involvements."""
        return max([_years_on(today, self.years), *(self._until(today, each) for each in about)])

    def _until(self, today: date, involvement: RegisteredInvolvement) -> date:
        band, until = involvement.age_band, involvement.age_band_until
        if band is AgeBand.CHILD and until is not None:
            return _years_on(until, self.child_age - OF_AGE)
        if band is AgeBand.UNBORN:
            return _years_on(until or today, self.child_age + _UNBORN)
        if band in (AgeBand.CHILD, AgeBand.UNKNOWN):
            return _years_on(today, self.child_age)
        return today


def _years_on(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
