"""One suspension, from its commit to the resume, and what must not have come to the connector in between.

*Delivered to a suspended connector* is exact here:

* The suspension begins with its commit, which has a place in the audit chain; nothing may be sealed for the connector after that place
  (`tests.soak.books`).
* An alert that left before that place may be on its way, or in the connector's hands already. It may still enter the ledger until the
  connector has been turned away once, after the command that suspends has returned: it treats what it has taken before it asks again. Each
  such alert is checked to have been sealed before the commit.
* From then on, the fence, ledger and sinks get nothing at all until the resume: no new delivery, no new version of a connection, no file.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from connectors.ledger import moment
from tests.soak.books import Books
from tests.soak.violation import Violation, some
from tests.system.site import Site
from tests.system.until import until

_ASKING = ("inbox not read", "not sent")
_TURNED_AWAY = ("suspended", "not-live")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a ledger holds of alerts: deliveries as (alert, version), connections as (id, involvement, version)."""

    alerts: frozenset[tuple[str, int]]
    connections: frozenset[tuple[str, str, int]]

    @classmethod
    def by(cls, site: Site) -> Self:
        """As it is now."""
        return cls(
            frozenset(site.rows("SELECT alert_id, version FROM delivery")),  # type: ignore[arg-type]
            frozenset(site.rows("SELECT id, involvement_ref, version FROM connection")),  # type: ignore[arg-type]
        )


@dataclass(frozen=True, slots=True)
class Suspension:
    """`event` and `at` are the commit's place in the chain and its time; `fence` is what had been taken when it was turned away."""

    site: Site
    event: int
    at: datetime
    fence: Taken

    @classmethod
    def fenced(cls, site: Site, books: Books, log_length: int) -> Self:
        """Wait for the fence. `log_length` was taken after the command had returned; a program that does not run has nothing in its
        hands."""
        if site.program.alive:
            until(lambda: was_turned_away(site, log_length), f"{site.name} to be turned away", site.describe)
        event, at = books.moved[site.name]
        return cls(site, event, at, Taken.by(site))

    @property
    def under_way(self) -> int:
        """How many alerts it took between the commit and the fence."""
        return len(self._late())

    def check(self, books: Books) -> list[Violation]:
        """While it is suspended, and once more right before it is resumed."""
        name, now, found = self.site.name, Taken.by(self.site), []
        if now.alerts != self.fence.alerts or now.connections != self.fence.connections:
            told = some(
                [alert for alert, _ in now.alerts - self.fence.alerts]
                + [c[0] for c in now.connections - self.fence.connections]
            )
            found.append(Violation("suspended-not-told", f"{name}, suspended {self.at}: the ledger took {told}"))
        known = {alert for alert, _ in self.fence.alerts}
        shown = {path.stem for path in self.site.shown.glob("*-*.json")} - known
        if shown:
            found.append(
                Violation("suspended-not-told", f"{name}, suspended {self.at}: the sink was given {some(shown)}")
            )
        for alert in self._late():
            if not any(event < self.event for event in books.sent.get(alert, [])):
                about = f"{name}: alert {alert} was not sealed before the suspension at event {self.event}"
                found.append(Violation("suspended-not-told", about))
        return found

    def _late(self) -> list[str]:
        since = moment.write(self.at)
        return [id for (id,) in self.site.rows("SELECT DISTINCT alert_id FROM delivery WHERE received_at >= ?", since)]


def was_turned_away(site: Site, log_length: int) -> bool:
    """Whether the connector says in its log, beyond that length, that it was refused because it is suspended."""
    said = [line.get("problem", "") for line in site.said(log_length) if line.get("event") in _ASKING]
    return any(word in problem for problem in said for word in _TURNED_AWAY)
