"""How long things are kept, as one set of rules: pure functions of the register and the day.

* A live involvement that its agency has not confirmed for `unconfirmed_days` expires; `ask_before_days` before that the agency is asked.
* What is over stays matchable for the linger of its age band, counted from its end or from the day it ceased to be live here, whichever is
  earlier. What was withdrawn should never have been said and does not linger; an unknown age lingers as an adult's does.
* Dead letters keep what is sealed in them, and answers to notices and to alerts are remembered, for so many days. So is what the introducer was
  asked, from when it was declined or its connection was over.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from gateway.model.involvement import RegisteredInvolvement, Standing
from mappings.canonical.codes import AgeBand

_CHILDREN = frozenset({AgeBand.UNBORN, AgeBand.CHILD})


@dataclass(frozen=True, slots=True)
class Retention:
    """Days, all of them. The defaults are those of the settings."""

    unconfirmed_days: int = 365
    ask_before_days: int = 30
    linger_days_children: int = 92
    linger_days_adults: int = 0
    dead_letter_days: int = 90
    answer_days: int = 400
    introduction_days: int = 400

    def unconfirmed_since(self, today: date) -> date:
        """Whatever was last confirmed on that day or before has expired."""
        return today - timedelta(days=self.unconfirmed_days)

    def asked_since(self, today: date) -> date:
        """Whatever was last confirmed on that day or before is asked about."""
        return today - timedelta(days=max(self.unconfirmed_days - self.ask_before_days, 0))

    def has_lingered(self, involvement: RegisteredInvolvement, today: date) -> bool:
        """Whether what is over is to be erased."""
        if involvement.standing is Standing.LIVE or involvement.over_since is None:
            return False
        if involvement.standing is Standing.WITHDRAWN:
            return True
        over = min(involvement.end or involvement.over_since, involvement.over_since)
        days = self.linger_days_children if involvement.age_band in _CHILDREN else self.linger_days_adults
        return over + timedelta(days=days) <= today
