"""What a connector does first when it starts: notice that it has slept, because a ledger put back from a backup looks just like that.

* Idle for hours: state everything that is live, and let the gateway say what differs (`connectors.exchange.resync`).
* Idle for more than a day: also begin a new incarnation, on which the gateway tells this agency's current connections again. Whoever only
  slept is told nothing new, and shows nothing twice.

A restored ledger never issues a sequence again that it had issued before the loss: counts follow the clock (`Positions.next`).
"""

from datetime import datetime, timedelta

from connectors.exchange.resync import begin_again, queue_statements
from connectors.ledger.ledger import Ledger
from mappings.canonical.identifiers import AgencyId

NAP = timedelta(hours=6)
LONG_SLEEP = timedelta(hours=25)


def wake(ledger: Ledger, agency: AgencyId, now: datetime) -> timedelta:
    """Answers how long the ledger was idle; nothing for a new one."""
    with ledger.write() as unit:
        last = unit.positions.active_at
        unit.positions.note_active(now)
        idle = now - last if last else timedelta()
        if idle > LONG_SLEEP:
            begin_again(unit, agency, now)
        elif idle > NAP:
            queue_statements(unit, agency, now)
    return idle


def stay_awake(ledger: Ledger, now: datetime) -> None:
    """Note that the ledger is in use."""
    with ledger.write() as unit:
        unit.positions.note_active(now)
